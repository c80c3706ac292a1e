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
from edl.directions import direction_of, line_marks
from edl.scripts import Reading, cells, script_of
from edl.timeline import Slot
from edl.units import PAUSE, Unit

LEAST, MOST = 5 / 6, 7.0  # seconds that a cue shows
LINGER = 0.5  # seconds that a cue may stay after its last word, and the gap that is closed
GAP = 2  # frames between two cues of a file, so that a change is noticed

Line = tuple[Unit, ...]


@dataclass(frozen=True)
class Said:
    """A unit of a line, and the frame of the programme in which it begins to sound."""

    text: str
    frame: int


@dataclass(frozen=True)
class Cue:
    """What shows from frame ``start`` up to and without frame ``end``; in ``reads`` frames it is read."""

    segment: str
    start: int
    end: int
    lines: tuple[tuple[Said, ...], ...]
    reads: int = 0

    @property
    def text(self) -> str:
        return "\n".join(self.line_texts)

    @property
    def line_texts(self) -> tuple[str, ...]:
        return tuple("".join(said.text for said in line).strip() for line in self.lines)


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
    """Cues of one segment on whole frames, never beyond the slot; what is said before it has none.

    A cue begins with its first word. It stays until it can be read, at least :data:`LEAST`, and up to :data:`LINGER`
    after its last word, but not into the next one; a short gap is closed to ``gap`` frames.
    """
    zero = slot.start + slot.voice
    parts = [part for part in parts if zero + ceil(_exact(part[-1].end) * fps) > slot.start]
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
            cues.append(Cue(slot.segment, start, end, lines, _reads(part, fps, reading)))
    return tuple(cues)


def _end(part: Line, start: int, zero: int, fps: Fraction, reading: Reading) -> int:
    spoken = zero + ceil(_exact(part[-1].end) * fps)
    return max(spoken + int(LINGER * fps), start + _reads(part, fps, reading))


def _reads(part: Line, fps: Fraction, reading: Reading) -> int:
    return ceil(_exact(reading_time(part, reading)) * fps)


def reading_time(part: Line, reading: Reading) -> float:
    """Seconds that a cue must show."""
    return max(LEAST, cells("".join(unit.text for unit in part).rstrip()) / reading.speed)


def apart(cues: Sequence[Cue], gap: int = GAP) -> tuple[Cue, ...]:
    """Cues of segments that are heard at once, in the order in which they begin, one at a time.

    One makes way for the next as soon as it can be read. Where there is no time for both, each shows as long as its
    share of the reading.
    """
    found: list[Cue] = []
    for cue in sorted(cues, key=lambda cue: cue.start):
        start = cue.start
        if found and found[-1].start >= cue.end:
            continue  # what it had to wait for begins only when it is over
        if found and found[-1].end > start:
            before = found.pop()
            start = _change(before, cue)
            if start > before.start:
                found.append(replace(before, end=max(before.start + 1, start - gap)))
        if cue.end > start:
            found.append(replace(cue, start=start))
    return tuple(found)


def _change(before: Cue, cue: Cue) -> int:
    """The frame in which a cue takes the place of one that would go on."""
    share = (cue.end - before.start) * before.reads // max(1, before.reads + cue.reads)
    return max(cue.start, min(before.end, before.start + min(before.reads, share)))


def _said(line: Line, zero: int, start: int, fps: Fraction) -> tuple[Said, ...]:
    return tuple(Said(unit.text, max(start, zero + _frame(unit.start, fps))) for unit in line)


def directed(cue: Cue, direction: str = "") -> Cue:
    """A cue with marks by which each of its lines runs as its text does, where a line alone would run otherwise.

    :param direction: of the text that the cue is part of; left out, the cue is a text of its own
    """
    texts = cue.line_texts
    marks = line_marks(texts, direction or direction_of(" ".join(texts)))
    return replace(cue, lines=tuple(_marked(line, *pair) for line, pair in zip(cue.lines, marks, strict=True)))


def _marked(line: tuple[Said, ...], before: str, behind: str) -> tuple[Said, ...]:
    if before:
        line = (replace(line[0], text=before + line[0].text), *line[1:])
    if behind:
        line = (*line[:-1], replace(line[-1], text=line[-1].text.rstrip() + behind))
    return line


def _frame(seconds: float, fps: Fraction) -> int:
    return int(_exact(seconds) * fps)


def _exact(seconds: float) -> Fraction:
    """The number that was meant: 0.6 and not a little less."""
    return Fraction(seconds).limit_denominator(100_000)


def narrowed(reading: Reading, line: int) -> Reading:
    """The same reading with lines of at most ``line`` cells."""
    return replace(reading, line=min(reading.line, max(8, line)))
