"""Where somebody speaks in a sound of which nothing else is known: WebRTC's voice activity detector (it comes with
pocketsphinx), made steady, and told from what merely sounds on. Music with a beat may still pass for speech."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Samples = NDArray[np.float32]

RATE = 16_000
FRAME = 480  # samples: 30 ms
STRICT = 3  # the detector's strictest mode: it errs towards noise
AROUND = 4  # frames to each side that vote with a frame
SHARE = 0.6  # of the votes that make a frame speech
SHORTEST = 5  # frames; less is a click or a cough
BELOW = 35.0  # dB under the loudest frame that still count
FLOOR = -60.0  # dBFS
WORD = 31  # frames: within a second, speech
SWING = 9.0  # rises and falls by so many dB; a chord or a fan does not


def speech_ranges(samples: Samples, rate: int) -> list[tuple[float, float]]:
    """When somebody speaks: pairs of seconds, in order, to about 60 ms.

    :param samples: shape (n,) or (n, channels)
    """
    import numpy as np
    from pocketsphinx import Vad
    from scipy.ndimage import maximum_filter1d, minimum_filter1d

    from engines.media.sound import resample, to_mono

    heard = resample(to_mono(samples), rate, RATE)
    count = len(heard) // FRAME
    if not count:
        return []
    frames = np.clip(heard[: count * FRAME], -1, 1).reshape(count, FRAME)
    level = 10 * np.log10((frames.astype(np.float64) ** 2).mean(axis=1) + 1e-12)
    detector = Vad(STRICT, RATE, FRAME / RATE)
    voiced = np.array([detector.is_speech((frame * 32767).astype("<i2").tobytes()) for frame in frames])
    voiced &= level > max(FLOOR, float(level.max()) - BELOW)
    voiced &= maximum_filter1d(level, WORD) - minimum_filter1d(np.maximum(level, FLOOR), WORD) > SWING
    votes = np.convolve(voiced, np.ones(2 * AROUND + 1), mode="same") / (2 * AROUND + 1)
    return [
        (round(first * FRAME / RATE, 3), round(last * FRAME / RATE, 3))
        for first, last in _stretches(votes >= SHARE)
        if last - first >= SHORTEST
    ]


def _stretches(marked: NDArray[np.bool_]) -> list[tuple[int, int]]:
    """First and one behind the last of each unbroken stretch."""
    import numpy as np

    edges = np.flatnonzero(np.diff(np.concatenate([[False], marked, [False]]).astype(np.int8)))
    return [(int(first), int(last)) for first, last in edges.reshape(-1, 2)]
