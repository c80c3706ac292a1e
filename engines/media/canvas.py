"""A still of which a part changes from frame to frame: held as 4:2:0 planes, so that only that part is converted."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from edl.errors import Broken
from engines.kernels import kernel
from engines.media.frames import planes_of

Pixels = NDArray[np.uint8]
Plane = NDArray[np.uint8]

# BT.709, limited range (ITU-R BT.709-6, table 4), in 1/65536: R, G, B, and what is added with a half to round.
LUMA = (11966, 40254, 4064, (16 << 16) + 32768)
BLUE = (-6596, -22189, 28784, (128 << 16) + 32768)
RED = (28784, -26145, -2640, (128 << 16) + 32768)


def converted(frame: Pixels) -> Pixels:
    """A frame as planes for :meth:`engines.media.sink.FrameSink.write_planes`: a tenth of the time that FFmpeg's scaler
    takes, and the same colours to a level.

    :param frame: uint8, height x width x 3, RGB, of even width and height
    :return: uint8, height x 3/2 rows of width
    """
    height, width = frame.shape[:2]
    picture: Pixels = np.empty((height * 3 // 2, width), np.uint8)
    _convert_rgb(np.ascontiguousarray(frame).reshape(height, width * 3), *planes_of(picture))
    return picture


class Canvas:
    """``picture``: uint8, height x 3/2 rows of width, Y, Cb and Cr below one another, BT.709 in limited range.

    :param still: uint8, height x width x 3, RGB, of even width and height
    """

    def __init__(self, still: Pixels) -> None:
        self.picture = converted(still)
        self._planes = planes_of(self.picture)
        self._bare = self.picture.copy()
        self._box = (0, 0, 0, 0)

    def lay(self, patch: Pixels, left: int, top: int) -> None:
        """Show the still with one patch on it: uint8, height x width x 4, RGB and one byte that is not used.

        :raises Broken: for an odd place or size, and for a patch that reaches beyond the still
        """
        box = left, top, left + patch.shape[1], top + patch.shape[0]
        height, width = self._planes[0].shape
        if any(side % 2 for side in box) or min(box) < 0 or box[2] > width or box[3] > height:
            raise Broken(f"a patch at {box} does not fit the 4:2:0 planes of {width} x {height} pixels")
        if box != self._box:
            self.picture[:] = self._bare
            self._box = box
        self._paint(patch, box)

    def _paint(self, patch: Pixels, box: tuple[int, int, int, int]) -> None:
        left, top, right, bottom = box
        luma, blue, red = self._planes
        half = slice(top // 2, bottom // 2), slice(left // 2, right // 2)
        lines = np.ascontiguousarray(patch).reshape(bottom - top, 4 * (right - left))
        _convert_four(lines, luma[top:bottom, left:right], blue[half], red[half])


def _converter(step: int) -> Callable[[Pixels, Plane, Plane, Plane], None]:
    """What fills planes from lines of pixels of ``step`` bytes, the first three of which are R, G and B. A chroma
    sample is that of the mean of four pixels. A step that is known when it is compiled is four times as fast."""

    @kernel()
    def convert(lines: Pixels, luma: Plane, blue: Plane, red: Plane) -> None:
        for y in range(luma.shape[0]):
            for x in range(luma.shape[1]):
                at = step * x
                r, g, b = np.int32(lines[y, at]), np.int32(lines[y, at + 1]), np.int32(lines[y, at + 2])
                luma[y, x] = (LUMA[0] * r + LUMA[1] * g + LUMA[2] * b + LUMA[3]) >> 16
        for y in range(blue.shape[0]):
            upper, lower = lines[2 * y], lines[2 * y + 1]
            for x in range(blue.shape[1]):
                at = 2 * step * x
                r, g, b = (
                    _four(upper, lower, at, step),
                    _four(upper, lower, at + 1, step),
                    _four(upper, lower, at + 2, step),
                )
                blue[y, x] = (BLUE[0] * r + BLUE[1] * g + BLUE[2] * b + 4 * BLUE[3]) >> 18
                red[y, x] = (RED[0] * r + RED[1] * g + RED[2] * b + 4 * RED[3]) >> 18

    return convert


@kernel(inline="always")
def _four(upper: NDArray[np.uint8], lower: NDArray[np.uint8], at: int, step: int) -> np.int32:
    """The sum of a channel over a square of four pixels."""
    return np.int32(upper[at]) + np.int32(upper[at + step]) + np.int32(lower[at]) + np.int32(lower[at + step])


_convert_rgb, _convert_four = _converter(3), _converter(4)
