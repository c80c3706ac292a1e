"""Sound that is played slower."""

from __future__ import annotations

import numpy as np
import pytest

from engines.media.tempo import slower

RATE = 16_000


@pytest.mark.parametrize("factor", [0.8, 1.2, 1.4])
def test_it_becomes_longer_and_keeps_its_pitch(factor: float) -> None:
    times = np.arange(RATE) / RATE
    sound = (0.3 * np.sin(2 * np.pi * 400 * times)).astype(np.float32)
    sound[: RATE // 2] *= 0.2
    slow = slower(sound, RATE, factor)
    assert len(slow) == pytest.approx(RATE * factor, abs=0.03 * RATE)
    assert int(np.argmax(np.abs(slow) > 0.1)) == pytest.approx(RATE / 2 * factor, abs=0.045 * RATE)
    middle = slow[round(0.6 * len(slow)) : round(0.9 * len(slow))]
    assert np.argmax(np.abs(np.fft.rfft(middle, RATE))) == pytest.approx(400, abs=2)
    assert np.array_equal(slow, slower(sound, RATE, factor))


def test_what_it_cannot_do_is_refused() -> None:
    with pytest.raises(ValueError, match="not possible"):
        slower(np.zeros(100, np.float32), RATE, 3.0)
