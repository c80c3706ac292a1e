"""Synthetic programmes: flashes in the picture, chirps in the sound."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

import av
import numpy as np
import pytest
from pydantic import BaseModel

from edl.clock import rate_text, sample_at
from edl.recipe import Native
from engines.conformer import fit, mix, stitch
from engines.conformer._unpieced import encoded
from engines.conformer.fit import FitParams
from engines.conformer.mix import MixParams, Voice
from engines.contract import Engine, Made, Order, Params
from engines.media.container import create_media
from engines.media.sink import FrameSink
from engines.media.sound import write_wav

RATE = 48_000
CHIRP = 0.06  # seconds


def chirp(rate: int = RATE) -> np.ndarray:
    """A short sweep with a sharp correlation peak."""
    t = np.arange(int(CHIRP * rate)) / rate
    shape = np.minimum(1, np.minimum(t, CHIRP - t) / 0.004)
    return (0.5 * shape * np.sin(2 * np.pi * (800 * t + 40_000 * t**2))).astype(np.float32)


def offset_of_chirp(samples: np.ndarray, expected: int) -> float:
    """How many samples later than expected the chirp sounds; sub-sample by a parabola."""
    reach = 2000
    probe = chirp()
    padded = np.concatenate([np.zeros(reach), samples, np.zeros(reach + len(probe))])
    window = padded[expected : expected + 2 * reach + len(probe)]
    found = np.correlate(window, probe, mode="valid")
    peak = int(np.argmax(found))
    left, middle, right = found[peak - 1 : peak + 2]
    return peak - reach + 0.5 * (left - right) / (left - 2 * middle + right)


def sound_pieces(mix_path: Path, folder: Path, units: int = 30) -> list[Path]:
    """A mix as AAC, encoded in one go and cut into files of ``units`` packets; the first has the priming one too."""
    whole = encoded(mix_path, folder / "whole.m4a")
    with av.open(str(whole)) as container:
        packets = [packet for packet in container.demux(audio=0) if packet.size]
        cuts = [0, *range(units + 1, len(packets), units), len(packets)]
        return [
            write_piece(folder / f"sound{number}.m4a", container.streams.audio[0], packets[first:last])
            for number, (first, last) in enumerate(pairwise(cuts))
        ]


def write_piece(path: Path, template: av.AudioStream, packets: list) -> Path:
    with create_media(path) as out:
        stream = out.add_stream_from_template(template)
        start = packets[0].dts
        for packet in packets:
            packet.pts, packet.dts, packet.stream = packet.pts - start, packet.dts - start, stream
            out.mux(packet)
    return path


@dataclass(frozen=True)
class Programme:
    """A master with everything it was made of; ``runs`` are the fitted files, ``flashes`` the white frames."""

    master: Path
    mix: Path
    sound: tuple[Path, ...]
    runs: tuple[Path, ...]
    native: Native
    flashes: tuple[int, ...]


Run = Callable[..., tuple[Made, Order]]


@pytest.fixture
def run_engine(make_order: Callable[..., Order]) -> Run:
    """Renders one order: ``run_engine(ENGINE, params, native, inputs)``."""

    def run(
        engine: Engine, params: BaseModel, native: Native | None = None, inputs: Mapping[str, Path] | None = None
    ) -> tuple[Made, Order]:
        order = make_order(params, native, inputs)
        session = engine.open("cpu")
        try:
            return session.render(order), order
        finally:
            session.close()

    return run


@pytest.fixture
def make_take(make_order: Callable[..., Order]) -> Callable[..., Path]:
    """Writes a mezzanine: grey that changes with every frame, white at ``flashes``."""

    def make(
        frames: int, fps: Fraction, width: int = 96, height: int = 64, flashes: Iterable[int] = (), alpha: bool = False
    ) -> Path:
        order = make_order(Params(), Native(width, height, fps, frames, alpha))
        white = set(flashes)
        with FrameSink(order) as sink:
            for number in range(frames):
                pixels = np.full((height, width, 4 if alpha else 3), 255 if number in white else 20, np.uint8)
                if number not in white:
                    pixels[: height // 4, : width // 2, 0] = 20 + number % 100
                sink.write(pixels)
        return order.folder / sink.media

    return make


@pytest.fixture
def make_programme(run_engine: Run, make_take: Callable[..., Path], tmp_path: Path) -> Callable[..., Programme]:
    """Fits, mixes and stitches a programme of runs with a flash and a chirp at the start of some of them."""

    def make(lengths: list[int], fps: Fraction, marked: Iterable[int] = (0, -1)) -> Programme:
        starts = np.concatenate([[0], np.cumsum(lengths)]).tolist()
        flashes = sorted({starts[:-1][number] for number in marked})
        take = make_take(starts[-1], fps, flashes=flashes)
        runs = []
        for start, length in zip(starts, lengths, strict=False):
            made, order = run_engine(fit.ENGINE, FitParams(first=start), Native(96, 64, fps, length), {"base0": take})
            runs.append(order.folder / made.media)
        voice = tmp_path / "chirp.wav"
        write_wav(voice, chirp(), RATE)
        params = MixParams(
            loudness=None,
            fps=rate_text(fps),
            frames=starts[-1],
            voices=tuple(Voice(input="voice", frame=frame) for frame in flashes),
        )
        mixed, mix_order = run_engine(mix.ENGINE, params, None, {"voice": voice})
        mix_path = mix_order.folder / mixed.media
        native = Native(96, 64, fps, starts[-1])
        sound = sound_pieces(mix_path, mix_order.folder)
        inputs = {f"run{number}": path for number, path in enumerate(runs)}
        inputs |= {f"sound{number}": path for number, path in enumerate(sound)}
        made, order = run_engine(stitch.ENGINE, stitch.StitchParams(), native, inputs)
        return Programme(order.folder / made.media, mix_path, tuple(sound), tuple(runs), native, tuple(flashes))

    return make


@pytest.fixture
def chirp_offset() -> Callable[[np.ndarray, int], float]:
    return offset_of_chirp


@pytest.fixture
def expected_samples() -> Callable[[Native], int]:
    return lambda native: sample_at(native.frames, RATE, native.fps)
