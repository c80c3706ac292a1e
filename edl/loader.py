"""From the project file to a valid project, or to everything that is wrong with it at once.

The steps: read YAML and what it includes, fill in variables and defaults, look at the kinds of the segments, let the
models check each value, let the rules check what entries say about one another, look at the files. What one step
cannot read is set aside, so that the next one can still look at the rest.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from edl.codes import CODES
from edl.errors import ProjectInvalid
from edl.fill import fill
from edl.findings import Finding
from edl.include import gather
from edl.paths import Unusable, named_files, resolve
from edl.places import Places
from edl.project import Project
from edl.rules import Context, check
from edl.shape import Shape
from edl.sync import no_voice_either
from edl.translation import Translation, read_translations

MOST_HINTS = 20  # looking for similar names takes long where very many files are missing


@dataclass(frozen=True)
class Loaded:
    """A valid project. ``folder`` is absolute; ``file`` is the project file's name in it."""

    project: Project
    folder: Path
    file: str
    places: Places
    warnings: tuple[Finding, ...]
    translations: Mapping[str, Translation] = field(default_factory=dict)  # by language


def load(path: Path, allowed: tuple[Path, ...] = (), codes: Collection[str] | None = None) -> Loaded:
    """Read a project file.

    :param allowed: folders outside the project's whose files it may use
    :param codes: codes that engines bring; with them given, ``allow:`` is checked against all codes
    :raises ProjectInvalid: with every error of the file, in the order of the file
    """
    top, findings = gather(path, allowed)
    filled, more = fill(top)
    shape = Shape([*findings, *more])
    top = shape.looked_at(filled)
    places = Places(top)
    known = None if codes is None else {*CODES, *codes}
    project = shape.validated(top)
    translations: dict[str, Translation] = {}
    if project is not None:
        shape.findings += check(Context(project, places, shape.unread, shape.strangers, known))
        shape.findings += _file_findings(project, path.absolute().parent, allowed, places)
        translations, more = read_translations(project, path.absolute().parent, allowed, places)
        shape.findings += more
    found = _sorted(shape.findings, path.name)
    if project is None:
        raise ProjectInvalid(found)
    loaded = Loaded(project, path.absolute().parent, path.name, places, found, translations)
    if any(finding.blocks for finding in found):
        raise ProjectInvalid(found, loaded)
    return loaded


def _sorted(findings: list[Finding], main: str) -> tuple[Finding, ...]:
    """Each finding once, the main file first, by line. What ``defaults:`` says wrong is not said for each segment."""
    once: dict[tuple[str, str, int, str], Finding] = {}
    for each in findings:
        once.setdefault((each.code, each.place.file, each.place.line, each.message), each)
    return tuple(sorted(once.values(), key=lambda each: (each.place.file != main, each.place.file, each.place.line)))


def _file_findings(project: Project, folder: Path, allowed: tuple[Path, ...], places: Places) -> list[Finding]:
    known: dict[str, Path | Unusable] = {}
    findings: list[Finding] = []
    for segment, field_path, written in named_files(project):
        if written not in known:
            known[written] = resolve(folder, written, allowed, hint=len(findings) < MOST_HINTS)
        found = known[written]
        if isinstance(found, Unusable):
            found = no_voice_either(project, written, found) if field_path == "sync_to" else found
            findings.append(found.at(places.of(segment, field_path) if segment else places.at(field_path)))
    return findings
