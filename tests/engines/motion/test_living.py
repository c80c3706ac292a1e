from __future__ import annotations

from itertools import pairwise

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from edl.region import Region
from engines.motion.living import Living, Texture
from engines.motion.masks import Window

Pixels = NDArray[np.uint8]
WIDTH, HEIGHT = 320, 180
WINDOW = Window(0, 0, 1, 1, WIDTH, HEIGHT)
BOX = [[0.25, 0.25], [0.95, 0.25], [0.95, 0.75], [0.25, 0.75]]


def grain(finer: int = 1) -> Pixels:
    noise = np.random.default_rng(3).normal(0, 1, (HEIGHT * finer, WIDTH * finer)).astype(np.float32)
    soft = cv2.GaussianBlur(noise, (0, 0), 2.0 * finer)
    tone = np.clip(128 + soft / soft.std() * 40, 0, 255).astype(np.uint8)
    return np.repeat(tone[:, :, None], 3, axis=2)


def living(*written: dict[str, object], seconds: float = 4.0, kept: Pixels | None = None) -> Living:
    regions = [Region.model_validate(each) for each in written]
    return Living(regions, {}, WINDOW, seconds, kept)


def painted(moving: Living, still: Pixels, time: float) -> Pixels:
    frame = still.copy()
    moving.paint(frame, Texture.of(still), time)
    return frame


def travel(one: Pixels, other: Pixels) -> tuple[float, float]:
    """How far the middle of the region went, in pixels."""
    first, second = (frame[60:120, 130:250, 0].astype(np.float32) for frame in (one, other))
    window = cv2.createHanningWindow((120, 60), cv2.CV_32F)
    across, down = cv2.phaseCorrelate(first, second, window)[0]
    return across, down


KINDS = [
    {"polygon": BOX, "kind": "water", "direction": "right"},
    {"polygon": BOX, "kind": "smoke"},
    {"ellipse": [0.2, 0.2, 0.6, 0.6], "kind": "cloud", "strokes": [[[0.3, 0.5], [0.7, 0.4]]]},
    {"polygon": BOX, "kind": "cloth"},
    {"polygon": BOX, "kind": "hair", "direction": "down", "period": "1s", "amount": "1%"},
]


@pytest.mark.parametrize("written", KINDS, ids=lambda each: each["kind"])
def test_the_loop_closes_and_the_rest_stands_to_the_bit(written: dict[str, object]) -> None:
    still = grain()
    moving = living(written)
    frames = [painted(moving, still, number / 25) for number in range(26)]
    assert np.array_equal(frames[0], frames[25])
    outside = np.ones((HEIGHT, WIDTH), bool)
    outside[34:147, 62:306] = False
    steps = []
    for one, other in pairwise(frames):
        assert np.array_equal(one[outside], still[outside])
        steps.append(float(np.abs(one.astype(int) - other).mean()))
    assert min(steps) > 0.05, "it stands still for a frame"
    assert max(steps) < 2.5 * float(np.median(steps)), "it jumps"


@pytest.mark.parametrize(
    ("direction", "across", "down"), [("right", 1, 0), ("left", -1, 0), ("up", 0, -1), ("down", 0, 1)]
)
def test_it_flows_where_it_is_told_and_as_fast(direction: str, across: int, down: int) -> None:
    still = grain()
    moving = living({"polygon": BOX, "kind": "cloud", "direction": direction, "speed": "2%"})
    steps = []
    for number in range(0, 100, 5):  # a cycle takes the whole loop; in its middle one copy alone is seen
        one, other = (painted(moving, still, (number + more) / 100) for more in (0, 1))
        steps.append(travel(one, other))
    mean = np.median(np.array(steps), axis=0)
    expected = 0.02 * WIDTH * 4 / 100
    assert mean[0] == pytest.approx(across * expected, abs=0.4 * expected)
    assert mean[1] == pytest.approx(down * expected, abs=0.4 * expected)


def test_contrast_neither_fades_nor_pulses() -> None:
    still = grain()
    moving = living({"polygon": BOX, "kind": "water", "direction": "right", "speed": "6%"})
    inside = np.s_[60:120, 110:280]
    contrast = [float(painted(moving, still, number / 20)[inside].std()) for number in range(20)]
    assert min(contrast) > 0.85 * float(still[inside].std())
    assert max(contrast) < 1.15 * float(still[inside].std())


def test_what_is_kept_does_not_move() -> None:
    still = grain()
    kept = np.zeros((HEIGHT, WIDTH), np.uint8)
    kept[70:110, 150:200] = 255
    moving = living({"polygon": BOX, "kind": "cloth", "amount": "2%"}, kept=kept)
    frame = painted(moving, still, 0.4)
    assert np.array_equal(frame[70:110, 150:200], still[70:110, 150:200])
    assert not np.array_equal(frame, still)


def test_seen_by_a_camera_only_what_lies_in_the_region_changes() -> None:
    fine = grain(2)
    texture = Texture.of(fine, 2)
    moving = living({"polygon": BOX, "kind": "water", "direction": "left"})
    columns, rows = np.meshgrid(np.arange(200, dtype=np.float32), np.arange(100, dtype=np.float32))
    places = columns * 2 + 150.5, rows * 2 + 60.5  # the camera sees the still from pixel 75 across and 30 down
    seen = cv2.remap(fine, *places, cv2.INTER_LINEAR)
    frame = seen.copy()
    moving.paint(frame, texture, 0.3, places)
    changed = np.nonzero((frame != seen).any(axis=2))
    assert changed[0].min() >= 45 - 30 - 1
    assert changed[0].max() <= 135 - 30 + 1
    assert changed[1].min() >= 80 - 75 - 1
    same = painted(moving, cv2.resize(fine, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA), 0.3)
    assert np.abs(frame[30:90, 20:180].astype(int) - same[60:120, 95:255]).mean() < 6


def test_a_region_that_the_crop_leaves_out_is_nothing() -> None:
    region = Region.model_validate({"ellipse": [0, 0, 0.2, 0.2], "direction": "left"})
    moving = Living([region], {}, Window(0.5, 0.5, 0.5, 0.5, WIDTH, HEIGHT), 2.0)
    still = grain()
    assert np.array_equal(painted(moving, still, 0.4), still)
