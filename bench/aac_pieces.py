"""Are AAC pieces that were encoded apart as good as one encode, also where they meet?

    python bench/aac_pieces.py              pieces of 20 packets (many seams), on seven signals
    python bench/aac_pieces.py --units 600  pieces as long as those of a programme

Each signal is encoded in one go and in pieces. The joined packets are decoded in one go by FFmpeg's decoder, and
compared with the signal itself, in blocks of 1024 samples, each channel by itself. At a seam the block comes out of two
packets of two encoders: if their windows did not fit, or if either knew too little of the signal, the error would be
larger there than the error of the one encode at the same place. It also shows what a shorter run-in, or none, would do.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import av
import numpy as np
from numpy.typing import NDArray

from engines.conformer import _aac
from engines.media.sound import resample

Samples = NDArray[np.float32]
Floats = NDArray[np.float64]

RATE, UNIT = 48_000, 1024
FLOOR = 1e-12  # -120 dB: blocks that are as good as exact


@dataclass(frozen=True)
class Joined:
    """What came of one signal. Errors are energies, one for each block of 1024 samples and channel, shape (n, 2)."""

    whole: Floats  # encoded in one go
    pieces: Floats  # encoded in pieces
    seams: NDArray[np.bool_]  # shape (n,): blocks that come out of packets of two encoders
    strange: int  # packets whose window is another than in the one encode
    size: tuple[int, int]  # bytes

    @property
    def at_seams(self) -> Floats:
        """By how many dB the error at each seam is larger than that of the one encode there."""
        return _decibels(self.pieces[self.seams] + FLOOR) - _decibels(self.whole[self.seams] + FLOOR)

    @property
    def elsewhere(self) -> Floats:
        return _decibels(self.pieces[~self.seams] + FLOOR) - _decibels(self.whole[~self.seams] + FLOOR)


def compare(signal: Samples, units: int, run_in: int = _aac.RUN_IN) -> Joined:
    """Encode a signal in one go and in pieces of so many packets.

    :param signal: shape (n, 2)
    """
    count = len(signal) // UNIT // units * units
    signal = signal[: count * UNIT]
    whole = _packets(signal, 0, count)
    joined = [packet for first in range(0, count, units) for packet in _packets(signal, first, units, run_in)]
    blocks = np.arange(count)
    return Joined(
        _errors(signal, whole),
        _errors(signal, joined),
        (blocks % units == 0) & (blocks > 0),
        sum(_window(one) != _window(other) for one, other in zip(whole, joined, strict=True)),
        (sum(map(len, whole)), sum(map(len, joined))),
    )


def _packets(signal: Samples, first: int, units: int, run_in: int = _aac.RUN_IN) -> list[bytes]:
    """The packets of a piece; what a shorter run-in leaves out of the encoder's sight is silence."""
    before, behind = _aac.RUN_IN * UNIT, _aac.RUN_OUT * UNIT
    wide = np.pad(signal, ((before, behind), (0, 0)))[first * UNIT : (first + units) * UNIT + before + behind]
    wide[: before - run_in * UNIT] = 0
    packets, _ = _aac.encoded(wide, units * UNIT)
    return [bytes(packet) for packet in packets[_aac.RUN_IN + (first > 0) : _aac.RUN_IN + units + 1]]


def _errors(signal: Samples, packets: list[bytes]) -> Floats:
    decoder = av.CodecContext.create("aac", "r")
    decoder.extradata = bytes.fromhex("1190")  # AAC-LC, 48 kHz, two channels
    frames = [frame.to_ndarray() for packet in packets for frame in decoder.decode(av.Packet(packet))]
    frames += [frame.to_ndarray() for frame in decoder.decode(None)]
    heard = np.concatenate(frames, axis=1).T[UNIT:]
    wrong = (heard[: len(signal)].astype(np.float64) - signal) ** 2
    return np.asarray(wrong.reshape(-1, UNIT, 2).mean(axis=1))


