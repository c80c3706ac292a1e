"""The rig of one portrait: takes control values, gives frames.

Only the region of interest is drawn. A face below ``SMALL`` pixels between the eyes is drawn at twice its size and
averaged down, because sub-pixel motion would blur it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.animator.rig import topology as top
from engines.animator.rig.basis import Basis, Control, build_basis
from engines.animator.rig.framing import CropBox, frame_face, framed, placed
from engines.animator.rig.lids import lash_colour, paint_lashes
from engines.animator.rig.mesh import Mesh, Points, build_mesh
from engines.animator.rig.mouth import Opening, paint_mouth
from engines.animator.rig.plates import Pixels, Plates, Region, draw_plates
from engines.animator.rig.raster import rasterise
from engines.motion.masks import Window

SMALL = 100.0  # pixels between the outer eye corners
PIVOT = 0.75  # the neck, IOD below the mouth
UNMOVED = 1e-6  # IOD


@dataclass(frozen=True)
class Pose:
    """One frame. ``controls`` by :class:`Control`; shifts in IOD, angles in radians, ``tongue`` 0 to 1."""

    controls: NDArray[np.float64]
    across: float = 0.0
    down: float = 0.0
    roll: float = 0.0
    yaw: float = 0.0
    pitch: float = 0.0
    tongue: float = 0.0


class Rig:
    """A framed still with its mesh, basis and plates.

    ``still``: uint8 RGB at delivery size; ``roi``: left, top, right, bottom of what may change; ``window``: which part
    of the portrait the still shows.
    """

    def __init__(self, pixels: Pixels, landmarks: Points, width: int, height: int) -> None:
        """:param pixels: the portrait as read; :param landmarks: 478 x 3 in its pixels"""
        box = frame_face(pixels.shape[1], pixels.shape[0], (width, height), bounds(landmarks))
        self.still = framed(pixels, box, width, height)
        high, wide = pixels.shape[:2]
        self.window = Window(box[0] / wide, box[1] / high, box[2] / wide, box[3] / high, width, height)
        mesh = build_mesh(placed(landmarks, box, width), width, height)
        self.factor = 2 if mesh.frame.iod < SMALL else 1
        self.roi = mesh.roi
        if self.factor == 2:
            mesh = build_mesh(_doubled(placed(landmarks, box, width)), 2 * width, 2 * height)
        self.mesh: Mesh = mesh
        self.basis: Basis = build_basis(mesh)
        x0, y0, x1, y1 = (side * self.factor for side in self.roi)
        source = self.still if self.factor == 1 else _detailed(pixels, box, self.still)
        self._rest = np.ascontiguousarray(mesh.rest - [x0, y0])
        self._eyes = mesh.triangles[top.EYES], mesh.facing[top.EYES]
        self._skin = np.delete(mesh.triangles, top.EYES, axis=0), np.delete(mesh.facing, top.EYES)
        self._patch: Region = np.ascontiguousarray(source[y0:y1, x0:x1])
        grid = np.meshgrid(np.arange(x1 - x0, dtype=np.float32), np.arange(y1 - y0, dtype=np.float32))
        self._identity = grid[0], grid[1]
        self._maps = np.empty_like(grid[0]), np.empty_like(grid[1])
        drawn_on = np.clip(source, 0, 255).astype(np.uint8)
        self.plates: Plates = draw_plates(drawn_on, mesh, self.basis.smiles)
        self._lashes = lash_colour(drawn_on, mesh)

    def frame(self, pose: Pose) -> Pixels:
        """One frame, height x width x 3; outside ``roi`` it is the still bit for bit."""
        moved = self.moved(pose)
        picture = self.still.copy()
        if np.abs(moved - self._rest).max() < UNMOVED * self.mesh.frame.iod:
            return picture
        x0, y0, x1, y1 = self.roi
        picture[y0:y1, x0:x1] = self._region(moved, pose)
        return picture

    def moved(self, pose: Pose) -> Points:
        """Vertices in pixels of the region (of the doubled region for a small face)."""
        mesh = self.mesh
        offset = self.basis.displaced(pose.controls)
        weight = mesh.weight[:, None]
        offset[:, 0] -= mesh.depth * np.sin(pose.yaw)
        offset[:, 1] += mesh.depth * np.sin(pose.pitch)
        face = mesh.face + offset
        arm = face - [0.0, PIVOT]
        turned = np.column_stack(
            [
                arm[:, 0] * np.cos(pose.roll) - arm[:, 1] * np.sin(pose.roll),
                arm[:, 0] * np.sin(pose.roll) + arm[:, 1] * np.cos(pose.roll),
            ]
        )
        motion = offset + weight * (turned - arm + [pose.across, pose.down])
        return np.asarray(self._rest + motion * mesh.frame.iod @ mesh.frame.turn.T)

    def _region(self, moved: Points, pose: Pose) -> Pixels:
        map_x, map_y = self._maps
        map_x[:], map_y[:] = self._identity
        for vertices, (triangles, facing) in ((self._unblinking(pose), self._eyes), (moved, self._skin)):
            rasterise(vertices, self._rest, triangles, facing, map_x, map_y)
        drawn: Region = cv2.remap(self._patch, map_x, map_y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
        paint_mouth(drawn, self._opening(moved, pose), self.plates, self.mesh)
        blink = float(pose.controls[Control.BLINK_RIGHT]), float(pose.controls[Control.BLINK_LEFT])
        paint_lashes(drawn, moved, blink, self._lashes, self.mesh)
        if self.factor == 1:
            return np.asarray(drawn, np.uint8)
        height, width = drawn.shape[0] // 2, drawn.shape[1] // 2
        mean = drawn.reshape(height, 2, width, 2, 3).mean(axis=(1, 3))
        return np.asarray(np.clip(np.rint(mean), 0, 255), np.uint8)

    def _unblinking(self, pose: Pose) -> Points:
        """Vertices as they would be with open eyes: lids slide over an eye, they do not squeeze it."""
        controls = pose.controls.copy()
        controls[[Control.BLINK_RIGHT, Control.BLINK_LEFT]] = 0
        return self.moved(replace(pose, controls=controls))

    def _opening(self, moved: Points, pose: Pose) -> Opening:
        mesh, controls = self.mesh, pose.controls
        rigid = list(top.RIGID)
        lips = self.basis.displaced(controls)[[*top.INNER_UPPER, *top.INNER_LOWER]] / mesh.mouth_width
        return Opening(
            moved=moved,
            head=_similarity(mesh.face[rigid] / mesh.mouth_width, moved[rigid]),
            jaw=max(0.0, float(lips[-6, 1])),  # landmark 14, the middle of the lower lip
            stir=float(np.abs(lips).max()),
            puck=float(controls[Control.PUCK]),
            tongue=pose.tongue,
            tuck=float(controls[Control.TUCK]),
        )


def bounds(landmarks: Points) -> CropBox:
    """Left, top, width, height of the landmarks."""
    left, top_ = landmarks[:, :2].min(axis=0)
    right, bottom = landmarks[:, :2].max(axis=0)
    return float(left), float(top_), float(right - left), float(bottom - top_)


def _similarity(source: Points, target: Points) -> NDArray[np.float64]:
    """2 x 3 matrix of the least-squares similarity (Umeyama, 1991, without reflections)."""
    a, b = source - source.mean(axis=0), target - target.mean(axis=0)
    norm = float((a**2).sum())
    real = float((a * b).sum()) / norm
    turn = float((a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]).sum()) / norm
    linear = np.array([[real, -turn], [turn, real]])
    return np.column_stack([linear, target.mean(axis=0) - linear @ source.mean(axis=0)])


def _doubled(landmarks: Points) -> Points:
    points = landmarks * 2.0
    points[:, :2] += 0.5  # pixel centres are whole numbers at both sizes
    return np.asarray(points)


def _detailed(pixels: Pixels, box: CropBox, still: Pixels) -> NDArray[np.float32]:
    """The crop at twice the size, from the portrait's own detail, such that its 2 x 2 means are the still exactly."""
    height, width = still.shape[:2]
    large = framed(pixels, box, 2 * width, 2 * height).astype(np.float32)
    for _ in range(2):
        large += cv2.resize(_lack(large, still), (2 * width, 2 * height), interpolation=cv2.INTER_CUBIC)
    return np.asarray(large + _lack(large, still).repeat(2, axis=0).repeat(2, axis=1), np.float32)


def _lack(large: NDArray[np.float32], still: Pixels) -> NDArray[np.float32]:
    height, width = still.shape[:2]
    return np.asarray(still - large.reshape(height, 2, width, 2, 3).mean(axis=(1, 3)), np.float32)
