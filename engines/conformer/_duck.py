"""How far music steps back for speech."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from engines.media.pieces import ATTACK, HOP, PAUSE, RELEASE

Floats = NDArray[np.float64]


def stepped_back(speech: Iterable[tuple[int, int]], start: int, count: int) -> Floats:
    """For each sample from ``start`` on how far music is down: 0 not at all, 1 wholly.

    :param speech: when somebody speaks, first and last sample; all that lies within half a second of the stretch
    """
    around = max(RELEASE, PAUSE) + 1
    first = start // HOP - around
    active = np.zeros(count // HOP + 2 * around + 2, bool)
    for begin, end in speech:
        active[max(0, begin // HOP - first) : max(0, -(-end // HOP) - first)] = True
    hops = (np.arange(len(active)) + first) * HOP
    return np.asarray(np.interp(np.arange(start, start + count), hops, _ramps(active)))


def _ramps(active: NDArray[np.bool_]) -> Floats:
    place = np.arange(len(active))
    far = 2 * len(active) + 1000
    since = place - np.maximum.accumulate(np.where(active, place, -far))
    until = np.minimum.accumulate(np.where(active, place, far)[::-1])[::-1] - place
    between = (since + until) <= PAUSE
    depth = np.maximum(1 - until / ATTACK, 1 - since / RELEASE).clip(0, 1)
    depth[between] = 1.0
    return np.asarray(depth * depth * (3 - 2 * depth))
