"""Blending two 4:2:0 pictures.

Blends are linear in the gamma-encoded values of BT.709, as editors and FFmpeg's xfade do it by default: halfway between
two pictures lies the mean of their code values. In linear light bright parts would swallow dark ones early, and a fade
to black would look abrupt at its end.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import cv2
import numpy as np
from numpy.typing import NDArray

from edl.join import Side
from engines.media.frames import planes_of

Pixels = NDArray[np.uint8]


def dissolved(earlier: Pixels, later: Pixels, share: Fraction) -> Pixels:
    """Both pictures, ``share`` (0 to 1) of the later one, rounded to the nearest."""
    if share in (0, 1):
        return later if share else earlier
    return np.asarray(cv2.addWeighted(later, float(share), earlier, float(1 - share), 0), dtype=np.uint8)


@dataclass(frozen=True)
class Wiper:
    """An edge that moves over the picture from one side to the other.

    :param soft: width of the edge as a share of its way; at least a pixel
    """

    side: Side
    soft: float

    def wiped(self, earlier: Pixels, later: Pixels, share: Fraction) -> Pixels:
        """The later picture on the side that the edge comes from, the earlier one beyond the edge. At a share of 0 the
        edge has not yet come in, at 1 it has gone."""
        result = earlier.copy()
        for into, other in zip(planes_of(result), planes_of(later), strict=True):
            across = self.side in ("left", "right")
            into, other = (into, other) if across else (into.T, other.T)  # noqa: PLW2901 - the way lies along columns
            if self.side in ("right", "bottom"):
                into, other = into[:, ::-1], other[:, ::-1]  # noqa: PLW2901
            self._swept(into, other, float(share))
        return result

    def _swept(self, into: Pixels, later: Pixels, share: float) -> None:
        """Sweep along the columns of one plane, in place."""
        length = into.shape[1]
        soft = max(self.soft, 1 / length)
        place = (np.arange(length) + 0.5) / length
        weight = np.clip((share * (1 + soft) - place) / soft, 0, 1)
        whole, end = int(np.count_nonzero(weight == 1)), int(np.count_nonzero(weight > 0))
        into[:, :whole] = later[:, :whole]
        band = weight[whole:end].astype(np.float32)
        edge = into[:, whole:end] * (1 - band) + later[:, whole:end] * band
        into[:, whole:end] = (edge + np.float32(0.5)).astype(np.uint8)
