"""Sharpness that moving costs, given back beforehand: what is sampled between pixels loses its finest detail.

A cubic kernel half-way between two pixels keeps nothing of the finest stripes and little of the next coarser ones; over
a sway the skin would be softer than in the still by a quarter (variance of the Laplacian), and visibly come into
focus whenever the head rests. The source is therefore sharpened by about what the sampling takes, on the face only,
fading with the head's weight towards what stands still.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.animator.rig import topology as top
from engines.animator.rig.curves import smoothstep
from engines.animator.rig.mesh import Mesh, Points
from engines.animator.rig.plates import Region

AMOUNT, RADIUS = 0.22, 0.8  # of the detail finer than this many pixels
FULL = 0.5  # pixels of motion from which on it is needed


class Source:
    """What the moved mesh samples. ``patch``: the region of the still, height x width x 3."""

    def __init__(self, patch: Region, rest: Points, mesh: Mesh, amount: float = AMOUNT) -> None:
        """:param rest: vertices in pixels of the region; :param amount: share of the finest detail that is added"""
        self._still, self._rest = patch, rest
        soft = patch.astype(np.float32)
        detail = soft - cv2.GaussianBlur(soft, (0, 0), RADIUS)
        self._gain = (amount * _face(patch.shape, rest, mesh))[..., None] * detail
        self._crisp = self._sharpened(1.0)

    def at(self, moved: Points) -> Region:
        """The source for vertices moved thus: the still itself where nothing moves, else sharpened."""
        share = float(smoothstep(float(np.abs(moved - self._rest).max()) / FULL))
        return self._crisp if share >= 1 else self._sharpened(share)

    def _sharpened(self, share: float) -> Region:
        sharp = self._still + share * self._gain
        if self._still.dtype == np.uint8:
            sharp = np.clip(np.rint(sharp), 0, 255)
        return np.ascontiguousarray(sharp, self._still.dtype)


def _face(shape: tuple[int, ...], rest: Points, mesh: Mesh) -> NDArray[np.float32]:
    """1 on the face, fading to 0 between the first ring and the second."""
    mask = np.zeros(shape[:2], np.uint8)
    ring = np.rint((rest[list(top.OVAL)] + rest[list(top.RING_1)]) / 2).astype(np.int32)
    cv2.fillPoly(mask, [ring], 255)
    return np.asarray(cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), 0.06 * mesh.frame.iod), np.float32)
