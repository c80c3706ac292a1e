"""Every codec of the deliveries: runs that were encoded apart stand behind one another in one strict stream."""

from __future__ import annotations

import hashlib
import subprocess
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import imageio_ffmpeg
import numpy as np
import pytest

from edl.recipe import Native
from engines.conformer import fit, stitch
from engines.contract import Order
from engines.media.encode import CODINGS, headers_of
from tests.engines.conformer.conftest import sound_pieces

FPS = Fraction(30000, 1001)
WIDTH, HEIGHT = 192, 108
LENGTHS = (7, 1, 70, 2)
TAGS = {"h264": "avc1", "hevc": "hvc1", "av1": "av01", "prores": "apcn"}


def film(path: Path, frames: int, seed: int) -> Path:
    """A drifting pattern over noise, lossless."""
    noise = np.random.default_rng(seed).integers(0, 6, (HEIGHT, WIDTH, 3))
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=FPS)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        context = stream.codec_context
        context.colorspace = context.color_primaries = context.color_trc = context.color_range = 1
        for number in range(frames):
            wave = 90 + 60 * np.sin((x + 3 * number + 40 * seed) / 9) * np.cos((y - number) / 11)
            frame = av.VideoFrame.from_ndarray((wave[..., None] + noise).astype(np.uint8), "rgb24")
            container.mux(stream.encode(frame.reformat(format="yuv420p", dst_colorspace="ITU709")))
        container.mux(stream.encode(None))
    return path


@pytest.fixture
def encode(make_order: Callable[..., Order], tmp_path: Path) -> Callable[..., Path]:
    def run(codec: str, frames: int, seed: int, quality: str = "standard") -> Path:
        source = film(tmp_path / f"{seed}.mkv", frames, seed)
        params = fit.FitParams.model_validate({"codec": codec, "quality": quality})
        order = make_order(params, Native(WIDTH, HEIGHT, FPS, frames), {"base0": source})
        return order.folder / fit.ENGINE.open("cpu").render(order).media

    return run


def pictures(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray().tobytes() for frame in container.decode(video=0)]


@pytest.mark.parametrize("codec", sorted(CODINGS))
def test_runs_join_without_a_seam(codec: str, encode: Callable, make_order: Callable, tmp_path: Path) -> None:
    runs = [encode(codec, frames, seed) for seed, frames in enumerate(LENGTHS)]
    assert len({headers_of(run) for run in runs}) == 1
    total = sum(LENGTHS)
    sounds = sound_pieces(np.zeros((int(total * 48_000 / FPS), 2), np.float32), tmp_path)
    inputs = {f"run{at}": run for at, run in enumerate(runs)} | {f"sound{at}": one for at, one in enumerate(sounds)}
    order = make_order(stitch.StitchParams(), Native(WIDTH, HEIGHT, FPS, total), inputs)
    master = order.folder / stitch.ENGINE.open("cpu").render(order).media
    assert master.suffix == CODINGS[codec].suffix
    strict = ["-v", "warning", "-xerror", "-err_detect", "explode", "-i", f"file:{master}", "-f", "null", "-"]
    told = subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), *strict], capture_output=True, check=True, text=True)
    assert not [line for line in told.stderr.splitlines() if "fps" not in line]
    assert pictures(master) == [picture for run in runs for picture in pictures(run)]
    with av.open(str(master)) as container:
        stream = container.streams.video[0]
        assert stream.codec_context.codec_tag == TAGS[codec]
        assert stream.average_rate == FPS
        times = sorted(packet.pts * stream.time_base for packet in container.demux(stream) if packet.pts is not None)
        assert [round(time * FPS) for time in times] == list(range(total))
        if codec == "prores":
            assert stream.codec_context.pix_fmt == "yuv422p10le"


@pytest.mark.parametrize("codec", ["hevc", "av1", "prores"])
def test_the_same_pictures_give_the_same_bytes(codec: str, encode: Callable) -> None:
    once, again = (hashlib.sha256(encode(codec, 30, 3).read_bytes()).digest() for _ in range(2))
    assert once == again


@pytest.mark.parametrize("codec", sorted(CODINGS))
def test_better_is_larger_and_nearer(codec: str, encode: Callable, tmp_path: Path) -> None:
    sizes, errors = [], []
    for quality in ("draft", "standard", "high"):
        run = encode(codec, 12, 5, quality)
        sizes.append(run.stat().st_size)
        with av.open(str(run)) as made, av.open(str(tmp_path / "5.mkv")) as source:
            pairs = zip(made.decode(video=0), source.decode(video=0), strict=True)
            errors.append(
                np.mean(
                    [
                        np.abs(
                            one.to_ndarray(format="gray").astype(int) - other.to_ndarray(format="gray").astype(int)
                        ).mean()
                        for one, other in pairs
                    ]
                )
            )
    assert sizes == sorted(sizes)
    assert errors == sorted(errors, reverse=True)
    assert errors[1] < 2
