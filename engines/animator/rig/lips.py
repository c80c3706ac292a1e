"""The inner lips as smooth curves, and the mask that they enclose."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.animator.rig import topology as top
from engines.animator.rig.mesh import Points

SUBPIXEL = 4  # bits of a polygon's coordinates


@cache
def spline_matrix(knots: int = 11, samples: int = 40) -> NDArray[np.float64]:
    """samples x knots: natural cubic spline through evenly numbered knots, ends kept."""
    from scipy.interpolate import CubicSpline

    spline = CubicSpline(np.arange(knots), np.eye(knots), bc_type="natural")
    return np.asarray(spline(np.linspace(0, knots - 1, samples)))


def lip_curves(vertices: Points) -> tuple[Points, Points]:
    """Upper and lower inner lip, 40 x 2 each, from the picture's left to its right."""
    curve = spline_matrix()
    return curve @ vertices[list(top.INNER_UPPER)], curve @ vertices[list(top.INNER_LOWER)]


@dataclass(frozen=True)
class Outline:
    """The opening between two lip curves, in pixels."""

    upper: Points
    lower: Points

    @property
    def gap(self) -> float:
        """The widest distance from lip to lip, pixels; at most 0 where they touch or pass."""
        return float(np.max(self.lower[:, 1] - self.upper[:, 1]))

    def polygon(self) -> Points:
        """A closed outline; where the lips pass one another it has no area."""
        floor = np.interp(self.lower[:, 0], self.upper[:, 0], self.upper[:, 1])
        lower = np.column_stack([self.lower[:, 0], np.maximum(self.lower[:, 1], floor)])
        return np.concatenate([self.upper, lower[::-1]])

    def filled(self, shape: tuple[int, int], corner: tuple[int, int] = (0, 0)) -> NDArray[np.uint8]:
        """The opening as an anti-aliased mask, 0 to 255, of a box whose first pixel is ``corner`` (x, y)."""
        mask = np.zeros(shape, np.uint8)
        corners = np.rint((self.polygon() - corner) * (1 << SUBPIXEL)).astype(np.int32)
        cv2.fillPoly(mask, [corners], 255, lineType=cv2.LINE_AA, shift=SUBPIXEL)
        return mask

    def seam(self, shape: tuple[int, int], corner: tuple[int, int], thick: float) -> NDArray[np.uint8]:
        """The line midway between the lips, thinning towards the corners, as a mask like :meth:`filled`."""
        middle = (self.upper + self.lower) / 2 - corner
        half = 0.5 * thick * np.sqrt(np.clip(np.sin(np.linspace(0, np.pi, len(middle))), 0.02, 1))
        edge = np.column_stack([np.zeros_like(half), half])
        ring = np.concatenate([middle - edge, (middle + edge)[::-1]])
        mask = np.zeros(shape, np.uint8)
        corners = np.rint(ring * (1 << SUBPIXEL)).astype(np.int32)
        cv2.fillPoly(mask, [corners], 255, lineType=cv2.LINE_AA, shift=SUBPIXEL)
        return mask
