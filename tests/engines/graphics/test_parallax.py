from __future__ import annotations

from fractions import Fraction

import cv2
import numpy as np
import pytest
from numpy.typing import NDArray

from edl.errors import Broken
from edl.facts import InputFacts, PictureFacts
from edl.findings import Severity
from edl.project import Cutaway
from edl.recipe import Native
from engines.contract import Shape, Wish
from engines.graphics._camera import MOVES, eased
from engines.graphics.parallax import ENGINE, ParallaxParams, check, moving

Pixels = NDArray[np.uint8]
FRAMES = 20


def native(width: int = 160, height: int = 90, frames: int = FRAMES) -> Native:
    return Native(width, height, Fraction(25), frames)


def grain(width: int, height: int, seed: int = 1) -> Pixels:
    """Noise soft enough to follow from frame to frame, grey, everywhere of like contrast."""
    noise = np.random.default_rng(seed).normal(0, 1, (height, width)).astype(np.float32)
    soft = cv2.GaussianBlur(noise, (0, 0), 2.0)
    tone = np.clip(128 + soft / soft.std() * 40, 0, 255).astype(np.uint8)
    return np.repeat(tone[:, :, None], 3, axis=2)


def shot(still: Pixels, shape: Native, **params: object) -> list[Pixels]:
    frames = moving(still, shape, ParallaxParams.model_validate(params))
    return [frames((number + 0.5) / shape.frames) for number in range(shape.frames)]


def shift(one: Pixels, other: Pixels) -> tuple[float, float]:
    """How far the picture moved, in pixels (x, y)."""
    first, second = (frame[:, :, 0].astype(np.float32) for frame in (one, other))
    window = cv2.createHanningWindow((one.shape[1], one.shape[0]), cv2.CV_32F)
    across, down = cv2.phaseCorrelate(first, second, window)[0]
    return across, down


def centre(frame: Pixels) -> tuple[float, float]:
    """The middle of the light, in pixels (x, y), to a small part of a pixel."""
    light = np.asarray(frame[:, :, 0], np.float64)
    rows, columns = np.mgrid[0 : light.shape[0], 0 : light.shape[1]]
    return float((light * columns).sum() / light.sum()), float((light * rows).sum() / light.sum())


@pytest.mark.parametrize("camera", MOVES)
@pytest.mark.parametrize("still", [(64, 64), (40, 700), (900, 40), (1, 1), (640, 360)], ids=str)
@pytest.mark.parametrize("size", [(160, 90), (91, 161)], ids=str)
def test_no_sample_leaves_the_picture(camera: str, still: tuple[int, int], size: tuple[int, int]) -> None:
    white = np.full((still[1], still[0], 3), 255, np.uint8)
    for frame in shot(white, native(*size, frames=4), camera=camera, amount=1, depth=1, ease=0):
        assert frame.shape == (size[1], size[0], 3)
        assert frame.min() == 255


@pytest.mark.parametrize(
    ("camera", "way"),
    [("pan_right", (-1, 0)), ("pan_left", (1, 0)), ("tilt_down", (0, -1)), ("tilt_up", (0, 1))],
)
def test_the_picture_moves_against_the_camera(camera: str, way: tuple[int, int]) -> None:
    frames = shot(grain(400, 300), native(), camera=camera, amount=0.4)
    across, down = shift(frames[8], frames[11])
    along, aside = (across * way[0], down) if way[0] else (down * way[1], across)
    assert along > 0.5
    assert abs(aside) < 0.2


def test_a_push_enlarges_and_a_pull_is_its_reverse() -> None:
    still = np.zeros((360, 640, 3), np.uint8)
    cv2.circle(still, (320, 180), 60, (255, 255, 255), -1)
    inward = shot(still, native(), camera="push_in", amount=1)
    outward = shot(still, native(), camera="pull_out", amount=1)
    sizes = [int((frame[:, :, 0] > 128).sum()) for frame in inward]
    assert sizes == sorted(sizes)
    assert sizes[-1] > 1.3 * sizes[0]
    for one, other in zip(inward, reversed(outward), strict=True):
        assert np.abs(one.astype(int) - other).max() <= 2


