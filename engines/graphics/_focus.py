"""A shift of focus over a still: what is as near as the focus is sharp, and the farther from it, the softer.

The still is blurred once to a few widths; each pixel of a frame lies between two of them. What stands in front is a
layer of its own, so that a sharp person has no halo of a soft backdrop, and a soft one spreads over it.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.graphics._stage import taken_apart
from engines.kernels import kernel
from engines.vision.depth import Scene

Pixels = NDArray[np.uint8]
Plane = NDArray[np.float32]

WIDTHS = (0.0, 0.6, 1.4, 3.0, 6.0)  # of the blur, in thousandths of the picture's longer side
SHARP = 0.08  # how far from the focus things are still sharp
SOFTEST = 0.55  # how far from the focus they are as soft as can be


class Focus:
    """A picture whose focus can be set.

    :param picture: uint8 RGB; :param amount: how soft the softest is, 0 to 1
    """

    def __init__(self, picture: Pixels, scene: Scene, amount: float) -> None:
        side = max(picture.shape[:2])
        self._most = amount * (len(WIDTHS) - 1)
        layers = taken_apart(picture, scene, 0.03 * side)
        size = picture.shape[1], picture.shape[0]
        self._near = np.asarray(cv2.resize(layers.near, size), np.float32)
        self._backdrop = _blurred(layers.backdrop, side)
        self.far, self.near = (float(value) for value in np.quantile(layers.near, (0.15, 0.9)))
        self._front: tuple[Pixels, Plane] | None = None
        if layers.front is not None:
            self.near = float((layers.front.near * scene.front).sum() / scene.front.sum())
            covered = layers.front.matte[:, :, None]
            alone = np.concatenate([picture * covered, covered * 255], axis=2)
            near = cv2.resize(layers.front.near, size)
            self._front = _blurred((alone + 0.5).astype(np.uint8), side), np.asarray(near, np.float32)

    def at(self, way: float) -> Pixels:
        """The picture with the focus on the way (0 to 1) from far to near."""
        focus = np.float32(self.far + (self.near - self.far) * way)
        frame: Pixels = np.empty_like(self._backdrop[0])
        _between(self._backdrop, self._softness(self._near, focus), frame)
        if self._front is not None:
            stack, near = self._front
            front = np.empty_like(stack[0])
            _between(stack, self._softness(near, focus), front)
            _over(frame, front)
        return frame

    def _softness(self, near: Plane, focus: np.float32) -> Plane:
        away = (np.abs(near - focus) - np.float32(SHARP)) / np.float32(SOFTEST - SHARP)
        return np.asarray(np.clip(away, 0.0, 1.0) * np.float32(self._most), np.float32)


def _blurred(picture: Pixels, side: int) -> Pixels:
    """Widths x height x width x channels."""
    stack: list[NDArray[np.uint8]] = [picture]
    for width in WIDTHS[1:]:
        soft = cv2.GaussianBlur(picture, (0, 0), max(0.3, width * side / 1000))
        stack.append(np.asarray(soft, np.uint8))
    return np.stack(stack)


@kernel()
def _between(stack: Pixels, level: Plane, frame: Pixels) -> None:
    for row in range(frame.shape[0]):
        for column in range(frame.shape[1]):
            place = level[row, column]
            step = min(int(place), stack.shape[0] - 2)
            share = place - step
            for channel in range(frame.shape[2]):
                low = np.float32(stack[step, row, column, channel])
                high = np.float32(stack[step + 1, row, column, channel])
                frame[row, column, channel] = np.uint8(low + share * (high - low) + np.float32(0.5))


@kernel()
def _over(frame: Pixels, front: Pixels) -> None:
    """``front``: RGB that was multiplied with its cover, and that cover as a fourth channel."""
    for row in range(frame.shape[0]):
        for column in range(frame.shape[1]):
            cover = front[row, column, 3]
            if cover > 0:
                left = np.float32(255 - cover) / np.float32(255)
                for channel in range(3):
                    value = front[row, column, channel] + left * frame[row, column, channel]
                    frame[row, column, channel] = np.uint8(min(value + np.float32(0.5), np.float32(255)))
