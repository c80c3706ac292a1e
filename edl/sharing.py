"""Time for captions whose own times nobody knows: a given text over a voice that says it in other words.

Its captions begin where the voice is in step with them. That may leave one less time than it takes to read, though its
neighbours have time to spare; then these give some away.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from edl.cues import LEAST, Line, reading_time
from edl.scripts import Reading


def shared(parts: Sequence[Line], until: float, reading: Reading, gap: float = 0.0) -> tuple[Line, ...]:
    """The same cues, none with less time than it takes to read, none moved further than that needs; where there is not
    time enough for all of them, each with its share by what it takes.

    :param until: seconds of the voice at which the last one has to be gone
    :param gap: seconds that each needs beside what it takes to read
    """
    if not parts:
        return ()
    begin = parts[0][0].start
    needs = _shares([reading_time(part, reading) + gap for part in parts], max(0.0, until - begin), LEAST + gap)
    edges = [begin]
    for need, part in zip(needs, parts[1:], strict=False):
        edges.append(max(part[0].start, edges[-1] + need))
    edges.append(until)
    for at in reversed(range(1, len(parts))):
        edges[at] = min(edges[at], edges[at + 1] - needs[at])
    return tuple(_between(part, *edge) for part, edge in zip(parts, pairwise(edges), strict=True))


def _shares(needs: Sequence[float], room: float, least: float) -> Sequence[float]:
    """What each needs; where that is too much for the room, the same share of it, but none less than ``least``."""
    if sum(needs) <= room:
        return needs
    ordered = sorted(needs)
    for short in range(len(needs)):
        share = (room - short * least) / sum(ordered[short:])
        if ordered[short] * share >= least:
            return [max(least, need * share) for need in needs]
    return [room / len(needs)] * len(needs)


def _between(part: Line, first: float, last: float) -> Line:
    """A cue that begins at one time and is over at another."""
    inside = tuple(
        replace(unit, start=min(max(unit.start, first), last), end=min(max(unit.end, first), last)) for unit in part
    )
    return (replace(inside[0], start=first), *inside[1:])
