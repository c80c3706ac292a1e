"""Pieces of sound: which packets they hold, that they fit end to end, peaks, tracks and their channels."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest
import soundfile
from scipy.signal import resample_poly

from engines.conformer import sound, track
from engines.conformer.sound import SoundParams
from engines.conformer.track import TrackParams
from engines.media.pieces import AFTER, BEFORE, PIECE, UNIT, ceiling
from engines.media.sound import read_sound, write_float

RATE = 48_000


@pytest.fixture
def pieces(run_engine: Callable, tmp_path: Path) -> Callable:
    """A programme as finished pieces: ``pieces(samples, gain)`` gives files and facts."""

    def make(programme: np.ndarray, gain: float = 0.0) -> tuple[list[Path], list[dict]]:
        wide = np.pad(programme, ((BEFORE, AFTER), (0, 0)))
        files, facts = [], []
        for start in range(0, len(programme), PIECE):
            count = min(PIECE, len(programme) - start)
            write_float(tmp_path / "mix.w64", wide[start : start + BEFORE + count + AFTER], RATE)
            params = SoundParams(samples=count, gain=gain, first=start == 0)
            made, order = run_engine(sound.ENGINE, params, None, {"mix": tmp_path / "mix.w64"})
            files.append(order.folder / made.media)
            facts.append(dict(made.facts))
        return files, facts

    return make


def packets(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [bytes(packet) for packet in container.demux(audio=0) if packet.size]


def played(files: list[Path]) -> np.ndarray:
    """All packets of all pieces through one decoder, from the programme's first sample on."""
    decoder = av.CodecContext.create("aac", "r")
    decoder.extradata = bytes.fromhex("1190")
    coded = (packet for path in files for packet in packets(path))
    frames = [frame.to_ndarray() for packet in coded for frame in decoder.decode(av.Packet(packet))]
    return np.concatenate(frames, axis=1).T[UNIT:]


def loud(seconds: float) -> np.ndarray:
    """Noise in syllables, with peaks far over full scale now and then."""
    rng = np.random.default_rng(2)
    times = np.arange(int(seconds * RATE)) / RATE
    noise = rng.normal(0, 0.12, (len(times), 2)) * (0.5 + 0.5 * np.sin(2 * np.pi * 3 * times))[:, None]
    noise[RATE // 4 :: RATE // 2] = 1.5
    return noise.astype(np.float32)


def test_pieces_hold_each_packet_once(pieces: Callable) -> None:
    times = np.arange(int(26.3 * RATE)) / RATE
    sweep = 0.3 * np.sin(2 * np.pi * (200 * times + 20 * times**2))
    programme = np.stack([sweep, 0.5 * sweep], axis=1).astype(np.float32)
    files, facts = pieces(programme)
    assert [len(packets(path)) for path in files] == [601, 600, -(-(len(programme) - 2 * PIECE) // UNIT)]
    assert [len(each["energies"]) for each in facts] == [128, 128, 7]
    heard = played(files)
    assert len(heard) >= len(programme)
    for start in (10 * RATE, PIECE - RATE // 2, 2 * PIECE - RATE // 2):  # inside, across each seam
        there = programme[start : start + RATE]
        assert ((heard[start : start + RATE] - there) ** 2).mean() < 1e-4 * (there**2).mean()


def test_true_peak_holds_after_decoding(pieces: Callable) -> None:
    files, facts = pieces(loud(5), gain=6.0)
    assert max(each["peak"] for each in facts) <= ceiling() * 1.001
    peak = np.abs(resample_poly(played(files), 8, 1, axis=0)).max()
    assert 20 * np.log10(peak) < -1


def test_same_samples_same_bytes(pieces: Callable) -> None:
    one, other = (pieces(loud(2))[0] for _ in range(2))
    assert [path.read_bytes() for path in one] == [path.read_bytes() for path in other]


@pytest.mark.parametrize(("layout", "names"), [("5.1", "FC"), ("7.1", "FC"), ("5.1", "FL")])
@pytest.mark.parametrize("suffix", ["flac", "mov"])
def test_surround_keeps_its_level(layout: str, names: str, suffix: str, run_engine: Callable, tmp_path: Path) -> None:
    """What comes from one loudspeaker is as loud from two: BS.775."""
    wave = (0.25 * np.sin(2 * np.pi * 440 * np.arange(2 * RATE) / RATE)).astype(np.float32)
    channels = [channel.name for channel in av.AudioLayout(layout).channels]
    planes = np.stack([wave if name == names else 0 * wave for name in channels])
    path = tmp_path / f"surround.{suffix}"
    if suffix == "flac":
        soundfile.write(path, planes.T, RATE, subtype="PCM_24")
    else:
        write_pcm(path, planes, layout)
    made, order = run_engine(track.ENGINE, TrackParams(), None, {"file": path})
    heard, rate = read_sound(order.folder / made.media)
    assert (rate, heard.shape[1]) == (RATE, 2)
    inner = heard[RATE // 2 : -RATE // 2]
    power = 10 * np.log10((inner**2).mean(axis=0) + 1e-12)
    whole = 10 * np.log10((inner**2).mean(axis=0).sum())
    assert whole == pytest.approx(10 * np.log10((wave**2).mean()), abs=0.1)
    assert abs(power[0] - power[1]) < 0.1 if names == "FC" else power[0] - power[1] > 40


def write_pcm(path: Path, planes: np.ndarray, layout: str) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("pcm_s16le", rate=RATE, layout=layout)
        packed = np.ascontiguousarray((planes.T * 32767).astype(np.int16).reshape(1, -1))
        frame = av.AudioFrame.from_ndarray(packed, format="s16", layout=layout)
        frame.sample_rate, frame.pts = RATE, 0
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
