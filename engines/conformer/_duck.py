"""When somebody speaks, and how far music steps back for it."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from engines.conformer._sources import RATE, Span

HOP = RATE // 100
BELOW = 35.0  # dB under a voice's loudest moment that still count as speech
FLOOR = 10 ** (-60 / 20)
ATTACK, RELEASE, PAUSE = 15, 40, 40  # hops of 10 ms: ramps, and the pauses through which music stays down
CHUNK = 1000


def speaking(spans: Iterable[Span], samples: int) -> NDArray[np.float32]:
    """For every 10 ms of the programme how far music is down: 0 not at all, 1 wholly."""
    active = np.zeros(samples // HOP + 1, bool)
    for span in spans:
        _mark(active, span)
    return _ramps(active)


def _mark(active: NDArray[np.bool_], span: Span) -> None:
    first, last = max(0, span.start // HOP), min(len(active), -(-span.end // HOP))
    levels = np.zeros(max(0, last - first))
    for at in range(0, len(levels), CHUNK):
        count = min(CHUNK, len(levels) - at)
        heard = span.read((first + at) * HOP, count * HOP).astype(np.float64)
        levels[at : at + count] = np.sqrt((heard**2).reshape(count, -1).mean(axis=1))
    if len(levels):
        active[first:last] |= levels > max(FLOOR, levels.max() * 10 ** (-BELOW / 20))


def _ramps(active: NDArray[np.bool_]) -> NDArray[np.float32]:
    place = np.arange(len(active))
    far = 2 * len(active) + 1000
    since = place - np.maximum.accumulate(np.where(active, place, -far))
    until = np.minimum.accumulate(np.where(active, place, far)[::-1])[::-1] - place
    between = (since + until) <= PAUSE
    depth = np.maximum(1 - until / ATTACK, 1 - since / RELEASE).clip(0, 1)
    depth[between] = 1.0
    return np.asarray(depth * depth * (3 - 2 * depth), dtype=np.float32)
