"""The inner loop of :mod:`engines.media.hdr`: from 16 bit BT.2020 to 16 bit BT.709, pixel by pixel."""

from __future__ import annotations

from math import sqrt

import numpy as np
from numpy.typing import NDArray

from engines.kernels import kernel

Words = NDArray[np.uint16]
Table = NDArray[np.float32]


@kernel(nogil=True)
def _looked_up(table: Table, value: float) -> float:
    """A table over the fourth root, between its steps on a straight line."""
    place = sqrt(sqrt(min(max(value, 0.0), 1.0))) * (len(table) - 1)
    at = min(int(place), len(table) - 2)
    return float(table[at] + (table[at + 1] - table[at]) * (place - at))


@kernel(nogil=True)
def mapped(picture: Words, light: Table, gain: Table, signal: Table) -> Words:
    """Map a picture, height x width x 3, by the tables of :class:`engines.media.hdr.Curves`.

    Matrices: luminance of BT.2020, and its primaries in those of BT.709 (ITU-R BT.2087).
    """
    out = np.empty_like(picture)
    for row in range(picture.shape[0]):
        for column in range(picture.shape[1]):
            red, green, blue = (
                light[picture[row, column, 0]],
                light[picture[row, column, 1]],
                light[picture[row, column, 2]],
            )
            luminance = 0.2627 * red + 0.6780 * green + 0.0593 * blue
            factor = _looked_up(gain, luminance)
            grey = min(luminance * factor, 1.0)
            r = (1.660491 * red - 0.587641 * green - 0.072850 * blue) * factor
            g = (-0.124550 * red + 1.132900 * green - 0.008349 * blue) * factor
            b = (-0.018151 * red - 0.100579 * green + 1.118730 * blue) * factor
            low, high = min(r, g, b), max(r, g, b)
            share = 1.0
            if low < 0.0:
                share = grey / (grey - low)
            if high > 1.0:
                share = min(share, (1.0 - grey) / (high - grey))
            out[row, column, 0] = int(_looked_up(signal, grey + (r - grey) * share) + 0.5)
            out[row, column, 1] = int(_looked_up(signal, grey + (g - grey) * share) + 0.5)
            out[row, column, 2] = int(_looked_up(signal, grey + (b - grey) * share) + 0.5)
    return out
