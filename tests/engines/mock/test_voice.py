"""Tones with exact timings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from edl.errors import Broken
from edl.facts import VoiceFacts
from engines import registry
from engines.contract import Order
from engines.media.sound import read_sound, write_wav

MakeOrder = Callable[..., Order]
SAY = "Every coast, in 1969: it's café."


def speak(
    make_order: MakeOrder, name: str = "mock/voice", audio: Path | None = None, **params: object
) -> tuple[VoiceFacts, NDArray[np.float32], Path]:
    engine = registry.engine(name)
    order = make_order(engine.params.model_validate(params), None, {"audio": audio} if audio else {})
    made = engine.open("cpu").render(order)
    samples, _ = read_sound(order.folder / made.media)
    return VoiceFacts.model_validate(made.facts["voice"]), samples[:, 0], order.folder


def test_lasts_as_long_as_the_text(make_order: MakeOrder) -> None:
    facts, samples, _ = speak(make_order, say=SAY)
    assert len(samples) == facts.samples == 960 * len(SAY)
    assert facts.rate == 16_000
    assert speak(make_order, say=SAY, rate=2.0)[0].samples == 480 * len(SAY)


def test_words_carry_the_span_of_their_characters(make_order: MakeOrder) -> None:
    facts, _, _ = speak(make_order, say=SAY)
    assert [word.text for word in facts.words] == ["Every", "coast", "in", "1969", "it's", "café"]
    for word in facts.words:
        assert SAY[word.first : word.last] == word.text
        assert word.start == pytest.approx(0.06 * word.first)
        assert word.end == pytest.approx(0.06 * word.last)


def test_phones_cover_all_of_it_without_gaps(make_order: MakeOrder) -> None:
    facts, _, _ = speak(make_order, say="Oh, hé 1")
    assert [phone.name for phone in facts.phones] == ["OW", "HH", "SIL", "HH", "EH", "SIL", "AH"]
    assert facts.phones[0].start == 0
    assert all(one.end == two.start for one, two in zip(facts.phones, facts.phones[1:], strict=False))
    assert facts.phones[-1].end == pytest.approx(float(facts.seconds))


def test_sounds_in_words_and_is_silent_between_them(make_order: MakeOrder) -> None:
    facts, samples, _ = speak(make_order, say="one          two")
    gap = (facts.words[0].end + facts.words[1].start) / 2
    assert abs(samples[round(gap * facts.rate)]) < 1e-3
    for word in facts.words:
        assert np.abs(samples[round(word.start * facts.rate) : round(word.end * facts.rate)]).max() > 0.1


def test_timings_lie_beside_the_sound(make_order: MakeOrder) -> None:
    facts, _, folder = speak(make_order, say=SAY)
    assert VoiceFacts.model_validate_json((folder / "timings.json").read_text("utf-8")) == facts


def test_a_recording_keeps_its_samples_and_spreads_its_words(make_order: MakeOrder, tmp_path: Path) -> None:
    tone = (0.2 * np.sin(np.arange(44_100) / 20)).astype(np.float32)
    write_wav(tmp_path / "line.wav", np.stack([tone, tone], axis=1), 44_100)
    facts, samples, _ = speak(make_order, "mock/recording", tmp_path / "line.wav", say="one two")
    assert (facts.samples, facts.rate) == (44_100, 44_100)
    assert np.abs(samples - tone).max() < 1e-3
    assert [(word.text, round(word.start, 3), round(word.end, 3)) for word in facts.words] == [
        ("one", 0.0, 0.429),
        ("two", 0.571, 1.0),
    ]


def test_nothing_to_say_is_broken(make_order: MakeOrder) -> None:
    with pytest.raises(Broken):
        speak(make_order)
    with pytest.raises(Broken):
        speak(make_order, "mock/recording")
