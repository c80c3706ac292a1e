"""``out/manifest.json``: every delivered file with its digest and facts, and which take stands at which frames.

It is written last, and only where all files of the plan are there; the same project and the same takes give the same
bytes. Chapter files are written with it; those, and captions, that the film has no more are taken away.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from math import log10
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from edl.chapters import as_text, as_vtt, chapters
from edl.clock import rate_text, sample_at
from edl.delivery import Codec
from edl.timeline import Layer
from engines.media.pieces import RATE as SOUND_RATE
from flows.deliver import is_current
from flows.level import Measured, loudness
from flows.local_store import trouble, write_durably
from flows.plan import Delivery, Plan, TakeState
from flows.plan_variants import targets
from flows.store import Part
from flows.workplace import Workplace

NAME = "manifest.json"
VTT, TXT = "chapters.vtt", "chapters.txt"
PASSING = frozenset({VTT, TXT, "captions/*.srt", "captions/*.vtt"})  # files that do not stay when they are out of date
VERSION = 1


class Record(BaseModel):
    """Base of what stands in a manifest."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Picture(Record):
    """What is known of a film's picture."""

    codec: Codec
    width: int
    height: int
    fps: str  # a whole number or a fraction
    frames: int


class Sound(Record):
    """What is known of a film's sound: integrated loudness (LUFS) and true peak (dBTP); None for silence."""

    loudness: float | None = None
    peak: float | None = None


class FileEntry(Record):
    """One delivered file, its name relative to the folder of the manifest."""

    name: str  # master, a variant's name, poster, sheet, chapters
    file: str
    sha256: str
    bytes: int
    picture: Picture | None = None
    sound: Sound | None = None


class Standing(Record):
    """What stands at frames ``start`` to ``start + frames`` of the master. ``layer`` is ``drawn`` for what lies over
    the picture. ``first`` is the frame inside the take."""

    start: int
    frames: int
    segment: str
    layer: str
    first: int
    take: int
    seed: int
    engine: str
    recipes: tuple[str, ...]  # of the take's parts


class ChapterEntry(Record):
    """A chapter's first frame and its title."""

    start: int
    title: str


class Document(Record):
    """The whole manifest."""

    cutaway: int = VERSION
    title: str
    project: str
    draft: bool
    fps: str
    frames: int
    files: tuple[FileEntry, ...]
    shown: tuple[Standing, ...]
    chapters: tuple[ChapterEntry, ...] = ()


@dataclass(frozen=True)
class Manifest:
    """A manifest and the small text files that it names: by file name, their text."""

    document: Document
    texts: Mapping[str, str]

    @property
    def text(self) -> str:
        return self.document.model_dump_json(indent=1, exclude_none=True) + "\n"

    def stands(self, folder: Path) -> bool:
        """Whether exactly this lies in a folder."""
        return all(_reads(folder / name, text) for name, text in {**self.texts, NAME: self.text}.items())


def manifest_file(place: Workplace) -> str:
    """Where the manifest goes, relative to the project's folder."""
    return f"{place.out}/{NAME}"


def manifest_of(place: Workplace, plan: Plan, find: Callable[[str], Part | None]) -> Manifest | None:
    """The manifest of what was delivered; None while a file is missing or stands in for another.

    :param find: gives a part of the store by its name
    """
    files: list[FileEntry] = []
    sound: Sound | None = None
    for delivery in plan.deliveries:
        part = find(plan.step(delivery.step).name)
        if part is None or delivery.instead or not is_current(place.folder, delivery, part):
            return None
        sound = sound or _sound(plan, find)
        files.append(_file(place, plan, delivery, part, sound))
    project, texts = place.loaded.project, {}
    marks = chapters(project, plan.timeline) if project.output.chapters else ()
    if marks:
        texts = {VTT: as_vtt(marks, plan.timeline.fps), TXT: as_text(marks, plan.timeline.fps)}
        files += [_text(name, text) for name, text in texts.items()]
    document = Document(
        title=project.title,
        project=place.file.name,
        draft=place.draft,
        fps=rate_text(plan.timeline.fps),
        frames=plan.timeline.frames,
        files=tuple(files),
        shown=tuple(_shown(plan)),
        chapters=tuple(ChapterEntry(start=mark.start, title=mark.title) for mark in marks),
    )
    return Manifest(document, texts)


