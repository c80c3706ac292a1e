"""Measure how exactly recordings are laid together: planted offsets and skews in noise, rooms and telephone lines.

The rival is the correlation of librosa's onset strengths, the usual advice.

Run: python -m bench.offsets [RECORDING.wav]      without a recording, a sound like speech is made
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from enum import Enum
from functools import partial
from pathlib import Path
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy import signal

from engines.media.drift import match
from engines.media.offset import RATE
from engines.media.sound import read_sound, resample, to_mono
from flows.plan_sync import SURE

Samples = NDArray[np.float32]
Found = TypeVar("Found")
OFFSETS = (-2.0, -0.51, 0.0, 0.73, 2.0)
NOISES = (20, 5, 0, -5)  # dB of signal over noise
SKEWS = (20, 37, 50, 100, 200, 500)


class Room(Enum):
    """Seconds until the echo is 60 dB down, energy of the late echo in dB over the direct sound, early echoes as
    (seconds, level): the last one is a room whose first echo is louder than the direct sound."""

    NONE = (0.0, -99.0, ())
    SMALL = (0.3, -5.0, ((0.003, 0.4), (0.009, 0.3)))
    LATE = (0.9, 6.0, ((0.004, 0.7), (0.011, 0.6), (0.017, 0.5)))
    SHADOWED = (0.6, 0.0, ((0.005, 1.35), (0.012, 0.8), (0.023, 0.6)))


def speechlike(seconds: int, seed: int) -> Samples:
    """A pitch that wanders, vowels that change ten times a second, hisses, pauses."""
    rng = np.random.default_rng(seed)
    count = seconds * RATE
    pitch = np.interp(
        np.arange(count), np.arange(0, count + RATE, RATE // 4), 90 + 130 * rng.random(count * 4 // RATE + 4)
    )
    pulses = np.diff(np.floor(np.cumsum(pitch) / RATE), prepend=0.0)
    out = np.zeros(count)
    for first in range(0, count, RATE // 10):
        last = min(count, first + RATE // 10)
        kind = rng.random()
        if kind < 0.15:
            continue
        source = pulses[first:last] * 8 if kind < 0.75 else rng.standard_normal(last - first)
        centre = rng.uniform(300, 2500) if kind < 0.75 else rng.uniform(2500, 6500)
        bottom, top = signal.iirpeak(centre, 2, fs=RATE)
        out[first:last] = signal.lfilter(bottom, top, source) * rng.uniform(0.2, 1)
    return np.asarray(0.3 * out / np.abs(out).max(), np.float32)


def response(room: Room, rng: np.random.Generator) -> NDArray[np.float64]:
    """A room's impulse response; the direct sound is its first sample, of height 1."""
    length, late, early = room.value
    times = np.arange(max(1, round(1.2 * length * RATE))) / RATE
    tail = rng.standard_normal(len(times)) * np.exp(-6.9 * times / (length or 1)) * (times > 0.008)
    power = float(np.sum(tail**2))
    heard = tail * np.sqrt(10 ** (late / 10) / power) if power else tail
    heard[0] += 1
    for delay, level in early:
        heard[round(delay * RATE)] += level * rng.choice([-1, 1])
    return np.asarray(heard)


def spoiled(
    clean: Samples, offset: float, seconds: float, room: Room, noise: float, ppm: float, seed: int, phone: bool = False
) -> tuple[Samples, float]:
    """What a second device, whose clock is off, hears from second ``offset`` of a recording on; and that second."""
    rng = np.random.default_rng(seed)
    echoed = signal.fftconvolve(clean, response(room, rng))[: len(clean)]
    if phone:
        echoed = signal.sosfiltfilt(signal.butter(4, [300, 3400], "bandpass", fs=RATE, output="sos"), echoed)
    times = (offset + np.arange(round(seconds * RATE)) / RATE * (1 + ppm / 1e6)) * RATE
    smooth = signal.resample_poly(echoed, 8, 1)
    heard = np.interp(times * 8, np.arange(len(smooth)), smooth, left=0.0, right=0.0)
    hiss = signal.lfilter([1], [1, -0.9], rng.standard_normal(len(heard)))
    hiss *= np.sqrt(np.mean(heard**2) / np.mean(hiss**2) / 10 ** (noise / 10))
    return (-0.4 * (heard + hiss)).astype(np.float32), offset


