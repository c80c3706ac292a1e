"""The backward warp of a camera move: where each output pixel finds its colour in the scaled still."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.graphics._camera import Room, Stand
from engines.kernels import kernel

Plane = NDArray[np.float32]
Whole = NDArray[np.int64]
Places = tuple[Plane, Plane]
Box = tuple[slice, slice]
CompiledAxis = tuple[Plane, Whole, Plane, np.float32]

STEEPEST = 0.45  # stretch between neighbouring pixels that the depth may cause; 1 would fold
FIXED_POINT_STEPS = 6
CELL = 4  # output pixels from one solved position to the next


def without_folds(near: Plane, room: Room) -> Plane:
    """How far each part travels against the mean (1), softened until the warp stretches nowhere too much.

    :param near: 0 (far) to 1 (near), over the whole scaled still, at any size
    """
    height, width = near.shape
    grain = room.width / width
    travel = max(*room.aside, room.forward * room.step * max(room.width, room.height) / 2)
    blur = 0.75
    while True:
        soft = cv2.GaussianBlur(near, (0, 0), blur, borderType=cv2.BORDER_REFLECT)
        gain = np.asarray(1.0 + room.parallax * (2.0 * np.clip(soft, 0.0, 1.0) - 1.0), dtype=np.float32)
        steps = [np.abs(np.diff(gain, axis=axis)).max(initial=0.0) for axis in (0, 1)]
        if travel / grain * max(steps) <= STEEPEST or blur > max(height, width):
            return gain
        blur *= 1.3


@dataclass(frozen=True)
class Axis:
    """The output pixels along one side: ``offsets`` from the middle, in pixels of the sampled picture; the coarse cell
    ``before`` each, and how far (``share``) it lies towards the next; ``middle`` of the sampled picture."""

    offsets: Plane
    before: Whole
    share: Plane
    middle: np.float32

    def cut(self, part: slice) -> Axis:
        """Some of the pixels."""
        return Axis(self.offsets[part], self.before[part], self.share[part], self.middle)

    def compiled(self) -> CompiledAxis:
        """As compiled code takes it."""
        return self.offsets, self.before, self.share, self.middle


@dataclass(frozen=True)
class View:
    """One layer as it is seen from a place of the camera: how far each part travels, on a grid of every fourth output
    pixel (``gain``), and what turns that into places: ``forward``, ``aside`` in pixels of the sampled picture,
    ``pivot`` of :class:`Stand`."""

    gain: Plane
    across: Axis
    down: Axis
    forward: np.float32
    aside: tuple[np.float32, np.float32]
    pivot: np.float32

    def places(self, box: Box) -> Places:
        """Columns and rows of the sampled picture for a box of output pixels."""
        across, down = self.across.cut(box[1]), self.down.cut(box[0])
        columns: Plane = np.empty((len(down.offsets), len(across.offsets)), np.float32)
        rows: Plane = np.empty_like(columns)
        lens = self.forward, *self.aside, self.pivot
        _fill(columns, rows, self.gain, across.compiled(), down.compiled(), lens)
        return columns, rows


class Warp:
    """Sampling positions for one size of view.

    :param gain: of :func:`without_folds`
    :param finer: pixels of the sampled picture for one pixel of the scaled still
    """

    def __init__(self, width: int, height: int, room: Room, gain: Plane, finer: int = 1) -> None:
        self._room, self._gain, self._finer = room, gain, finer
        self._across = _axis(width, room.step * finer, room.width * finer)
        self._down = _axis(height, room.step * finer, room.height * finer)
        self._coarse_across, self._coarse_down = (
            _offsets(_few(size), room.step * size / _few(size)) for size in (width, height)
        )

    def view(self, stand: Stand) -> View:
        """The layer from a place of the camera."""
        aside = tuple(np.float32(way * self._finer) for way in stand.aside)
        gain = self._gain_in_view(stand)
        forward, pivot = np.float32(stand.forward), np.float32(stand.pivot)
        return View(gain, self._across, self._down, forward, (aside[0], aside[1]), pivot)

    def coarse(self, view: View) -> Places:
        """Columns and rows of the scaled still for the coarse grid alone."""
        finer = np.float32(self._finer)
        shrunk, beside = np.float32(1.0) - view.forward * view.gain, view.gain - view.pivot
        columns = shrunk * self._coarse_across[None, :] + beside * (view.aside[0] / finer)
        rows = shrunk * self._coarse_down[:, None] + beside * (view.aside[1] / finer)
        return columns + np.float32((self._room.width - 1) / 2), rows + np.float32((self._room.height - 1) / 2)

    def _gain_in_view(self, stand: Stand) -> Plane:
        """The gain on the coarse grid, read where the samples fall."""
        room, (height, width) = self._room, self._gain.shape
        per_column, per_row = np.float32(width / room.width), np.float32(height / room.height)
        across, down = self._coarse_across[None, :], self._coarse_down[:, None]
        gain: Plane = np.ones((down.shape[0], across.shape[1]), np.float32)
        for _ in range(FIXED_POINT_STEPS):
            shrunk = np.float32(1.0) - np.float32(stand.forward) * gain
            beside = gain - np.float32(stand.pivot)
            columns = (shrunk * across + beside * np.float32(stand.aside[0])) * per_column + np.float32((width - 1) / 2)
            rows = (shrunk * down + beside * np.float32(stand.aside[1])) * per_row + np.float32((height - 1) / 2)
            found = cv2.remap(self._gain, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
            gain = np.asarray(found, dtype=np.float32)
        return gain


@kernel()
def _fill(
    columns: Plane, rows: Plane, gain: Plane, across: CompiledAxis, down: CompiledAxis, lens: tuple[np.float32, ...]
) -> None:
    """Read the gain between the cells of its grid, first down, then across, and turn it into places."""
    forward, aside_across, aside_down, pivot = lens
    offsets, cells, shares, middle = across
    line = np.empty(gain.shape[1], np.float32)
    for y in range(columns.shape[0]):
        upper, lower = gain[down[1][y]], gain[down[1][y] + 1]
        for at in range(line.shape[0]):
            line[at] = upper[at] + down[2][y] * (lower[at] - upper[at])
        for x in range(columns.shape[1]):
            cell = cells[x]
            own = line[cell] + shares[x] * (line[cell + 1] - line[cell])
            shrunk, beside = np.float32(1.0) - forward * own, own - pivot
            columns[y, x] = shrunk * offsets[x] + beside * aside_across + middle
            rows[y, x] = shrunk * down[0][y] + beside * aside_down + down[3]


def _few(size: int) -> int:
    return max(2, ceil(size / CELL))


def _axis(size: int, step: float, sampled: int) -> Axis:
    """:param sampled: pixels of the sampled picture along this side"""
    few = _few(size)
    places = np.clip((np.arange(size) + 0.5) * few / size - 0.5, 0, few - 1)
    before = np.minimum(places.astype(np.int64), few - 2)
    return Axis(_offsets(size, step), before, (places - before).astype(np.float32), np.float32((sampled - 1) / 2))


def _offsets(count: int, step: float) -> Plane:
    """Positions of ``count`` pixels around their middle."""
    middle = np.float32((count - 1) / 2)
    return np.asarray((np.arange(count, dtype=np.float32) - middle) * np.float32(step), dtype=np.float32)
