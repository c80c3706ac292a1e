"""Frames between frames: along the motion, exact where a frame exists, and a repeat where motion is not known."""

from __future__ import annotations

from fractions import Fraction

import av
import cv2
import numpy as np
import pytest

from edl.recipe import Native
from engines.conformer.fit import ENGINE, FitParams
from engines.media.sink import FrameSink

WIDTH, HEIGHT, SLOW, FAST = 160, 96, Fraction(7), Fraction(25)
ROWS, COLUMNS = np.mgrid[:HEIGHT, :WIDTH]
BACKDROP = (90 + 30 * np.sin(COLUMNS / 9) * np.cos(ROWS / 7))[..., None].repeat(3, 2).astype(np.uint8)


def square(seconds: float) -> np.ndarray:
    """A square that moves 60 pixels a second over a still backdrop."""
    frame, left = BACKDROP.copy(), 10 + round(60 * seconds)
    frame[30:62, left : left + 32] = (230, 80, 30)
    frame[38:44, left + 6 : left + 26] = (250, 250, 250)
    return frame


@pytest.fixture
def fitted(make_order):
    """Fits drawn frames: the frames of the run as RGB."""

    def fit(draw, count=8, rate=SLOW, frames=24, **params):
        take = make_order(FitParams(), Native(WIDTH, HEIGHT, rate, count))
        with FrameSink(take) as sink:
            for number in range(count):
                sink.write(draw(number / float(rate)))
        inputs = {"base0": take.folder / sink.media}
        order = make_order(FitParams(**params), Native(WIDTH, HEIGHT, FAST, frames), inputs)
        made = ENGINE.open("cpu").render(order)
        data = (order.folder / made.media).read_bytes()
        with av.open(str(order.folder / made.media)) as container:
            return [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)], data

    return fit


def left_edge(frame: np.ndarray) -> float:
    """Where the square begins, from its red against the backdrop."""
    inside = frame[48:60, :, 0].astype(float).mean(0) > 170
    return float(np.flatnonzero(inside)[0])


def test_a_square_moves_evenly(fitted):
    flow, _ = fitted(square, retime="flow")
    repeat, _ = fitted(square)
    edges = [left_edge(frame) for frame in flow]
    wanted = [10 + 60 * number / 25 for number in range(24)]
    assert np.abs(np.array(edges) - wanted).max() < 2.5
    assert max(np.diff(edges)) < 7 < max(np.diff([left_edge(frame) for frame in repeat]))

    def error(frames):
        return np.mean([np.abs(frame.astype(int) - square(n / 25)).mean() for n, frame in enumerate(frames)])

    assert error(flow) < 0.7 * error(repeat)


def test_what_is_still_stays_still(fitted):
    frames, _ = fitted(square, retime="flow")
    corner = np.stack([frame[:24, :] for frame in frames]).astype(int)
    assert np.abs(corner - corner[0]).max() <= 4  # the encoder's own noise


def test_nothing_changes_where_no_frame_is_lacking(fitted):
    assert fitted(square, 24, FAST, retime="flow")[1] == fitted(square, 24, FAST)[1]


def test_repeat_is_as_before(fitted):
    assert FitParams(retime="repeat").model_dump(exclude_defaults=True) == {}
    assert ENGINE.pixels == 1
    frames, _ = fitted(square)
    assert left_edge(frames[0]) == left_edge(frames[3])


def test_a_cut_is_not_melted(fitted):
    noise = np.random.default_rng(1).integers(0, 255, (2, HEIGHT // 8, WIDTH // 8, 3), dtype=np.uint8)
    scenes = [one.repeat(8, 0).repeat(8, 1) for one in noise]
    frames, _ = fitted(lambda seconds: scenes[int(seconds >= 0.5)], retime="flow")
    apart = [min(np.abs(frame.astype(int) - scene).mean() for scene in scenes) for frame in frames]
    assert max(apart) < 14


def drawn_between() -> list[bytes]:
    from engines.conformer._between import between, measured

    early, late = (cv2.cvtColor(square(seconds), cv2.COLOR_RGB2YUV_I420) for seconds in (0, 1 / 7))
    pair = measured(early, late)
    return [between(pair, share).tobytes() for share in (0.1, 0.5, 0.9)]


def test_the_same_pixels_twice():
    first, again = (drawn_between() for _ in range(2))
    assert first == again


def test_the_wish_is_in_the_recipe_of_the_run_alone(tmp_path):
    from tests.flows.stage import HEAD, SHORT, Desk, write_film

    text = SHORT.replace("duration: 15f", "duration: 15f\n    retime: flow")
    flow = Desk(write_film(tmp_path / "a", text)).make()
    repeat = Desk(write_film(tmp_path / "b", SHORT)).make()
    names = {step.id: step.name for step in repeat.steps}
    changed = {step.id for step in flow.steps if step.name != names[step.id]}
    assert changed == {"fit:master/coast@19", "master:master"}
    slow = HEAD.replace("fps: 25", "fps: 7")
    same = [Desk(write_film(tmp_path / name, each, slow)).make() for name, each in (("c", text), ("d", SHORT))]
    assert [step.name for step in same[0].steps] == [step.name for step in same[1].steps]
