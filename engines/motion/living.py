"""The moving regions of one picture: painted over a frame, in which everything outside them stays to the bit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from edl.region import Region, input_name
from engines.kernels import kernel
from engines.motion.masks import Window, coverage, edged
from engines.motion.velocity import Grid
from engines.motion.ways import Flow, Moment, Shift, Sway

Pixels = NDArray[np.uint8]
Plane = NDArray[np.float32]
Mask = NDArray[np.uint8]

CELL = 4  # pixels of a 1080p picture for one cell of a region's grid
FULL = 1920
PLAIN = 3.0  # cells: what is larger than this is mixed as it is, what is finer gets its contrast back


@dataclass(frozen=True)
class Texture:
    """The picture that regions show, ``finer`` times as many pixels as the window each way, and a blurred one with a
    pixel for each cell of every region's grid."""

    pixels: Pixels
    finer: int
    plain: Pixels

    @staticmethod
    def of(pixels: Pixels, finer: int = 1) -> Texture:
        height, width = (side // finer for side in pixels.shape[:2])
        cell = _cell(width, height)
        size = ceil(width / cell), ceil(height / cell)
        small = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
        return Texture(pixels, finer, np.asarray(cv2.GaussianBlur(small, (0, 0), PLAIN), np.uint8))

    def read(self, columns: Plane, rows: Plane) -> Pixels:
        """The texture at places in pixels of it."""
        # Cubic where the texture is as coarse as the frame: linear reading would blur it between pixels.
        how = cv2.INTER_LINEAR if self.finer > 1 else cv2.INTER_CUBIC
        return np.asarray(cv2.remap(self.pixels, columns, rows, how, borderMode=cv2.BORDER_REFLECT), np.uint8)

    def read_plain(self, columns: Plane, rows: Plane) -> Pixels:
        """The blurred texture at the same places."""
        across, down = (
            np.float32(few / many) for few, many in zip(self.plain.shape[1::-1], self.pixels.shape[1::-1], strict=True)
        )
        half = np.float32(0.5)
        places = (columns + half) * across - half, (rows + half) * down - half
        return np.asarray(cv2.remap(self.plain, *places, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT), np.uint8)


class Living:
    """The regions of a picture.

    :param files: the inputs of the order, in which masks are named ``region1`` and so on
    :param window: which part of the still the picture shows, and its size
    :param seconds: of the loop
    :param kept: uint8, height x width: what no region may move, 255 where nothing does (a face, say)
    :raises Broken: when a mask cannot be read
    """

    def __init__(
        self,
        regions: Sequence[Region],
        files: Mapping[str, Path],
        window: Window,
        seconds: float,
        kept: Mask | None = None,
    ) -> None:
        self._window = window
        self._parts: list[_Part] = []
        for number, region in enumerate(regions):
            cover = coverage(region, files[input_name(number)] if region.mask else None, window)
            if kept is not None:
                cover = np.minimum(cover, 255 - kept)
            if cover.max() >= 128:
                self._parts.append(_Part(region, cover, window, seconds, number))

    @property
    def where(self) -> NDArray[np.bool_]:
        """Which pixels of the window move: height x width."""
        inside = np.zeros((self._window.height, self._window.width), np.bool_)
        for part in self._parts:
            inside |= part.where
        return inside

    def paint(self, frame: Pixels, texture: Texture, time: float, places: tuple[Plane, Plane] | None = None) -> None:
        """Paint the regions over a frame of the whole window, or of what a camera sees of it.

        :param time: 0 to 1; 1 gives the very picture of 0
        :param places: for each pixel of the frame the column and row of the texture that the camera sees there; left
            out, the camera stands still
        """
        for part in self._parts:
            if places is None:
                part.paint(frame, texture, time)
            else:
                part.paint_seen(frame, texture, time, places)


class _Part:
    def __init__(self, region: Region, cover: Mask, window: Window, seconds: float, seed: int) -> None:
        self._window = window
        left, top, right, bottom = _bounds(cover >= 128)
        self._box = slice(top, bottom), slice(left, right)
        soft = region.soft * window.width
        self._whole: Plane = edged(cover, soft) * (cover.astype(np.float32) / np.float32(255))
        self._alpha = np.ascontiguousarray(self._whole[self._box])
        self._near = cv2.dilate((self._whole > 0).astype(np.uint8), np.ones((2 * CELL + 1, 2 * CELL + 1), np.uint8))
        cell = _cell(window.width, window.height)
        width, height = right - left, bottom - top
        self._grid = Grid(left, top, width, height, max(2, ceil(width / cell)), max(2, ceil(height / cell)))
        inside = edged(cover, max(2.0 * soft, 0.03 * window.width))[self._box]
        room = cv2.resize(inside, (self._grid.columns, self._grid.rows), interpolation=cv2.INTER_AREA)
        kind = Sway if region.sways else Flow
        self._way = kind(region, window, self._grid, np.asarray(room, np.float32), seconds, 7 * seed + 1)
        x, y = np.meshgrid(np.arange(left, right, dtype=np.float32), np.arange(top, bottom, dtype=np.float32))
        self._own = x, y

    @property
    def where(self) -> NDArray[np.bool_]:
        return self._whole > 0

    def paint(self, frame: Pixels, texture: Texture, time: float) -> None:
        finer = np.float32(texture.finer)
        middle = np.float32((texture.finer - 1) / 2)
        places = self._own[0] * finer + middle, self._own[1] * finer + middle
        _mix(frame[self._box], texture, self._way.at(time), places, self._alpha)

    def paint_seen(self, frame: Pixels, texture: Texture, time: float, places: tuple[Plane, Plane]) -> None:
        finer = np.float32(texture.finer)
        middle = np.float32((texture.finer - 1) / 2)
        box = self._box_seen([(plane[::CELL, ::CELL] - middle) / finer for plane in places], frame.shape[:2])
        if box is None:
            return
        columns, rows = ((plane[box] - middle) / finer for plane in places)
        share = cv2.remap(self._whole, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_CONSTANT)
        few = max(2, ceil(columns.shape[1] / CELL)), max(2, ceil(columns.shape[0] / CELL))
        coarse = [np.asarray(cv2.resize(plane, few), np.float32) for plane in (columns, rows)]
        moment = self._seen(self._way.at(time), coarse[0], coarse[1])
        _mix(frame[box], texture, moment, (places[0][box], places[1][box]), np.asarray(share, np.float32))

    def _box_seen(self, coarse: list[Plane], size: tuple[int, ...]) -> tuple[slice, slice] | None:
        """The part of a frame in which the region may be seen, found on every fourth pixel; None where it is not."""
        share = cv2.remap(self._near, coarse[0], coarse[1], cv2.INTER_NEAREST, borderMode=cv2.BORDER_CONSTANT)
        if not share.any():
            return None
        left, top, right, bottom = (CELL * side for side in _bounds(share > 0))
        return slice(max(0, top - CELL), min(size[0], bottom)), slice(max(0, left - CELL), min(size[1], right))

    def _seen(self, moment: Moment, columns: Plane, rows: Plane) -> Moment:
        """A moment as the camera sees it, for places in pixels of the window."""
        grid, half = self._grid, np.float32(0.5)
        x = (columns + half - grid.left) * np.float32(grid.columns / grid.width) - half
        y = (rows + half - grid.top) * np.float32(grid.rows / grid.height) - half

        def read(plane: Plane) -> Plane:
            return np.asarray(cv2.remap(plane, x, y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.float32)

        first = Shift(read(moment.first.across), read(moment.first.down))
        if moment.second is None or moment.weight is None or moment.gain is None:
            return Moment(first)
        second = Shift(read(moment.second.across), read(moment.second.down))
        return Moment(first, second, read(moment.weight), read(moment.gain))


def _mix(frame: Pixels, texture: Texture, moment: Moment, places: tuple[Plane, Plane], alpha: Plane) -> None:
    """Lay a region as it is at one moment over its box of a frame. ``places`` are in pixels of the texture."""
    size = frame.shape[1], frame.shape[0]
    finer = np.float32(texture.finer)

    def whole(plane: Plane) -> Plane:
        return np.asarray(cv2.resize(plane, size, interpolation=cv2.INTER_LINEAR), np.float32)

    def shifted(shift: Shift) -> Pixels:
        return texture.read(places[0] + finer * whole(shift.across), places[1] + finer * whole(shift.down))

    if moment.second is None or moment.weight is None or moment.gain is None:
        _lay(frame, shifted(moment.first), alpha)
        return
    few = moment.weight.shape[1], moment.weight.shape[0]
    coarse = [np.asarray(cv2.resize(plane, few, interpolation=cv2.INTER_LINEAR), np.float32) for plane in places]
    one, other = (
        texture.read_plain(coarse[0] + finer * shift.across, coarse[1] + finer * shift.down)
        for shift in (moment.first, moment.second)
    )
    plain = cv2.resize(cv2.blendLinear(one, other, moment.weight, 1 - moment.weight), size)
    first, second = shifted(moment.first), shifted(moment.second)
    _lay_two(frame, first, second, np.asarray(plain, np.uint8), whole(moment.weight), whole(moment.gain), alpha)


@kernel()
def _lay(frame: Pixels, drawn: Pixels, alpha: Plane) -> None:
    for row in range(frame.shape[0]):
        for column in range(frame.shape[1]):
            share = alpha[row, column]
            if share > 0.0:
                for channel in range(3):
                    under = np.float32(frame[row, column, channel])
                    value = under + share * (np.float32(drawn[row, column, channel]) - under)
                    frame[row, column, channel] = np.uint8(value + np.float32(0.5))


@kernel()
def _lay_two(
    frame: Pixels, first: Pixels, second: Pixels, plain: Pixels, weight: Plane, gain: Plane, alpha: Plane
) -> None:
    """Mix two copies. Their mean has less contrast than either; ``gain`` of what differs from the plain picture is
    given back (Heitz and Neyret, "High-Performance By-Example Noise using a Histogram-Preserving Blending Operator",
    2018)."""
    for row in range(frame.shape[0]):
        for column in range(frame.shape[1]):
            share = alpha[row, column]
            if share > 0.0:
                part, more = weight[row, column], gain[row, column]
                for channel in range(3):
                    other = np.float32(second[row, column, channel])
                    value = other + part * (np.float32(first[row, column, channel]) - other)
                    value += more * (value - np.float32(plain[row, column, channel]))
                    value = min(max(value, np.float32(0.0)), np.float32(255.0))
                    under = np.float32(frame[row, column, channel])
                    frame[row, column, channel] = np.uint8(under + share * (value - under) + np.float32(0.5))


def _cell(width: int, height: int) -> float:
    """Pixels of the picture for one cell of a grid."""
    return max(1.0, CELL * max(width, height) / FULL)


def _bounds(inside: NDArray[np.bool_]) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of what is inside."""
    rows, columns = np.flatnonzero(inside.any(axis=1)), np.flatnonzero(inside.any(axis=0))
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1
