"""A logo as a sheet of the picture's size: read, scaled, put into its place."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from edl.logo import Stamp, stamp_box
from engines.media.still import read_drawn

Pixels = NDArray[np.uint8]


def stamped(path: Path, stamp: Stamp, width: int, height: int) -> Pixels:
    """The logo of a file where it stands; height x width x 4, straight alpha.

    :raises Broken: when the file is no picture
    """
    drawn = read_drawn(path)
    left, top, wide, high = stamp_box(stamp, (drawn.shape[1], drawn.shape[0]), (width, height))
    sheet = np.zeros((height, width, 4), np.uint8)
    sheet[top : top + high, left : left + wide] = _scaled(drawn, wide, high, stamp.opacity)
    return sheet


def _scaled(drawn: Pixels, wide: int, high: int, opacity: float) -> Pixels:
    """The logo in its size. Colours are weighed by their alpha, so that what is hidden under transparent edges does not
    bleed into them."""
    weighed = Image.fromarray(drawn).convert("RGBa").resize((wide, high), Image.Resampling.LANCZOS)
    small = np.array(weighed.convert("RGBA"), dtype=np.uint8)
    small[..., 3] = np.round(small[..., 3] * opacity)
    return small
