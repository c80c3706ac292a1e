"""How a scene is laid out: where its horizon lies, what is sky, how the ground comes nearer."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Plane = NDArray[np.float32]

FALLBACK = 0.3  # of the height: the horizon where none is seen
HIGHEST, LOWEST = 0.12, 0.78


def horizon(small: Pixels) -> float:
    """The row at which ground and what lies behind it part, as a share of the height: where the colours of the bands
    above and below differ most over the whole width. ``FALLBACK`` where no row stands out."""
    height = small.shape[0]
    if height < 16:
        return FALLBACK
    lab = cv2.cvtColor(small, cv2.COLOR_RGB2LAB).astype(np.float32)
    band = max(2, height // 16)
    sums = np.cumsum(np.pad(lab, ((1, 0), (0, 0), (0, 0))), axis=0)
    rows = np.arange(band, height - band)
    above, below = (sums[rows] - sums[rows - band]) / band, (sums[rows + band] - sums[rows]) / band
    # A median over the width: a thing that stands before the horizon does not hide it.
    step = np.median(np.linalg.norm(below - above, axis=2), axis=1)
    step = cv2.GaussianBlur(step.reshape(-1, 1).astype(np.float32), (1, 0), sigmaX=0.1, sigmaY=height / 80).ravel()
    inside = (rows >= HIGHEST * height) & (rows <= LOWEST * height)
    best = int(np.argmax(np.where(inside, step, -1)))
    if step[best] < 2.0 * float(np.median(step)) + 6.0:
        return FALLBACK
    return float(rows[best] / height)


def ground(height: int, width: int, line: float) -> Plane:
    """How near a flat ground is, 0 at and above the horizon to 1 at the lower border. The disparity of a plane is
    linear in the rows of its picture."""
    rows = (np.arange(height, dtype=np.float32) + 0.5) / height
    ramp = np.clip((rows - line) / max(1.0 - line, 0.05), 0.0, 1.0)
    return np.asarray(np.repeat(ramp[:, None], width, axis=1), np.float32)


def occupied(luma: Plane, reach: int) -> Plane:
    """0 where nothing but smooth tone lies between here and the top edge, towards 1 below the first contrast."""
    soft = cv2.GaussianBlur(luma, (0, 0), max(0.8, reach / 4))
    contrast = np.hypot(cv2.Sobel(soft, cv2.CV_32F, 1, 0), cv2.Sobel(soft, cv2.CV_32F, 0, 1))
    met = np.maximum.accumulate(contrast, axis=0)
    return np.asarray(cv2.GaussianBlur(1.0 - np.exp(-met / 0.15), (0, 0), reach / 2), dtype=np.float32)


def detail(luma: Plane, reach: int) -> Plane:
    """Local contrast at a fine scale, spread over its surroundings, 0 to 1: what is in focus."""
    fine = np.abs(luma - cv2.GaussianBlur(luma, (0, 0), max(1.0, reach / 4)))
    spread = cv2.GaussianBlur(fine, (0, 0), reach)
    return np.asarray(np.clip(spread / max(1e-4, float(np.percentile(spread, 95))), 0.0, 1.0), dtype=np.float32)