def _window(packet: bytes) -> tuple[int, int, int]:
    """Whether both channels share a window, then sequence and shape of the (first) window: ISO 14496-3, 4.4.2."""
    bits = "".join(f"{byte:08b}" for byte in packet[:4])
    common = int(bits[7])
    at = 9 if common else 17
    return common, int(bits[at : at + 2], 2), int(bits[at + 2])


def _decibels(energy: Floats) -> Floats:
    return np.asarray(10 * np.log10(energy))


def signals(seconds: float = 9.0) -> Iterator[tuple[str, Samples]]:
    """What is easy and what is hard, shape (n, 2)."""
    rng, count = np.random.default_rng(7), int(seconds * RATE)
    t = np.arange(count) / RATE
    sine = 0.5 * np.sin(2 * np.pi * 1000 * t)
    yield "sine 1 kHz", _stereo(sine, sine)
    yield "two sines", _stereo(0.5 * np.sin(2 * np.pi * 440 * t), 0.3 * np.sin(2 * np.pi * 3000 * t))
    yield "noise", rng.normal(0, 0.1, (count, 2)).astype(np.float32)
    pitches = np.array([[220], [277], [330], [660], [990], [1980]])
    chord = (0.08 * np.sin(2 * np.pi * pitches * t) * (1 + 0.5 * np.sin(2 * np.pi * 0.7 * t + pitches))).sum(axis=0)
    yield "music", _stereo(chord, 0.8 * chord + 0.02 * rng.normal(size=count))
    yield "clicks", clicks(count, range(2650, count, 5300))
    yield (
        "clicks at seams",
        clicks(count, [at + (at // UNIT * 37) % 3000 - 1500 for at in range(20 * UNIT, count - 3000, 20 * UNIT)]),
    )
    yield "tone, silence", _stereo(sine * (t % 1.3 < 0.6), sine * (t % 0.9 < 0.4))


def clicks(count: int, starts: Iterable[int]) -> Samples:
    """Castanets: bursts of noise that decay within a few milliseconds."""
    rng = np.random.default_rng(3)
    out = np.zeros((count + 800, 2), np.float32)
    for start in starts:
        out[start : start + 800] += rng.normal(0, 0.5, (800, 2)) * np.exp(-np.arange(800) / 60)[:, None]
    return out[:count]


def speech() -> Samples:
    """The embedded voice."""
    from engines.media.english.script import script
    from engines.voice._hibari import RATE as own
    from engines.voice._hibari import Model

    model = Model()
    lines = script("Every coastline starts as a single still. Peter Piper picked a peck of pickled peppers.")
    said = np.concatenate([model.speak(line, 1.0).samples for line in lines])
    fine = resample(said.astype(np.float32), own, RATE)
    return _stereo(fine, fine)


def _stereo(left: NDArray[np.floating], right: NDArray[np.floating]) -> Samples:
    return np.stack([left, right], axis=1).astype(np.float32)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--units", type=int, default=20, help="packets in a piece")
    parser.add_argument("--run-in", type=int, nargs="*", default=[0, 1, 2, 4, 16, 64], help="packets encoded before it")
    arguments = parser.parse_args()
    seconds = max(9.0, arguments.units * 3 * UNIT / RATE)
    print("signal           run-in  windows  at seams dB      elsewhere dB     error at seams / elsewhere   kbit/s")
    print("                         differ   mean    max      mean    max      dBFS")
    for name, signal in (("speech", np.tile(speech(), (int(seconds // 5) + 1, 1))), *signals(seconds)):
        for run_in in arguments.run_in:
            found = compare(signal, arguments.units, run_in)
            here, there = found.at_seams, found.elsewhere
            errors = (_decibels(found.pieces[which].mean() + FLOOR) for which in (found.seams, ~found.seams))
            rate = found.size[1] * 8 / (len(found.pieces) * UNIT / RATE) / 1000
            print(
                f"{name:16s} {run_in:4d}   {found.strange:5d}  {here.mean():+7.2f} {here.max():+7.2f}"
                f"  {there.mean():+7.2f} {there.max():+7.2f}    "
                + " / ".join(f"{error:7.1f}" for error in errors)
                + f"        {rate:6.0f}",
                flush=True,
            )


if __name__ == "__main__":
    main()
