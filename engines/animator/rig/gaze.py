"""Where the eyes look: what lies between the lids is sampled from a little beside its place, the lids stay.

Each eye is a grid over (across, down), both 0 to 1, from corner to corner and from the upper lid to the lower one. A
glance shifts the source in these coordinates, so that the iris slides along and behind the lids; the shift fades
towards the corners and, if it is vertical, towards the lids, so that no seam opens.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from engines.animator.rig import topology as top
from engines.animator.rig.curves import smoothstep
from engines.animator.rig.mesh import Mesh, Points

COLUMNS, ROWS = 17, 9
BEYOND = 0.15  # of the eye's height, past the lids: the skin is drawn over it
REACH = 0.10  # shift of the iris at gaze 1, eye widths
FADE = 0.28  # share of the eye's width, at both corners, over which the shift fades
STEEPEST = 0.20  # of the eye's height: a larger vertical shift would fold the grid


class Eye:
    """One eye's grid: 153 vertices, fixed to the 18 of its lids. ``side`` 0 is the picture's left."""

    def __init__(self, mesh: Mesh, side: int) -> None:
        self._upper, self._lower = list(top.UPPER_LIDS[side]), list(top.LOWER_LIDS[side])
        corners = mesh.face[[self._upper[0], self._upper[-1]]]
        along = (corners[1] - corners[0]) / np.sum((corners[1] - corners[0]) ** 2)
        self._knots = tuple(
            np.maximum.accumulate((mesh.face[lid] - corners[0]) @ along) for lid in (self._upper, self._lower)
        )
        width = float(np.linalg.norm(corners[1] - corners[0]))
        middle = len(self._upper) // 2
        height = float(np.linalg.norm(mesh.face[self._lower[middle]] - mesh.face[self._upper[middle]]))
        self._across = REACH * float(np.sign(corners[1, 0] - corners[0, 0]))
        self._down = REACH * width / max(height, 0.1 * width)
        across, down = np.meshgrid(np.linspace(0, 1, COLUMNS), np.linspace(-BEYOND, 1 + BEYOND, ROWS))
        self._grid: tuple[NDArray[np.float64], NDArray[np.float64]] = across.ravel(), down.ravel()
        rows = np.arange(ROWS * COLUMNS).reshape(ROWS, COLUMNS)
        strips = [top.strip(list(a), list(b)) for a, b in pairwise(rows)]
        self.triangles: top.Triangles = np.concatenate(strips).astype(np.int32)
        self.facing = np.full(len(self.triangles), -1 if side else 1, np.int8)

    def placed(self, vertices: Points) -> Points:
        """The grid between the lids of ``vertices``, 153 x 2."""
        return self._at(vertices, *self._grid)

    def looking(self, vertices: Points, across: float, down: float) -> Points:
        """The same, moved to where a glance finds its pixels. ``across`` and ``down``: -1 to 1, to the picture's
        right and downwards, 1 being a tenth of the eye's width."""
        s, t = self._grid
        inside = smoothstep(s / FADE) * smoothstep((1 - s) / FADE)
        tall = float(np.clip(down * self._down, -STEEPEST, STEEPEST))
        between = np.clip(1 - (2 * np.clip(t, 0, 1) - 1) ** 2, 0, 1)
        return self._at(vertices, s - across * self._across * inside, t - tall * inside * between)

    def _at(self, vertices: Points, s: NDArray[np.float64], t: NDArray[np.float64]) -> Points:
        upper, lower = (
            np.column_stack([np.interp(s, knots, vertices[lid, axis]) for axis in (0, 1)])
            for lid, knots in zip((self._upper, self._lower), self._knots, strict=True)
        )
        return np.asarray(upper + t[:, None] * (lower - upper))
