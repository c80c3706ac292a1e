"""What loudness is made of, true peak, and a limiter. All at 48 kHz.

K-weighting after ITU-R BS.1770-4; the gates stand in :mod:`flows.level`, since they need the whole programme. True peak
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


def step_energies(samples: Samples, run_in: int) -> Floats:
    """K-weighted energy, summed over channels and samples, of each 100 ms from ``run_in`` on; the last step may be
    shorter.

    :param samples: shape (n, channels); the first ``run_in`` of them only let the filters settle. The slowest pole
        forgets a factor of e in 200 samples, so that after 8000 nothing is left of how they began.
    """
    weighted: Floats = samples.astype(np.float64)
    for ahead, back in (SHELF, HIGH_PASS):
        weighted = lfilter(ahead, back, weighted, axis=0)
    energy = (weighted[run_in:] ** 2).sum(axis=1)
    return np.add.reduceat(energy, np.arange(0, len(energy), STEP)) if len(energy) else np.zeros(0)


def true_peak(samples: Samples) -> float:
    """The highest true peak as a factor of full scale, with silence before and after.

    :param samples: shape (n, channels)
    """
    wide = np.pad(samples, ((2 * REACH, 2 * REACH), (0, 0)))
    return float(peaks_around(wide)[REACH:-REACH].max(initial=0.0))


def limited(samples: Samples, ceiling: float | Floats) -> Samples:
    """Turn down what exceeds the ceiling, smoothly and ahead of the peak.

    :param samples: shape (n, channels), with ``CONTEXT`` samples of the programme (or silence) at both ends, which
        are taken away
    :param ceiling: highest true peak as a factor of full scale, for all samples or for each, shape (n,)
    """
    inner = samples[CONTEXT:-CONTEXT]
    lowest = float(np.min(ceiling))
    if float(np.abs(samples).max(initial=0.0)) <= lowest / 2:  # peaks between samples reach less than twice as far
        return inner
    needed = np.minimum(1.0, ceiling / np.maximum(peaks_around(samples), 1e-9))
    if needed.min() >= 1.0:
        return inner
    held = minimum_filter1d(needed, 2 * LOOK + 1)
    gain = uniform_filter1d(uniform_filter1d(held, LOOK + 1), LOOK + 1)  # a triangle that reaches as far as held
    return np.asarray(inner * gain[CONTEXT:-CONTEXT, None], dtype=np.float32)


def peaks_around(samples: Samples) -> Floats:
    """Around each sample the highest oversampled value of all channels, shape (n,)."""
    if not len(samples):
        return np.zeros(0)
    fine = np.zeros(OVER * (len(samples) + 2 * REACH))
    for channel in samples.T:
        waves = np.abs(upfirdn(TAPS, channel, up=OVER))
        np.maximum(fine[: len(waves)], waves, out=fine[: len(waves)])
    fine = fine[OVER * REACH : OVER * (REACH + len(samples))]
    return np.asarray(maximum_filter1d(fine, OVER + 1)[::OVER])
