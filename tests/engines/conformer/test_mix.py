"""The sum of a piece: exact places, no clicks, music that loops and steps back, room tone, and pieces that fit."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyloudnorm
import pytest
import soundfile

from edl.errors import Broken
from engines.conformer import mix
from engines.conformer._summands import Bed, Heard, MixParams, Room
from engines.media.loudness import step_energies, true_peak
from engines.media.pieces import AFTER, BEFORE, PIECE
from engines.media.sound import resample, write_wav
from flows.level import loudness

RATE = 48_000


def tone(seconds: float, hertz: float, level: float, rate: int = RATE) -> np.ndarray:
    return (level * np.sin(2 * np.pi * hertz * np.arange(int(seconds * rate)) / rate)).astype(np.float32)


@pytest.fixture
def mixed(run_engine: Callable, tmp_path: Path) -> Callable:
    """The samples of a piece with its surroundings, and its facts: ``mixed(params, name=(samples, rate))``."""

    def make(params: MixParams, **sounds: tuple[np.ndarray, int]) -> tuple[np.ndarray, dict]:
        for name, (samples, rate) in sounds.items():
            write_wav(tmp_path / f"{name}.wav", samples, rate)
        made, order = run_engine(mix.ENGINE, params, None, {name: tmp_path / f"{name}.wav" for name in sounds})
        samples, rate = soundfile.read(order.folder / made.media, dtype="float32", always_2d=True)
        assert rate == RATE
        assert len(samples) == BEFORE + params.samples + AFTER
        return samples, dict(made.facts)

    return make


def test_silence(mixed: Callable) -> None:
    samples, facts = mixed(MixParams(samples=30_000))
    assert not samples.any()
    assert facts == {"energies": [0.0] * 7, "peak": 0.0}


def test_joins_do_not_click(mixed: Callable) -> None:
    """A low tone cut in its middle, butted against another: no step larger than the tones' own."""
    at = [13_440 * number for number in range(11)]
    sounds = tuple(
        Heard(input="ab"[number % 2], start=at[number], end=at[number + 1], skip=9_600 * (number % 3))
        for number in range(10)
    )
    samples, _ = mixed(
        MixParams(samples=144_000, sounds=sounds), a=(tone(2, 97, 0.5), RATE), b=(tone(2, 131, 0.5), RATE)
    )
    own = 0.5 * 2 * np.pi * 131 / RATE
    fade = 0.5 * np.pi / 2 / (0.005 * RATE)
    assert np.abs(np.diff(samples, axis=0)).max() < 2 * (own + fade)


@pytest.mark.parametrize("rate", [16_000, 24_000, 44_100, 48_000])
def test_a_voice_lies_on_its_sample(rate: int, mixed: Callable) -> None:
    sound = np.concatenate([np.zeros(rate), resample(tone(0.06, 1500, 0.5), RATE, rate)])
    sound[rate:] *= np.hanning(len(sound) - rate)
    starts = (4_804, 302_301)
    sounds = tuple(Heard(input="v", start=start, end=start + 60_000) for start in starts)
    samples, _ = mixed(MixParams(sounds=sounds), v=(sound.astype(np.float32), rate))
    probe = tone(0.06, 1500, 0.5) * np.hanning(2880)
    for start in starts:
        at = BEFORE + start + RATE
        found = np.correlate(samples[at - 40 : at + 40 + len(probe), 0], probe, mode="valid")
        assert abs(int(np.argmax(found)) - 40) <= 1


@pytest.mark.parametrize("rate", [24_000, 44_100, 48_000])
def test_pieces_are_cut_from_one_sum(rate: int, mixed: Callable) -> None:
    """Where two pieces overlap, they hold the same samples; and their steps of loudness are those of one meter."""
    rng = np.random.default_rng(5)
    voice = rng.normal(0, 0.1, 16 * rate).astype(np.float32)
    bed = tone(1.3, 220, 0.2, 44_100)
    length, cut = PIECE + 90_000, PIECE
    facts, stretches = [], []
    for start in (0, cut):
        params = MixParams(
            samples=min(PIECE, length - start),
            until=length - start if start else None,
            sounds=(Heard(input="v", start=500 - start, end=700_000 - start, fall=9_000),),
            music=(Bed(input="bed", start=-start, gain=-6, duck=12),),
            speech=tuple((a - start, b - start) for a, b in ((48_000, 96_000), (604_800, 612_000))),
        )
        samples, found = mixed(params, v=(voice, rate), bed=(bed, 44_100))
        facts.append(found)
        stretches.append(samples)
    first, second = stretches
    shared = BEFORE + AFTER
    assert np.abs(first[-shared:] - second[:shared]).max() < 2e-6
    whole = np.concatenate([first[: BEFORE + PIECE], second[BEFORE:-AFTER]])
    steps = step_energies(whole, BEFORE)
    assert facts[0]["energies"] + facts[1]["energies"] == pytest.approx(steps.tolist(), rel=1e-6, abs=1e-9)
    assert not second[BEFORE + length - cut :].any()


