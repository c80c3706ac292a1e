"""Given texts of a language: one small YAML file that maps a segment's name to its text, or to its captions one by one.

sky: Richte ein Teleskop auf ein leeres Stück Himmel, und warte.
ground:
  - Um sie klar zu sehen,
  - mussten wir den Boden verlassen.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from edl import caption_codes as codes
from edl.errors import ProjectInvalid
from edl.findings import Finding, Place
from edl.markup import plain
from edl.nodes import Node
from edl.paths import Unusable, resolve
from edl.places import Places
from edl.project import Project, Spoken
from edl.soft_hyphens import unhyphenated
from edl.source import read
from edl.suggest import meant


@dataclass(frozen=True)
class Given:
    """The text of one segment: one text that is divided like speech, or captions that stand as they are."""

    captions: tuple[str, ...]
    place: Place = field(default_factory=Place)
    fixed: bool = False

    @property
    def text(self) -> str:
        return " ".join(self.captions)


@dataclass(frozen=True)
class Translation:
    """All texts of a language, by segment."""

    texts: Mapping[str, Given] = field(default_factory=dict)


def read_translations(
    project: Project, folder: Path, allowed: tuple[Path, ...], places: Places
) -> tuple[dict[str, Translation], tuple[Finding, ...]]:
    """Read the file of every language; files that cannot be used are said elsewhere."""
    found: dict[str, Translation] = {}
    findings: list[Finding] = []
    for language, written in project.captions.languages.items() if project.captions else ():
        path = resolve(folder, written, allowed, hint=False)
        if isinstance(path, Unusable):
            continue
        try:
            top, wrong = read(path, written)
        except ProjectInvalid as error:
            findings += error.findings
            continue
        texts, more = _texts(top, project)
        findings += (*wrong, *more, *_missing(project, language, texts, places))
        found[language] = Translation(texts)
    return found, tuple(findings)


def _texts(top: Node, project: Project) -> tuple[dict[str, Given], list[Finding]]:
    texts: dict[str, Given] = {}
    findings: list[Finding] = []
    speaks = {segment.id for segment in project.segments if isinstance(segment, Spoken)}
    for name, node in top.value.items() if isinstance(top.value, dict) else ():
        given = _given(node)
        if name not in speaks:
            message = f'nobody speaks in a segment called "{name}"'
            findings.append(codes.CAPTION_SEGMENT.at(node.place, message, meant(name, speaks, "segment that speaks")))
        elif given is None:
            findings.append(codes.CAPTION_TEXT.at(node.place, f'the captions of "{name}" are no text'))
        elif given.captions:
            texts[name] = given
    return texts, findings


def _given(node: Node) -> Given | None:
    """The text of a segment without marks of speech and soft hyphens; numbers count as they are written."""
    entries = node.value if isinstance(node.value, list) else [node]
    if any(isinstance(entry.value, (dict, list)) for entry in entries):
        return None
    written = (unhyphenated(str(entry.value if isinstance(entry.value, str) else entry.raw)) for entry in entries)
    captions = (plain(text).strip() for text in written)
    return Given(tuple(caption for caption in captions if caption), node.place, isinstance(node.value, list))


def _missing(project: Project, language: str, texts: Mapping[str, Given], places: Places) -> Iterator[Finding]:
    if language == project.language:
        return  # what is spoken stands in where no other wording is given
    absent = [
        segment.id
        for segment in project.segments
        if isinstance(segment, Spoken) and segment.sound is not False and segment.id not in texts
    ]
    if absent:
        named = ", ".join(absent[:4]) + (f" and {len(absent) - 4} more" if len(absent) > 4 else "")
        place = places.at(f"captions.languages.{language}")
        yield codes.CAPTION_MISSING.at(place, f"{language} has no captions for {named}")
