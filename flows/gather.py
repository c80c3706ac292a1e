"""Gathering what planning and checking need to know of a project's files: where, which bytes, which facts.

Facts are store objects with recipes of their own: measured once for each digest and version of a measure.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import JsonValue, TypeAdapter, ValidationError

from edl.codes import FILE_UNREADABLE
from edl.errors import Broken, StoreTrouble
from edl.facts import Fact, InputFacts
from edl.findings import Finding, Place
from edl.loader import Loaded
from edl.paths import Unusable, caption_files, files_of, logo_files, resolve
from edl.project import AnySegment, Narrate, Snap, Spoken
from edl.recipe import Recipe
from edl.region import is_region
from engines.contract import Engine, Made
from engines.measures import MEASURES, Measure
from engines.media.typefaces import Typeface
from engines.registry import engine as registered
from flows.choose import choose, choose_voice
from flows.digests import DigestBook
from flows.file_guide import file_findings
from flows.lettering import Lettering
from flows.local_store import LocalStore
from flows.store import Part, Work

Run = Callable[[Measure, Path], Mapping[str, JsonValue]]
_JSON = TypeAdapter(dict[str, JsonValue])


@dataclass(frozen=True)
class Use:
    """One use of a file by the project: as which input, where it is written, and what must be known of it. ``role``
    is the input's name, ``logo`` or ``music``."""

    written: str
    place: Place
    measures: tuple[str, ...] = ()
    role: str = ""


@dataclass(frozen=True)
class Known:
    """What is known of a project's files. ``findings`` are about files that cannot be used."""

    files: Mapping[str, Path] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, InputFacts] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()
    faces: Mapping[Typeface, str] = field(default_factory=dict)  # fonts of captions, with digests
    letterings: Mapping[str, Lettering] = field(default_factory=dict)  # fonts of titles, by segment

    def facts_of(self, written: str | None) -> InputFacts:
        """What is known of a project file."""
        return self.facts.get(self.digests.get(written or "", ""), InputFacts())


def in_process(measure: Measure, path: Path) -> Mapping[str, JsonValue]:
    """Measure here and now."""
    return _JSON.validate_python(measure.run(path).model_dump(mode="json"))


def gather(
    loaded: Loaded,
    store: LocalStore,
    book: DigestBook,
    run: Run | None = in_process,
    allowed: tuple[Path, ...] = (),
    find_engine: Callable[[str], Engine] = registered,
) -> Known:
    """Look at every file that the project uses.

    :param run: how to measure what no fact is known of; None to use known facts and digests only
    """
    files: dict[str, Path] = {}
    digests: dict[str, str] = {}
    facts: dict[str, InputFacts] = {}
    findings: list[Finding] = []
    for use in uses(loaded, find_engine):
        found = resolve(loaded.folder, use.written, allowed)
        if isinstance(found, Unusable):
            findings.append(found.at(use.place))
            continue
        digest = _digest(book, found, run is not None)
        if isinstance(digest, str):
            files[use.written], digests[use.written] = found, digest
            known, trouble = _facts(store, facts.get(digest, InputFacts()), use, found, digest, run)
            facts[digest] = known
            findings += trouble or file_findings(use, known)
        elif run is not None:
            findings.append(FILE_UNREADABLE.at(use.place, f"{use.written} cannot be read"))
    return Known(files, digests, facts, tuple(dict.fromkeys(findings)))


def uses(loaded: Loaded, find_engine: Callable[[str], Engine] = registered) -> Iterator[Use]:
    """Every file that the project names."""
    project = loaded.project
    for segment in project.segments:
        yield from _segment_uses(loaded, segment, find_engine)
    for owner, path, written in logo_files(project):
        place = loaded.places.of(owner, path) if owner else loaded.places.at(path)
        yield Use(written, place, ("picture",), "logo")
    beats = ("beats",) if any(segment.snap in (Snap.BEAT, Snap.ONSET) for segment in project.segments) else ()
    for at, bed in enumerate(project.music):
        yield Use(bed.file, loaded.places.at(f"music[{at}].file"), ("sound", *beats), "music")
    if project.room:
        yield Use(project.room.file, loaded.places.at("room.file"), ("sound",))
    for field_path, written in caption_files(project):
        yield Use(written, loaded.places.at(field_path))
    for name, member in project.cast.items():
        if member.release:
            yield Use(member.release, loaded.places.at(f"cast.{name}.release"))
        if member.portrait:
            yield Use(member.portrait, loaded.places.at(f"cast.{name}.portrait"))


