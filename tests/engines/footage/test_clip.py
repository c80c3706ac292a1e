"""Existing footage of every awkward kind: right moment, right shape, right colour, sound on frame 0."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from edl.clock import sample_at
from edl.errors import Broken
from edl.facts import FootageFacts, InputFacts
from edl.project import Clip
from edl.recipe import Native
from engines.contract import Made, Order, Shape, Wish
from engines.footage.clip import ENGINE, ClipParams

FPS = Fraction(25)
CODEC = ("-pix_fmt", "yuv420p", "-preset", "ultrafast", "-crf", "4")
RAMP = "nullsrc=s=64x48:r={rate}:d={seconds},format=yuv420p,geq=lum='16+4*N':cb=128:cr=128"


@pytest.fixture
def render(make_order: Callable[..., Order]) -> Callable[..., tuple[np.ndarray, Made, Order]]:
    """Renders a clip and decodes it: RGB frames, what was made, the order."""

    def run(path: Path, native: Native, in_: str = "0s") -> tuple[np.ndarray, Made, Order]:
        order = make_order(ClipParams.model_validate({"in_": in_}), native, {"file": path})
        made = ENGINE.open("cpu").render(order)
        with av.open(str(order.folder / made.media)) as container:
            frames = [
                frame.reformat(format="rgb24", src_colorspace="ITU709", src_color_range="MPEG").to_ndarray()
                for frame in container.decode(video=0)
            ]
        return np.stack(frames), made, order

    return run


def numbers(frames: np.ndarray) -> list[int]:
    """The frame numbers that the grey ramp shows."""
    luma = frames[:, 20:28, 20:44].mean(axis=(1, 2, 3)) * 219 / 255
    return [round(float(value) / 4) for value in luma]


@pytest.mark.parametrize("rate", ["25", "24", "50", "30000/1001", "10"])
@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.ts"])
def test_the_frame_on_screen(rate: str, name: str, ffmpeg: Callable, render: Callable) -> None:
    path = ffmpeg(name, "-f", "lavfi", "-i", RAMP.format(rate=rate, seconds=1), *CODEC, "-g", "7")
    frames, made, _ = render(path, Native(64, 48, FPS, 10), "400ms")
    wanted = [int((Fraction(2, 5) + Fraction(number, 25)) * Fraction(rate)) for number in range(10)]
    assert numbers(frames) == wanted
    assert "sound" not in made.facts


def test_variable_rate_keeps_its_timing(ffmpeg: Callable, render: Callable) -> None:
    chosen = "select='lt(n,10)+not(mod(n,5))'"
    arguments = ("-f", "lavfi", "-i", RAMP.format(rate=25, seconds=2), "-vf", chosen, "-fps_mode", "vfr")
    path = ffmpeg("a.mp4", *arguments, *CODEC)
    frames, _, _ = render(path, Native(64, 48, FPS, 40))
    assert numbers(frames) == [number if number < 10 else number // 5 * 5 for number in range(40)]


@pytest.mark.parametrize("turn", [0, 90, -90, 180])
def test_upright_without_stretching(turn: int, ffmpeg: Callable, render: Callable) -> None:
    """A red square at the upper left of what a viewer sees."""
    box = {0: "0:0", 90: "96:0", -90: "0:56", 180: "96:56"}[turn]
    drawn = f"color=gray:s=120x80:d=0.2,drawbox={box.replace(':', ':y=').join(['x=', ''])}:w=24:h=24:c=red:t=fill"
    flat = ffmpeg("flat.mp4", "-f", "lavfi", "-i", drawn, *CODEC)
    path = ffmpeg("turned.mp4", "-display_rotation", str(turn), "-i", str(flat), "-c", "copy")
    width, height = (160, 240) if turn in (90, -90) else (240, 160)
    frames, _, _ = render(path, Native(width, height, FPS, 2))
    red = (frames[0, :, :, 0] > 180) & (frames[0, :, :, 1] < 90)
    rows, columns = np.nonzero(red)
    assert rows.min() <= 1
    assert columns.min() <= 1
    assert abs(rows.max() - 47) <= 2
    assert abs(columns.max() - 47) <= 2


def test_wide_pixels(ffmpeg: Callable, render: Callable) -> None:
    """A disc drawn for pixels twice as wide as high comes out round."""
    disc = "nullsrc=s=80x120:d=0.2,format=gray,geq=lum='255*lt(hypot((X-40)*2\\,Y-60)\\,40)',setsar=2"
    frames, _, _ = render(ffmpeg("a.mp4", "-f", "lavfi", "-i", disc, *CODEC), Native(160, 120, FPS, 1))
    lit = frames[0].mean(axis=2) > 128
    assert abs(int(lit.any(axis=0).sum()) - int(lit.any(axis=1).sum())) <= 2


@pytest.mark.parametrize(
    ("tag", "matrix", "span"),
    [
        ("bt709", "bt709", "tv"),
        ("smpte170m", "smpte170m", "tv"),
        ("bt470bg", "bt470bg", "pc"),
        ("bt709", "bt709", "pc"),
    ],
)
@pytest.mark.parametrize("layout", ["yuv420p", "yuv422p10le", "yuv444p"])
def test_colours(tag: str, matrix: str, span: str, layout: str, ffmpeg: Callable, render: Callable) -> None:
    colours = {"0xDC1E1E": (220, 30, 30), "0x1EC832": (30, 200, 50), "0x2828DC": (40, 40, 220), "0xF0F0F0": (240,) * 3}
    for name, colour in colours.items():
        path = ffmpeg(
            "a.mkv", "-f", "lavfi", "-i", f"color={name}:s=64x48:d=0.1,format=rgb24",
            "-vf", f"scale=out_color_matrix={matrix}:out_range={span},format={layout}",
            "-c:v", "ffv1", "-colorspace", tag, "-color_range", span,
        )  # fmt: skip
        frames, _, _ = render(path, Native(96, 64, FPS, 1))
        assert np.abs(frames[0, 30, 40].astype(int) - colour).max() <= 6


@pytest.mark.parametrize(("size", "matrix"), [("320x240", "smpte170m"), ("1280x720", "bt709")])
def test_untagged_colours_are_guessed_by_size(size: str, matrix: str, ffmpeg: Callable, render: Callable) -> None:
    path = ffmpeg(
        "a.avi", "-f", "lavfi", "-i", f"color=0xDC1E1E:s={size}:d=0.1,format=rgb24",
        "-vf", f"scale=out_color_matrix={matrix},format=yuv420p,setparams=colorspace=unknown", "-c:v", "ffv1",
    )  # fmt: skip
    frames, _, _ = render(path, Native(96, 64, FPS, 1))
    assert np.abs(frames[0, 30, 40].astype(int) - (220, 30, 30)).max() <= 6


def test_interlaced_lines_do_not_comb(ffmpeg: Callable, render: Callable) -> None:
    moving = "nullsrc=s=128x96:r=50:d=1,format=gray,geq=lum='255*lt(mod(X+8*N\\,64)\\,32)',interlace=lowpass=off"
    path = ffmpeg("a.ts", "-f", "lavfi", "-i", moving, "-c:v", "mpeg2video", "-q:v", "2", "-flags", "+ilme+ildct")
    frames, _, _ = render(path, Native(128, 96, FPS, 20))
    comb = np.abs(np.diff(frames[5:15, :, :, 0].astype(int), axis=1)).mean()
    assert comb < 6


@pytest.mark.parametrize("native", [Native(63, 47, FPS, 3), Native(48, 64, Fraction(30000, 1001), 5)])
def test_odd_sizes(native: Native, ffmpeg: Callable, render: Callable) -> None:
    path = ffmpeg("a.mkv", "-f", "lavfi", "-i", "testsrc2=s=97x61:r=25:d=1", "-pix_fmt", "yuv444p", "-c:v", "ffv1")
    frames, _, _ = render(path, native)
    assert frames.shape == (native.frames, native.height, native.width, 3)


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.ts"])
@pytest.mark.parametrize(("start", "rate"), [("0s", 44_100), ("1400ms", 44_100), ("3200ms", 48_000)])
def test_sound_lies_on_its_frame(name: str, start: str, rate: int, ffmpeg: Callable, render: Callable) -> None:
    """A beep begins with the second white flash, 200 ms into the clip."""
    flash = 2 if start == "0s" else 7
    begin = Fraction(flash, 5) if start == "0s" else Fraction(start[:-2]) / 1000 + Fraction(1, 5)
    white = f"nullsrc=s=64x48:r=25:d=5,format=gray,geq=lum='255*gte(T\\,{float(begin) - 0.001})'"
    beep = f"aevalsrc='0.5*sin(2*PI*997*(t-{float(begin)}))*gte(t\\,{float(begin)})':s={rate}:d=5"
    codec = ("-c:a", "aac", "-b:a", "256k")
    path = ffmpeg(name, "-f", "lavfi", "-i", white, "-f", "lavfi", "-i", beep, *CODEC, *codec, "-g", "50")
    frames, made, order = render(path, Native(64, 48, Fraction(25), 33), start)
    sound, own = soundfile.read(order.folder / str(made.facts["sound"]))
    assert (own, sound.shape) == (48_000, (sample_at(33, 48_000, FPS), 2))
    lit = int(np.flatnonzero(frames.mean(axis=(1, 2, 3)) > 128)[0])
    heard = int(np.flatnonzero(np.abs(sound[:, 0]) > 0.25)[0])
    expected = sample_at(lit, 48_000, FPS) + 48_000 / 997 / 12  # a sine reaches half its height after a twelfth
    assert abs(heard - expected) < 48


def test_too_short_is_said_twice(ffmpeg: Callable, render: Callable) -> None:
    path = ffmpeg("a.mp4", "-f", "lavfi", "-i", RAMP.format(rate=25, seconds=1), *CODEC)
    assert len(render(path, Native(64, 48, FPS, 26))[0]) == 26
    with pytest.raises(Broken, match=r"1\.000 s long.*up to 1\.500"):
        render(path, Native(64, 48, FPS, 25), "500ms")


@pytest.mark.parametrize(
    ("in_", "seconds", "found"), [("0s", 2, 0), ("1s", 2, 1), ("27f", 1, 1), ("26f", 1, 0), ("50f", 0, 1)]
)
def test_check(in_: str, seconds: int, found: int) -> None:
    footage = FootageFacts(width=64, height=48, fps="25", frames=50, seconds=2.0, has_sound=False, steady=True)
    wish = Wish(
        segment=Clip.model_validate({"clip": "a", "file": "a.mp4", "in": in_}),
        seconds=Fraction(seconds),
        frames=25 * seconds,
        delivery=Shape(64, 48, FPS),
        facts={"file": InputFacts(footage=footage)},
    )
    findings = ENGINE.check(wish, ClipParams.model_validate({"in_": in_}))
    assert [finding.code for finding in findings] == ["footage-too-short"] * found
