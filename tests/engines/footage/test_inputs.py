"""Footage as phones, cameras and clouds really make it: the right frames, the right colours, sound on its frame."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile

from edl.clock import sample_at
from edl.errors import Broken
from edl.recipe import Native
from engines.contract import Made, Order
from engines.footage.clip import ENGINE, ClipParams
from engines.media.probe import measure_footage

FPS = Fraction(25)
SIZE = (64, 48)
Rendered = tuple[np.ndarray, np.ndarray | None]


@pytest.fixture
def render(make_order: Callable[..., Order]) -> Callable[..., Rendered]:
    """Renders a clip of a file: RGB frames, and samples at 48 kHz where there is sound."""

    def run(path: Path, frames: int, in_: str = "0s", size: tuple[int, int] = SIZE) -> Rendered:
        order = make_order(ClipParams.model_validate({"in_": in_}), Native(*size, FPS, frames), {"file": path})
        made: Made = ENGINE.open("cpu").render(order)
        with av.open(str(order.folder / made.media)) as container:
            shown = [
                frame.reformat(format="rgb24", src_colorspace="ITU709", src_color_range="MPEG").to_ndarray()
                for frame in container.decode(video=0)
            ]
        own = made.facts.get("sound")
        return np.stack(shown), soundfile.read(order.folder / str(own))[0] if own else None

    return run


def grey(level: int, layout: str = "yuv420p") -> av.VideoFrame:
    return av.VideoFrame.from_ndarray(np.full((*SIZE[::-1], 3), level, np.uint8), "rgb24").reformat(format=layout)


def write(path: Path, stamps: Iterable[int | None], codec: str = "ffv1", tick: Fraction = Fraction(1, 1000)) -> Path:
    """A film whose frame n is grey of level 4 n, with the given time stamps."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(codec, rate=25)
        stream.width, stream.height, stream.pix_fmt = *SIZE, "yuv420p"
        stream.time_base = stream.codec_context.time_base = tick
        for number, stamp in enumerate(stamps):
            frame = grey(4 * number)
            frame.pts, frame.time_base = number, tick
            for packet in stream.encode(frame):
                packet.pts = packet.dts = stamp
                container.mux(packet)
        container.mux(stream.encode(None))
    return path


def numbers(frames: np.ndarray) -> list[int]:
    return [round(float(value) / 4) for value in frames.mean(axis=(1, 2, 3))]


def flash_and_beep(at: float, seconds: float, rate: int = 48_000) -> tuple[str, ...]:
    """Inputs for FFmpeg: a picture that turns white, and a beep that begins, ``at`` the same moment."""
    white = f"nullsrc=s=64x48:r=25:d={seconds},format=gray,geq=lum='255*gte(T\\,{at - 0.001})'"
    beep = f"aevalsrc='0.5*sin(2*PI*997*(t-{at}))*gte(t\\,{at})':s={rate}:d={seconds}"
    return ("-f", "lavfi", "-i", white, "-f", "lavfi", "-i", beep)


def apart(frames: np.ndarray, sound: np.ndarray | None) -> float:
    """Seconds from the flash to the beep; a sine reaches half its height after a twelfth."""
    assert sound is not None
    lit = int(np.flatnonzero(frames.mean(axis=(1, 2, 3)) > 128)[0])
    heard = int(np.flatnonzero(np.abs(sound[:, 0]) > 0.25)[0])
    return heard / 48_000 - 1 / 997 / 12 - sample_at(lit, 48_000, FPS) / 48_000


# Turned and mirrored

SQUARES = {"red": (0, 0), "lime": (96, 0), "blue": (0, 56)}  # left, top; the fourth corner stays grey


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
@pytest.mark.parametrize("mirror", ["", "-display_hflip", "-display_vflip"])
def test_turned_and_mirrored(turn: int, mirror: str, ffmpeg: Callable, render: Callable) -> None:
    """FFmpeg's own program turns the same file for comparison."""
    boxes = ",".join(f"drawbox=x={x}:y={y}:w=24:h=24:c={name}:t=fill" for name, (x, y) in SQUARES.items())
    codec = ("-pix_fmt", "yuv444p", "-c:v", "libx264", "-crf", "4", "-preset", "ultrafast")
    flat = ffmpeg("flat.mp4", "-f", "lavfi", "-i", f"color=gray:s=120x80:d=0.08,format=rgb24,{boxes}", *codec)
    flags = ("-display_rotation", str(turn), *([mirror] if mirror else []))
    path = ffmpeg("turned.mp4", *flags, "-i", str(flat), "-c", "copy")
    shown = ffmpeg("shown.mkv", "-i", str(path), "-c:v", "ffv1", "-pix_fmt", "gbrp")
    with av.open(str(shown)) as container:
        wanted = next(container.decode(video=0)).to_ndarray(format="rgb24")
    frames, _ = render(path, 1, size=(wanted.shape[1], wanted.shape[0]))
    assert measure_footage(path).width == wanted.shape[1]
    assert np.abs(frames[0].astype(int) - wanted).mean() < 8


