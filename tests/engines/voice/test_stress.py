"""Emphasis that is worked into sound: length, pitch and loudness of a stretch, and the phones that move along."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from engines.media.timings import Run
from engines.voice._speech import Utterance
from engines.voice._stress import LOUDER, Stress, lengthened, louder, raised, stressed

RATE = 24_000
FIRST, LAST = 12_000, 24_000  # the stretch
Samples = NDArray[np.float32]


def tone(pitch: float = 120.0, seconds: float = 1.5) -> Samples:
    """A buzz as of a voice."""
    times = np.arange(round(seconds * RATE)) / RATE
    parts = [np.sin(2 * np.pi * pitch * n * times + n) / n for n in range(1, 20)]
    return (0.1 * np.sum(parts, axis=0)).astype(np.float32)


def pitch_of(samples: Samples) -> float:
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)), 1 << 18))
    low = spectrum[: round(200 * (1 << 18) / RATE)]
    return float(np.argmax(low) * RATE / (1 << 18))


def test_a_raised_stretch_is_higher_and_shorter_and_the_rest_stands_to_the_bit() -> None:
    before = tone()
    after, times = raised(before, FIRST, LAST, RATE, 1.08)
    shorter = len(before) - len(after)
    assert times[-1] == LAST - FIRST - shorter == round(times[-1])
    assert (LAST - FIRST) / times[-1] == pytest.approx(1.08, abs=0.006)
    assert np.array_equal(after[:FIRST], before[:FIRST])
    assert np.array_equal(after[LAST - shorter :], before[LAST:])
    assert pitch_of(after[FIRST + 1000 : LAST - shorter - 1000]) == pytest.approx(120 * 1.08, abs=0.5)
    assert np.abs(np.diff(after)).max() < 1.1 * np.abs(np.diff(before)).max(), "no seam"


def test_a_lengthened_stretch_keeps_its_pitch_and_its_neighbours() -> None:
    before = tone()
    after, times = lengthened(before, FIRST, LAST, RATE, 1.25)
    longer = len(after) - len(before)
    half = RATE // 100
    assert times[-1] == LAST - FIRST + longer
    assert (LAST - FIRST + longer) / (LAST - FIRST) == pytest.approx(1.25, abs=0.02)
    assert np.array_equal(after[: FIRST - half], before[: FIRST - half])
    assert np.array_equal(after[LAST + half + longer :], before[LAST + half :])
    assert pitch_of(after[FIRST : LAST + longer]) == pytest.approx(120, abs=0.5)
    assert np.abs(np.diff(after)).max() < 1.25 * np.abs(np.diff(before)).max(), "no seam"
    level = [float(np.sqrt(np.mean(piece**2))) for piece in np.array_split(after, 60)]
    assert max(level) < 1.25 * min(level), "nothing is lost or doubled at the joints"


def test_clicks_are_where_the_timings_say() -> None:
    """Eleven clicks in a quiet noise, a phone beginning at each; the third to the sixth of them are stressed."""
    rng = np.random.default_rng(1)
    samples = (1e-4 * rng.standard_normal(3 * RATE)).astype(np.float32)
    starts = [RATE // 2 + 4800 * number for number in range(11)]
    for start in starts:
        samples[start : start + 12] = 0.3
    phones = tuple(Run("T", start, start + 4800) for start in starts[:-1])
    words = tuple(2 <= number < 6 for number in range(10))
    said = Utterance(samples, phones, tuple(range(10)))
    for stress, apart in ((Stress(higher=1.08), 2), (Stress(1.27, 1.08), 0.03 * RATE)):
        after = stressed(said, words, RATE, stress)
        for phone in after.phones:
            around = after.samples[phone.first - 900 : phone.first + 900]
            click = phone.first - 900 + int(np.argmax(around > 0.1))
            assert abs(click - phone.first) <= apart, (stress, phone)
        longer = len(after.samples) - len(samples)
        assert [phone.first - longer for phone in after.phones[6:]] == starts[6:10]
        assert after.phones[:2] == phones[:2]


def test_neighbouring_stressed_words_are_one_stretch() -> None:
    """Else the rise to the one and the fall of the other would add up between them."""
    samples = tone(seconds=3.0)
    phones = tuple(Run("AH", first, first + 9600) for first in range(9600, 48_000, 9600))
    after = stressed(Utterance(samples, phones, (0, 1, 2, 3)), (False, True, True, False), RATE, Stress())
    gain = np.abs(after.samples[::50]) / np.maximum(np.abs(samples[::50]), 1e-6)
    assert gain.max() == pytest.approx(LOUDER, rel=0.01)
    assert after.phones == phones


def test_a_stretch_is_not_made_louder_than_full_scale() -> None:
    samples = tone() * 2
    assert np.abs(louder(samples, FIRST, LAST, RATE)).max() <= max(0.98, float(np.abs(samples).max()))


@pytest.mark.parametrize("stress", [Stress(1.27, 1.08), Stress(higher=1.08)])
def test_a_stretch_may_reach_to_both_ends(stress: Stress) -> None:
    samples = tone()
    said = Utterance(samples, (Run("T", -200, len(samples)),), (0,))
    after = stressed(said, (True,), RATE, stress)
    assert len(after.samples) / len(samples) == pytest.approx(stress.longer / stress.higher, abs=0.03)
    assert after.phones[0] == Run("T", -200, len(after.samples))


def test_a_stretch_too_short_to_be_joined_is_only_louder() -> None:
    samples = tone()
    said = Utterance(samples, (Run("T", FIRST, FIRST + 600),), (0,))
    after = stressed(said, (True,), RATE, Stress(1.27, 1.08))
    assert len(after.samples) == len(samples)
    assert after.phones == said.phones
