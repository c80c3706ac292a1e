"""Lays a mesh flat: on a turned head, landmarks of the far cheek lie behind its edge, and the mesh folds over itself.

At rest a fold does no harm, but its layers move differently, and the edge would break into fragments. Near the outline
it is free where vertices lie between one another: those of folded triangles are moved towards the middle of their
neighbours until nothing folds. Those that shape mouth, nose and eyes stay.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray

from engines.animator.rig import topology as top

Points = NDArray[np.float64]

ROUNDS = 60
INWARDS, ROUND_LIPS = 4, 2  # edges from the outline to which vertices are free, and from the lips to which they are not
THIN = 0.02  # of the median area: a triangle must not be smaller


def unfolded(points: Points) -> Points:
    """Landmarks (468 x 2) such that near the outline no triangle lies over another, as far as ``ROUNDS`` reach."""
    triangles, winding, near = top.skin_triangles(), _winding(), _neighbours()
    flat = points.copy()
    areas = _areas(flat, triangles) * winding
    front = 1.0 if np.median(areas) > 0 else -1.0
    least = THIN * float(np.median(np.abs(areas)))
    for _ in range(ROUNDS):
        folded = _areas(flat, triangles) * winding * front < least
        stuck = [index for index in np.unique(triangles[folded]) if index in _free()]
        if not stuck:
            break
        flat[stuck] += 0.5 * (np.array([flat[near[index]].mean(axis=0) for index in stuck]) - flat[stuck])
    return flat


@cache
def _free() -> frozenset[int]:
    """Vertices near the outline, without it, and away from mouth and lids."""
    lids = sum(top.UPPER_LIDS + top.LOWER_LIDS, ())
    mouth = _within(ROUND_LIPS, sum(top.UPPER_LIP + top.LOWER_LIP, ()))
    return frozenset(_within(INWARDS, top.OVAL) - mouth.union(top.OVAL, lids))


def _within(steps: int, start: tuple[int, ...]) -> set[int]:
    reached = set(start)
    for _ in range(steps):
        reached |= {index for known in reached for index in _neighbours()[known]}
    return reached


@cache
def _neighbours() -> tuple[list[int], ...]:
    near: list[set[int]] = [set() for _ in range(top.LANDMARKS)]
    for triangle in top.skin_triangles().tolist():
        for index in triangle:
            near[index].update(triangle)
    return tuple(sorted(found - {index}) for index, found in enumerate(near))


@cache
def _winding() -> NDArray[np.float64]:
    """1 or -1 for each triangle of the skin, such that all turn the same way: two that share an edge pass it in
    opposite directions."""
    triangles = top.skin_triangles().tolist()
    sides: dict[tuple[int, int], list[tuple[int, int]]] = {}
    for number, (a, b, c) in enumerate(triangles):
        for start, end in ((a, b), (b, c), (c, a)):
            sides.setdefault((min(start, end), max(start, end)), []).append((number, 1 if start < end else -1))
    turned = {0: 1}
    waiting = [0]
    while waiting:
        a, b, c = triangles[number := waiting.pop()]
        for start, end in ((a, b), (b, c), (c, a)):
            here = 1 if start < end else -1
            for other, there in sides[min(start, end), max(start, end)]:
                if other not in turned:
                    turned[other] = -turned[number] * here * there
                    waiting.append(other)
    return np.array([turned.get(number, 1) for number in range(len(triangles))], np.float64)


def _areas(points: Points, triangles: top.Triangles) -> NDArray[np.float64]:
    a, b, c = (points[triangles[:, corner]] for corner in range(3))
    return np.asarray((b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0])
