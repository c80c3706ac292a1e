"""Folded meshes are laid flat; flat ones stay as they are."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from bench.drawing import portrait
from engines.animator.rig import topology as top
from engines.animator.rig.unfold import unfolded
from engines.vision.landmarks import landmarker

Points = NDArray[np.float64]


@pytest.fixture(scope="module")
def flat() -> Points:
    """The landmarks of a painted face, without folds."""
    points = landmarker().find(portrait()).points
    assert points is not None
    return unfolded(points[: top.LANDMARKS, :2])


def areas(points: Points) -> Points:
    a, b, c = (points[top.skin_triangles()[:, corner]] for corner in range(3))
    return np.asarray((b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0])


def test_a_flat_mesh_stays(flat: Points) -> None:
    assert (unfolded(flat) == flat).all()


@pytest.mark.parametrize("mirrored", [False, True])
def test_a_cheek_that_lies_behind_its_edge_is_laid_flat(flat: Points, mirrored: bool) -> None:
    turned, cheek = flat.copy(), [447, 366, 345, 372]
    turned[cheek] += [0.2 * np.ptp(flat[:, 0]), 0]
    sides = np.sign(areas(flat))
    assert (areas(turned) * sides < 0).sum() > 5
    if mirrored:
        turned[:, 0] *= -1
        sides = -sides
    laid = unfolded(turned)
    assert (areas(laid) * sides < 0).sum() <= 2
    kept = [*top.OVAL, *top.UPPER_LIP[0], *top.UPPER_LIDS[1]]
    assert (laid[kept] == turned[kept]).all()
