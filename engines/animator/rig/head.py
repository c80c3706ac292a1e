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
from engines.animator.rig.gaze import Eye
from engines.animator.rig.glasses import behind_glasses, wears_glasses
from engines.animator.rig.lids import lid_colours, paint_lids
from engines.animator.rig.mesh import Mesh, Points, build_mesh
from engines.animator.rig.mouth import Opening, paint_mouth
from engines.animator.rig.plates import Pixels, Plates, draw_plates
from engines.animator.rig.raster import draw, source_of
from engines.motion.masks import Window

SMALL = 100.0  # pixels between the outer eye corners
PIVOT = 0.75  # the neck, IOD below the mouth
UNMOVED = 1e-6  # IOD

Box = tuple[int, int, int, int]  # left, top, right, bottom


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
        self.roi = _even(mesh.roi, width, height)
        if self.factor == 2:
            mesh = build_mesh(_doubled(placed(landmarks, box, width)), 2 * width, 2 * height)
        self.mesh: Mesh = mesh
        source = self.still if self.factor == 1 else _detailed(pixels, box, self.still)
        basis = build_basis(mesh)
        self.basis: Basis = behind_glasses(basis, mesh) if wears_glasses(source, mesh) else basis
        x0, y0, x1, y1 = (side * self.factor for side in self.roi)
        self._rest = np.ascontiguousarray(mesh.rest - [x0, y0])
        self._eyes = Eye(mesh, 0), Eye(mesh, 1)
        self._skin = np.delete(mesh.triangles, top.EYES, axis=0), np.delete(mesh.facing, top.EYES)
        self._patch = _four(source[y0:y1, x0:x1])
        self._source = source_of(source[y0:y1, x0:x1])
        self.plates: Plates = draw_plates(source, mesh, self.basis.smiles)
        self._lids = lid_colours(source, mesh)

    def frame(self, pose: Pose) -> Pixels:
        """One frame, height x width x 3; outside ``roi`` it is the still bit for bit."""
        x0, y0, x1, y1 = self.roi
        picture = self.still.copy()
        picture[y0:y1, x0:x1] = self.region(pose)[..., :3]
        return picture

    def region(self, pose: Pose) -> Pixels:
        """What ``roi`` shows in one frame, height x width x 4: RGB and one byte that is not used. At rest it is the
        still's, bit for bit."""
        moved = self.moved(pose)
        still = np.abs(moved - self._rest).max() < UNMOVED * self.mesh.frame.iod
        if still and not any(pose.controls[[Control.GAZE_ACROSS, Control.GAZE_DOWN]]):
            x0, y0, x1, y1 = self.roi
            return _four(self.still[y0:y1, x0:x1])
        drawn = self._drawn(moved, pose)
        if self.factor == 2:
            drawn = np.asarray(cv2.resize(drawn, None, fx=0.5, fy=0.5, interpolation=cv2.INTER_AREA), np.uint8)
        return drawn

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

    def _drawn(self, moved: Points, pose: Pose) -> Pixels:
        drawn = self._patch.copy()
        across, down = (float(pose.controls[gaze]) for gaze in (Control.GAZE_ACROSS, Control.GAZE_DOWN))
        open_eyed = self._unblinking(pose)
        for eye in self._eyes:
            source = eye.looking(self._rest, across, down)
            draw(eye.placed(open_eyed), source, eye.triangles, eye.facing, self._source, drawn)
        draw(moved, self._rest, *self._skin, self._source, drawn)
        picture, blinks = drawn[..., :3], pose.controls[[Control.BLINK_RIGHT, Control.BLINK_LEFT]]
        paint_mouth(picture, self._opening(moved, pose), self.plates, self.mesh)
        paint_lids(picture, moved, (float(blinks[0]), float(blinks[1])), self._lids, self.mesh)
        return drawn

    def _unblinking(self, pose: Pose) -> Points:
        """Vertices as they would be with open eyes: lids slide over an eye, they do not squeeze it."""
        controls = pose.controls.copy()
        controls[[Control.BLINK_RIGHT, Control.BLINK_LEFT, Control.SMILE, Control.FROWN]] = 0
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


def _detailed(pixels: Pixels, box: CropBox, still: Pixels) -> Pixels:
    """The crop at twice the size, from the portrait's own detail, such that its 2 x 2 means are the still exactly."""
    height, width = still.shape[:2]
    large = framed(pixels, box, 2 * width, 2 * height).astype(np.float32)
    for _ in range(2):
        lack = still - large.reshape(height, 2, width, 2, 3).mean(axis=(1, 3))
        large += cv2.resize(lack, (2 * width, 2 * height), interpolation=cv2.INTER_CUBIC)
    whole = np.clip(np.rint(large), 0, 255).astype(np.int32).reshape(height, 2, width, 2, 3)
    for place, left in ((0, 4), (1, 3), (2, 2), (3, 1), (0, 1), (1, 1), (2, 1)):
        # Each of four pixels takes up its share of what their mean lacks; where one is at a limit, another takes more.
        lack = 4 * still.astype(np.int32) - whole.sum(axis=(1, 3))
        one = whole[:, place // 2, :, place % 2]
        one += np.clip(np.rint(lack / left).astype(np.int32), -one, 255 - one)
    return np.asarray(whole.reshape(2 * height, 2 * width, 3), np.uint8)


def _four(picture: Pixels) -> Pixels:
    """RGB with one more byte."""
    return np.dstack([picture, np.zeros_like(picture[..., 0])])


def _even(box: Box, width: int, height: int) -> Box:
    """The box grown to even sides, as 4:2:0 video wants them."""
    x0, y0, x1, y1 = box
    return x0 - x0 % 2, y0 - y0 % 2, min(width, x1 + x1 % 2), min(height, y1 + y1 % 2)
