"""Loudness and true peak of sound that arrives in blocks, and a limiter. All at 48 kHz.

Loudness after ITU-R BS.1770-4 (K-weighting, 400 ms blocks every 100 ms, gates at -70 LUFS and 10 LU below); true peak
by four-fold oversampling (annex 2).
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d, minimum_filter1d, uniform_filter1d
from scipy.signal import firwin, lfilter, upfirdn

Samples = NDArray[np.float32]
Floats = NDArray[np.float64]

RATE = 48_000
STEP = RATE // 10
SHELF = ([1.53512485958697, -2.69169618940638, 1.19839281085285], [1.0, -1.69065929318241, 0.73248077421585])
HIGH_PASS = ([1.0, -2.0, 1.0], [1.0, -1.99004745483398, 0.99007225036621])
OVER = 4
TAPS = np.asarray(firwin(OVER * 24 + 1, 1 / OVER, window=("kaiser", 8.0)) * OVER, dtype=np.float32)
REACH = 12  # samples that the oversampling filter reaches to each side
LOOK = 960  # samples (20 ms) over which the limiter's gain moves
CONTEXT = 2 * LOOK + 2 * REACH


class LoudnessMeter:
    """Integrated loudness of a programme, block by block."""

    def __init__(self, channels: int = 2) -> None:
        self._states = [np.zeros((2, channels)), np.zeros((2, channels))]
        self._energies: list[Floats] = []
        self._rest: Floats = np.zeros((0, channels))
        self._samples = 0

    def add(self, samples: Samples) -> None:
        """Take the next samples, shape (n, channels)."""
        if not len(samples):
            return
        weighted: Floats = samples.astype(np.float64)
        for number, (ahead, back) in enumerate((SHELF, HIGH_PASS)):
            weighted, self._states[number] = lfilter(ahead, back, weighted, axis=0, zi=self._states[number])
        waiting = np.concatenate([self._rest, weighted**2])
        whole = len(waiting) // STEP
        if whole:
            self._energies.append(waiting[: whole * STEP].reshape(whole, STEP, -1).sum(axis=(1, 2)))
        self._rest = waiting[whole * STEP :]
        self._samples += len(samples)

    def integrated(self) -> float | None:
        """LUFS; None for silence. Less than 400 ms count as one block."""
        steps = np.concatenate(self._energies) if self._energies else np.zeros(0)
        if len(steps) < 4:
            blocks = np.array([(steps.sum() + self._rest.sum()) / max(1, self._samples)])
        else:
            blocks = np.convolve(steps, np.ones(4), mode="valid") / (4 * STEP)
        loud = blocks[blocks > _energy(-70.0)]
        if not len(loud):
            return None
        loud = loud[loud > loud.mean() / 10]
        return float(-0.691 + 10 * np.log10(loud.mean()))


class PeakMeter:
    """True peak of a programme, block by block, as a factor of full scale."""

    def __init__(self, channels: int = 2) -> None:
        self._rest: Samples = np.zeros((2 * REACH, channels), np.float32)
        self._peak = 0.0

    def add(self, samples: Samples) -> None:
        """Take the next samples, shape (n, channels)."""
        joined = np.concatenate([self._rest, samples])
        if float(np.abs(joined).max(initial=0.0)) > self._peak / 2:  # between samples it is less than twice as high
            self._peak = max(self._peak, float(_peaks(joined)[REACH:-REACH].max(initial=0.0)))
        self._rest = joined[-2 * REACH :]

    def peak(self) -> float:
        """The highest so far, with silence after the last sample."""
        self.add(np.zeros_like(self._rest))
        return self._peak


def limited(samples: Samples, ceiling: float) -> Samples:
    """Turn down what exceeds the ceiling, smoothly and ahead of the peak.

    :param samples: shape (n, channels), with ``CONTEXT`` samples of the programme (or silence) at both ends, which
        are taken away
    :param ceiling: highest true peak as a factor of full scale
    """
    inner = samples[CONTEXT:-CONTEXT]
    if float(np.abs(samples).max(initial=0.0)) <= ceiling / 2:  # peaks between samples reach less than twice as far
        return inner
    needed = np.minimum(1.0, ceiling / np.maximum(_peaks(samples), 1e-9))
    if needed.min() >= 1.0:
        return inner
    held = minimum_filter1d(needed, 2 * LOOK + 1)
    gain = uniform_filter1d(uniform_filter1d(held, LOOK + 1), LOOK + 1)  # a triangle that reaches as far as held
    return np.asarray(inner * gain[CONTEXT:-CONTEXT, None], dtype=np.float32)


def decibels(factor: float) -> float | None:
    """A factor in dB; None for zero."""
    return float(20 * np.log10(factor)) if factor > 0 else None


def _peaks(samples: Samples) -> Floats:
    """Around each sample the highest oversampled value of all channels, shape (n,)."""
    if not len(samples):
        return np.zeros(0)
    fine = np.zeros(OVER * (len(samples) + 2 * REACH))
    for channel in samples.T:
        waves = np.abs(upfirdn(TAPS, channel, up=OVER))
        np.maximum(fine[: len(waves)], waves, out=fine[: len(waves)])
    fine = fine[OVER * REACH : OVER * (REACH + len(samples))]
    return np.asarray(maximum_filter1d(fine, OVER + 1)[::OVER])


def _energy(loudness: float) -> float:
    return float(10 ** ((loudness + 0.691) / 10))
