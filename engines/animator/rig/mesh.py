"""The mesh over one framed still: 540 vertices, 1042 triangles, and the face's own frame of reference.

The canonical frame has its origin midway between the mouth corners, x along the outer eye corners, y down, and the
distance of these corners (IOD, interocular distance) as its unit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engines.animator.rig import topology as top

Points = NDArray[np.float64]
Pair = NDArray[np.float64]

STEEPEST = 2.5  # depth over distance: at a turn of .1 radians nothing is squeezed by more than a third
MARGIN = 4  # pixels round ring 2 that belong to the region of interest


@dataclass(frozen=True)
class Canonical:
    """Where the face's own frame lies in the picture."""

    origin: Pair  # pixels
    across: Pair  # unit vector of x
    iod: float  # pixels

    @property
    def turn(self) -> Points:
        """2 x 2: columns are the canonical axes in the picture."""
        return np.array([[self.across[0], -self.across[1]], [self.across[1], self.across[0]]])

    def to_face(self, points: Points) -> Points:
        """Pixels to canonical units, n x 2."""
        return np.asarray((points - self.origin) @ self.turn / self.iod)

    def to_picture(self, points: Points) -> Points:
        """Canonical units to pixels, n x 2."""
        return np.asarray(points * self.iod @ self.turn.T + self.origin)


@dataclass(frozen=True)
class Mesh:
    """A still's mesh. ``rest``: 540 x 2 in pixels; ``face``: the same in canonical units.

    ``depth``: 540, canonical units, at most 0 and exactly 0 from the face's outline on; ``weight``: 540, how much of
    the head's motion a vertex takes; ``triangles``: 1042 x 3, later ones lie over earlier ones; ``facing``: their
    orientation, 1 or -1; ``roi``: left, top, right, bottom of what may change.
    """

    frame: Canonical
    rest: Points
    face: Points
    depth: NDArray[np.float64]
    weight: NDArray[np.float64]
    triangles: top.Triangles
    facing: NDArray[np.int8]
    roi: tuple[int, int, int, int]
    mouth_width: float  # IOD
    mouth_gap: float  # inner lips, over mouth width


def build_mesh(landmarks: Points, width: int, height: int) -> Mesh:
    """Lay the mesh over a still of ``width`` x ``height`` pixels.

    :param landmarks: 478 (or 468) x 3 in pixels of that still
    """
    points = landmarks[: top.LANDMARKS]
    frame = _frame(points)
    outline = frame.to_face(points[list(top.OVAL), :2])
    centre = outline.mean(axis=0)
    up = np.clip(-(outline - centre)[:, 1] / np.abs(outline - centre)[:, 1].max(), 0, 1)
    first = centre + (outline - centre) * (1.16 + 0.28 * up)[:, None]
    second = centre + (outline - centre) * (1.5 + 0.55 * up)[:, None]
    rings = np.clip(frame.to_picture(np.concatenate([first, second])), 0, [width - 1, height - 1])
    rest = np.concatenate([points[:, :2], rings])
    face = frame.to_face(rest)
    weight = np.ones(top.VERTICES)
    weight[list(top.RING_1)] = 0.55 + 0.35 * up
    weight[list(top.RING_2)] = 0
    mouth_width = float(np.linalg.norm(face[top.MOUTH_LEFT] - face[top.MOUTH_RIGHT]))
    gap = float(np.linalg.norm(face[13] - face[14])) / mouth_width
    pinned = rest[list(top.RING_2)]
    x0, y0 = (int(v) for v in np.floor(pinned.min(axis=0) - MARGIN))
    x1, y1 = (int(v) for v in np.ceil(pinned.max(axis=0) + MARGIN + 1))
    roi = (max(0, x0), max(0, y0), min(width, x1), min(height, y1))
    depth, triangles = _depth(points, face, frame.iod), _ordered(face)
    return Mesh(frame, rest, face, depth, weight, triangles, _facing(face, triangles), roi, mouth_width, gap)


def _frame(points: Points) -> Canonical:
    span = points[top.EYE_LEFT, :2] - points[top.EYE_RIGHT, :2]
    iod = float(np.linalg.norm(span))
    return Canonical((points[top.MOUTH_RIGHT, :2] + points[top.MOUTH_LEFT, :2]) / 2, span / iod, iod)


def _depth(points: Points, face: Points, iod: float) -> NDArray[np.float64]:
    """Depth against a smooth sheet through the outline, so that parallax fades to nothing there.

    No steeper than ``STEEPEST`` (the least surface above it that is so): a cheek that falls away behind its own edge
    would fold over it when the head turns.
    """
    from scipy.interpolate import RBFInterpolator

    oval = list(top.OVAL)
    sheet = RBFInterpolator(face[oval], points[oval, 2] / iod, kernel="linear")(face[: top.LANDMARKS])
    depth = np.zeros(top.VERTICES)
    depth[: top.LANDMARKS] = np.minimum(0, points[:, 2] / iod - sheet)
    depth[oval] = 0
    between = np.linspace(0, 1, 8, endpoint=False)[:, None, None]
    outline = (face[oval] * (1 - between) + face[[*oval[1:], oval[0]]] * between).reshape(-1, 2)
    places = np.concatenate([face[: top.LANDMARKS], outline])
    known = np.concatenate([depth[: top.LANDMARKS], np.zeros(len(outline))])
    apart = np.linalg.norm(face[: top.LANDMARKS, None] - places[None], axis=2)
    depth[: top.LANDMARKS] = (known - STEEPEST * apart).max(axis=1)
    return depth


def _ordered(face: Points) -> top.Triangles:
    """Holes first, then skin from the chin up: an upper lid or lip that passes the lower one lies over it."""
    skin = np.concatenate([top.ring_triangles(), top.skin_triangles()])
    height = face[skin].mean(axis=1)[:, 1]
    order = np.argsort(-height, kind="stable")
    return np.concatenate([top.hole_triangles(), skin[order]]).astype(np.int32)


def _facing(face: Points, triangles: top.Triangles) -> NDArray[np.int8]:
    """Orientation of each triangle; a closed mouth has no area, so holes take theirs from how they were strung."""
    a, b, c = (face[triangles[:, corner]] for corner in range(3))
    area = (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]
    facing = np.where(area < 0, -1, 1).astype(np.int8)
    holes = len(top.hole_triangles())
    left_eye = np.isin(triangles[:holes], [*top.UPPER_LIDS[1], *top.LOWER_LIDS[1]]).all(axis=1)
    facing[:holes] = np.where(left_eye, -1, 1)
    return facing
