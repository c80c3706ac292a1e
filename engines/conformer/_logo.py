"""A logo as a sheet of the picture's size: read, scaled, put into its place."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from edl.layout import corner_box
from edl.logo import Stamp
from engines.media.still import read_drawn

Pixels = NDArray[np.uint8]


def stamped(path: Path, stamp: Stamp, width: int, height: int) -> Pixels:
    """The logo of a file where it stands; height x width x 4, straight alpha.

    :raises Broken: when the file is no picture
    """
    small = _scaled(read_drawn(path), stamp, width, height)
    high, wide = small.shape[:2]
    if stamp.x is None or stamp.y is None:
        box = corner_box(stamp.corner, wide, high, width, height, stamp.margin)
        left, top = box.left, box.top
    else:
        left, top = round((width - wide) * stamp.x), round((height - high) * stamp.y)
    sheet = np.zeros((height, width, 4), np.uint8)
    sheet[top : top + high, left : left + wide] = small
    return sheet


def _scaled(drawn: Pixels, stamp: Stamp, width: int, height: int) -> Pixels:
    """The logo in its size, which never leaves the picture. Colours are weighed by their alpha, so that what is hidden
    under transparent edges does not bleed into them."""
    scale = min(stamp.width * width / drawn.shape[1], height / drawn.shape[0])
    size = max(1, round(drawn.shape[1] * scale)), max(1, round(drawn.shape[0] * scale))
    weighed = Image.fromarray(drawn).convert("RGBa").resize(size, Image.Resampling.LANCZOS)
    small = np.array(weighed.convert("RGBA"), dtype=np.uint8)
    small[..., 3] = np.round(small[..., 3] * stamp.opacity)
    return small
