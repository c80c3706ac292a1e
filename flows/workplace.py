"""One project file at work: the project as loaded, its store, and what is known of its files."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from filelock import FileLock, Timeout
from pydantic import JsonValue, ValidationError

from edl.codes import CONTROL_UNSUPPORTED, MASK_UNSUPPORTED, TAKE_SINGLE
from edl.errors import ProjectInvalid
from edl.findings import Finding, Severity
from edl.loader import Loaded, load
from edl.picks import Picks, read_picks
from edl.project import AnySegment, Project
from engines.contract import Engine, Pace
from engines.registry import engine as registered
from engines.registry import names
from flows.digests import DigestBook
from flows.drafting import Situation
from flows.gather import Known, Run, gather, in_process
from flows.guide import Advice, advise
from flows.local_store import LocalStore, trouble, wait_for, write_durably
from flows.plan_takes import plan_voice
from flows.planner import timeline_of
from flows.settings import Settings, read_settings
from flows.sound_guide import sound_findings
from flows.store import Part
from flows.title_faces import with_title_faces
from flows.typefaces import with_faces


@dataclass(frozen=True)
class Workplace:
    """Where the work on one project file happens."""

    file: Path
    loaded: Loaded
    store: LocalStore
    settings: Settings
    draft: bool = False

    @property
    def folder(self) -> Path:
        return self.loaded.folder

    @property
    def out(self) -> str:
        """Where finished files go, relative to the project's folder; beside a project.yaml, another project file has a
        folder of its own there."""
        own = self.file.stem != "project" and any((self.folder / f"project.{end}").exists() for end in ("yaml", "yml"))
        base = f"out/{self.file.stem}" if own else "out"
        return f"{base}/draft" if self.draft else base

    @property
    def _slug(self) -> str:
        """Tells the projects of one store apart; the same wherever a project's folder is moved with its store."""
        where = os.path.relpath(self.file.resolve(), self.store.root.resolve())
        digest = hashlib.sha256(where.encode()).hexdigest()[:8]
        return f"{self.file.name}.{digest}{'.draft' if self.draft else ''}"

    def picks(self) -> tuple[Picks, tuple[Finding, ...]]:
        """A person's choices beside the project file."""
        picks, findings = read_picks(self.folder, self.loaded.project)
        return (replace(picks, retakes=(), retake_places=()) if self.draft else picks), findings

    def history(self) -> dict[str, Mapping[str, JsonValue]]:
        """Recipes of the last run by step, to say what changed."""
        with suppress(OSError, ValueError):
            found = json.loads((self.store.root / "history" / f"{self._slug}.json").read_text(encoding="utf-8"))
            return found if isinstance(found, dict) else {}
        return {}

    def remember(self, recipes: Mapping[str, Mapping[str, JsonValue]]) -> None:
        """Keep what this run made of each step."""
        path = self.store.root / "history" / f"{self._slug}.json"
        with trouble(self.store.root):
            path.parent.mkdir(parents=True, exist_ok=True)
            write_durably(path, json.dumps({**self.history(), **recipes}))

    def users(self) -> tuple[Path, ...]:
        """Every project file that was rendered into this store and still exists."""
        found = (Path(entry.read_text(encoding="utf-8")) for entry in (self.store.root / "projects").glob("*.path"))
        return tuple(sorted(path for path in found if path.is_file()))

    def _register(self) -> None:
        """Leave word that this project uses the store, so that collecting garbage spares its parts."""
        entry = self.store.root / "projects" / f"{self._slug}.path"
        if not entry.exists() or entry.read_text(encoding="utf-8") != str(self.file.resolve()):
            entry.parent.mkdir(parents=True, exist_ok=True)
            write_durably(entry, str(self.file.resolve()))

    @contextmanager
    def turn(self, waiting: Callable[[], None], cancelled: Callable[[], bool]) -> Iterator[None]:
        """One render of a project file at a time; a second one waits for the first."""
        with trouble(self.store.root):
            folder = self.store.root / "leases"
            folder.mkdir(parents=True, exist_ok=True)
            self._register()
            lock = FileLock(folder / f"render.{self._slug}.lock")
            try:
                lock.acquire(timeout=0)
            except Timeout:
                waiting()
                wait_for(lock, cancelled)
        try:
            yield
        finally:
            lock.release()


class Memory:
    """A view of a store that looks only once at what it has found; a part never changes, but it may go."""

    def __init__(self, store: LocalStore) -> None:
        self._store = store
        self._found: dict[str, tuple[int | None, Part]] = {}

    def find(self, name: str) -> Part | None:
        stamp = self._store.stamp(name)
        if name in self._found and self._found[name][0] == stamp:
            return self._found[name][1]
        part = self._store.find(name) if stamp is not None else None
        if part is not None:
            self._found[name] = (stamp, part)
        return part

    def lost(self, name: str) -> bool:
        return self._store.lost(name)

    def pace(self, engine: str) -> Pace | None:
        return self._store.pace(engine)


def open_project(file: Path, allowed: tuple[Path, ...] = (), draft: bool = False) -> Workplace:
    """Load a project file and find its store.

    :raises ProjectInvalid: with all findings
    """
    settings = read_settings()
    loaded = load(file, (*allowed, *settings.allowed), _codes_to_allow(file))
    if draft:
        loaded = replace(loaded, project=drafted(loaded.project))
    root = settings.store or loaded.folder / ".cutaway"
    return Workplace(file, loaded, LocalStore(root), replace(settings, allowed=(*allowed, *settings.allowed)), draft)


