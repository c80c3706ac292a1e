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
from math import ceil, inf

from edl.scripts import Reading, cells, script_of
from edl.timeline import Slot
from edl.units import Unit

LEAST, MOST = 5 / 6, 7.0  # seconds that a cue shows
LINGER = 0.5  # seconds that a cue may stay after its last word, and the gap that is closed
GAP = 2  # frames between two cues of a file, so that a change is noticed
PAUSE = 0.35  # seconds of silence at which a phrase ends
_FARTHEST = 60  # units that one cue may hold

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


def phrases(units: Sequence[Unit], reading: Reading) -> list[Sequence[Unit]]:
    """The best division of a text into cues."""
    best: list[tuple[float, int]] = [(0.0, 0)] + [(inf, 0)] * len(units)
    for end in range(1, len(units) + 1):
        for begin in range(end - 1, max(-1, end - 1 - _FARTHEST), -1):
            cost = best[begin][0] + _cost(units, begin, end, reading)
            if cost < best[end][0]:
                best[end] = (cost, begin)
    found: list[Sequence[Unit]] = []
    end = len(units)
    while end:
        begin = best[end][1]
        found.append(units[begin:end])
        end = begin
    return found[::-1]


def _cost(units: Sequence[Unit], begin: int, end: int, reading: Reading) -> float:
    cue = units[begin:end]
    following = units[end].start if end < len(units) else cue[-1].end + LINGER
    shown = min(following, cue[-1].end + LINGER) - cue[0].start
    lines = broken(cue, reading)
    widest = max(_width(line) for line in lines)
    if len(cue) > 1 and (len(lines) > 2 or widest > reading.line or cue[-1].end - cue[0].start > MOST):
        return inf
    cost = 1.0 + 0.25 * (len(lines) - 1) + (_break_cost(units, end) if end < len(units) else 0.0)
    cost += 6.0 * max(0.0, LEAST - shown) + 3.0 * max(0.0, _width(cue) / max(0.05, shown) / reading.speed - 1.0)
    for at in range(begin + 1, end):
        cost += 1.1 if units[at - 1].ending == "." else 0.0
        cost += 2.0 * max(0.0, _silence(units, at) - PAUSE)
    return cost


def _break_cost(units: Sequence[Unit], at: int) -> float:
    """What it costs to end a cue or a line before unit ``at``."""
    before, after = units[at - 1], units[at]
    if before.ending:
        return 0.0 if before.ending == "." else 0.7
    pause = 0.5 if _silence(units, at) >= PAUSE else 3.0
    if before.text.endswith(" "):
        return pause + (1.5 if cells(before.bare) <= 3 else 0.0)
    new_word = script_of(before.bare[-1]) == "HIRAGANA" != script_of(after.text[0])
    return pause + (0.0 if new_word else 2.0)


def _silence(units: Sequence[Unit], at: int) -> float:
    return units[at].start - units[at - 1].end


def _width(units: Sequence[Unit]) -> int:
    return cells("".join(unit.text for unit in units).rstrip())


def broken(cue: Sequence[Unit], reading: Reading) -> tuple[Line, ...]:
    """A cue as one line where it fits, else as two of like length, the lower one rather longer; more only where a text
    must be shown that fits into two by no means."""
    whole = tuple(cue)
    if _width(whole) <= reading.line or len(whole) == 1:
        return (whole,)
    costs = {at: _line_cost(whole, at, reading) for at in range(1, len(whole))}
    at = min(costs, key=lambda at: (costs[at], at))
    if costs[at] < inf:
        return whole[:at], whole[at:]
    first = next((at - 1 for at in range(2, len(whole) + 1) if _width(whole[:at]) > reading.line), 1)
    return whole[:first], *broken(whole[first:], reading)


def _line_cost(units: Line, at: int, reading: Reading) -> float:
    upper, lower = _width(units[:at]), _width(units[at:])
    if max(upper, lower) > reading.line:
        return inf
    uneven = abs(upper - lower) / reading.line
    return 4.0 * uneven + (0.3 if upper > lower else 0.0) + 0.5 * _break_cost(units, at)


def timed(
    parts: Sequence[Sequence[Unit]], slot: Slot, fps: Fraction, reading: Reading, gap: int = GAP
) -> tuple[Cue, ...]:
    """Cues of one segment on whole frames, never beyond the segment.

    A cue begins with its first word. It stays until it can be read, at least :data:`LEAST`, and up to :data:`LINGER`
    after its last word, but not into the next one; a short gap is closed to ``gap`` frames.
    """
    zero = slot.start + slot.voice
    last = slot.end - 1
    starts = [min(last, zero + int(part[0].start * fps)) for part in parts]
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


def _end(part: Sequence[Unit], start: int, zero: int, fps: Fraction, reading: Reading) -> int:
    spoken = zero + ceil(Fraction(part[-1].end) * fps)
    read = start + ceil(Fraction(max(LEAST, _width(part) / reading.speed)) * fps)
    return max(spoken + int(LINGER * fps), read)


def _said(line: Line, zero: int, start: int, fps: Fraction) -> tuple[Said, ...]:
    return tuple(Said(unit.text, max(start, zero + int(Fraction(unit.start) * fps))) for unit in line)


def narrowed(reading: Reading, line: int) -> Reading:
    """The same reading with lines of at most ``line`` cells."""
    return replace(reading, line=min(reading.line, max(8, line)))
