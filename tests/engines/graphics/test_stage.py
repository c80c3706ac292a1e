from __future__ import annotations

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from engines.graphics._camera import MOVES, Path, Room
from engines.graphics._fill import fill_behind
from engines.graphics._focus import Focus
from engines.graphics._stage import Stage, pivot_of, taken_apart
from engines.vision.depth import Scene

Pixels = NDArray[np.uint8]
WIDTH, HEIGHT = 240, 136


def scene() -> Scene:
    """A person in the middle of a far backdrop."""
    front = np.zeros((68, 120), np.float32)
    front[14:, 42:78] = 1
    return Scene(np.where(front > 0, 0.9, 0.1).astype(np.float32), front)


def picture(width: int = WIDTH, height: int = HEIGHT) -> Pixels:
    """Grey grain behind, a red figure in front."""
    noise = np.random.default_rng(2).normal(0, 1, (height, width)).astype(np.float32)
    grain = np.clip(120 + 60 * cv2.GaussianBlur(noise, (0, 0), 1.5) * 3, 0, 255).astype(np.uint8)
    still = np.repeat(grain[:, :, None], 3, axis=2)
    still[round(0.206 * height) :, round(0.35 * width) : round(0.65 * width)] = (220, 30, 30)
    return still


def red(frame: Pixels) -> NDArray[np.bool_]:
    return np.asarray(frame[:, :, 0].astype(int) - frame[:, :, 1] > 90)


def test_what_was_hidden_is_like_what_lies_beside_it() -> None:
    still = picture()
    hidden = cv2.dilate(red(still).astype(np.uint8), np.ones((5, 5), np.uint8)) > 0
    filled = fill_behind(still, hidden, 20)
    assert np.array_equal(filled[~hidden], still[~hidden])
    rim = hidden & (cv2.distanceTransform(hidden.astype(np.uint8), cv2.DIST_L2, 5) < 12)
    assert not red(filled).any()
    smeared = cv2.inpaint(still, hidden.astype(np.uint8), 5, cv2.INPAINT_TELEA)
    wanted = still[~hidden][:, 0].std()
    assert filled[rim][:, 0].std() == pytest.approx(wanted, rel=0.25)
    assert smeared[rim][:, 0].std() < 0.75 * wanted


def test_all_hidden_or_nothing_hidden_is_left_alone() -> None:
    still = picture()
    for hidden in (np.zeros((HEIGHT, WIDTH), bool), np.ones((HEIGHT, WIDTH), bool)):
        assert np.array_equal(fill_behind(still, hidden, 20), still)


def test_the_figure_keeps_its_place_in_an_orbit_and_its_shape_in_a_pan() -> None:
    for name in ("orbit_right", "pan_left"):
        room = Room.around(WIDTH, HEIGHT, MOVES[name], 0.8, 0.4)
        still = picture(room.width, room.height)
        stage = Stage(still, scene(), room, (WIDTH, HEIGHT), 2)
        path = Path(MOVES[name], room, 3.0, 0.6, pivot_of(scene(), room))
        frames = [stage.seen(path.at(time)) for time in (0.0, 0.5, 1.0)]
        widths = [int(red(frame)[HEIGHT - 20].sum()) for frame in frames]
        assert max(widths) - min(widths) <= 2
        lefts = [int(np.argmax(red(frame)[HEIGHT - 20])) for frame in frames]
        if name == "orbit_right":
            assert max(lefts) - min(lefts) <= 2
            assert np.abs(frames[0][:, :40].astype(int) - frames[2][:, :40]).mean() > 10
        else:
            assert max(lefts) - min(lefts) > 10


