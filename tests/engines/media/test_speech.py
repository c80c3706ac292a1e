"""Speech is found in a sound of which nothing is known; music, noise and silence are none."""

from __future__ import annotations

import numpy as np
import pytest

from engines.media.sound import resample
from engines.media.speech import speech_ranges

RATE = 48_000


@pytest.fixture(scope="module")
def voice() -> np.ndarray:
    """Two sentences of the embedded voice at 48 kHz, without the silence around them."""
    from engines.media.english.script import script
    from engines.voice._hibari import RATE as OWN
    from engines.voice._hibari import Model

    spoken = Model().speak(script("Every coastline starts as a single still.")[0], 1.0).samples
    said = resample(spoken.astype(np.float32), OWN, RATE)
    loud = np.flatnonzero(np.abs(said) > 0.02)
    return said[loud[0] : loud[-1]]


def chord(seconds: float) -> np.ndarray:
    times = np.arange(int(seconds * RATE)) / RATE
    return sum(0.05 * np.sin(2 * np.pi * pitch * times) for pitch in (220.0, 277.2, 329.6)).astype(np.float32)


@pytest.mark.parametrize("noise", [0.0, 0.003])
def test_where_it_is(noise: float, voice: np.ndarray) -> None:
    rng = np.random.default_rng(1)
    sound = rng.normal(0, noise, 3 * RATE + len(voice) + 2 * RATE).astype(np.float32)
    sound[3 * RATE : 3 * RATE + len(voice)] += voice
    found = speech_ranges(np.stack([sound, sound], axis=1), RATE)
    assert found[0][0] == pytest.approx(3, abs=0.2)
    assert found[-1][1] == pytest.approx(3 + len(voice) / RATE, abs=0.2)
    assert sum(end - start for start, end in found) > 0.7 * len(voice) / RATE


def test_where_it_is_not() -> None:
    rng = np.random.default_rng(2)
    assert speech_ranges(np.zeros(RATE, np.float32), RATE) == []
    assert speech_ranges(np.zeros(100, np.float32), RATE) == []
    for sound in (rng.normal(0, 0.05, 4 * RATE).astype(np.float32), chord(4.0)):
        assert sum(end - start for start, end in speech_ranges(sound, RATE)) < 0.4
