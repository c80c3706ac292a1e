"""A cue is the voice's own samples at the exact place."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import soundfile

from edl.clock import rate_text, sample_at
from edl.errors import Broken
from edl.facts import Phone, VoiceFacts, Word
from engines.conformer import cue
from engines.conformer.cue import CueParams

RATE = 24_000


@pytest.fixture
def voice(tmp_path: Path) -> dict[str, Path]:
    samples = np.random.default_rng(1).integers(-9000, 9000, 2 * RATE).astype(np.int16)
    soundfile.write(tmp_path / "voice.wav", samples, RATE, subtype="PCM_16")
    facts = VoiceFacts(
        samples=len(samples),
        rate=RATE,
        words=(
            Word(text="one", start=0.2, end=0.8, first=0, last=3),
            Word(text="two", start=1, end=1.6, first=4, last=7),
        ),
        phones=(Phone(name="W", start=0.2, end=0.8), Phone(name="T", start=1.0, end=1.6)),
    )
    (tmp_path / "timings.json").write_text(facts.model_dump_json())
    return {"voice": tmp_path / "voice.wav", "timings": tmp_path / "timings.json"}


@pytest.mark.parametrize("fps", [Fraction(25), Fraction(30000, 1001)], ids=str)
def test_parts_together_are_the_voice(fps: Fraction, voice: dict[str, Path], run_engine: Callable) -> None:
    lead, lengths = 4, (9, 1, 17, 40)
    pieces = []
    for number, frames in enumerate(lengths):
        params = CueParams(lead=lead, first=sum(lengths[:number]), frames=frames, fps=rate_text(fps))
        made, order = run_engine(cue.ENGINE, params, None, voice)
        piece, rate = soundfile.read(order.folder / made.media, dtype="int16")
        assert rate == RATE
        facts = VoiceFacts.model_validate(made.facts["voice"])
        assert facts.samples == len(piece)
        assert facts.phones[0].start == 0
        assert facts.phones[-1].end == pytest.approx(len(piece) / RATE)
        assert all(a.end == b.start for a, b in zip(facts.phones, facts.phones[1:], strict=False))
        assert facts == VoiceFacts.model_validate_json((order.folder / "timings.json").read_bytes())
        pieces.append(piece)
    whole = np.concatenate(pieces)
    original, _ = soundfile.read(voice["voice"], dtype="int16")
    at = sample_at(lead, RATE, fps)
    assert len(whole) == sample_at(sum(lengths), RATE, fps)
    assert not whole[:at].any()
    assert np.array_equal(whole[at : at + len(original)], original)
    assert not whole[at + len(original) :].any()


def test_timings_move_with_the_sound(voice: dict[str, Path], run_engine: Callable) -> None:
    made, _ = run_engine(cue.ENGINE, CueParams(lead=5, first=20, frames=15, fps="25"), None, voice)
    facts = VoiceFacts.model_validate(made.facts["voice"])
    assert [(word.text, word.start, word.end) for word in facts.words] == [
        ("one", 0.0, pytest.approx(0.2)),
        ("two", pytest.approx(0.4), pytest.approx(0.6)),
    ]
    assert [phone.name for phone in facts.phones] == ["W", "SIL", "T"]


def test_timings_of_another_voice_are_refused(voice: dict[str, Path], run_engine: Callable) -> None:
    facts = VoiceFacts(samples=7, rate=RATE)
    voice["timings"].write_text(facts.model_dump_json())
    with pytest.raises(Broken, match="timings say 7"):
        run_engine(cue.ENGINE, CueParams(frames=10), None, voice)
