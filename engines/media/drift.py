"""How two recordings of the same sound lie against each other over their whole length: offset and clock skew.

Two devices never count time alike: one gains some 10 to 100 millionths (ppm) on the other. Windows of the one recording
are looked for in the other, a line is laid through what they say (Theil 1950, Sen 1968: the median of all slopes, which
a third of wrong windows does not move), and the direct sound is told from its echoes on the sum of all windows.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np

from engines.media.offset import RATE, Lag, find, heard, profile, summit

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Samples = NDArray[np.float32]
    Curve = NDArray[np.float64]

WINDOW = 4 * RATE
STEP = 2 * RATE
SCOUTS = 8  # windows that are looked for everywhere; the others near the line that these give
MOST_WINDOWS = 240
MOST_SKEW = 1e-3  # 1000 ppm; more is another speed, not another clock
SHORTEST = RATE // 2
REACH = RATE * 60 // 1000  # samples to both sides of the line that the profile shows
NEAR = RATE // 1000  # samples; a peak this near to another is part of it
EARLIER = RATE * 40 // 1000  # how much earlier than the strongest echo the direct sound may come
CHANCE = 9.0  # times the median height; of noise the highest of so many is about 5
OUTLIER = RATE // 2000  # samples off the line
LEAST_SPAN = 8 * RATE  # samples from the first to the last window; less says nothing about clocks


@dataclass(frozen=True)
class Match:
    """Second ``t`` of the one recording is second ``offset + t x (1 + ppm / 1e6)`` of the other.

    ``confidence``, 0 to 1: how far the place stands out against the next best one, times the share of windows that
    agree on it. ``windows`` is how many agreed, ``spread`` their median distance from the line in seconds.
    """

    offset: float
    ppm: float
    confidence: float
    windows: int = 0
    spread: float = 0.0


@dataclass(frozen=True)
class Line:
    """``at + slope x t`` samples, for a window that begins at sample ``t``."""

    at: float
    slope: float = 1.0

    def of(self, start: int) -> float:
        return self.at + self.slope * start


NOTHING = Match(0.0, 0.0, 0.0)


def match(part: Samples, whole: Samples) -> Match:
    """Find a recording in another one.

    :param part: float32, mono, at 16 kHz
    :param whole: likewise; either may be the longer one
    :returns: with confidence 0 where nothing can be said
    """
    if not _scouts(part) or not heard(whole):
        return NOTHING
    line = _scouted(part, whole)
    starts = [start for start in _starts(part) if _stands_out(part, whole, start, line)]
    if not starts:
        return NOTHING
    for reach in (REACH, 2 * NEAR, 2 * NEAR):
        line = _direct(part, whole, starts, line)
        line, agreed, spread = _fitted(part, whole, starts, line, reach)
    return Match(line.at / RATE, (line.slope - 1) * 1e6, _confidence(part, whole, line), agreed, spread / RATE)


def _starts(part: Samples) -> list[int]:
    """Where the windows begin: every two seconds, in a long recording further apart."""
    if len(part) < SHORTEST:
        return []
    last = max(0, len(part) - WINDOW)
    step = max(STEP, last // MOST_WINDOWS)
    return list(range(0, last + 1, step))


def _scouts(part: Samples) -> tuple[int, ...]:
    """A few windows, evenly spread over those in which there is something to hear."""
    starts = [start for start in _starts(part) if heard(part[start : start + WINDOW])]
    return tuple(dict.fromkeys(starts[at * (len(starts) - 1) // (SCOUTS - 1)] for at in range(SCOUTS) if starts))


def _scouted(part: Samples, whole: Samples) -> Line:
    """Look for some windows everywhere: the line on which most of them agree."""
    found = [(start, find(part[start : start + WINDOW], whole)) for start in _scouts(part)]
    best: list[tuple[int, Lag]] = []
    for start, lag in found:
        near = [
            (other, there)
            for other, there in found
            if abs((there.at - other) - (lag.at - start)) <= REACH / 2 + MOST_SKEW * abs(other - start)
        ]
        best = max(best, near, key=lambda places: sum(there.distinct for _, there in places))
    return _line([(start, lag.at) for start, lag in best])


def _stands_out(part: Samples, whole: Samples, start: int, line: Line) -> bool:
    """Whether a window's peak near the line is more than chance; outside of the overlap there is none."""
    height = np.abs(profile(_squeezed(part, start, line), whole, round(line.of(start)), REACH))
    return float(height.max()) > CHANCE * float(np.median(height))


