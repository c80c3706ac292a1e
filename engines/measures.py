"""Measures: functions that find facts about input files. Each has a version; facts are kept by digest and version."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from edl.facts import BeatFacts, DamageFacts, FaceFacts, Fact, FootageFacts, MaskFacts, PictureFacts, SoundFacts


@dataclass(frozen=True)
class Measure:
    """One way to look at a file. ``name`` is the field of :class:`edl.facts.InputFacts` that the fact fills."""

    name: str
    version: int
    model: type[Fact]
    run: Callable[[Path], Fact]


def _picture(path: Path) -> PictureFacts:
    from engines.media.still import measure_picture

    return measure_picture(path)


def _mask(path: Path) -> MaskFacts:
    from engines.motion.masks import measure_mask

    return measure_mask(path)


def _footage(path: Path) -> FootageFacts:
    from engines.media.probe import measure_footage

    return measure_footage(path)


def _damage(path: Path) -> DamageFacts:
    from engines.media.damage import measure_damage

    return measure_damage(path)


def _sound(path: Path) -> SoundFacts:
    from engines.media.sound import measure_sound

    return measure_sound(path)


def _faces(path: Path) -> FaceFacts:
    from engines.vision.faces import measure_faces

    return measure_faces(path)


def _beats(path: Path) -> BeatFacts:
    from engines.media.beats import measure_beats

    return measure_beats(path)


MEASURES: dict[str, Measure] = {
    measure.name: measure
    for measure in (
        Measure("picture", 2, PictureFacts, _picture),
        Measure("mask", 1, MaskFacts, _mask),
        Measure("footage", 2, FootageFacts, _footage),
        Measure("damage", 1, DamageFacts, _damage),
        Measure("sound", 2, SoundFacts, _sound),
        Measure("faces", 1, FaceFacts, _faces),
        Measure("beats", 1, BeatFacts, _beats),
    )
}
