"""Cuts that fall on the music, or into a pause of the voice underneath (``snap:``). Pure arithmetic on frames.

What sounds at a frame is asked of a :data:`Hearing`, so that nothing here knows how music is laid under a programme.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import floor
from statistics import median

from edl.facts import BeatFacts, Word
from edl.project import Snap

FAR = 0.5  # seconds that a cut moves at most to an onset or a pause; to a beat half a beat


@dataclass(frozen=True)
class Heard:
    """Where in a sound a frame falls, in seconds, and the moments that a cut may move to. ``sure`` is False while it is
    not known what will sound there."""

    seconds: Fraction
    moments: tuple[float, ...]
    sure: bool = True


Hearing = Callable[[Snap, int], Heard | None]
"""What sounds at a frame of the programme; None where there is no music at all."""


@dataclass(frozen=True)
class Room:
    """The frames to which a cut may move, both ends included."""

    first: int
    last: int


def no_music(snap: Snap, frame: int) -> Heard | None:
    """The hearing of a programme without music."""
    return None


@dataclass(frozen=True)
class Bed:
    """A piece of music from a frame of the programme on, where second ``first`` of it sounds, until frame ``end``
    (None: that of the programme). ``last``: the second at which it ends, None for its own end; there it begins again
    with an ``overlap`` if it ``loops``. ``facts`` are None while nothing is known of it."""

    facts: BeatFacts | None
    start: int = 0
    end: int | None = None
    first: Fraction = Fraction(0)
    last: Fraction | None = None
    loops: bool = True
    overlap: Fraction = Fraction(1, 5)

    def heard(self, snap: Snap, frame: int, fps: Fraction) -> Heard | None:
        """What of it sounds at a frame; None where nothing does."""
        if frame < self.start or (self.end is not None and frame > self.end):
            return None
        if self.facts is None:
            return Heard(Fraction(0), (), sure=False)
        length = Fraction(self.facts.seconds).limit_denominator(1_000_000)
        length = (min(self.last, length) if self.last is not None else length) - self.first
        since = (frame - self.start) / fps
        if self.loops:
            period = length - min(self.overlap, length / 4)
            since = since % period if period > 0 else Fraction(0)
        elif since > length:
            return None
        return Heard(self.first + since, getattr(self.facts, f"{snap.value}s"))


def hearing_of(beds: Iterable[Bed], fps: Fraction) -> Hearing:
    """The hearing of several pieces of music; where two sound at once, of the first."""
    known = tuple(beds)

    def hear(snap: Snap, frame: int) -> Heard | None:
        return next((heard for bed in known if (heard := bed.heard(snap, frame, fps)) is not None), None)

    return hear


def pauses(words: Iterable[Word]) -> tuple[float, ...]:
    """The middle of each gap between words, in seconds of the voice."""
    return tuple((left.end + right.start) / 2 for left, right in pairwise(words) if right.start > left.end)


def snapped(heard: Heard, snap: Snap, frame: int, fps: Fraction, room: Room) -> int | None:
    """The frame nearest to ``frame`` at which a moment falls, within reach and inside the room; None where none is."""
    here, reach = float(heard.seconds), _reach(heard.moments, snap)
    near = sorted((abs(moment - here), moment) for moment in heard.moments if abs(moment - here) <= reach)
    for _, moment in near:
        moved = frame + floor(Fraction(moment - here).limit_denominator(100_000) * fps + Fraction(1, 2))
        if room.first <= moved <= room.last:
            return moved
    return None


def _reach(moments: tuple[float, ...], snap: Snap) -> float:
    """How far a cut moves at most: half a beat (and a hair, so that the middle between two is no gap)."""
    if snap is not Snap.BEAT:
        return FAR
    gaps = sorted(right - left for left, right in pairwise(moments))
    return 0.51 * median(gaps) if gaps else FAR


def why_not(heard: Heard | None, snap: Snap) -> Iterator[tuple[str, str]]:
    """Why a cut cannot move at all: the problem, and the words for it."""
    if heard is None:
        yield "no-music", f"snap: {snap.value} needs music, and the programme has none"
    elif heard.sure and not heard.moments:
        what = "in the voice underneath" if snap is Snap.PAUSE else "in the music"
        yield "no-moment", f"no {snap.value} was found {what}"
