"""What is odd about files that can be read: pictures in which nothing shows, recordings in which nobody is heard."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from edl.facts import InputFacts, PictureFacts, SoundFacts
from edl.findings import Finding
from edl.input_codes import MUSIC_SILENT, PICTURE_CLEAR, PICTURE_HIDDEN, PICTURE_SEVERAL, RECORDING_SILENT

if TYPE_CHECKING:
    from flows.gather import Use

LEAST_CLEAR = 0.002  # of a picture's pixels; soft edges and round corners are less
SHORTEST_VOICE = 0.1  # seconds: less than a syllable
STILLS = frozenset({"portrait", "image", "last"})  # what fills the picture, with nothing behind it


def file_findings(use: Use, known: InputFacts) -> Iterator[Finding]:
    """What to say of one use of a file, by what was measured of it."""
    if known.picture is not None and use.role in {*STILLS, "mask", "logo"}:
        yield from _picture(use, known.picture)
    if known.sound is not None:
        yield from _sound(use, known.sound)


def _picture(use: Use, picture: PictureFacts) -> Iterator[Finding]:
    if picture.several:
        yield PICTURE_SEVERAL.at(use.place, f"{use.written} holds several pictures, the first is used")
    if picture.hidden:
        if use.role != "portrait":  # without a face in it, it is refused anyway
            yield PICTURE_HIDDEN.at(use.place, f"{use.written} is transparent all over")
    elif picture.clear > LEAST_CLEAR and use.role in STILLS:
        yield PICTURE_CLEAR.at(use.place, f"{picture.clear:.0%} of {use.written} is transparent")


def _sound(use: Use, sound: SoundFacts) -> Iterator[Finding]:
    if use.role == "audio" and sound.silent:
        yield RECORDING_SILENT.at(use.place, f"{use.written} is silent for all of its {sound.seconds:.1f} s")
    elif use.role == "audio" and sound.seconds < SHORTEST_VOICE:
        yield RECORDING_SILENT.at(use.place, f"{use.written} is {sound.seconds * 1000:.0f} ms long, too short to speak")
    elif use.role == "music" and sound.silent:
        yield MUSIC_SILENT.at(use.place, f"{use.written} is silent for all of its {sound.seconds:.1f} s")
