"""A fitted run: the right frames, the right crop, what is burned in, the same bytes again."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from edl.errors import Broken
from edl.recipe import Native
from engines.conformer import fit
from engines.conformer.fit import FitParams
from engines.contract import Order, Params
from engines.media.sink import FrameSink

FPS = Fraction(25)


def decoded(path: Path) -> np.ndarray:
    with av.open(str(path)) as container:
        return np.stack([frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)])


@pytest.fixture
def counted(make_order: Callable[..., Order]) -> Callable[..., Path]:
    """A take whose frames show their number as a grey: ``counted(first, frames, fps)``."""

    def make(first: int, frames: int, fps: Fraction = FPS, width: int = 96, height: int = 64) -> Path:
        order = make_order(Params(), Native(width, height, fps, frames))
        with FrameSink(order) as sink:
            for number in range(first, first + frames):
                sink.write(np.full((height, width, 3), 4 * number, np.uint8))
        return order.folder / sink.media

    return make


def numbers(path: Path) -> list[int]:
    return [round(float(frame[20:40, 20:40].mean()) / 4) for frame in decoded(path)]


def fitted(run_engine: Callable, params: FitParams, native: Native, **inputs: Path) -> Path:
    made, order = run_engine(fit.ENGINE, params, native, inputs)
    return order.folder / made.media


def test_frames_across_parts(run_engine: Callable, counted: Callable) -> None:
    path = fitted(
        run_engine,
        FitParams(first=7),
        Native(96, 64, FPS, 20),
        base0=counted(0, 10),
        base1=counted(10, 3),
        base2=counted(13, 14),
    )
    assert numbers(path) == list(range(7, 27))


@pytest.mark.parametrize("own", [Fraction(24), Fraction(30000, 1001), Fraction(50), Fraction(12)], ids=str)
def test_other_rates_repeat_and_drop(own: Fraction, run_engine: Callable, counted: Callable) -> None:
    base = counted(0, 60, own)
    count = int(50 / own * FPS)
    path = fitted(run_engine, FitParams(first=3), Native(96, 64, FPS, count), base0=base)
    assert numbers(path) == [int(number * own / FPS) for number in range(3, 3 + count)]


def test_one_missing_frame_is_made_up(run_engine: Callable, counted: Callable) -> None:
    base = counted(0, 9)
    assert numbers(fitted(run_engine, FitParams(), Native(96, 64, FPS, 10), base0=base))[-2:] == [8, 8]
    with pytest.raises(Broken, match="9 frames"):
        fitted(run_engine, FitParams(), Native(96, 64, FPS, 11), base0=base)


def test_same_size_is_left_alone(run_engine: Callable, counted: Callable) -> None:
    """Nearly lossless: grey levels survive within one step."""
    frames = decoded(fitted(run_engine, FitParams(), Native(96, 64, FPS, 30), base0=counted(0, 30)))
    assert all(abs(float(frame.mean()) - 4 * number) < 1.5 for number, frame in enumerate(frames))


def test_circles_stay_circles(run_engine: Callable, make_order: Callable) -> None:
    order = make_order(Params(), Native(320, 180, FPS, 1))
    y, x = np.mgrid[:180, :320]
    disc = (((x - 160) ** 2 + (y - 90) ** 2 < 60**2) * 255).astype(np.uint8)
    with FrameSink(order) as sink:
        sink.write(np.repeat(disc[:, :, None], 3, axis=2))
    path = fitted(run_engine, FitParams(), Native(90, 160, FPS, 1), base0=order.folder / sink.media)
    lit = decoded(path)[0].mean(axis=2) > 128
    assert lit.any(axis=0).sum() == 90  # the disc is as wide as the crop and more
    assert abs(lit.any(axis=1).sum() - 119 * 160 / 180) <= 1
    wide = fitted(run_engine, FitParams(), Native(256, 256, FPS, 1), base0=order.folder / sink.media)
    lit = decoded(wide)[0].mean(axis=2) > 128
    assert abs(int(lit.any(axis=0).sum()) - int(lit.any(axis=1).sum())) <= 1


def test_nothing_is_black(run_engine: Callable) -> None:
    assert decoded(fitted(run_engine, FitParams(), Native(96, 64, FPS, 3))).max() == 0


@pytest.mark.parametrize("corner", ["top-left", "top-right", "bottom-left", "bottom-right"])
def test_label_stays_in_its_corner(corner: str, run_engine: Callable, counted: Callable) -> None:
    native = Native(320, 180, FPS, 2)
    base = counted(30, 2, FPS, 320, 180)
    plain = decoded(fitted(run_engine, FitParams(), native, base0=base)).astype(int)
    marked = decoded(fitted(run_engine, FitParams(label="AI-animated", corner=corner), native, base0=base)).astype(int)
    rows, columns = np.nonzero((np.abs(marked - plain)[1] > 12).any(axis=2))
    assert rows.min() >= 8
    assert rows.max() < 172
    assert columns.min() >= 15
    assert columns.max() < 305
    assert (rows.mean() < 90) == corner.startswith("top")
    assert (columns.mean() < 160) == corner.endswith("left")
    assert np.ptp(marked[1][rows.min() : rows.max(), columns.min() : columns.max()]) > 100


def test_lower_third_lies_over(run_engine: Callable, counted: Callable, make_order: Callable) -> None:
    order = make_order(Params(), Native(96, 64, FPS, 5, alpha=True))
    with FrameSink(order) as sink:
        for number in range(5):
            pixels = np.zeros((64, 96, 4), np.uint8)
            pixels[50:60, 10:80] = (255, 0, 0, 60 * number)
            sink.write(pixels)
    drawn = order.folder / sink.media
    path = fitted(
        run_engine,
        FitParams(first=4, drawn=({"first": 1},)),
        Native(96, 64, FPS, 4),
        base0=counted(0, 10),
        drawn0=drawn,
    )
    frames = decoded(path).astype(float)
    for number, frame in enumerate(frames):
        grey, share = 4 * (4 + number), 60 * (1 + number) / 255
        assert frame[55, 40] == pytest.approx(np.array([255, 0, 0]) * share + grey * (1 - share), abs=9)
        assert frame[20, 40] == pytest.approx([grey] * 3, abs=4)


def test_slate_says_what_is_missing(run_engine: Callable) -> None:
    frames = decoded(fitted(run_engine, FitParams(slate="coast is missing"), Native(320, 180, FPS, 2)))
    assert frames.max() > 200
    assert 20 < np.median(frames) < 40


def test_run_is_closed_and_repeatable(run_engine: Callable, counted: Callable) -> None:
    base = counted(0, 60)
    native = Native(96, 64, FPS, 60)
    first = fitted(run_engine, FitParams(), native, base0=base)
    assert first.read_bytes() == fitted(run_engine, FitParams(), native, base0=base).read_bytes()
    with av.open(str(first)) as container:
        stream = container.streams.video[0]
        keys = [packet.is_keyframe for packet in container.demux(stream) if packet.size]
        context = stream.codec_context
        assert (context.pix_fmt, context.color_range, context.colorspace) == ("yuv420p", 1, 1)
        assert (context.color_primaries, context.color_trc) == (1, 1)
    assert keys[0]
    assert max(np.diff([*np.flatnonzero(keys), 60])) <= 50


def test_lower_third_of_another_shape_is_not_cropped(run_engine: Callable, make_order: Callable) -> None:
    order = make_order(Params(), Native(160, 90, FPS, 1, alpha=True))
    pixels = np.zeros((90, 160, 4), np.uint8)
    pixels[70:80, 2:158] = 255
    with FrameSink(order) as sink:
        sink.write(pixels)
    frame = decoded(
        fitted(run_engine, FitParams(drawn=({},)), Native(90, 160, FPS, 1), drawn0=order.folder / sink.media)
    )[0]
    rows, columns = np.nonzero(frame.mean(axis=2) > 128)
    assert (columns.min() <= 2, columns.max() >= 87) == (True, True)
    assert rows.min() > 140
    assert rows.max() < 157


def test_a_raised_lower_third_stands_higher_and_its_shade_still_reaches_down(
    run_engine: Callable, counted: Callable, make_order: Callable
) -> None:
    order = make_order(Params(), Native(96, 64, FPS, 2, alpha=True))
    with FrameSink(order) as sink:
        for _ in range(2):
            pixels = np.zeros((64, 96, 4), np.uint8)
            pixels[50:56, 10:40] = (255, 0, 0, 255)
            pixels[48:64, 60:80] = (255, 0, 0, 255)  # to the lower edge
            sink.write(pixels)
    params = FitParams(fill="#0000ff", drawn=({"raised": 0.25},))
    shown = decoded(fitted(run_engine, params, Native(96, 64, FPS, 2), drawn0=order.folder / sink.media))[1]
    red = shown[..., 0] > 150
    assert red[36:38, 14:36].all()
    assert not red[44:, 14:36].any()
    assert red[34:63, 64:76].all()
