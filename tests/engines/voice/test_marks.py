"""Pauses, emphasis and pronunciations as they are heard, with every voice that is installed."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from pydantic import JsonValue

from edl.errors import Broken, EnvironmentLacks, Refused
from edl.facts import VoiceFacts, Word
from edl.pronounce import wanted_in
from edl.words import tokens
from engines.contract import Engine, Order, Session
from engines.media.align import RATE, Spelled, align
from engines.media.phones import SILENCE
from engines.media.sound import read_sound, resample
from engines.registry import engine

Heard = Callable[..., tuple[VoiceFacts, NDArray[np.float32]]]


def needs(program: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(shutil.which(program) is None, reason=f"the program {program} is not installed")


VOICES = [
    "hibari",
    pytest.param("flite", marks=needs("flite")),
    pytest.param("espeak", marks=needs("espeak-ng")),
]
every_voice = pytest.mark.parametrize("name", VOICES)


@pytest.fixture
def hear(voice: Session, make_order: Callable[..., Order]) -> Heard:
    """Speaks: ``hear("flite", "Hello", speed=2)`` returns the facts and the samples."""

    def say_it(name: str, say: str, **settings: JsonValue) -> tuple[VoiceFacts, NDArray[np.float32]]:
        found: Engine = engine(f"voice/{name}")
        order = make_order(found.params.model_validate({"say": say, **settings}))
        made = (voice if name == "hibari" else found.open("cpu")).render(order)
        assert {path.name for path in Path(order.folder).iterdir()} == {"voice.wav", "timings.json"}
        return VoiceFacts.model_validate(made.facts["voice"]), read_sound(order.folder / made.media)[0][:, 0]

    return say_it


def word(facts: VoiceFacts, text: str) -> Word:
    return next(each for each in facts.words if each.text == text)


def loudness(samples: NDArray[np.float32], facts: VoiceFacts, first: float, last: float) -> float:
    piece = samples[round(first * facts.rate) : round(last * facts.rate)]
    return float(20 * np.log10(np.sqrt(np.mean(piece**2)) + 1e-9))


@every_voice
def test_pauses_are_as_long_as_written_and_silent(hear: Heard, name: str) -> None:
    facts, samples = hear(name, "The sea [pause 700ms] is calm. [pause 1.5s] Ships sail.")
    for before, after, length in (("sea", "is", 0.7), ("calm", "Ships", 1.5)):
        first, last = word(facts, before).end, word(facts, after).start
        assert last - first == pytest.approx(length, abs=0.005)
        assert loudness(samples, facts, first + 0.2, last - 0.2) < -55
    assert len(samples) == facts.samples
    assert [each.text for each in facts.words] == ["The", "sea", "is", "calm", "Ships", "sail"]
    assert facts.words[-1].last == len("The sea is calm. Ships sail")


@every_voice
def test_emphasis_is_louder_and_shows_nowhere(hear: Heard, name: str) -> None:
    one, plain = hear(name, "I never said he took my money.")
    other, strong = hear(name, "I never said he *took* my money.")
    assert [each.text for each in one.words] == [each.text for each in other.words]
    levels = [
        loudness(samples, facts, word(facts, "took").start, word(facts, "took").end)
        for samples, facts in ((plain, one), (strong, other))
    ]
    assert 1.5 < levels[1] - levels[0] < 6
    assert np.abs(strong).max() < 1.0


@every_voice
def test_words_are_pronounced_as_the_project_says(hear: Heard, name: str) -> None:
    listed: JsonValue = [["Hubble", "T OW1 M AH0 T OW2"], ["Zorg", "cat"]]
    facts, _ = hear(name, "Ask Hubble or Zorg.", pronounce=listed)
    said = [
        " ".join(phone.name for phone in facts.phones if each.start <= phone.start < each.end) for each in facts.words
    ]
    assert said[1].replace("AH", "").split() == ["T", "OW", "M", "T", "OW"]
    assert said[3] in ("K AE T", "K AE")


@every_voice
def test_the_s_of_a_listed_name_has_its_sound(hear: Heard, name: str) -> None:
    listed = {"Matt": "M AE1 T", "Hubble": "HH AH1 B AH0 L", "Xanthes": "Z AE1 N TH IY0 Z", "Vash": "vash"}
    say = "The Matts and Hubble's crew, Xanthes' ship, two Vashes there."
    wanted: JsonValue = [list(entry) for entry in wanted_in(say, listed).items()]
    facts, _ = hear(name, say, pronounce=wanted)
    assert [each.text for each in facts.words] == [say[first:last] for _, first, last in tokens(say)]
    for text, ends in {"Matts": "T S", "Hubble's": "L Z", "Xanthes": "Z V Z", "Vashes": "SH V Z"}.items():
        each = word(facts, text)
        phones = [phone.name for phone in facts.phones if each.start <= phone.start < each.end]
        last = ["V" if phone in ("IH", "AH", "EH") else phone for phone in phones[-len(ends.split()) :]]
        assert " ".join(last) == ends


@every_voice
def test_speed_is_the_pace(hear: Heard, name: str) -> None:
    slow, _ = hear(name, "Ships sail past the sea.", speed=0.7)
    fast, _ = hear(name, "Ships sail past the sea.", speed=1.6)
    assert 1.6 < slow.seconds / fast.seconds < 3.2


@every_voice
def test_words_and_phones_are_where_they_sound(hear: Heard, name: str) -> None:
    facts, samples = hear(name, "Peter asked about the fish, and Susan saw $9.99.")
    assert [each.text for each in facts.words][-2:] == ["9", "99"]
    groups = [
        tuple(
            phone.name
            for phone in facts.phones
            if phone.name != SILENCE and each.start <= phone.start < each.end - 1e-6
        )
        for each in facts.words
    ]
    found = align(resample(samples, facts.rate, RATE), [Spelled("", group) for group in groups])
    assert found is not None
    apart = np.array([one.start - other.start for one, other in zip(facts.words, found.words, strict=True)])
    assert abs(apart.mean()) < 0.025
    assert apart.std() < 0.06


@every_voice
def test_loudness_is_that_of_the_embedded_voice(hear: Heard, name: str) -> None:
    facts, samples = hear(name, "Please take the big red box back to Kate before dinner.")
    assert loudness(samples, facts, facts.words[0].start, facts.words[-1].end) == pytest.approx(-26, abs=2.5)


@every_voice
@pytest.mark.parametrize("say", ["?!", "😀"])
def test_nothing_to_hear_is_refused(hear: Heard, name: str, say: str) -> None:
    with pytest.raises(Refused, match="no sound"):
        hear(name, say)


@needs("espeak-ng")
def test_espeak_speaks_other_languages(hear: Heard) -> None:
    facts, _ = hear("espeak", "Ich bin 42 Jahre alt [pause 1s] und *froh*.", language="de", variant="f2")
    assert [each.text for each in facts.words] == ["Ich", "bin", "42", "Jahre", "alt", "und", "froh"]
    assert word(facts, "42").end - word(facts, "42").start > 0.6, "zweiundvierzig"
    arabic, _ = hear("espeak", "مرحبا بالعالم", language="ar")
    assert len(arabic.words) == 2


@needs("espeak-ng")
def test_espeak_names_a_voice_that_it_lacks(hear: Heard) -> None:
    with pytest.raises(Broken, match="no voice xx"):
        hear("espeak", "Hello", language="xx")


@pytest.mark.parametrize("name", ["flite", "espeak"])
def test_a_program_that_is_not_installed_is_said(hear: Heard, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from engines.registry import missing

    monkeypatch.setenv("PATH", "/nowhere")
    assert missing(engine(f"voice/{name}"))[0].startswith("the program")
    with pytest.raises(EnvironmentLacks) as raised:
        hear(name, "Hello")
    assert raised.value.remedy.startswith("apt-get install")


@needs("espeak-ng")
def test_a_language_that_espeak_lacks_is_told_before_it_speaks() -> None:
    from engines.voice.espeak import _language

    assert [finding.code for finding in _language("xx")] == ["espeak-language"]
    assert not [*_language("de"), *_language("en-us")]
