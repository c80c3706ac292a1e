"""Cues: what captions say, from which frame to which, in how many lines.

Phrases are found by dynamic programming over all places where a text may be broken: breaks at the ends of sentences
and clauses and at pauses of the voice are cheap, breaks behind a short word (an article, a preposition) are dear; a cue
has two lines at most and is neither too short nor too long nor too fast to read. The limits follow the timed text
style guides that Netflix publishes and the BBC's subtitle guidelines.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import lru_cache
from itertools import accumulate, pairwise, zip_longest
from math import ceil, inf

from edl.abbreviations import belongs_to_next
from edl.scripts import Reading, cells, script_of
from edl.timeline import Slot
from edl.units import Unit

LEAST, MOST = 5 / 6, 7.0  # seconds that a cue shows
LINGER = 0.5  # seconds that a cue may stay after its last word, and the gap that is closed
GAP = 2  # frames between two cues of a file, so that a change is noticed
PAUSE = 0.35  # seconds of silence at which a phrase ends

Line = tuple[Unit, ...]


@dataclass(frozen=True)
class Said:
    """A unit of a line, and the frame of the programme in which it begins to sound."""

    text: str
    frame: int


@dataclass(frozen=True)
class Cue:
    """What shows from frame ``start`` up to and without frame ``end``; ``speed`` in cells a second."""

    segment: str
    start: int
    end: int
    lines: tuple[tuple[Said, ...], ...]

    @property
    def text(self) -> str:
        return "\n".join(self.line_texts)

    @property
    def line_texts(self) -> tuple[str, ...]:
        return tuple("".join(said.text for said in line).strip() for line in self.lines)

    def speed(self, fps: Fraction) -> float:
        """Cells a second that must be read."""
        return cells(self.text) / max(1e-9, float((self.end - self.start) / fps))


@lru_cache(maxsize=4096)  # a plan is made again whenever something is finished
def phrases(units: Line, reading: Reading) -> tuple[Line, ...]:
    """The best division of a text into cues."""
    text = _Measured(units, reading)
    best: list[tuple[float, int]] = [(0.0, 0)] + [(inf, 0)] * len(units)
    for end in range(1, len(units) + 1):
        for begin in range(end - 1, -1, -1):
            if begin < end - 1 and text.width(begin, end) > 2 * reading.line + 1:
                break
            cost = best[begin][0] + text.cost(begin, end)
            if cost < best[end][0]:
                best[end] = (cost, begin)
    found: list[Line] = []
    end = len(units)
    while end:
        begin = best[end][1]
        found.append(units[begin:end])
        end = begin
    return tuple(found[::-1])


def broken(cue: Line, reading: Reading) -> tuple[Line, ...]:
    """A cue as one line where it fits, else as two of like length, the lower one rather longer; more only where a text
    must be shown that fits into two by no means."""
    text = _Measured(cue, reading)
    if len(cue) == 1 or text.width(0, len(cue)) <= reading.line:
        return (cue,)
    cost, at = text.best_break(0, len(cue))
    if cost < inf:
        return cue[:at], cue[at:]
    first = next((at - 1 for at in range(2, len(cue) + 1) if text.width(0, at) > reading.line), 1)
    return cue[:first], *broken(cue[first:], reading)


class _Measured:
    """A text whose widths and breaks are known, to try out many divisions of it."""

    def __init__(self, units: Line, reading: Reading) -> None:
        self._units, self._reading = units, reading
        self._places = [0, *accumulate(cells(unit.text) for unit in units)]
        self._blanks = [cells(unit.text) - cells(unit.bare) for unit in units]
        self._breaks = [0.0, *(_break_cost(*pair) for pair in pairwise(units)), 0.0]
        endings = (unit.ending(after) for unit, after in zip_longest(units, units[1:]))
        self._sentences = [0, *accumulate(ending == "." for ending in endings)]
        silences = (max(0.0, after.start - before.end - PAUSE) for before, after in pairwise(units))
        self._silences = [0.0, *accumulate(silences)]

    def width(self, begin: int, end: int) -> int:
        """Cells of units ``begin`` up to ``end`` in one line."""
        return self._places[end] - self._places[begin] - self._blanks[end - 1]

    def cost(self, begin: int, end: int) -> float:
        """What it costs to make these units one cue; infinite where it must not be."""
        units, reading = self._units, self._reading
        first, last = units[begin], units[end - 1]
        width, lines = self.width(begin, end), 1
        if width > reading.line and end - begin > 1:
            lines = 2
            if self.best_break(begin, end)[0] == inf:
                return inf
        if end - begin > 1 and last.end - first.start > MOST:
            return inf
        following = units[end].start if end < len(units) else last.end + LINGER
        shown = max(0.05, min(following, last.end + LINGER) - first.start)
        cost = 1.0 + 0.25 * (lines - 1) + self._breaks[end]
        cost += 6.0 * max(0.0, LEAST - shown) + 3.0 * max(0.0, width / shown / reading.speed - 1.0)
        cost += 1.1 * (self._sentences[end - 1] - self._sentences[begin])
        return cost + 2.0 * (self._silences[end - 1] - self._silences[begin])

    def best_break(self, begin: int, end: int) -> tuple[float, int]:
        """Where these units are best broken into two lines, and what that costs; infinite where both never fit."""
        return min(((self._line_cost(begin, at, end), at) for at in range(begin + 1, end)), default=(inf, begin))

    def _line_cost(self, begin: int, at: int, end: int) -> float:
        upper, lower = self.width(begin, at), self.width(at, end)
        if max(upper, lower) > self._reading.line:
            return inf
        uneven = abs(upper - lower) / self._reading.line
        return 4.0 * uneven + (0.3 if upper > lower else 0.0) + 0.5 * self._breaks[at]


def _break_cost(before: Unit, after: Unit) -> float:
    """What it costs to end a cue or a line between two units."""
    if ending := before.ending(after):
        return 0.0 if ending == "." else 0.7
    pause = 0.5 if after.start - before.end >= PAUSE else 3.0
    pause += 2.5 if belongs_to_next(before.bare, after.text) else 0.0
    if before.text.endswith(" "):
        return pause + (1.5 if cells(before.bare) <= 3 else 0.0)
    new_word = script_of(before.bare[-1]) == "HIRAGANA" != script_of(after.text[0])
    return pause + (0.0 if new_word else 2.0)


def timed(parts: Sequence[Line], slot: Slot, fps: Fraction, reading: Reading, gap: int = GAP) -> tuple[Cue, ...]:
    """Cues of one segment on whole frames, never beyond the segment.

    A cue begins with its first word. It stays until it can be read, at least :data:`LEAST`, and up to :data:`LINGER`
    after its last word, but not into the next one; a short gap is closed to ``gap`` frames.
    """
    zero = slot.start + slot.voice
    last = slot.end - 1
    starts = [min(last, zero + _frame(part[0].start, fps)) for part in parts]
    cues: list[Cue] = []
    for at, part in enumerate(parts):
        start = max(starts[at], cues[-1].end if cues else slot.start)
        end = min(slot.end, _end(part, start, zero, fps, reading))
        if at + 1 < len(parts):
            limit = starts[at + 1] - gap
            end = limit if limit - end < LINGER * fps else end
        end = max(end, min(start + 1, slot.end))
        if end > start:
            lines = tuple(_said(line, zero, start, fps) for line in broken(part, reading))
            cues.append(Cue(slot.segment, start, end, lines))
    return tuple(cues)


def _end(part: Line, start: int, zero: int, fps: Fraction, reading: Reading) -> int:
    spoken = zero + ceil(_exact(part[-1].end) * fps)
    read = start + ceil(_exact(max(LEAST, cells("".join(unit.text for unit in part).rstrip()) / reading.speed)) * fps)
    return max(spoken + int(LINGER * fps), read)


def _said(line: Line, zero: int, start: int, fps: Fraction) -> tuple[Said, ...]:
    return tuple(Said(unit.text, max(start, zero + _frame(unit.start, fps))) for unit in line)


def _frame(seconds: float, fps: Fraction) -> int:
    return int(_exact(seconds) * fps)


def _exact(seconds: float) -> Fraction:
    """The number that was meant: 0.6 and not a little less."""
    return Fraction(seconds).limit_denominator(100_000)


def narrowed(reading: Reading, line: int) -> Reading:
    """The same reading with lines of at most ``line`` cells."""
    return replace(reading, line=min(reading.line, max(8, line)))
