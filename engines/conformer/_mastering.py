"""Bringing one piece of the programme to its level: gain, limiter, and a look at what the codec makes of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from engines.conformer._aac import RUN_IN, decoded, encoded
from engines.conformer._pieces import read_samples
from engines.media.loudness import CONTEXT, LOOK, limited, peaks_around
from engines.media.pieces import BEFORE, UNIT, ceiling

if TYPE_CHECKING:
    from engines.conformer._aac import Packet
    from engines.contract import Order

Samples = NDArray[np.float32]

RUN = RUN_IN * UNIT
TRIES = 4
SAFE = 0.75  # of the peak: below, no codec of ours goes over it
MARGIN = 0.98  # by how much more than needed a moment is turned down
AWAY = 2 * LOOK + 2 * UNIT  # samples from a seam within which both pieces must stay as they are


def mastered(order: Order, samples: int, gain: float, peak: float, first: bool) -> tuple[Samples, list[Packet], int]:
    """The limited samples, their packets, and how many samples lie before the piece.

    AAC gives back peaks higher than it got, sometimes by more than the limiter left free. Such moments are turned down
    a little more and encoded again, except close to a seam, where the neighbour has to hear the same.
    """
    wide = read_samples(order.inputs["mix"]) * np.float32(10 ** (gain / 20))
    skip, highest = BEFORE - CONTEXT - RUN, 10 ** (peak / 20)
    allowed = np.full(len(wide), ceiling(peak))
    inside = slice(RUN + (0 if first else AWAY), RUN + max(AWAY, samples - AWAY))
    for tries in range(TRIES):
        order.stop_if_cancelled()
        order.progress(tries / TRIES, "")
        heard = limited(wide, allowed)[skip:]
        packets, header = encoded(heard, samples)
        if float(np.abs(heard).max(initial=0.0)) < SAFE * highest:
            break
        peaks = peaks_around(decoded(packets, header))[inside]
        if peaks.max(initial=0.0) <= highest:
            break
        here = slice(CONTEXT + skip + inside.start, CONTEXT + skip + inside.start + len(peaks))
        lower = peaks_around(heard)[inside] * MARGIN * highest / np.maximum(peaks, 1e-9)
        allowed[here] = np.where(peaks > highest, np.minimum(allowed[here], lower), allowed[here])
    return heard, packets, RUN
