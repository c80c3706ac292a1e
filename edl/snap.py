"""Cuts that fall on the music, or into a pause of the voice underneath (``snap:``). Pure arithmetic on frames.

What sounds at a frame is told by :mod:`edl.hearing`; :mod:`edl.snapping` moves the cuts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import floor
from statistics import median

from edl.facts import Word
from edl.hearing import Heard
from edl.project import Snap

FAR = 0.5  # seconds that a cut moves at most to an onset or a pause; to a beat half a beat


@dataclass(frozen=True)
class Room:
    """The frames to which a cut may move, both ends included."""

    first: int
    last: int


def pauses(words: Iterable[Word]) -> tuple[float, ...]:
    """The middle of each gap between words, in seconds of the voice."""
    return tuple((left.end + right.start) / 2 for left, right in pairwise(words) if right.start > left.end)


def snapped(heard: Heard, snap: Snap, frame: int, fps: Fraction, room: Room) -> int | None:
    """The frame nearest to ``frame`` at which a moment falls, within reach and inside the room; None where none is."""
    here, far = float(heard.seconds), reach(heard.moments, snap)
    near = sorted((abs(moment - here), moment) for moment in heard.moments if abs(moment - here) <= far)
    for _, moment in near:
        moved = _frame(heard, moment, frame, fps)
        if room.first <= moved <= room.last:
            return moved
    return None


def nearest(heard: Heard, frame: int, fps: Fraction) -> int:
    """The frame at which the moment nearest to ``frame`` falls, however far off.

    :raises ValueError: where there is no moment at all
    """
    here = float(heard.seconds)
    return _frame(heard, min(heard.moments, key=lambda moment: abs(moment - here)), frame, fps)


def _frame(heard: Heard, moment: float, frame: int, fps: Fraction) -> int:
    """The frame nearest to a moment of what is heard at ``frame``."""
    since = Fraction(moment - float(heard.seconds)).limit_denominator(100_000)
    return frame + floor(since * fps + Fraction(1, 2))


def reach(moments: tuple[float, ...], snap: Snap) -> float:
    """How far a cut moves at most: half a beat (and a hair, so that the middle between two is no gap)."""
    if snap is not Snap.BEAT:
        return FAR
    gaps = sorted(right - left for left, right in pairwise(moments))
    return 0.51 * median(gaps) if gaps else FAR
