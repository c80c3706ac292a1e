"""The mix: exact length and places, loudness, peak, no clicks, music that loops and steps back."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pyloudnorm
import pytest
import soundfile
from scipy.signal import resample_poly

from edl.clock import sample_at
from edl.errors import Broken
from engines.conformer import mix
from engines.conformer.mix import Bed, MixParams, Voice
from engines.media.loudness import LoudnessMeter, PeakMeter
from engines.media.sound import resample, write_wav

RATE = 48_000


def tone(seconds: float, hertz: float, level: float, rate: int = RATE) -> np.ndarray:
    return (level * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)).astype(np.float32)


def babble(seconds: float, rate: int = 24_000) -> np.ndarray:
    """Syllables of noise, with loud clicks now and then: hard on a limiter."""
    rng = np.random.default_rng(3)
    t = np.arange(int(seconds * rate)) / rate
    noise = rng.normal(0, 0.05, len(t)) * (0.5 + 0.5 * np.sin(2 * np.pi * 3 * t))
    noise[:: rate // 2] = 0.9
    return noise.astype(np.float32)


def rendered(result: tuple) -> np.ndarray:
    made, order = result
    assert [path.name for path in order.folder.iterdir()] == ["mix.wav"]
    samples, rate = soundfile.read(order.folder / made.media, dtype="float32", always_2d=True)
    assert rate == RATE
    return samples


@pytest.mark.parametrize(("fps", "frames"), [("25", 251), ("30000/1001", 307), ("24000/1001", 191)])
def test_loudness_and_peak(fps: str, frames: int, run_engine: Callable, tmp_path: Path) -> None:
    write_wav(tmp_path / "v.wav", babble(3), 24_000)
    voices = tuple(Voice(input="v", frame=frame) for frame in (0, 85, 170))
    result = run_engine(mix.ENGINE, MixParams(fps=fps, frames=frames, voices=voices), None, {"v": tmp_path / "v.wav"})
    samples = rendered(result)
    assert len(samples) == sample_at(frames, RATE, Fraction(fps))
    assert pyloudnorm.Meter(RATE).integrated_loudness(samples.astype(float)) == pytest.approx(-16, abs=0.3)
    assert 20 * np.log10(np.abs(resample_poly(samples, 8, 1, axis=0)).max()) < -1
    assert result[0].facts["loudness"] == pytest.approx(-16, abs=0.1)


def test_silence(run_engine: Callable) -> None:
    made, order = run_engine(mix.ENGINE, MixParams(frames=30))
    assert not rendered((made, order)).any()
    assert made.facts == {"loudness": None, "peak": None, "gain": 0.0}


def test_joins_do_not_click(run_engine: Callable, tmp_path: Path) -> None:
    """A low tone cut in its middle, butted against another: no step larger than the tones' own."""
    write_wav(tmp_path / "a.wav", tone(2, 97, 0.5), RATE)
    write_wav(tmp_path / "b.wav", tone(2, 131, 0.5), RATE)
    voices = tuple(
        Voice(input="ab"[number % 2], frame=number * 7, frames=7, skip=5 * (number % 3)) for number in range(10)
    )
    files = {name: tmp_path / f"{name}.wav" for name in "ab"}
    samples = rendered(run_engine(mix.ENGINE, MixParams(loudness=None, frames=75, voices=voices), None, files))
    own = 0.5 * 2 * np.pi * 131 / RATE
    fade = 0.5 * np.pi / 2 / (0.005 * RATE)
    assert np.abs(np.diff(samples, axis=0)).max() < 2 * (own + fade)


@pytest.mark.parametrize("rate", [16_000, 24_000, 44_100, 48_000])
def test_a_voice_lies_on_its_sample(rate: int, run_engine: Callable, tmp_path: Path, chirp_offset: Callable) -> None:
    sound = np.concatenate([np.zeros(rate), resample(tone(0.06, 1500, 0.5), RATE, rate)])
    sound[rate:] *= np.hanning(len(sound) - rate)
    write_wav(tmp_path / "v.wav", sound, rate)
    frames = (3, 1001)
    params = MixParams(
        loudness=None, fps="30000/1001", frames=1100, voices=tuple(Voice(input="v", frame=frame) for frame in frames)
    )
    mono = rendered(run_engine(mix.ENGINE, params, None, {"v": tmp_path / "v.wav"}))[:, 0]
    probe = tone(0.06, 1500, 0.5) * np.hanning(2880)
    for frame in frames:
        at = sample_at(frame, RATE, Fraction(30000, 1001)) + RATE
        found = np.correlate(mono[at - 40 : at + 40 + len(probe)], probe, mode="valid")
        assert abs(int(np.argmax(found)) - 40) <= 1


def test_music_loops_and_steps_back(run_engine: Callable, tmp_path: Path) -> None:
    write_wav(tmp_path / "bed.wav", tone(1.3, 220, 0.2, 44_100), 44_100)
    speech = np.concatenate([np.zeros(2 * RATE, np.float32), tone(2, 3000, 0.3), np.zeros(3 * RATE, np.float32)])
    write_wav(tmp_path / "v.wav", speech, RATE)
    params = MixParams(
        loudness=None,
        frames=200,
        voices=(Voice(input="v"),),
        music=(Bed(input="bed", gain=-6, duck=12),),
    )
    samples = rendered(run_engine(mix.ENGINE, params, None, {"v": tmp_path / "v.wav", "bed": tmp_path / "bed.wav"}))
    spectrum = lambda start: np.abs(np.fft.rfft(samples[start : start + RATE // 2, 0] * np.hanning(RATE // 2)))[110]  # noqa: E731
    level = [20 * np.log10(spectrum(int(second * RATE))) for second in (0.2, 2.7, 5.2, 6.8)]
    assert level[0] - level[1] == pytest.approx(12, abs=0.7)
    assert level[2] == pytest.approx(level[0], abs=0.7)
    assert level[3] == pytest.approx(level[0], abs=0.7)
    assert np.abs(np.diff(samples[:RATE], axis=0)).max() < 0.1 * 2 * np.pi * 220 / RATE * 1.5


def test_the_meter_agrees_with_pyloudnorm() -> None:
    sound = np.stack([resample(babble(7.3), 24_000, RATE)] * 2, axis=1)
    meter = LoudnessMeter()
    for start in range(0, len(sound), 10_007):
        meter.add(sound[start : start + 10_007])
    assert meter.integrated() == pytest.approx(pyloudnorm.Meter(RATE).integrated_loudness(sound.astype(float)), abs=0.1)


def test_true_peak_lies_between_samples() -> None:
    """A tone at a quarter of the rate, sampled at 45 degrees, shows 3 dB less than it has."""
    wave = np.sin(np.pi / 4 + np.pi / 2 * np.arange(4000)) * np.hanning(4000)
    meter = PeakMeter()
    for start in range(0, 4000, 700):
        meter.add(np.repeat(wave[start : start + 700, None], 2, axis=1).astype(np.float32))
    assert meter.peak() == pytest.approx(1, abs=0.01)
    assert np.abs(wave).max() < 0.72


def test_no_music_is_broken(run_engine: Callable, tmp_path: Path) -> None:
    write_wav(tmp_path / "bed.wav", tone(0.1, 220, 0.2), RATE)
    with pytest.raises(Broken, match="too short to be music"):
        run_engine(mix.ENGINE, MixParams(frames=50, music=(Bed(input="bed"),)), None, {"bed": tmp_path / "bed.wav"})
