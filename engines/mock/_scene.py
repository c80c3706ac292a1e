"""Draws a test picture that says which frame of which take it is, to people and to programs.

In the middle stands a panel of 8 x 8 cells: a magenta rim round 36 bits (number, look, checksum). It lies so that
centred crops between landscape and portrait keep it, and :func:`read_stamp` finds it at any scale. Above it stands
the frame number in seven segments, below it a bar that opens with the sound. Nothing here needs a font.
"""

from __future__ import annotations

import colorsys
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edl.recipe import Native

Pixels = NDArray[np.uint8]
Colour = tuple[int, int, int]
Box = tuple[float, float, float, float]

PANEL = 0.55  # of the shorter side; a crop from 16:9 to 9:16 keeps 0.5625
BITS = 6  # cells a side inside the rim
RIM: Colour = (230, 40, 230)
BLACK: Colour = (12, 12, 12)
WHITE: Colour = (240, 240, 240)
# Which of the seven segments a digit lights: top, upper left, upper right, middle, lower left, lower right, bottom.
DIGITS = ("1110111", "0010010", "1011101", "1011011", "0111010", "1101011", "1101111", "1010010", "1111111", "1111011")
# Each segment as left, top, width, height of a digit that is 1 wide and 1 high.
SEGMENTS = (
    (0.0, 0.0, 0.7, 0.14),
    (0.0, 0.0, 0.17, 0.57),
    (0.53, 0.0, 0.17, 0.57),
    (0.0, 0.43, 0.7, 0.14),
    (0.0, 0.43, 0.17, 0.57),
    (0.53, 0.43, 0.17, 0.57),
    (0.0, 0.86, 0.7, 0.14),
)


@dataclass(frozen=True)
class Stamp:
    """What a picture says of itself: the frame's number in its take (modulo 65536) and the take's look."""

    number: int
    look: int


class Scene:
    """Draws the frames of one take.

    :param look: 0 to 65535, decides the colours
    """

    def __init__(self, native: Native, look: int) -> None:
        self._native = native
        self._look = look
        self._unit = min(native.width, native.height)
        self._background = _background(native.width, native.height, look)

    def frame(self, number: int, drift: float = 0.0, level: float = 0.0) -> Pixels:
        """One frame, uint8, height x width x 3.

        :param drift: how far the backdrop has moved, in widths
        :param level: how wide the bar below the panel stands open, 0 to 1
        """
        frame = np.roll(self._background, round(drift * self._native.width), axis=1)
        self._digits(frame, number, centre=-0.38, height=0.14)
        self._panel(frame, number)
        self._box(frame, (-0.25 * level - 0.02, 0.32, 0.5 * level + 0.04, 0.1), WHITE)
        return frame

    def lower_third(self, number: int) -> Pixels:
        """One frame, uint8, height x width x 4: a strip near the lower edge, clear elsewhere."""
        height, width = self._native.height, self._native.width
        frame = np.zeros((height, width, 4), np.uint8)
        top, bottom = round(height * 0.8), max(round(height * 0.8) + 1, round(height * 0.95))
        frame[top:bottom] = (*colour_of(self._look), 230)
        place = ((top + bottom) / 2 - height / 2) / self._unit
        self._digits(frame, number, centre=place, height=0.6 * (bottom - top) / self._unit)
        return frame

    def _panel(self, frame: Pixels, number: int) -> None:
        self._box(frame, (-PANEL / 2, -PANEL / 2, PANEL, PANEL), RIM)
        cell = PANEL / (BITS + 2)
        for place, bit in enumerate(_bits(number, self._look)):
            row, column = divmod(place, BITS)
            left, top = -PANEL / 2 + cell * (column + 1), -PANEL / 2 + cell * (row + 1)
            self._box(frame, (left, top, cell, cell), WHITE if bit else BLACK)

    def _digits(self, frame: Pixels, number: int, centre: float, height: float) -> None:
        text = str(number)
        step = height * 0.62
        for place, digit in enumerate(text):
            left = (place - len(text) / 2) * step
            for (x, y, width, tall), lit in zip(SEGMENTS, DIGITS[int(digit)], strict=True):
                if lit == "1":
                    box = (left + x * step, centre - height / 2 + y * height, width * step, tall * height)
                    self._box(frame, box, WHITE)

    def _box(self, frame: Pixels, box: Box, colour: Colour) -> None:
        """Fill a box: left, top, width, height in shorter sides, measured from the middle of the picture."""
        left, top, width, height = box
        middle_x, middle_y, unit = self._native.width / 2, self._native.height / 2, self._unit
        x, y = round(middle_x + left * unit), round(middle_y + top * unit)
        right, bottom = round(middle_x + (left + width) * unit), round(middle_y + (top + height) * unit)
        frame[max(0, y) : max(0, bottom), max(0, x) : max(0, right), :3] = colour


def colour_of(look: int) -> Colour:
    """The backdrop's colour; never near magenta, which is the rim's."""
    hue, value = 0.7 * look / 65536, 0.45 + 0.25 * (look % 256) / 255
    red, green, blue = colorsys.hsv_to_rgb(hue, 0.55, value)
    return round(red * 255), round(green * 255), round(blue * 255)


def read_stamp(frame: Pixels) -> Stamp | None:
    """What a drawn frame says of itself, after scaling, centred cropping and encoding.

    :param frame: uint8, height x width x 3, RGB
    :returns: None where no whole panel is found or the checksum is wrong (a frame in the middle of a blend, say)
    """
    colours = frame.astype(np.int16)
    rim = np.minimum(colours[:, :, 0], colours[:, :, 2]) - colours[:, :, 1] > (RIM[0] - RIM[1]) // 2
    rows, columns = np.flatnonzero(rim.any(axis=1)), np.flatnonzero(rim.any(axis=0))
    if len(rows) < BITS + 2 or len(columns) < BITS + 2:
        return None
    luma = colours.mean(axis=2)
    bits = [luma[_middle(rows, row), _middle(columns, column)] > 126 for row in range(BITS) for column in range(BITS)]
    value = sum(int(bit) << (BITS * BITS - 1 - place) for place, bit in enumerate(bits))
    stamp = Stamp(number=value >> 20 & 0xFFFF, look=value >> 4 & 0xFFFF)
    return stamp if value & 0xF == _checksum(stamp.number, stamp.look) else None


def _middle(edge: NDArray[np.int_], cell: int) -> int:
    first, last = int(edge[0]), int(edge[-1]) + 1
    return int(first + (last - first) * (cell + 1.5) / (BITS + 2))


def _bits(number: int, look: int) -> list[bool]:
    number &= 0xFFFF
    value = number << 20 | look << 4 | _checksum(number, look)
    return [bool(value >> place & 1) for place in reversed(range(BITS * BITS))]


def _checksum(number: int, look: int) -> int:
    """The nibbles of both added up; one lost bit never goes unnoticed."""
    value = number << 16 | look
    return sum(value >> shift & 0xF for shift in range(0, 32, 4)) % 15 + 1


def _background(width: int, height: int, look: int) -> Pixels:
    """The backdrop: one colour, darker downwards, with a lighter band that shows movement."""
    shade = np.linspace(1.1, 0.8, height)[:, None, None] * np.array(colour_of(look))[None, None, :]
    picture = np.repeat(shade, width, axis=1)
    picture[:, : max(1, width // 12)] *= 1.25
    return np.asarray(np.clip(np.rint(picture), 0, 255), dtype=np.uint8)
