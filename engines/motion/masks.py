"""Where a region lies in the picture that is made: read or drawn, cut to what the picture shows of the still."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from edl.facts import MaskFacts
from edl.region import Region
from engines.motion.share import outline

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Plane = NDArray[np.float32]
    Mask = NDArray[np.uint8]

CELLS = 48  # of a mask's coarse map, across and down
WHITE = 128


@dataclass(frozen=True)
class Window:
    """Which part of a still a picture shows (shares of the still, 0 to 1), and the picture's size in pixels."""

    left: float
    top: float
    across: float
    down: float
    width: int
    height: int

    def place(self, x: float, y: float) -> tuple[float, float]:
        """A point of the still in pixels of the picture, which may lie outside of it; pixel 0 spans 0 to 1."""
        return (x - self.left) / self.across * self.width, (y - self.top) / self.down * self.height


def coverage(region: Region, file: Path | None, window: Window) -> Mask:
    """How far each pixel belongs to the region: uint8, height x width of the window, 0 to 255.

    :param file: the region's mask, where it has one
    :raises Broken: when that cannot be read
    """
    import cv2
    import numpy as np

    if file is not None:
        return _cut(_grey(file), window)
    plane = np.zeros((window.height, window.width), np.uint8)
    fine = 8  # parts of a pixel, as powers of two
    corners = np.array([window.place(*point) for point in outline(region)])
    cv2.fillPoly(plane, [np.rint((corners - 0.5) * 2**fine).astype(np.int32)], 255, cv2.LINE_AA, fine)
    return plane


def edged(cover: Mask, soft: float) -> Plane:
    """A mask that rises from 0 at the region's edge to 1 at ``soft`` pixels inside, or at its middle where that is
    nearer, so that narrow regions move, too; the picture's border is no edge.

    :return: float32 0 to 1, exactly 0 outside
    """
    import cv2
    import numpy as np

    inside = np.asarray(cv2.distanceTransform((cover >= WHITE).astype(np.uint8), cv2.DIST_L2, 5), np.float32)
    ramp = np.clip(inside / np.float32(max(min(soft, float(inside.max())), 1.0)), 0.0, 1.0)
    return np.asarray(ramp * ramp * (3.0 - 2.0 * ramp), np.float32)


def measure_mask(path: Path) -> MaskFacts:
    """Size and coarse map of a mask.

    :raises Broken: when it cannot be read as a picture
    """
    import numpy as np

    white = _grey(path) >= WHITE
    height, width = white.shape
    down, across = min(CELLS, height), min(CELLS, width)
    rows = []
    for band in np.array_split(white, down, axis=0):
        rows.append("".join("1" if cell.any() else "0" for cell in np.array_split(band.any(axis=0), across)))
    return MaskFacts(width=width, height=height, white=round(float(white.mean()), 6), rows=tuple(rows))


def _grey(path: Path) -> Mask:
    """The mask as uint8 luma, upright; what is transparent in it is black."""
    import cv2
    import numpy as np

    from engines.media.still import read_still

    return np.asarray(cv2.cvtColor(read_still(path), cv2.COLOR_RGB2GRAY), dtype=np.uint8)


def _cut(grey: Mask, window: Window) -> Mask:
    import numpy as np
    from PIL import Image

    height, width = grey.shape
    box = (window.left * width, window.top * height, (window.left + window.across) * width)
    lower = (window.top + window.down) * height
    scaled = Image.fromarray(grey).resize(
        (window.width, window.height), Image.Resampling.BILINEAR, box=(*box[:2], min(box[2], width), min(lower, height))
    )
    return np.ascontiguousarray(np.asarray(scaled, dtype=np.uint8))
