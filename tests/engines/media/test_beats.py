"""Beats of click tracks, and none where there is no pulse."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from engines.media.beats import measure_beats
from engines.media.sound import write_wav

RATE = 22_050


@pytest.mark.slow
@pytest.mark.parametrize("tempo", [70, 100, 120, 160])
def test_beats_lie_on_clicks(tmp_path: Path, tempo: int) -> None:
    track, times = np.zeros(20 * RATE, np.float32), np.arange(0.3, 19.5, 60 / tempo)
    click = np.sin(np.arange(600) * 0.4) * np.exp(-np.arange(600) / 150)
    for time in times:
        track[round(time * RATE) :][:600] = click
    write_wav(tmp_path / "clicks.wav", track, RATE)
    beats = np.array(measure_beats(tmp_path / "clicks.wav").beats)
    assert len(beats) > 15
    assert np.quantile([np.abs(times - beat).min() for beat in beats], 0.9) < 0.01


@pytest.mark.slow
def test_noise_and_silence_have_no_beat(tmp_path: Path) -> None:
    for name, sound in (("noise", np.random.default_rng(1).standard_normal(20 * RATE) * 0.1), ("none", np.zeros(RATE))):
        write_wav(tmp_path / f"{name}.wav", sound.astype(np.float32), RATE)
        facts = measure_beats(tmp_path / f"{name}.wav")
        assert (facts.beats, facts.tempo) == ((), 0.0)
