"""Rasterises the moved mesh into a source map: for each pixel of the region, where to sample the still."""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

Map = NDArray[np.float32]


@njit(cache=True)
def rasterise(
    moved: NDArray[np.float64],
    rest: NDArray[np.float64],
    triangles: NDArray[np.int32],
    facing: NDArray[np.int8],
    map_x: Map,
    map_y: Map,
) -> None:
    """Write the source position of every pixel under the moved mesh; other pixels keep what the maps hold.

    Triangles that have turned over are drawn first, so that they fill what would be holes and show nowhere else.

    :param moved: vertices x 2 in pixels of the region; :param rest: the same at rest, in pixels of the source
    :param triangles: n x 3, drawn in order; ``facing`` 1 or -1 each, their orientation at rest
    """
    for turned in (True, False):
        for number in range(triangles.shape[0]):
            a, b, c = triangles[number, 0], triangles[number, 1], triangles[number, 2]
            ax, ay = moved[a, 0], moved[a, 1]
            bx, by = moved[b, 0] - ax, moved[b, 1] - ay
            cx, cy = moved[c, 0] - ax, moved[c, 1] - ay
            area = bx * cy - by * cx
            if abs(area) < 1e-6 or (area * facing[number] < 0.0) != turned:
                continue
            sx, sy = rest[a, 0], rest[a, 1]
            b_x, b_y = (rest[b, 0] - sx) / area, (rest[b, 1] - sy) / area
            c_x, c_y = (rest[c, 0] - sx) / area, (rest[c, 1] - sy) / area
            # source = s + (x - ax) * right + (y - ay) * down
            right_x, right_y = cy * b_x - by * c_x, cy * b_y - by * c_y
            down_x, down_y = bx * c_x - cx * b_x, bx * c_y - cx * b_y
            _fill(map_x, map_y, (ax, ay, bx, by, cx, cy), (sx, sy, right_x, right_y, down_x, down_y))


@njit(cache=True, inline="always")
def _fill(
    map_x: Map,
    map_y: Map,
    corners: tuple[float, float, float, float, float, float],
    affine: tuple[float, float, float, float, float, float],
) -> None:
    """Fill one triangle, row by row; pixels on an edge belong to it."""
    ax, ay, bx, by, cx, cy = corners
    sx, sy, right_x, right_y, down_x, down_y = affine
    height, width = map_x.shape
    first = max(0, int(np.ceil(ay + min(0.0, by, cy) - 1e-6)))
    last = min(height - 1, int(np.floor(ay + max(0.0, by, cy) + 1e-6)))
    for y in range(first, last + 1):
        v = y - ay
        low, high = 1e9, -1e9
        for x0, y0, x1, y1 in ((0.0, 0.0, bx, by), (bx, by, cx, cy), (cx, cy, 0.0, 0.0)):
            if v < min(y0, y1) - 1e-6 or v > max(y0, y1) + 1e-6:
                continue
            if abs(y1 - y0) < 1e-9:
                low, high = min(low, x0, x1), max(high, x0, x1)
                continue
            x = x0 + (x1 - x0) * min(1.0, max(0.0, (v - y0) / (y1 - y0)))
            low, high = min(low, x), max(high, x)
        from_x = max(0, int(np.ceil(ax + low - 1e-6)))
        to_x = min(width - 1, int(np.floor(ax + high + 1e-6)))
        for x in range(from_x, to_x + 1):
            u = x - ax
            map_x[y, x] = sx + u * right_x + v * down_x
            map_y[y, x] = sy + u * right_y + v * down_y