# High dynamic range


def pq(nits: float) -> float:
    power = (nits / 1e4) ** 0.1593017578125
    return ((0.8359375 + 18.8515625 * power) / (1 + 18.6875 * power)) ** 78.84375


def patch(path: Path, colour: Iterable[float], transfer: str, layout: str = "yuv420p10le") -> Path:
    """Two frames of one BT.2020 colour, given as signal 0 to 1."""
    red, green, blue = colour
    luma = 0.2627 * red + 0.678 * green + 0.0593 * blue
    codes = [876 * luma + 64, 896 * (blue - luma) / 1.8814 + 512, 896 * (red - luma) / 1.4746 + 512]
    frame = av.VideoFrame(*SIZE, layout)
    for plane, code in zip(frame.planes, codes, strict=True):
        plane.update(np.full(plane.buffer_size // 2, round(code), np.uint16).tobytes())
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=25)
        stream.width, stream.height, stream.pix_fmt = *SIZE, layout
        context = stream.codec_context
        context.color_primaries, context.colorspace, context.color_range = 9, 9, 1
        context.color_trc = {"pq": 16, "hlg": 18, "sdr": 1}[transfer]
        for number in range(2):
            frame.pts = number
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


@pytest.mark.parametrize(
    ("transfer", "signal", "light"),
    [
        ("pq", pq(10), 8.38),
        ("pq", pq(58.5), 49.03),
        ("pq", pq(100), 73.4),
        ("pq", pq(203), 90.7),
        ("pq", pq(1000), 99.5),
        ("hlg", 0.75, 90.7),
        ("hlg", 1.0, 99.5),
        ("sdr", 0.5, 18.95),
    ],
)
@pytest.mark.parametrize("layout", ["yuv420p10le", "yuv422p10le"])
def test_grey_lands_where_the_standard_says(
    transfer: str, signal: float, light: float, layout: str, tmp_path: Path, render: Callable
) -> None:
    """ITU-R BT.2446-1, method C, as percent of the light of white."""
    frames, _ = render(patch(tmp_path / "a.mkv", (signal,) * 3, transfer, layout), 1)
    wanted = 255 * (light / 100) ** (1 / 2.4)
    assert np.abs(frames[0, 20:28, 20:44].astype(float) - wanted).max() <= 3


@pytest.mark.parametrize("colour", [(40, 4, 4), (4, 40, 4), (4, 4, 40), (40, 20, 4), (30, 4, 30)])
def test_colours_keep_their_hue(colour: tuple[int, int, int], tmp_path: Path, render: Callable) -> None:
    """Colours of BT.709 inside BT.2020, in cd/m2: below the bend of the curve they are only made darker."""
    to_2020 = np.array([[0.6274, 0.3293, 0.0433], [0.0691, 0.9195, 0.0114], [0.0164, 0.088, 0.8956]])
    signal = [pq(value) for value in to_2020 @ colour]
    frames, _ = render(patch(tmp_path / "a.mkv", signal, "pq"), 1)
    light = 100 * (frames[0, 24, 32] / 255) ** 2.4
    assert np.allclose(light, 0.83802 * np.array(colour), rtol=0.06, atol=0.5)


@pytest.mark.parametrize("signal", [(1, 150, 1), (80, 1, 1), (1, 1, 60), (200, 1, 200)])
def test_a_colour_that_cannot_be_shown_is_paler_not_another(
    signal: tuple[int, int, int], tmp_path: Path, render: Callable
) -> None:
    """In the plane of chromaticities it lies between white and what it was."""
    from_2020 = np.array([[0.637, 0.1446, 0.1689], [0.2627, 0.678, 0.0593], [0, 0.0281, 1.061]])
    from_709 = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    frames, _ = render(patch(tmp_path / "a.mkv", [pq(value) for value in signal], "pq"), 1)
    was, now = from_2020 @ signal, from_709 @ (frames[0, 24, 32] / 255) ** 2.4
    white = np.array([0.3127, 0.329])
    there, here = was[:2] / was.sum() - white, now[:2] / now.sum() - white
    turned = np.degrees(np.arctan2(there[0] * here[1] - there[1] * here[0], there @ here))
    assert abs(turned) < 3
    assert np.linalg.norm(here) > 0.02


# Sound


def test_of_several_sound_tracks_the_default_one_is_heard(ffmpeg: Callable, render: Callable) -> None:
    hum = ("-f", "lavfi", "-i", "sine=f=100:r=48000:d=2")
    path = ffmpeg(
        "a.mkv", *flash_and_beep(0.8, 2), *hum, "-map", "0:v", "-map", "2:a", "-map", "1:a",
        "-disposition:a:0", "0", "-disposition:a:1", "default", "-c:v", "ffv1", "-c:a", "pcm_s16le",
    )  # fmt: skip
    assert abs(apart(*render(path, 40))) < 0.001


@pytest.mark.parametrize("name", ["a.mp4", "a.mov", "a.mkv", "a.webm", "a.ts", "a.avi"])
def test_sound_longer_than_the_picture(name: str, ffmpeg: Callable, render: Callable) -> None:
    video, sound = {"a.webm": ("libvpx", "libopus"), "a.avi": ("mpeg4", "pcm_s16le")}.get(name, ("libx264", "aac"))
    path = ffmpeg(
        name, *flash_and_beep(0.6, 1), "-af", "apad=pad_dur=2", "-pix_fmt", "yuv420p", "-c:v", video, "-c:a", sound
    )
    assert measure_footage(path).frames == 25
    frames, heard = render(path, 25)
    assert abs(apart(frames, heard)) < 0.001
    with pytest.raises(Broken, match="needs it up to"):
        render(path, 40)


def test_sound_that_begins_late_and_ends_early(ffmpeg: Callable, render: Callable) -> None:
    late = ("-itsoffset", "0.48", "-f", "lavfi", "-i", "aevalsrc='0.5*sin(2*PI*997*t)':s=44100:d=0.4")
    white = "nullsrc=s=64x48:r=25:d=2,format=gray,geq=lum='255*gte(T\\,0.479)'"
    path = ffmpeg("a.mov", "-f", "lavfi", "-i", white, *late, "-pix_fmt", "yuv420p", "-c:a", "pcm_s16le")
    frames, sound = render(path, 40)
    assert abs(apart(frames, sound)) < 0.001
    assert not sound[round(0.9 * 48_000) :].any()


# Where time begins


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.ts"])
def test_time_that_does_not_begin_at_zero(name: str, ffmpeg: Callable, render: Callable) -> None:
    codec = ("-pix_fmt", "yuv420p", "-c:v", "libx264", "-c:a", "aac", "-output_ts_offset", "7.3")
    assert abs(apart(*render(ffmpeg(name, *flash_and_beep(0.6, 2), *codec), 40))) < 0.001


@pytest.mark.parametrize("start", ["0.36", "1.0"])
def test_edit_lists(start: str, ffmpeg: Callable, render: Callable) -> None:
    """Cut without encoding: the file holds more than it shows, and says so in an edit list."""
    codec = ("-pix_fmt", "yuv420p", "-c:v", "libx264", "-g", "50", "-bf", "2", "-c:a", "aac", "-b:a", "256k")
    whole = ffmpeg("whole.mp4", *flash_and_beep(1.4, 3), *codec)
    path = ffmpeg("cut.mp4", "-ss", start, "-i", str(whole), "-c", "copy")
    frames, sound = render(path, 30)
    lit = int(np.flatnonzero(frames.mean(axis=(1, 2, 3)) > 128)[0])
    assert lit == round((1.4 - float(start)) * 25)
    assert abs(apart(frames, sound)) < 0.001


# Broken time stamps


def test_gaps_hold_the_frame_before(tmp_path: Path, render: Callable) -> None:
    path = write(tmp_path / "a.mkv", [*range(0, 400, 40), *range(1000, 1400, 40)])
    frames, _ = render(path, 34)
    assert numbers(frames) == [*range(10), *([9] * 15), *range(10, 19)]


def test_doubled_time_stamps_show_the_later_frame(tmp_path: Path, render: Callable) -> None:
    path = write(tmp_path / "a.mkv", [0, 40, 80, 80, 120, 160, 200, 240])
    frames, _ = render(path, 7)
    assert numbers(frames) == [0, 1, 3, 4, 5, 6, 7]


def test_time_that_runs_back_is_one_clear_failure(ffmpeg: Callable, tmp_path: Path) -> None:
    """Two recordings in one file, one behind the other: which of two frames of the same time is meant, nobody knows."""
    codec = ("-pix_fmt", "yuv420p", "-c:v", "libx264", "-bf", "0")
    one = ffmpeg("one.ts", "-f", "lavfi", "-i", "testsrc2=s=64x48:r=25:d=2", *codec)
    both = tmp_path / "both.ts"
    both.write_bytes(one.read_bytes() * 2)
    with pytest.raises(Broken, match=r"both\.ts runs back in time after 1\.9"):
        measure_footage(both)


def test_no_time_stamps_at_all(ffmpeg: Callable, render: Callable) -> None:
    ramp = "nullsrc=s=64x48:r=25:d=1,format=yuv420p,geq=lum='16+4*N':cb=128:cr=128"
    path = ffmpeg("a.h264", "-f", "lavfi", "-i", ramp, "-c:v", "libx264", "-crf", "4", "-bf", "2", "-g", "10")
    frames, _ = render(path, 20)
    assert np.abs(np.array(numbers(frames)) - [round(n * 255 / 219) for n in range(20)]).max() <= 1
    assert measure_footage(path).frames == 25


# Files that end too early, and containers of every kind


@pytest.mark.parametrize("name", ["a.mkv", "a.ts"])
def test_a_file_that_was_cut_off_shows_what_it_holds(name: str, ffmpeg: Callable, render: Callable) -> None:
    codec = ("-pix_fmt", "yuv420p", "-c:v", "libx264", "-g", "5", "-c:a", "aac")
    path = ffmpeg(name, *flash_and_beep(0.4, 4), *codec)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    frames = measure_footage(path).frames
    assert 25 <= frames < 100
    assert abs(apart(*render(path, 25))) < 0.001
    with pytest.raises(Broken, match="needs it up to"):
        render(path, frames + 5)


def test_a_film_without_its_index_is_one_clear_failure(ffmpeg: Callable, render: Callable) -> None:
    path = ffmpeg("a.mp4", *flash_and_beep(0.4, 2), "-pix_fmt", "yuv420p", "-c:v", "libx264", "-c:a", "aac")
    path.write_bytes(path.read_bytes()[: path.stat().st_size * 3 // 4])
    with pytest.raises(Broken, match=r"a\.mp4 cannot be read as media"):
        measure_footage(path)


@pytest.mark.parametrize(
    ("name", "codec"),
    [
        ("a.mov", ("-c:v", "prores_ks", "-c:a", "pcm_s24le")),
        ("a.mkv", ("-c:v", "libx265", "-pix_fmt", "yuv420p10le", "-x265-params", "log-level=error", "-c:a", "flac")),
        ("a.webm", ("-c:v", "libvpx-vp9", "-c:a", "libopus")),
        ("a.mp4", ("-c:v", "libsvtav1", "-pix_fmt", "yuv420p10le", "-preset", "10", "-c:a", "aac")),
        ("a.avi", ("-c:v", "mjpeg", "-pix_fmt", "yuvj422p", "-c:a", "pcm_s16le")),
        (
            "a.dv",
            (
                "-s",
                "720x576",
                "-pix_fmt",
                "yuv420p",
                "-c:v",
                "dvvideo",
                "-ar",
                "48000",
                "-ac",
                "2",
                "-c:a",
                "pcm_s16le",
            ),
        ),
    ],
)
def test_containers_and_codecs(name: str, codec: tuple[str, ...], ffmpeg: Callable, render: Callable) -> None:
    path = ffmpeg(name, *flash_and_beep(0.4, 1), *codec)
    facts = measure_footage(path)
    assert (facts.frames, facts.has_sound) == (25, True)
    assert abs(apart(*render(path, 20))) < 0.001


def test_a_moving_picture_without_sound(ffmpeg: Callable, render: Callable) -> None:
    ramp = "nullsrc=s=64x48:r=10:d=1,format=gray,geq=lum='20*N'"
    path = ffmpeg("a.gif", "-f", "lavfi", "-i", ramp)
    frames, sound = render(path, 25)
    assert sound is None
    levels = frames.mean(axis=(1, 2, 3))
    assert np.abs(levels - [20 * (number * 10 // 25) for number in range(25)]).max() <= 3
