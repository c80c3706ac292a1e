"""How a portrait looks in single poses, on a painted face: gaze, turned heads, expressions, lids, sharpness."""

from __future__ import annotations

from functools import cache

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from bench.drawing import portrait
from engines.animator.rig import topology as top
from engines.animator.rig.basis import Control
from engines.animator.rig.head import Pose, Rig
from engines.vision.landmarks import landmarker

SIDE = 384
Frame = NDArray[np.uint8]


@cache
def rig(glasses: bool = False) -> Rig:
    pixels = np.ascontiguousarray(cv2.resize(portrait(glasses=glasses), (SIDE, SIDE), interpolation=cv2.INTER_AREA))
    points = landmarker().find(np.asarray(pixels, np.uint8)).points
    assert points is not None
    return Rig(np.asarray(pixels, np.uint8), points, SIDE, SIDE)


def posed(yaw: float = 0.0, across: float = 0.0, **controls: float) -> Pose:
    values = np.zeros(len(Control))
    for name, value in controls.items():
        values[Control[name]] = value
    return Pose(values, across=across, yaw=yaw)


def eyes(shrunk: int = 0) -> NDArray[np.bool_]:
    """The pixels between the lids of the still."""
    mask = np.zeros((SIDE, SIDE), np.uint8)
    for upper, lower in zip(top.UPPER_LIDS, top.LOWER_LIDS, strict=True):
        outline = rig().mesh.rest[[*upper, *lower[::-1]]].round().astype(np.int32)
        cv2.fillPoly(mask, [outline], 1)
    return np.asarray(cv2.erode(mask, np.ones((3, 3), np.uint8), iterations=shrunk) > 0)


def irises(frame: Frame) -> NDArray[np.float64]:
    """The centre of what is dark between the lids of both eyes, pixels."""
    rows, columns = np.nonzero(eyes(shrunk=1))
    dark = 255.0 - frame[rows, columns].mean(axis=1)
    dark = np.maximum(0, dark - 90)
    return np.array([np.average(columns, weights=dark), np.average(rows, weights=dark)])


def test_no_control_is_the_still() -> None:
    assert (rig().frame(posed()) == rig().still).all()


@pytest.mark.parametrize(("control", "axis"), [("GAZE_ACROSS", 0), ("GAZE_DOWN", 1)])
def test_a_glance_moves_the_irises_and_nothing_else(control: str, axis: int) -> None:
    there, back = rig().frame(posed(**{control: 1})), rig().frame(posed(**{control: -1}))
    assert (irises(there) - irises(back))[axis] > 0.5
    near = cv2.dilate(eyes().astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    assert (there[~near] == rig().still[~near]).all()
    assert (there[near] != rig().still[near]).mean() > 0.1


@pytest.mark.parametrize("yaw", [-0.08, 0.08])
def test_a_turned_head_folds_no_cheek_over_its_edge(yaw: float) -> None:
    mesh, still, turned = rig().mesh, rig().moved(posed()), rig().moved(posed(yaw=yaw))
    assert np.abs(turned - still).max() > 0.02 * mesh.frame.iod
    edge = np.isin(top.skin_triangles(), top.OVAL).any(axis=1)
    before, after = (_areas(points, top.skin_triangles()[edge]) for points in (still, turned))
    sound = np.abs(before) > 0.02 * np.abs(before).max()  # slivers have no side
    assert (after[sound] / before[sound]).min() > 0.2


def _areas(points: NDArray[np.float64], triangles: top.Triangles) -> NDArray[np.float64]:
    a, b, c = (points[triangles[:, corner]] for corner in range(3))
    return np.asarray((b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0])


def test_expressions_are_seen_and_opposite() -> None:
    def corners(pose: Pose) -> float:
        points = landmarker().find(rig().frame(pose)).points
        assert points is not None
        return float(points[[61, 291], 1].mean() - points[4, 1])

    def brows(pose: Pose) -> float:
        moved = rig().moved(pose)
        return float(moved[list(top.BROWS[0]), 1].mean())

    assert corners(posed(SMILE=1)) < corners(posed()) - 1
    assert brows(posed(FROWN=1)) > brows(posed()) + 1


def test_a_pucker_rounds_the_mouth_and_narrows_it() -> None:
    def seen(pose: Pose) -> tuple[float, float]:
        points = landmarker().find(rig().frame(pose)).points
        assert points is not None
        wide, high = np.linalg.norm(points[61, :2] - points[291, :2]), np.linalg.norm(points[13, :2] - points[14, :2])
        return float(wide), float(high)

    (spread, _), (round_, high) = seen(posed(WIDE=0.5, JAW=0.25)), seen(posed(PUCK=0.9, JAW=0.25))
    assert round_ < 0.85 * spread
    assert high > 0.15 * round_


def test_a_shut_eye_shows_no_white() -> None:
    frame = rig().frame(posed(BLINK_RIGHT=1, BLINK_LEFT=1))
    for upper, lower in zip(top.UPPER_LIDS, top.LOWER_LIDS, strict=True):
        middle = rig().mesh.rest[[*upper[2:-2], *lower[2:-2]]]
        x0, y0 = middle.min(axis=0).astype(int)
        x1, y1 = middle.max(axis=0).astype(int) + 1
        assert rig().still[y0:y1, x0:x1].min(axis=2).max() > 200
        assert frame[y0:y1, x0:x1].min(axis=2).max() < 170


def test_a_moved_face_is_as_sharp_as_the_still() -> None:
    def sharpness(frame: Frame) -> float:
        x0, y0 = rig().mesh.rest[[33, 107]].min(axis=0).astype(int)
        x1, y1 = rig().mesh.rest[[263, 4]].max(axis=0).astype(int)
        return float(cv2.Laplacian(cv2.cvtColor(frame[y0:y1, x0:x1], cv2.COLOR_RGB2GRAY), cv2.CV_64F).var())

    half_a_pixel = 1.5 / rig().mesh.frame.iod
    assert sharpness(rig().frame(posed(across=half_a_pixel))) > 0.85 * sharpness(rig().still)


def test_glasses_are_noticed_and_not_bent() -> None:
    bare, worn = rig(), rig(glasses=True)
    brows = [Control.BROW_RIGHT, Control.BROW_LEFT, Control.FROWN]
    assert np.abs(bare.basis.fields[brows]).max() > 0.02
    assert (worn.basis.fields[brows] == 0).all()
    behind = [*top.UNDER_BROWS[0], *top.BELOW_LIDS[0], 118]
    assert (worn.basis.fields[Control.SMILE][behind] == 0).all()
    assert np.abs(worn.basis.fields[Control.SMILE][61]).max() > 0.01