def renew_manifest(place: Workplace, plan: Plan, delivered: frozenset[str]) -> str | None:
    """Write the manifest where all files of the plan are there. Where some could not be made, one that may not be true
    of the others any more is taken away.

    :param delivered: names of the deliveries that were made
    :return: its file relative to the project's folder, None where there is none
    :raises StoreTrouble: when the folder cannot be written
    """
    manifest = manifest_of(place, plan, place.store.find)
    if manifest is not None:
        return deliver_manifest(place, manifest)
    if any(delivery.name in delivered and not delivery.instead for delivery in plan.deliveries):
        with trouble(place.folder / place.out):
            (place.folder / manifest_file(place)).unlink(missing_ok=True)
    return None


def deliver_manifest(place: Workplace, manifest: Manifest) -> str:
    """Write what is not there yet, the manifest last; its file relative to the project's folder.

    :raises StoreTrouble: when the folder cannot be written
    """
    folder = place.folder / place.out
    with trouble(folder):
        folder.mkdir(parents=True, exist_ok=True)
        for name in _outdated(folder, manifest.document):
            (folder / name).unlink(missing_ok=True)
        for name, text in {**manifest.texts, NAME: manifest.text}.items():
            if not _reads(folder / name, text):
                write_durably(folder / name, text)
    return manifest_file(place)


def _outdated(folder: Path, now: Document) -> Iterator[str]:
    """Chapters and captions of the last manifest that the film has no more; not those that somebody changed since."""
    try:
        last = Document.model_validate_json((folder / NAME).read_bytes())
    except (OSError, ValueError):
        return
    kept = {entry.file for entry in now.files}
    for entry in last.files:
        known = any(fnmatchcase(entry.file, form) for form in PASSING) and entry.file.count("/") < 2
        if known and entry.file not in kept and _digest(folder / entry.file) == entry.sha256:
            yield entry.file


def _digest(file: Path) -> str:
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError:
        return ""


def _file(place: Workplace, plan: Plan, delivery: Delivery, part: Part, sound: Sound) -> FileEntry:
    record, name = part.files[part.media], delivery.name
    where = Path(delivery.file).relative_to(place.out).as_posix()
    target = next((each for each in targets(place.loaded.project, place.out) if each.name == name), None)
    if target is None:
        return FileEntry(name=name, file=where, sha256=record.digest, bytes=record.size)
    picture = Picture(
        codec=target.codec,
        width=target.width,
        height=target.height,
        fps=rate_text(plan.timeline.fps),
        frames=plan.timeline.frames,
    )
    return FileEntry(name=name, file=where, sha256=record.digest, bytes=record.size, picture=picture, sound=sound)


def _sound(plan: Plan, find: Callable[[str], Part | None]) -> Sound:
    """The programme's measured sound, from what is known of the pieces in the master."""
    sources = plan.step("master:master").sources
    parts = (find(source.part) for name, source in sources.items() if name.startswith("sound"))
    pieces = [Measured.of(part.facts) for part in parts if part is not None]
    reached = loudness(
        [each for piece in pieces for each in piece.energies],
        sample_at(plan.timeline.frames, SOUND_RATE, plan.timeline.fps),
    )
    peak = max((piece.peak for piece in pieces), default=0.0)
    return Sound(
        loudness=None if reached is None else round(reached, 2), peak=round(20 * log10(peak), 2) if peak > 0 else None
    )


def _text(name: str, text: str) -> FileEntry:
    data = text.encode()
    return FileEntry(name="chapters", file=name, sha256=hashlib.sha256(data).hexdigest(), bytes=len(data))


def _shown(plan: Plan) -> Iterator[Standing]:
    standing = {take.segment: take for take in plan.takes if take.chosen}
    for run in plan.timeline.runs:
        for layer in run.picture.layers:
            name = "drawn" if layer in run.picture.drawn else "base"
            if layer.segment in standing:
                yield _standing(run.start, run.frames, layer, name, standing[layer.segment])


def _standing(start: int, frames: int, layer: Layer, name: str, take: TakeState) -> Standing:
    return Standing(
        start=start,
        frames=frames,
        segment=layer.segment,
        layer=name,
        first=layer.first,
        take=take.number,
        seed=take.seed,
        engine=take.engine,
        recipes=take.parts,
    )


def _reads(path: Path, text: str) -> bool:
    try:
        return path.read_text(encoding="utf-8") == text
    except (OSError, ValueError):
        return False