def with_broken_files(error: ProjectInvalid, allowed: tuple[Path, ...] = ()) -> ProjectInvalid:
    """The error of a project file with what is wrong inside the files that can be told all the same: a damaged file is
    no consequence of a misspelt key, and would else be said in a second round."""
    loaded = error.readable
    if loaded is None:
        return error
    settings = read_settings()
    store = LocalStore(settings.store or loaded.folder / ".cutaway")
    book = DigestBook(store.root / "digests.json")
    known = gather(loaded, store, book, in_process, (*allowed, *settings.allowed))
    book.save()
    said = {(each.code, each.place) for each in error.findings}
    more = tuple(each for each in known.findings if each.blocks and (each.code, each.place) not in said)
    return ProjectInvalid((*error.findings, *more), loaded)


def _codes_to_allow(file: Path) -> frozenset[str] | None:
    """Codes that engines bring, where the project allows any; finding them means importing every engine."""
    try:
        if not file.is_file() or not re.search(rb"allow:|include:", file.read_bytes()):
            return None
    except (OSError, ValueError):
        return None  # the loader says what is wrong
    found: set[str] = set()
    for name in names():
        with suppress(ImportError, TypeError):  # an engine of another distribution that does not work here
            found.update(code.name for code in registered(name).codes)
    return frozenset(found)


def drafted(project: Project) -> Project:
    """The project as ``render --draft`` sees it: smaller, with the draft's engines, without variants."""
    scale, output = project.draft.scale, project.output
    small = output.model_copy(
        update={"width": _even(output.width * scale), "height": _even(output.height * scale), "variants": ()}
    )
    engines = {**project.engines, **project.draft.engines}
    roles = {role.value for role in project.draft.engines}
    cast = project.cast
    if "voice" in roles:
        cast = {who: member.model_copy(update={"voice": None, "voice_params": {}}) for who, member in cast.items()}
    segments = tuple(_sketch(segment, project.draft.takes, segment.kind.value in roles) for segment in project.segments)
    return project.model_copy(update={"output": small, "engines": engines, "segments": segments, "cast": cast})


def _sketch(segment: AnySegment, takes: int, other_engine: bool) -> AnySegment:
    """A segment for a draft: the first few of its takes, by the draft's engine where there is one."""
    fewer = segment.seeds[:takes]
    changes: dict[str, object] = {"seed": fewer, "takes": len(fewer)}
    return segment.model_copy(update=changes | ({"engine": None, "params": {}} if other_engine else {}))


def _even(length: float) -> int:
    return max(16, round(length / 2) * 2)


def survey(place: Workplace, run: Run | None = in_process) -> Known:
    """What is known of the project's files; measured where need be (``run`` None: only what is known already)."""
    book = DigestBook(place.store.root / "digests.json")
    known = gather(place.loaded, place.store, book, run, place.settings.allowed)
    known = with_faces(place.loaded, known, book)
    known = with_title_faces(place.loaded, known, book)
    book.save()
    return known


def situate(
    place: Workplace,
    known: Known,
    picks: Picks,
    view: Memory,
    only: frozenset[str] = frozenset(),
    find_engine: Callable[[str], Engine] = registered,
) -> Situation:
    """All that a plan depends on."""
    return Situation(
        project=place.loaded.project,
        store=view,
        files=known.files,
        digests=known.digests,
        facts=known.facts,
        picks=picks,
        before=place.history(),
        only=only,
        draft=place.draft,
        folder=place.out,
        find_engine=find_engine,
        places=place.loaded.places,
        translations=place.loaded.translations,
        faces=known.faces,
        letterings=known.letterings,
    )


def examine(place: Workplace, known: Known, view: Memory) -> tuple[Advice, tuple[Finding, ...]]:
    """The decision guide's choices, and every finding of the project in one list, worst first."""
    from edl.rules import misfit_findings

    picks, pick_findings = place.picks()
    situation = situate(place, known, picks, view)
    voices = {}
    for segment in place.loaded.project.segments:
        if hasattr(segment, "say"):
            with suppress(KeyError, TypeError, ImportError, ValidationError):
                voices[segment.id] = plan_voice(situation, segment)  # type: ignore[arg-type]
    timeline = timeline_of(situation, voices)
    advice = advise(place.loaded, known, timeline)
    findings = (
        *place.loaded.warnings,
        *known.findings,
        *misfit_findings(place.loaded, timeline),
        *sound_findings(place.loaded, known, timeline),
        *advice.findings,
        *advice.lacks,
        *pick_findings,
    )
    if place.draft:
        findings = tuple(_in_draft(findings))
    ranked = sorted(dict.fromkeys(findings), key=lambda finding: (RANK[finding.severity], finding.place.line))
    return advice, tuple(ranked)


def _in_draft(findings: Iterable[Finding]) -> Iterator[Finding]:
    """A draft's engine may ignore what only the final one can do; and one take of it is enough."""
    for finding in findings:
        if finding.code in IGNORED_IN_DRAFT:
            yield replace(finding, severity=Severity.NOTE, message=f"left out of the draft: {finding.message}")
        elif finding.code != TAKE_SINGLE.name:
            yield finding


IGNORED_IN_DRAFT = frozenset({CONTROL_UNSUPPORTED.name, MASK_UNSUPPORTED.name})
RANK = {severity: at for at, severity in enumerate(("error", "refused", "warning", "note"))}


def must_pass(findings: tuple[Finding, ...]) -> None:
    """Stop where a finding blocks.

    :raises ProjectInvalid: with the blocking findings
    """
    blocking = tuple(finding for finding in findings if finding.blocks)
    if blocking:
        raise ProjectInvalid(blocking)
