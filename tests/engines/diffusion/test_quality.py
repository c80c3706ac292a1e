"""Detail of chained parts, and shots that stand still at their ends."""

from __future__ import annotations

import pytest

pytest.importorskip("diffusers")

import cv2
import numpy as np

from engines.diffusion.rig.chain import _edges, keep_tail, sharpen
from engines.diffusion.rig.frozen import frozen
from engines.diffusion.rig.shoot import ready
from tests.engines.diffusion.conftest import Studio


def test_soft_frames_are_brought_to_the_detail_of_the_still_and_no_further() -> None:
    rng = np.random.default_rng(1)
    still = cv2.GaussianBlur(rng.random((96, 96, 3), np.float32), (0, 0), 1.5)
    anchor = np.rint(still * 255).astype(np.uint8)
    soft, mush = (cv2.GaussianBlur(still, (0, 0), sigma) for sigma in (0.6, 3.0))
    done = sharpen(np.stack([soft, mush, still]), anchor)
    ratios = [float(_edges(frame).var() / _edges(still).var()) for frame in (soft, *done)]
    assert ratios[0] < 0.8
    assert ratios[1] == pytest.approx(1, abs=0.05)
    assert ratios[2] < 0.5, "limited: what is lost is not made up"
    assert np.abs(done[2] - still).max() < 0.02


def test_ends_that_stand_still_are_counted() -> None:
    still = np.random.default_rng(1).random((8, 8, 3), np.float32)
    shots = {"both": (0, 0, 0, 1, 2, 3, 3), "none": (0, 1, 2), "all": (0, 0, 0), "middle": (0, 1, 1, 2)}
    found = {name: frozen(np.stack([still * (1 - 0.1 * at) for at in shot])) for name, shot in shots.items()}
    assert found == {"both": (2, 1), "none": (0, 0), "all": (2, 2), "middle": (0, 0)}


def test_what_stands_still_is_told_with_the_part(studio: Studio) -> None:
    facts = studio.render(studio.order("cogvideox", frames=9)).facts["diffusion"]
    assert isinstance(facts, dict)
    assert facts["frozen"] == [0, 0]


def test_frames_made_twice_are_dropped_and_a_full_part_makes_none(studio: Studio) -> None:
    first = studio.order("ltx", join="chain")
    keep_tail(first.folder, [np.full((64, 64, 3), shade, np.uint8) for shade in (10, 20, 30, 40)], 4)
    previous = {"previous": first.folder / "take.mp4"}
    scene = ready(studio.order("ltx", inputs=previous, join="chain"))
    assert (scene.skipped, scene.start[0, 0, 0]) == (4, 10)
    assert scene.frames >= scene.native.frames + 4
    full = ready(studio.order("ltx", frames=257, inputs=previous, join="chain"))
    assert (full.skipped, full.start[0, 0, 0], full.frames) == (0, 40, 257)