@pytest.mark.parametrize(
    ("size", "name"), [((240, 136), "push_in"), ((241, 139), "orbit_left"), ((240, 136), "pan_left")]
)
def test_what_is_not_read_would_not_show(size: tuple[int, int], name: str) -> None:
    """In bands, with only what shows of each layer, a frame is what it is with all of both layers read and blended."""
    room = Room.around(*size, MOVES[name], 0.9, 0.5)
    stage = Stage(picture(room.width, room.height), scene(), room, size, 2)
    path = Path(MOVES[name], room, 3.0, 0.6, pivot_of(scene(), room))
    for time in (0.05, 0.5, 0.95):
        frame, whole = stage.seen(path.at(time)), stage.seen(path.at(time), lambda *painted: None)
        assert red(frame).mean() > 0.1
        assert np.abs(frame.astype(int) - whole).max() <= 1


def test_a_figure_that_leaves_the_view_is_not_read() -> None:
    room = Room.around(WIDTH, HEIGHT, MOVES["pan_right"], 1.0, 0.5)
    aside = scene().front.copy()
    aside[:, :] = 0
    aside[10:, :8] = 1
    still = np.full((room.height, room.width, 3), 90, np.uint8)
    stage = Stage(still, Scene(0.1 + 0.8 * aside, aside), room, (WIDTH, HEIGHT), 2)
    path = Path(MOVES["pan_right"], room, 3.0, 0.6)
    for time in (0.0, 1.0):
        for paint in (None, lambda *painted: None):
            assert (stage.seen(path.at(time), paint) == 90).all()


@pytest.mark.parametrize("name", [name for name, move in MOVES.items() if move.closed and move.moves])
def test_closed_moves_come_back(name: str) -> None:
    room = Room.around(WIDTH, HEIGHT, MOVES[name], 0.5, 0.3)
    path = Path(MOVES[name], room, 4.0, 0.6)
    start, end, middle = path.at(0.0), path.at(1.0), path.at(0.4)
    assert start.aside == pytest.approx(end.aside, abs=1e-9)
    assert middle.aside != pytest.approx(start.aside, abs=0.5)
    assert all(abs(path.at(n / 97).aside[axis]) <= room.aside[axis] / 2 + 1e-9 for n in range(98) for axis in (0, 1))


def test_a_hand_shakes_by_its_seed() -> None:
    move = MOVES["handheld"]
    room = Room.around(WIDTH, HEIGHT, move, 0.5, 0.3)
    one, same, other = (Path(move, room, 4.0, 0.6, seed=seed).at(0.3).aside for seed in (1, 1, 2))
    assert one == same
    assert one != other


def sharpness(frame: Pixels, there: NDArray[np.bool_]) -> float:
    return float(np.abs(cv2.Laplacian(frame[:, :, 1], cv2.CV_32F))[there].mean())


def test_focus_goes_from_far_to_near_without_a_halo() -> None:
    still = picture()
    still[60:, 84:156:6] = (150, 20, 20)  # stripes, to see how sharp the figure is
    figure = cv2.erode(red(picture()).astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    backdrop = cv2.dilate(red(picture()).astype(np.uint8), np.ones((25, 25), np.uint8)) == 0
    focus = Focus(still, scene(), 1.0)
    far, near = focus.at(0.0), focus.at(1.0)
    assert sharpness(far, backdrop) > 0.9 * sharpness(still, backdrop)
    assert sharpness(near, backdrop) < 0.5 * sharpness(still, backdrop)
    assert sharpness(near, figure) > 0.9 * sharpness(still, figure)
    assert sharpness(far, figure) < 0.6 * sharpness(still, figure)
    beside = near[80:, 70:80]
    assert (beside[:, :, 0].astype(int) - beside[:, :, 1]).mean() < 12, "the figure's colour shines into the backdrop"


def test_nobody_in_front_is_one_layer() -> None:
    flat = Scene(np.full((68, 120), 0.5, np.float32), np.zeros((68, 120), np.float32))
    layers = taken_apart(picture(), flat, 10)
    assert layers.front is None
    assert np.array_equal(Focus(picture(), flat, 1.0).at(0.5), picture())