def test_music_loops_and_steps_back(mixed: Callable) -> None:
    params = MixParams(
        samples=8 * RATE, music=(Bed(input="bed", start=0, gain=-6, duck=12),), speech=((2 * RATE, 4 * RATE),)
    )
    samples, _ = mixed(params, bed=(tone(1.3, 220, 0.2, 44_100), 44_100))

    def level(second: float) -> float:
        first = BEFORE + int(second * RATE)
        return float(10 * np.log10((samples[first : first + RATE // 3] ** 2).mean()))

    before, under, after = level(0.2), level(2.7), level(5.2)
    assert before == pytest.approx(20 * np.log10(0.2 / np.sqrt(2)) - 6, abs=0.7)
    assert before - under == pytest.approx(12, abs=0.7)
    assert after == pytest.approx(before, abs=0.7)
    inside = samples[BEFORE : BEFORE + RATE]
    assert np.abs(np.diff(inside, axis=0)).max() < 0.1 * 2 * np.pi * 220 / RATE * 1.5


def test_a_cue_has_a_place_points_and_fades(mixed: Callable) -> None:
    """The stretch from 1 s to 2 s of a rising tone, once, from second 2 to 3, coming up over .5 s."""
    t = np.arange(3 * RATE) / RATE
    sweep = (0.3 * np.sin(2 * np.pi * (200 * t + 100 * t**2))).astype(np.float32)
    cue = Bed(input="bed", start=2 * RATE, end=3 * RATE, first=RATE, last=2 * RATE, loops=False, rise=RATE // 2)
    samples, _ = mixed(MixParams(samples=4 * RATE, music=(cue,)), bed=(sweep, RATE))
    inner = samples[BEFORE:-AFTER, 0]
    assert not inner[: 2 * RATE].any()
    assert not inner[3 * RATE :].any()
    late = slice(2 * RATE + RATE // 2 + 10, 3 * RATE)
    assert np.allclose(inner[late], sweep[RATE + RATE // 2 + 10 : 2 * RATE], atol=1e-4)
    assert np.sqrt((inner[2 * RATE : 2 * RATE + 2400] ** 2).mean()) < 0.03


def test_room_tone_fills_gaps_with_equal_power(mixed: Callable) -> None:
    hiss = np.random.default_rng(1).normal(0, 0.01, RATE).astype(np.float32)
    rooms = Room(input="room", start=-1000, gaps=((RATE, 5 * RATE),), gain=6)
    samples, _ = mixed(MixParams(samples=6 * RATE, room=rooms), room=(hiss, RATE))
    inner = samples[BEFORE:-AFTER]
    power = (inner.reshape(-1, RATE // 10, 2) ** 2).mean(axis=(1, 2))
    assert not power[:9].any()
    assert not power[51:].any()
    wanted = (0.01 * 10 ** (6 / 20)) ** 2
    assert power[11:49] == pytest.approx(wanted, rel=0.15)  # through every seam of the loop


def test_the_meter_agrees_with_pyloudnorm() -> None:
    rng = np.random.default_rng(3)
    times = np.arange(int(7.3 * RATE)) / RATE
    sound = (rng.normal(0, 0.05, (len(times), 2)) * (0.5 + 0.5 * np.sin(2 * np.pi * 0.3 * times))[:, None]).astype("f4")
    found = loudness(step_energies(sound, 0).tolist(), len(sound))
    assert found == pytest.approx(pyloudnorm.Meter(RATE).integrated_loudness(sound.astype(float)), abs=0.1)


def test_true_peak_lies_between_samples() -> None:
    """A tone at a quarter of the rate, sampled at 45 degrees, shows 3 dB less than it has."""
    wave = np.sin(np.pi / 4 + np.pi / 2 * np.arange(4000)) * np.hanning(4000)
    assert true_peak(np.repeat(wave[:, None], 2, axis=1).astype(np.float32)) == pytest.approx(1, abs=0.01)
    assert np.abs(wave).max() < 0.72


def test_no_music_is_broken(mixed: Callable) -> None:
    with pytest.raises(Broken, match="too short to be repeated"):
        mixed(MixParams(samples=50_000, music=(Bed(input="bed", start=0),)), bed=(tone(0.1, 220, 0.2), RATE))
