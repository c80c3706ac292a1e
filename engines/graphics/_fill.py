"""Filling what a thing in front hides, for a camera that looks round it.

Only a rim as wide as the camera's travel is ever seen, so it is made of what lies beside it: each hidden pixel shows
its mirror image across the nearest edge, which keeps grain and structure where diffusion would smear them. Deeper
inside, and where the mirror image is hidden too, colours are diffused inward from all sides (push and pull: Gortler et
al., "The Lumigraph", 1996).
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Plane = NDArray[np.float32]

LEAST = 4  # pixels of the smallest level that is diffused from


def fill_behind(picture: Pixels, hidden: NDArray[np.bool_], rim: float) -> Pixels:
    """The picture without what hides part of it.

    :param picture: uint8 RGB; :param hidden: height x width, what is to be replaced
    :param rim: pixels inward from the edge that may come to be seen
    """
    if not hidden.any() or hidden.all():
        return picture
    deep = diffused(picture.astype(np.float32), (~hidden).astype(np.float32))
    inside = _distance(hidden)
    across, down = _inward(inside - _distance(~hidden), max(1.5, rim / 5))
    x, y = np.meshgrid(*(np.arange(size, dtype=np.float32) for size in picture.shape[1::-1]))
    mirror_x, mirror_y = x - 2 * inside * across, y - 2 * inside * down
    mirrored = cv2.remap(picture, mirror_x, mirror_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    seen = cv2.remap((~hidden).astype(np.float32), mirror_x, mirror_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    seen = cv2.GaussianBlur(seen, (0, 0), max(1.0, rim / 8)) * np.clip(2.0 - inside / max(rim, 1.0), 0.0, 1.0)
    share = np.clip(seen, 0.0, 1.0)[:, :, None]
    filled = np.where(hidden[:, :, None], deep + share * (mirrored - deep), picture)
    return np.asarray(np.clip(filled + 0.5, 0, 255), np.uint8)


def diffused(values: NDArray[np.float32], known: Plane) -> NDArray[np.float32]:
    """Values (height x width, or with channels) spread from where they are known (1) to where they are not (0)."""
    flat = values.ndim == 2
    planes = values[:, :, None] if flat else values
    found = _pulled(planes * known[:, :, None], known)
    return found[:, :, 0] if flat else found


def _pulled(weighted: NDArray[np.float32], known: Plane) -> NDArray[np.float32]:
    height, width = known.shape
    mean = weighted / np.maximum(known, 1e-6)[:, :, None]
    if min(height, width) < LEAST or float(known.min()) >= 1.0:
        total = max(float(known.sum()), 1e-6)
        return np.where(known[:, :, None] > 0, mean, weighted.sum(axis=(0, 1)) / total).astype(np.float32)
    size = (width + 1) // 2, (height + 1) // 2
    small = cv2.resize(weighted, size, interpolation=cv2.INTER_AREA).reshape(size[1], size[0], -1)
    weight = cv2.resize(known, size, interpolation=cv2.INTER_AREA)
    gained = np.minimum(1.0, 4.0 * weight) / np.maximum(weight, 1e-6)
    coarse = _pulled((small * gained[:, :, None]).astype(np.float32), np.minimum(1.0, 4.0 * weight).astype(np.float32))
    large = cv2.resize(coarse, (width, height), interpolation=cv2.INTER_LINEAR).reshape(height, width, -1)
    share = np.clip(known, 0, 1)[:, :, None]
    return np.asarray(large + share * (mean - large), np.float32)


def _distance(inside: NDArray[np.bool_]) -> Plane:
    return np.asarray(cv2.distanceTransform(inside.astype(np.uint8), cv2.DIST_L2, 5), np.float32)


def _inward(signed: Plane, sigma: float) -> tuple[Plane, Plane]:
    """Unit vectors away from the edge, smooth even where the edge is ragged, from the signed distance to it."""
    soft = cv2.GaussianBlur(signed, (0, 0), sigma)
    down, across = np.gradient(soft)
    length = np.maximum(np.hypot(across, down), 1e-3)
    return np.asarray(across / length, np.float32), np.asarray(down / length, np.float32)
