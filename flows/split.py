"""Where to divide a take that is longer than its engine can make. Pure arithmetic on frames."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor

from edl.facts import Word


@dataclass(frozen=True)
class Piece:
    """A part of a take: frames ``first`` to ``first + frames``."""

    first: int
    frames: int


def evenly(frames: int, fps: Fraction, longest: Fraction | None, seconds: Fraction | None = None) -> tuple[Piece, ...]:
    """As few pieces as possible, of nearly equal length, none longer than ``longest`` seconds.

    :param seconds: the length before it was rounded to frames, which then decides how many pieces there are
    """
    if longest is None or (seconds or frames / fps) <= longest:
        return (Piece(0, frames),)
    count = min(frames, ceil(seconds / longest)) if seconds else ceil(frames / max(1, floor(longest * fps)))
    edges = [frames * at // count for at in range(count + 1)]
    return tuple(Piece(first, end - first) for first, end in pairwise(edges))


def at_pauses(
    frames: int, fps: Fraction, longest: Fraction | None, lead: int, words: tuple[Word, ...]
) -> tuple[Piece, ...]:
    """Divide a talk in the middle of pauses between words, the longest pauses first choice.

    :param lead: frames before the voice begins
    :param words: timed from the start of the voice; without any, pieces are of equal length
    """
    if longest is None or frames <= longest * fps:
        return (Piece(0, frames),)
    most = max(1, floor(longest * fps))
    pauses = _pauses(fps, lead, words)
    edges = [0]
    while frames - edges[-1] > most:
        edges.append(_next_edge(edges[-1], frames, most, pauses))
    edges.append(frames)
    return tuple(Piece(first, end - first) for first, end in pairwise(edges))


def _pauses(fps: Fraction, lead: int, words: tuple[Word, ...]) -> list[tuple[int, float]]:
    """The middle frame of each gap between words, and how long the gap is."""
    found = []
    for before, after in pairwise(words):
        gap = after.start - before.end
        if gap > 0:
            middle = Fraction((before.end + after.start) / 2).limit_denominator(100_000)
            found.append((lead + floor(middle * fps), gap))
    return found


def _next_edge(first: int, frames: int, most: int, pauses: list[tuple[int, float]]) -> int:
    """The best place for the next division: the longest pause in the second half of what may be one piece."""
    least = first + max(1, most // 2)
    choice = [(gap, at) for at, gap in pauses if least <= at <= first + most and at < frames]
    if choice:
        return max(choice)[1]
    rest = frames - first
    return first + min(most, ceil(rest / ceil(rest / most)))
