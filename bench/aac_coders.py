"""Which search of FFmpeg's AAC encoder: ``twoloop``, which the programme's sound is made with, or ``fast``?

    python -m bench.aac_coders

Both encode the signals of ``bench/aac_pieces.py`` and some loud ones at the same setting (constant quality). Printed
are the bit rate, how far the error lies under the signal, in all and in the worst tenth of a second that is not silent,
and milliseconds of CPU for a second of sound.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from fractions import Fraction
from statistics import median

import av
import numpy as np

from bench.aac_pieces import RATE, UNIT, Samples, signals, speech
from engines.conformer._aac import decoded, settle

CODERS = ("twoloop", "fast")
ROUNDS = 3
WINDOW = RATE // 10


def encoded(samples: Samples, coder: str) -> tuple[list[bytes], bytes]:
    """Packets, and what a decoder has to know."""
    context = av.CodecContext.create("aac", "w")
    assert isinstance(context, av.AudioCodecContext)
    settle(context)
    context.options = {**context.options, "aac_coder": coder}
    packets: list[bytes] = []
    for start in range(0, len(samples), UNIT):
        frame = av.AudioFrame.from_ndarray(
            np.ascontiguousarray(samples[start : start + UNIT].T), format="fltp", layout="stereo"
        )
        frame.sample_rate, frame.pts, frame.time_base = RATE, start, Fraction(1, RATE)
        packets += [bytes(packet) for packet in context.encode(frame)]
    return packets + [bytes(packet) for packet in context.encode(None)], bytes(context.extradata or b"")


def loud(seconds: float = 9.0) -> Iterator[tuple[str, Samples]]:
    """What stands a little under full scale."""
    t = np.arange(int(seconds * RATE)) / RATE
    said = np.resize(speech(), (len(t), 2))
    bass = np.sin(2 * np.pi * 55 * t)[:, None].repeat(2, axis=1)
    yield "speech, loud", (0.89 * said / np.abs(said).max()).astype(np.float32)
    yield "sine 1 kHz, loud", (0.95 * np.sin(2 * np.pi * 1000 * t)[:, None].repeat(2, axis=1)).astype(np.float32)
    yield "bass and speech", (0.6 * bass + 0.4 * said).astype(np.float32)


def under(signal: Samples, heard: Samples) -> tuple[float, float]:
    """By how many dB the error lies under the signal: in all, and in the worst window."""
    windows = len(signal) // WINDOW
    powers = [
        np.square(part[: windows * WINDOW].astype(np.float64)).reshape(windows, -1).mean(axis=1)
        for part in (signal, heard - signal)
    ]
    sounding = powers[0] > 1e-6
    shares = 10 * np.log10(powers[0][sounding] / (powers[1][sounding] + 1e-12))
    return float(10 * np.log10(powers[0].mean() / (powers[1].mean() + 1e-12))), float(shares.min())


def measured(signal: Samples, coder: str) -> str:
    spent = []
    for _ in range(ROUNDS):
        began = time.process_time()
        packets, header = encoded(signal, coder)
        spent.append(time.process_time() - began)
    heard = decoded([av.Packet(packet) for packet in packets], header)[: len(signal)]
    seconds = len(signal) / RATE
    whole, worst = under(signal[: len(heard)], heard)
    rate = sum(map(len, packets)) * 8 / seconds / 1000
    return f"{rate:5.0f} kbit/s {whole:6.1f} dB {worst:6.1f} dB {1000 * median(spent) / seconds:5.0f} ms"


def main() -> None:
    print(f"{'':18}" + "".join(f"{coder:40}" for coder in CODERS))
    for name, signal in (("speech", speech()), *signals(), *loud()):
        whole = signal[: len(signal) // UNIT * UNIT].astype(np.float32)
        print(f"{name:18}" + "".join(f"{measured(whole, coder):40}" for coder in CODERS), flush=True)


if __name__ == "__main__":
    main()
