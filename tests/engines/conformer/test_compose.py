"""Blends, layouts and logos in a fitted run: right pixels, exact ends, the place that was asked for."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from edl.errors import Broken
from edl.layout import Box, Layout, places
from edl.recipe import Native
from engines.conformer import fit
from engines.conformer._blend import Wiper, dissolved
from engines.conformer._ink import filled
from engines.conformer.fit import FitParams
from engines.contract import Order, Params
from engines.media.encode import headers_of
from engines.media.sink import FrameSink

FPS = Fraction(25)
WIDE, HIGH = 160, 90 // 2 * 2
RED, GREEN = (200, 40, 40), (40, 180, 60)


def decoded(path: Path) -> np.ndarray:
    with av.open(str(path)) as container:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]).astype(int)


@pytest.fixture
def plain(make_order: Callable[..., Order]) -> Callable[..., Path]:
    """A take of one colour, or of greys that count up: ``plain(RED)``, ``plain(None)``."""

    def make(colour: tuple[int, int, int] | None, frames: int = 12) -> Path:
        order = make_order(Params(), Native(WIDE, HIGH, FPS, frames))
        with FrameSink(order) as sink:
            for number in range(frames):
                sink.write(np.full((HIGH, WIDE, 3), 10 * number if colour is None else colour, np.uint8))
        return order.folder / sink.media

    return make


@pytest.fixture
def fitted(run_engine: Callable) -> Callable[..., np.ndarray]:
    """Decoded frames of a run: ``fitted(params, frames, base0=path)``."""

    def make(
        params: dict[str, object], frames: int, size: tuple[int, int] = (WIDE, HIGH), **inputs: Path
    ) -> np.ndarray:
        made, order = run_engine(fit.ENGINE, FitParams.model_validate(params), Native(*size, FPS, frames), inputs)
        return decoded(order.folder / made.media)

    return make


def blend(**keys: object) -> dict[str, object]:
    return {"blend": {"earlier": {}, "later": {"source": "base1_"}, "share": "1/9", "step": "1/9", **keys}}


def test_a_dissolve_grows_evenly(plain, fitted):
    frames = fitted(blend(), 8, base0=plain(RED), base1_0=plain(GREEN))
    seen = frames[:, 20:60, 20:100].mean(axis=(1, 2))
    ought = [np.array(RED) + (np.array(GREEN) - np.array(RED)) * (at + 1) / 9 for at in range(8)]
    assert seen == pytest.approx(np.array(ought), abs=2.5)


def test_both_sides_go_on_moving(plain, fitted):
    sides = {"earlier": {"first": 2}, "later": {"source": "base1_", "first": 1}}
    frames = fitted(blend(**sides, share="1/2", step="0"), 5, base0=plain(None), base1_0=plain(None))
    assert frames.mean(axis=(1, 2, 3)) == pytest.approx([15 + 10 * at for at in range(5)], abs=1.5)


def test_the_ends_of_a_blend_are_its_sides():
    one, other = filled("#102030", 16, 8), filled("#f0e0d0", 16, 8)
    assert dissolved(one, other, Fraction(0)) is one
    assert dissolved(one, other, Fraction(1)) is other
    middle = dissolved(one, other, Fraction(1, 2)).astype(int)
    assert np.abs(middle * 2 - one - other).max() <= 1


@pytest.mark.parametrize("soft", [0.0, 0.1, 1.0])
@pytest.mark.parametrize("side", ["left", "right", "top", "bottom"])
def test_a_wipe_comes_from_its_side(side, soft):
    black, white = filled("#000000", 64, 48), filled("#ffffff", 64, 48)
    wiper, shares = Wiper(side, soft), [Fraction(at, 20) for at in range(21)]
    lumas = [wiper.wiped(black, white, share)[:48].astype(int) for share in shares]
    assert (lumas[0].max(), lumas[20].min()) == (16, 235)
    means = [(luma.mean() - 16) / 219 for luma in lumas]
    assert means == pytest.approx([float(share) for share in shares], abs=0.02 + soft / 4)
    half = lumas[10]
    light, dark = {
        "left": (half[:, :8], half[:, -8:]),
        "right": (half[:, -8:], half[:, :8]),
        "top": (half[:6], half[-6:]),
        "bottom": (half[-6:], half[:6]),
    }[side]
    assert light.mean() > 190
    assert dark.mean() < 60
    for early, late in zip(lumas, reversed(lumas), strict=True):  # the same way back
        mirrored = late[:, ::-1] if side in ("left", "right") else late[::-1]
        assert np.abs(early + mirrored - 251).max() <= 1


def test_a_wipe_of_a_run(plain, fitted):
    frames = fitted(blend(edge={"side": "top", "soft": 0.1}), 8, base0=plain(RED), base1_0=plain(GREEN))
    assert frames[4, 4, 80] == pytest.approx(np.array(GREEN), abs=4)
    assert frames[4, 84, 80] == pytest.approx(np.array(RED), abs=4)


def test_a_colour_is_that_colour(fitted):
    for colour in ("#000000", "#ffffff", "#e2a04a"):
        ought = np.array(tuple(bytes.fromhex(colour[1:])))
        assert fitted({"fill": colour}, 2)[1].reshape(-1, 3).mean(axis=0) == pytest.approx(ought, abs=2)


def test_a_colour_beside_inputs_stays_a_colour(plain, fitted):
    sides = {"earlier": {"fill": "#ffffff"}, "later": {}}
    frames = fitted(blend(**sides, share="0", step="1/2"), 3, base0=plain((0, 0, 0)))
    assert frames.mean(axis=(1, 2, 3)) == pytest.approx([255, 127.5, 0], abs=2)


def test_a_held_frame_stands(plain, fitted):
    frames = fitted({"first": 11, "still": True}, 30, base0=plain(None))
    assert frames.mean(axis=(1, 2, 3)) == pytest.approx([110] * 30, abs=1)
    with pytest.raises(Broken):
        fitted({"first": 14, "still": True}, 3, base0=plain(None))


def inset(layout: dict[str, object], **host: object) -> dict[str, object]:
    return {**host, "inset": {"scene": {"source": "base1_"}, "layout": layout}}


@pytest.mark.parametrize("corner", ["top-left", "top-right", "bottom-left", "bottom-right"])
def test_a_picture_stands_in_its_corner(corner, plain, fitted):
    layout = {"pip": corner, "size": 0.25, "margin": 0.1}
    frame = fitted(inset(layout), 2, base0=plain(RED), base1_0=plain(GREEN))[1]
    rows, columns = np.nonzero(frame[:, :, 1] > 110)
    box = places(Layout.model_validate(layout), WIDE, HIGH).overlay
    assert (box.width, abs(box.height - HIGH // 4) <= 1) == (40, True)
    edges = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
    assert edges == pytest.approx((box.left, box.top, box.left + box.width, box.top + box.height), abs=1)
    assert (box.left < WIDE / 2) == corner.endswith("left")
    assert (box.top < HIGH / 2) == corner.startswith("top")


def test_the_host_may_be_the_small_one(plain, fitted):
    frame = fitted(inset({"pip": "top-left", "small": "host"}), 2, base0=plain(RED), base1_0=plain(GREEN))[1]
    assert frame[10, 12] == pytest.approx(np.array(RED), abs=5)
    assert frame[80, 140] == pytest.approx(np.array(GREEN), abs=5)


def test_a_circle_with_a_line_around_it(plain, fitted):
    layout = {"pip": "bottom-right", "size": 0.5, "margin": 0, "shape": "circle", "border": 0.05}
    frame = fitted(inset(layout), 2, base0=plain(RED), base1_0=plain(GREEN))[1]
    box = places(Layout.model_validate(layout), WIDE, HIGH).overlay
    assert box.width == box.height == 80
    middle = (box.top + 40, box.left + 40)
    assert frame[middle] == pytest.approx(np.array(GREEN), abs=6)
    assert frame[box.top + 4, box.left + 4] == pytest.approx(np.array(RED), abs=8)  # outside the circle
    assert frame[box.top + 40, box.left + 2].min() > 200  # the white line
    green = (frame[:, :, 1] > 110) & (frame[:, :, 0] < 110)
    assert np.count_nonzero(green) == pytest.approx(np.pi * 36**2, rel=0.08)


@pytest.mark.parametrize("side", ["left", "right", "top", "bottom"])
def test_a_split_screen(side, plain, fitted):
    layout = {"split": side, "share": 0.4, "gap": 0.1, "gap_color": "#ffffff"}
    frame = fitted(inset(layout), 2, base0=plain(RED), base1_0=plain(GREEN))[1]
    line = frame[45] if side in ("left", "right") else frame[:, 80]
    line = line if side in ("left", "top") else line[::-1]
    length = len(line)
    own = np.count_nonzero((line[:, 1] > 140) & (line[:, 0] < 100))
    white = np.count_nonzero(line.min(axis=1) > 200)
    assert own == pytest.approx((length - 9) * 0.4, abs=2)
    assert white == pytest.approx(9, abs=3)
    assert line[3] == pytest.approx(np.array(GREEN), abs=6)
    assert line[-3] == pytest.approx(np.array(RED), abs=6)


@pytest.mark.parametrize("size", [(1280, 720), (720, 1280), (854, 480), (606, 1080), (64, 64)])
@pytest.mark.parametrize("wish", [{"pip": "top-right"}, {"pip": "bottom-left", "shape": "circle", "size": 0.9}])
def test_boxes_lie_inside_on_even_places(wish, size):
    box = places(Layout.model_validate(wish), *size).overlay
    assert all(number % 2 == 0 for number in (box.left, box.top, box.width, box.height))
    assert box.left >= 0 <= box.top
    assert box.left + box.width <= size[0]
    assert box.top + box.height <= size[1]


def test_halves_fill_the_picture():
    at = places(Layout(split="left", gap=0.01), 1280, 720)
    assert (at.overlay, at.host) == (Box(0, 0, 636, 720), Box(644, 0, 636, 720))


@pytest.fixture
def logo(tmp_path: Path) -> Path:
    """A white disc on nothing whose hidden colour is a strong green."""
    y, x = np.mgrid[:40, :80]
    pixels = np.zeros((40, 80, 4), np.uint8)
    pixels[..., 1] = 255
    pixels[(x - 40) ** 2 + (y - 20) ** 2 < 18**2] = 255
    Image.fromarray(pixels).save(tmp_path / "logo.png")
    return tmp_path / "logo.png"


def stamp(**keys: object) -> dict[str, object]:
    return {"drawn": [{"source": "logo", "stamp": keys}]}


@pytest.mark.parametrize("opacity", [1.0, 0.4])
def test_a_logo_stands_where_it_should(opacity, plain, fitted, logo):
    wish = stamp(corner="bottom-left", width=0.25, margin=0.1, opacity=opacity)
    frame = fitted(wish, 2, base0=plain((0, 0, 0)), logo0=logo)[1]
    rows, columns = np.nonzero(frame.mean(axis=2) > 40)
    assert (columns.min() + columns.max()) / 2 == pytest.approx(8 + 20, abs=1.5)
    assert (rows.min() + rows.max()) / 2 == pytest.approx(90 - 8 - 10, abs=1.5)
    assert frame[72, 28] == pytest.approx([255 * opacity] * 3, abs=4)
    grey = frame[rows, columns].astype(float)
    assert np.abs(grey[:, 1] - grey[:, 0]).max() < 12  # nothing green bleeds out of the edge


@pytest.mark.parametrize(("x", "y"), [(0, 0), (1, 1), (0.5, 0.5)])
def test_a_logo_never_leaves_the_picture(x, y, plain, fitted, logo):
    frame = fitted(stamp(x=x, y=y, width=0.25), 2, base0=plain((0, 0, 0)), logo0=logo)[1]
    rows, columns = np.nonzero(frame.mean(axis=2) > 128)
    assert (columns.min() + columns.max() + 1) / 2 == pytest.approx(20 + x * 120, abs=1.5)
    assert (rows.min() + rows.max() + 1) / 2 == pytest.approx(10 + y * 70, abs=1.5)


def test_a_logo_that_is_no_picture(plain, fitted, tmp_path):
    (tmp_path / "logo.svg").write_text("<svg/>")
    with pytest.raises(Broken, match="is no picture"):
        fitted(stamp(), 2, base0=plain(RED), logo0=tmp_path / "logo.svg")


def test_many_things_are_drawn_at_once(plain, fitted, logo, make_order):
    order = make_order(Params(), Native(WIDE, HIGH, FPS, 2, alpha=True))
    with FrameSink(order) as sink:
        for _ in range(2):
            pixels = np.zeros((HIGH, WIDE, 4), np.uint8)
            pixels[70:80, 10:60] = (0, 0, 255, 255)
            sink.write(pixels)
    drawn = [{}, {"source": "logo", "stamp": {"corner": "top-left", "width": 0.25, "margin": 0.1}}]
    params = {"drawn": drawn, "label": "AI-animated", "corner": "top-right"}
    frame = fitted(params, 2, base0=plain(RED), drawn0=order.folder / sink.media, logo0=logo)[1]
    assert frame[75, 30] == pytest.approx([0, 0, 255], abs=8)
    assert frame[18, 28].min() > 240
    assert np.abs(frame[5:14, 100:150] - np.array(RED)).max() > 60


def test_all_compositions_have_the_headers_of_a_plain_run(run_engine, plain, logo):
    wishes: list[dict[str, object]] = [{}, blend(), inset({"pip": "top-left"}), stamp(), {"fill": "#123456"}]
    headers = set()
    for wish in wishes:
        inputs = {"base0": plain(RED), "base1_0": plain(GREEN), "logo0": logo}
        made, order = run_engine(fit.ENGINE, FitParams.model_validate(wish), Native(WIDE, HIGH, FPS, 3), inputs)
        headers.add(headers_of(order.folder / made.media))
    assert len(headers) == 1