@pytest.mark.parametrize("still", [(300, 900), (900, 300)], ids=str)
def test_nothing_is_stretched(still: tuple[int, int]) -> None:
    picture = np.zeros((still[1], still[0], 3), np.uint8)
    cv2.circle(picture, (still[0] // 2, still[1] // 2), 40, (255, 255, 255), -1)
    for camera in ("push_in", "pan_left", "tilt_up"):
        middle = shot(picture, native(), camera=camera, depth=0)[FRAMES // 2]
        rows, columns = np.nonzero(middle[:, :, 0] > 128)
        assert abs(np.ptp(rows) - np.ptp(columns)) <= 2


def test_near_parts_travel_further() -> None:
    still = grain(480, 300)
    still[:100] = (still[:100] // 8) + 190  # a hazy top is far

    def travel(depth: float) -> tuple[float, float]:
        frames = shot(still, native(320, 180), camera="pan_left", amount=0.3, depth=depth)
        return shift(frames[8][:45], frames[11][:45])[0], shift(frames[8][-45:], frames[11][-45:])[0]

    far, near = travel(0.0)
    assert near == pytest.approx(far, abs=0.3)
    far, near = travel(1.0)
    assert near > 1.2 * far > 0


@pytest.mark.parametrize("camera", ["pan_right", "tilt_down", "push_in"])
def test_motion_is_smooth_and_comes_to_rest(camera: str) -> None:
    rows, columns = np.mgrid[0:500, 0:700].astype(np.float32)
    spot = 255 * np.exp(-(((columns - 300) / 25) ** 2 + ((rows - 220) / 25) ** 2))
    still = np.repeat(spot[:, :, None], 3, axis=2).astype(np.uint8)
    frames = shot(still, native(240, 136, 30), camera=camera, amount=0.5, ease=1)
    places = np.array([centre(frame) for frame in frames])
    steps = np.hypot(*np.diff(places, axis=0).T)
    # 8 bit light gives the middle of a soft spot to about a twentieth of a pixel.
    assert np.abs(np.diff(steps, 2)).max() < 0.06 * steps.max() + 0.05
    assert max(steps[0], steps[-1]) < 0.1 * steps.max()


@pytest.mark.parametrize("ease", [0.0, 0.3, 1.0])
def test_easing_covers_the_whole_way_evenly(ease: float) -> None:
    times = np.linspace(0, 1, 101)
    way = np.array([eased(float(time), ease) for time in times])
    assert way[0] == pytest.approx(0)
    assert way[-1] == pytest.approx(1)
    assert np.diff(way).min() >= 0
    assert way + way[::-1] == pytest.approx(np.ones(101))


def test_focus_moves_the_crop() -> None:
    still = np.zeros((600, 320, 3), np.uint8)
    still[:200] = 250
    top = shot(still, native(frames=1), focus=(0.5, 0.0))[0]
    bottom = shot(still, native(frames=1), focus=(0.5, 1.0))[0]
    assert top.mean() > 240
    assert bottom.mean() < 5


def test_a_flat_still_does_not_move() -> None:
    frames = shot(np.full((90, 160, 3), 77, np.uint8), native(frames=3))
    assert all((frame == 77).all() for frame in frames)


def test_the_prompt_is_no_parameter() -> None:
    assert "prompt" not in ParallaxParams.model_fields
    assert "camera" in ParallaxParams.model_fields


def wish(width: int = 4000, height: int = 3000) -> Wish:
    segment = Cutaway(cutaway="a", image="still.png")
    facts = {"image": InputFacts(picture=PictureFacts(width=width, height=height))}
    return Wish(segment, Fraction(3), 75, Shape(1280, 720, Fraction(25)), facts=facts)


def test_an_unknown_camera_is_a_finding_with_a_suggestion() -> None:
    (finding,) = check(wish(), ParallaxParams(camera="push-inn"))
    assert finding.severity is Severity.ERROR
    assert finding.place.path == "camera"
    assert "push_in?" in finding.remedy
    assert check(wish(), ParallaxParams(camera="pan_left")) == ()
    with pytest.raises(Broken):
        moving(grain(8, 8), native(), ParallaxParams(camera="crane"))


def test_a_small_still_warns() -> None:
    (finding,) = check(wish(320, 240), ParallaxParams())
    assert finding.severity is Severity.WARNING
    assert "320 x 240" in finding.message


def test_limits_list_the_cameras() -> None:
    assert ENGINE.limits.cameras == frozenset(MOVES)
    assert ENGINE.limits.deterministic
    assert not ENGINE.limits.seeded


def test_golden() -> None:
    """Raise ``pixels`` of the engine when these figures change."""
    rows, columns = np.mgrid[0:270, 0:480]
    still = np.stack([columns / 480 * 255, rows / 270 * 255, (columns // 40 + rows // 40) % 2 * 255], axis=2)
    frame = shot(still.astype(np.uint8), native(frames=5), camera="pan_right", amount=1, depth=1)[0]
    thumbnail = cv2.resize(frame, (4, 2), interpolation=cv2.INTER_AREA)
    assert np.abs(thumbnail.astype(int) - GOLDEN).max() <= 2


GOLDEN = np.array(
    [
        [[34, 76, 133], [80, 80, 122], [126, 81, 122], [173, 78, 121]],
        [[25, 169, 135], [74, 163, 139], [117, 168, 132], [162, 171, 129]],
    ]
)