def cased(
    clean: Samples, planted: float, seconds: float, room: Room, noise: float, phone: bool, seed: int
) -> tuple[Samples, Samples, float]:
    """A part, the whole it belongs to, and where it lies there: ``planted`` seconds from where the whole begins."""
    first = 4 + 0.37 * seed
    part, at = spoiled(clean, first + planted, seconds, room, noise, 0, seed, phone)
    begin = round(first * RATE)
    return part, clean[begin : begin + round((seconds + 8) * RATE)], at - begin / RATE


def by_onsets(part: Samples, whole: Samples) -> float:
    """The rival: librosa's onset strengths, correlated."""
    import librosa

    hop = 256
    one, other = (librosa.onset.onset_strength(y=each, sr=RATE, hop_length=hop) for each in (part, whole))
    fits = signal.correlate(other - other.mean(), one - one.mean(), mode="full")
    return float((fits.argmax() - len(one) + 1) * hop / RATE)


def main() -> None:
    """Print all figures."""
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else None
    if path:
        samples, rate = read_sound(path)
        clean = resample(to_mono(samples), rate, RATE)
    else:
        clean = speechlike(200, seed=1)
    print(f"threshold {SURE}; {len(OFFSETS)} offsets from -2 to +2 s a line, parts of 10 s")
    print("room      line   dB | worst error ms, least confidence, refused | librosa worst ms | CPU s ours, librosa")
    for room, phone, noise in _cases():
        print(_line(clean, room, phone, noise), flush=True)
    print("skew of 180 s: planted ppm | found at 20 dB, at 0 dB in the late room | error of the offset in ms")
    for ppm in SKEWS if len(clean) > 190 * RATE else ():
        print(_skew(clean, ppm), flush=True)


def _cases() -> Iterator[tuple[Room, bool, int]]:
    for room in Room:
        for phone in (False, True):
            for noise in NOISES:
                yield room, phone, noise


def _line(clean: Samples, room: Room, phone: bool, noise: int) -> str:
    errors, sure, rival, ours, theirs = [], [], [], 0.0, 0.0
    for seed, planted in enumerate(OFFSETS):
        part, whole, wanted = cased(clean, planted, 10, room, noise, phone, seed)
        found, spent = _timed(partial(match, part, whole))
        ours += spent
        sure.append(found.confidence)
        if found.confidence >= SURE:
            errors.append(abs(found.offset - wanted) * 1000)
        guess, spent = _timed(partial(by_onsets, part, whole))
        theirs += spent
        rival.append(abs(guess - wanted) * 1000)
    worst = f"{max(errors):7.3f}" if errors else "      -"
    return (
        f"{room.name:9} {'phone' if phone else 'full ':5} {noise:3} | {worst}  {min(sure):.2f}  "
        f"{len(OFFSETS) - len(errors)} | {max(rival):8.1f} | {ours / len(OFFSETS):.2f} {theirs / len(OFFSETS):.2f}"
    )


def _skew(clean: Samples, ppm: int) -> str:
    words = []
    for room, noise in ((Room.SMALL, 20), (Room.LATE, 0)):
        part, offset = spoiled(clean, 2.0, 180, room, noise, ppm, seed=ppm)
        found = match(part, clean)
        words.append((found.ppm, abs(found.offset - offset) * 1000))
    return f"{ppm:4} | {words[0][0]:.2f} {words[1][0]:.2f} | {words[0][1]:.3f} {words[1][1]:.3f}"


def _timed(work: Callable[[], Found]) -> tuple[Found, float]:
    began = time.process_time()
    return work(), time.process_time() - began


if __name__ == "__main__":
    main()
