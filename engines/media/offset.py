"""Where one recording lies in another: the lag at which two microphones heard the same.

Generalised cross-correlation with phase transform (GCC-PHAT, Knapp and Carter 1976): every frequency counts alike, so
neither level, polarity nor the colour of a microphone or telephone line matters, and a room's echoes become separate
peaks instead of one broad hump. Samples are float32, mono, at :data:`RATE`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Samples = NDArray[np.float32]

RATE = 16_000
LOWEST = 100  # Hz; below it there is hum and rumble, not speech
BLOCK = 128 * RATE  # samples of the searched recording that are correlated at once
BIN = RATE // 100  # samples; peaks are compared by the highest value of each 10 ms
APART = 6  # bins; what lies nearer to a peak is its own echo
SILENT = 1e-4  # root mean square below which there is nothing to hear


@dataclass(frozen=True)
class Lag:
    """A place found: sample 0 of the one recording sounds at sample ``at`` of the other. ``distinct``, 0 to 1, is how
    far the peak stands above the next best place: 0 where another one is as good."""

    at: float
    distinct: float


def heard(samples: Samples) -> bool:
    """Whether there is anything to hear."""
    return len(samples) > 0 and float(np.sqrt(np.mean(np.square(samples, dtype=np.float64)))) > SILENT


def find(part: Samples, whole: Samples) -> Lag:
    """Where ``part`` lies in ``whole``; they may overlap in part only. Its beginning may lie before that of ``whole``.

    Memory does not grow with the length of ``whole``: it is searched in blocks.
    """
    best, at, peaks = 0.0, 0, []
    for first, profile in _blocks(part, whole):
        height = np.abs(profile)
        peak = int(height.argmax())
        if height[peak] > best:
            best, at = float(height[peak]), first + peak
        peaks.append(_binned(height))
    if not best:
        return Lag(0.0, 0.0)
    every = np.concatenate(peaks)
    mine = (at + len(part)) // BIN
    others = np.concatenate([every[: max(0, mine - APART)], every[mine + APART + 1 :]])
    runner_up = float(others.max()) if len(others) else best
    return Lag(float(at), 1 - runner_up / best)


def profile(part: Samples, whole: Samples, near: int, reach: int) -> NDArray[np.float64]:
    """How well ``part`` fits at the lags ``near - reach`` to ``near + reach``, shape (2 x reach + 1,), signed."""
    around = stretch(whole, near - reach, len(part) + 2 * reach)
    return _correlated(part, around)[len(part) - 1 :][: 2 * reach + 1]


def summit(heights: NDArray[np.float64], at: int) -> float:
    """The top of the parabola through a peak and its neighbours, as an index."""
    if not 0 < at < len(heights) - 1:
        return float(at)
    before, top, after = (abs(float(value)) for value in heights[at - 1 : at + 2])
    bend = before - 2 * top + after
    return at + (0.5 * (before - after) / bend if bend else 0.0)


def stretch(samples: Samples, first: int, count: int) -> Samples:
    """Samples ``first`` to ``first + count``; silence beyond both ends."""
    out = np.zeros(count, np.float32)
    begin, end = max(0, first), min(len(samples), first + count)
    if end > begin:
        out[begin - first : end - first] = samples[begin:end]
    return out


def _blocks(part: Samples, whole: Samples) -> Iterator[tuple[int, NDArray[np.float64]]]:
    """For all lags in order: the first lag of a block, and how well each of the block's lags fits."""
    size = max(BLOCK, 2 * len(part)) // BIN * BIN
    for first in range(-len(part), len(whole), size):
        around = stretch(whole, first, size + len(part))
        count = min(size, len(whole) - first)
        yield first, _correlated(part, around)[len(part) - 1 :][:count]


def _correlated(part: Samples, whole: Samples) -> NDArray[np.float64]:
    """GCC-PHAT; index ``k`` is lag ``k - len(part) + 1``: lags are unwrapped at the length of the part."""
    from scipy.fft import irfft, next_fast_len, rfft

    size = next_fast_len(len(part) + len(whole), real=True)
    cross = rfft(whole, size) * np.conj(rfft(part, size))
    strength = np.abs(cross)
    cross /= strength + 1e-3 * float(strength.mean()) + 1e-20
    cross[: LOWEST * size // RATE + 1] = 0
    circular = np.asarray(irfft(cross, size), dtype=np.float64)
    return np.concatenate([circular[size - len(part) + 1 :], circular[: len(whole)]])


def _binned(height: NDArray[np.float64]) -> NDArray[np.float64]:
    """The highest value of each bin."""
    padded = np.zeros(-(-len(height) // BIN) * BIN)
    padded[: len(height)] = height
    return np.asarray(padded.reshape(-1, BIN).max(axis=1))