def _segment_uses(loaded: Loaded, segment: AnySegment, find_engine: Callable[[str], Engine]) -> Iterator[Use]:
    project = loaded.project
    needs: Mapping[str, tuple[str, ...]] = {}
    extra: tuple[str, ...] = ()
    if not isinstance(segment, Narrate):
        choice = choose(project, segment, find_engine)
        engine = _engine(choice.engine if choice else "", find_engine)
        needs = engine.needs if engine else {}
        extra = ("faces",) if engine and engine.limits.invents else ()
    if isinstance(segment, Spoken) and segment.audio:
        voice = _engine(choose_voice(project, segment, find_engine).engine, find_engine)
        needs = {**needs, "audio": voice.needs.get("audio", ()) if voice else ()}
    for name, (field_path, written) in files_of(segment, project).items():
        wanted = {"image": ("picture", *extra), "clean": ("sound",)}.get(name, ())
        wanted = ("picture",) if name in ("portrait", "last", "mask") else wanted
        measures = tuple(dict.fromkeys((*wanted, *needs.get("region" if is_region(name) else name, ()))))
        yield Use(written, place_of(loaded, segment, field_path), measures, name)


def place_of(loaded: Loaded, segment: AnySegment, field_path: str) -> Place:
    """The place of a file's field: in the cast, or in the segment."""
    in_cast = field_path.startswith("cast.")
    return loaded.places.at(field_path) if in_cast else loaded.places.of(segment.id, field_path)


def _engine(name: str, find_engine: Callable[[str], Engine]) -> Engine | None:
    try:
        return find_engine(name)
    except (KeyError, TypeError, ImportError):
        return None


def _digest(book: DigestBook, path: Path, read: bool) -> str | None:
    try:
        return book.digest(path) if read else book.known(path)
    except OSError:
        return None


def _facts(
    store: LocalStore, known: InputFacts, use: Use, path: Path, digest: str, run: Run | None
) -> tuple[InputFacts, list[Finding]]:
    findings: list[Finding] = []
    for name in use.measures:
        if getattr(known, name) is not None:
            continue
        try:
            fact = _fact(store, MEASURES[name], path, digest, run)
        except Broken as error:
            what, _, remedy = str(error).partition("; ")
            findings.append(FILE_UNREADABLE.at(use.place, what, remedy and f"{remedy[0].upper()}{remedy[1:]}."))
            break  # one finding a file: what else it would lack follows from this
        if fact is not None:
            known = known.model_copy(update={name: fact})
    return known, findings


def _fact(store: LocalStore, measure: Measure, path: Path, digest: str, run: Run | None) -> Fact | None:
    recipe = Recipe(f"measure/{measure.name}", measure.version, inputs={"file": digest})
    part = store.find(recipe.name)
    if part is not None:
        try:
            return measure.model.model_validate(part.facts)
        except ValidationError:
            store.discard(recipe.name)
    if run is None:
        return None
    began = time.monotonic()
    document = run(measure, path)
    _keep(store, recipe, document, time.monotonic() - began)
    return measure.model.model_validate(document)


def _keep(store: LocalStore, recipe: Recipe, document: Mapping[str, JsonValue], seconds: float) -> Part | None:
    """Keep a fact; a store that cannot be written only means that it is measured again."""
    try:
        with store.lease(recipe.name), store.workspace(recipe.name) as folder:
            (folder / "fact.json").write_bytes(_JSON.dump_json(dict(document), indent=1))
            return store.publish(recipe, folder, Made("fact.json", dict(document)), Work(seconds=seconds))
    except StoreTrouble:
        return None
