"""The backward warp of a camera move: where each output pixel finds its colour in the scaled still."""

from __future__ import annotations

from math import ceil

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.graphics._camera import Room, Stand

Plane = NDArray[np.float32]

STEEPEST = 0.45  # stretch between neighbouring pixels that the depth may cause; 1 would fold
FIXED_POINT_STEPS = 6


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


class Warp:
    """Sampling positions for one size of view.

    :param gain: of :func:`without_folds`
    :param finer: pixels of the sampled picture for one pixel of the scaled still
    """

    def __init__(self, width: int, height: int, room: Room, gain: Plane, finer: int = 1) -> None:
        self._room, self._gain, self._finer = room, gain, finer
        self._size = width, height
        self._across, self._down = (_offsets(size, room.step * finer) for size in self._size)
        coarse = [max(2, ceil(size / 4)) for size in self._size]
        self._coarse_across, self._coarse_down = (
            _offsets(few, room.step * size / few) for few, size in zip(coarse, self._size, strict=True)
        )

    def samples(self, stand: Stand) -> tuple[Plane, Plane]:
        """Columns and rows of the sampled picture, each height x width, for a place of the camera."""
        gain = self._gain_in_view(stand)
        across, down = self._across[None, :], self._down[:, None]
        if stand.forward:
            shrunk = np.float32(1.0) - np.float32(stand.forward) * gain
            columns, rows = shrunk * across, shrunk * down
        else:
            gain = gain - np.float32(stand.pivot)
            columns = gain * np.float32(stand.aside[0] * self._finer) + across
            rows = gain * np.float32(stand.aside[1] * self._finer) + down
        columns += np.float32((self._room.width * self._finer - 1) / 2)
        rows += np.float32((self._room.height * self._finer - 1) / 2)
        return columns, rows

    def _gain_in_view(self, stand: Stand) -> Plane:
        """The gain for each output pixel, read where its sample falls: solved on a grid of every fourth pixel."""
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
        return np.asarray(cv2.resize(gain, self._size, interpolation=cv2.INTER_LINEAR), dtype=np.float32)


def _offsets(count: int, step: float) -> Plane:
    """Positions of ``count`` pixels around their middle."""
    middle = np.float32((count - 1) / 2)
    return np.asarray((np.arange(count, dtype=np.float32) - middle) * np.float32(step), dtype=np.float32)
