"""Which landmarks are what, and which triangles join them.

Numbers are those of the 468-point face mesh. *Right* is the person's right, the picture's left.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np
from numpy.typing import NDArray

Triangles = NDArray[np.int32]

LANDMARKS = 468

# From the picture's left mouth corner to the right one, outermost ring first.
UPPER_LIP = (
    (61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291),
    (76, 184, 74, 73, 72, 11, 302, 303, 304, 408, 306),
    (62, 183, 42, 41, 38, 12, 268, 271, 272, 407, 292),
    (78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308),
)
LOWER_LIP = (
    (61, 146, 91, 181, 84, 17, 314, 405, 321, 375, 291),
    (76, 77, 90, 180, 85, 16, 315, 404, 320, 307, 306),
    (62, 96, 89, 179, 86, 15, 316, 403, 319, 325, 292),
    (78, 95, 88, 178, 87, 14, 317, 402, 318, 324, 308),
)
INNER_UPPER, INNER_LOWER = UPPER_LIP[-1], LOWER_LIP[-1]

# Outer to inner corner on the picture's left, inner to outer written from the outer corner too on the right.
UPPER_LIDS = (
    (33, 246, 161, 160, 159, 158, 157, 173, 133),
    (263, 466, 388, 387, 386, 385, 384, 398, 362),
)
LOWER_LIDS = (
    (33, 7, 163, 144, 145, 153, 154, 155, 133),
    (263, 249, 390, 373, 374, 380, 381, 382, 362),
)
CREASES = ((247, 30, 29, 27, 28, 56, 190), (467, 260, 259, 257, 258, 286, 414))
ABOVE_CREASES = ((113, 225, 224, 223, 222, 221, 189), (342, 445, 444, 443, 442, 441, 413))
BELOW_LIDS = ((25, 110, 24, 23, 22, 26, 112), (255, 339, 254, 253, 252, 256, 341))
BROWS = ((70, 63, 105, 66, 107, 46, 53, 52, 65, 55), (300, 293, 334, 296, 336, 276, 283, 282, 295, 285))
UNDER_BROWS = ((124, 113, 225, 224, 223, 222, 221), (353, 342, 445, 444, 443, 442, 441))
ABOVE_BROWS = ((71, 68, 104, 69, 108), (301, 298, 333, 299, 337))

OVAL = (
    *(10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377),
    *(152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109),
)
RING_1 = tuple(range(LANDMARKS, LANDMARKS + len(OVAL)))
RING_2 = tuple(range(LANDMARKS + len(OVAL), LANDMARKS + 2 * len(OVAL)))
VERTICES = LANDMARKS + 2 * len(OVAL)

EYE_RIGHT, EYE_LEFT, CHIN, MOUTH_RIGHT, MOUTH_LEFT = 33, 263, 152, 61, 291
RIGID = (1, 4, 168, 6, 197, 33, 263, 2)  # move with the skull and with nothing else

_FALSE = (frozenset((49, 64, 129)), frozenset((279, 294, 358)))  # cliques of edges that bound no face


@cache
def skin_triangles() -> Triangles:
    """The 852 triangles of the skin: all 3-cliques of the published edges but two."""
    from mediapipe.python.solutions.face_mesh_connections import FACEMESH_TESSELATION

    near: dict[int, set[int]] = {}
    for one, other in FACEMESH_TESSELATION:
        near.setdefault(one, set()).add(other)
        near.setdefault(other, set()).add(one)
    found = {
        frozenset((one, two, three))
        for one in near
        for two in near[one]
        for three in near[one] & near[two]
        if one < two < three
    }
    return np.array(sorted(sorted(triangle) for triangle in found.difference(_FALSE)), np.int32)


def strip(one: Sequence[int], other: Sequence[int]) -> list[tuple[int, int, int]]:
    """Triangles between two chains of equal length; ends that are one point give one triangle instead of two."""
    made = []
    for at in range(len(one) - 1):
        a, b, c, d = one[at], one[at + 1], other[at], other[at + 1]
        made += [(a, b, d), (a, d, c)]
    return [triangle for triangle in made if len(set(triangle)) == 3]


EYES = slice(18, 46)  # which of the hole triangles, and of a mesh's, fill the eyes


@cache
def hole_triangles() -> Triangles:
    """The 46 triangles that fill mouth and eyes."""
    strips = strip(INNER_UPPER, INNER_LOWER)
    for upper, lower in zip(UPPER_LIDS, LOWER_LIDS, strict=True):
        strips += strip(upper, lower)
    return np.array(strips, np.int32)


@cache
def ring_triangles() -> Triangles:
    """The 144 triangles from the oval to the first ring and from there to the second."""
    oval, first, second = ((*ring, ring[0]) for ring in (OVAL, RING_1, RING_2))
    return np.array(strip(oval, first) + strip(first, second), np.int32)