def _confidence(part: Samples, whole: Samples, line: Line) -> float:
    """Looked for everywhere, at the right clock now: how clearly do windows land on the line, and how many do not?"""
    on: list[float] = []
    off: list[float] = []
    for start in _scouts(part):
        lag = find(_squeezed(part, start, line), whole)
        (on if abs(lag.at - line.of(start)) <= REACH / 2 else off).append(lag.distinct)
    return max(on) * sum(on) / (sum(on) + sum(off)) if sum(on) else 0.0


def _direct(part: Samples, whole: Samples, starts: list[int], line: Line) -> Line:
    """The line moved from the strongest echo to the direct sound, which comes before it.

    Echoes of all windows add up at the same lag, noise does not. What was recorded later in the one lies at an
    *earlier* lag, so the direct sound is the last peak that stands clear of what lies beyond it."""
    total = np.zeros(2 * REACH + 1)
    for start in starts:
        near = line.of(start)
        total += profile(_squeezed(part, start, line), whole, round(near), REACH)
    height = np.abs(total)
    strongest = int(height[EARLIER // 2 : -EARLIER // 2].argmax()) + EARLIER // 2
    end = min(len(height), strongest + EARLIER)
    beyond = height[end:] if len(height) - end > NEAR else height[-NEAR:]
    floor = max(2 * float(beyond.max()), 0.25 * float(height[strongest]))
    clear = np.flatnonzero(height[strongest + NEAR : end] > floor)
    if not len(clear):
        return Line(line.at + summit(total, strongest) - REACH, line.slope)
    last = strongest + NEAR + int(clear[-1])
    first = max(0, last - NEAR)
    return Line(line.at + summit(total, first + int(height[first : last + 1].argmax())) - REACH, line.slope)


def _fitted(part: Samples, whole: Samples, starts: list[int], line: Line, reach: int) -> tuple[Line, int, float]:
    """The line through all windows' own places near it, how many lie on it, and their median distance."""
    places = []
    for start in starts:
        near = round(line.of(start))
        heights = profile(_squeezed(part, start, line), whole, near, reach)
        places.append((start, near + summit(heights, int(np.abs(heights).argmax())) - reach))
    fitted = _line(places) if places[-1][0] - places[0][0] >= LEAST_SPAN else Line(_median_at(places, 1.0))
    good = [place for place in places if abs(place[1] - fitted.of(place[0])) <= OUTLIER]
    if len(good) > 2 and good[-1][0] - good[0][0] >= LEAST_SPAN:
        fitted = _line(good)
    elif good:
        fitted = Line(_median_at(good, fitted.slope), fitted.slope)
    off = [abs(at - fitted.of(start)) for start, at in good]
    return fitted, len(good), float(np.median(off)) if off else float(reach)


def _squeezed(part: Samples, start: int, line: Line) -> Samples:
    """A window at the other recording's clock, so that its peak is not smeared."""
    own = part[start : start + WINDOW]
    if abs(line.slope - 1) * len(own) < 0.5:
        return own
    return np.interp(np.arange(int(len(own) * line.slope)) / line.slope, np.arange(len(own)), own).astype(np.float32)


def _line(places: list[tuple[int, float]]) -> Line:
    """Theil and Sen's line, its slope within what clocks can do."""
    slopes = [(right - left) / (last - first) for (first, left), (last, right) in combinations(places, 2)]
    slope = float(np.median(slopes)) if slopes else 1.0
    slope = min(1 + MOST_SKEW, max(1 - MOST_SKEW, slope))
    return Line(_median_at(places, slope), slope)


def _median_at(places: list[tuple[int, float]], slope: float) -> float:
    return float(np.median([at - slope * start for start, at in places]))
