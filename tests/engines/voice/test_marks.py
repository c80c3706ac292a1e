"""Pauses, emphasis and pronunciations as they are heard, with every voice that is installed."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from pydantic import JsonValue

from edl.errors import EnvironmentLacks, Refused
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
    assert 1.5 < levels[1] - levels[0] < 7
    assert np.abs(strong).max() < 1.0


SENTENCE = "The brown fox jumps over the {} dog, and sleeps."


@pytest.mark.parametrize("name", VOICES[1:])
def test_emphasis_is_longer_and_higher(hear: Heard, name: str) -> None:
    plain, low = hear(name, SENTENCE.format("lazy"))
    stressed, high = hear(name, SENTENCE.format("*lazy*"))
    one, other = word(plain, "lazy"), word(stressed, "lazy")
    assert 1.12 < (other.end - other.start) / (one.end - one.start) < 1.32
    assert 1.05 < pitch(high, stressed, other) / pitch(low, plain, one) < 1.16
    assert other.start == pytest.approx(one.start, abs=0.02)
    later = other.end - one.end
    for text in ("dog", "and", "sleeps"):  # what follows comes later by as much as the word is longer
        assert word(stressed, text).end - word(plain, text).end == pytest.approx(later, abs=0.03)
    assert stressed.seconds - plain.seconds == pytest.approx(later, abs=0.03)


def test_the_embedded_voice_is_longer_and_higher_too(hear: Heard) -> None:
    plain, low = hear("hibari", SENTENCE.format("lazy"))
    stressed, high = hear("hibari", SENTENCE.format("*lazy*"))
    one, other = word(plain, "lazy"), word(stressed, "lazy")
    assert (other.end - other.start) / (one.end - one.start) > 1.08
    assert pitch(high, stressed, other) / pitch(low, plain, one) > 1.05


def pitch(samples: NDArray[np.float32], facts: VoiceFacts, spoken: Word) -> float:
    """The median pitch of a word in Hz, by autocorrelation."""
    found = []
    size, least, most = round(0.04 * facts.rate), facts.rate // 300, facts.rate // 60
    for first in range(round(spoken.start * facts.rate), round(spoken.end * facts.rate) - size, size // 4):
        frame = samples[first : first + size] * np.hanning(size)
        alike = np.correlate(frame, frame, "full")[size - 1 :] / (size - np.arange(size) + size / 4)
        lag = least + int(np.argmax(alike[least:most]))
        if alike[lag] > 0.5 * alike[0] > 0:
            found.append(facts.rate / lag)
    return float(np.median(found))


@every_voice
@pytest.mark.parametrize("say", ["*Peter* asked about *the fish*, and Susan *saw* nine *dollars*.", "Stop *it*!"])
def test_stressed_words_are_where_they_sound(hear: Heard, name: str, say: str) -> None:
    apart = starts_against_alignment(*hear(name, say))
    assert abs(apart.mean()) < 0.03
    assert np.abs(apart).max() < 0.12


@every_voice
def test_stressed_words_may_be_given_their_phones(hear: Heard, name: str) -> None:
    listed: JsonValue = [["Hubble", "HH AH1 B AH0 L"]]
    facts, _ = hear(name, "Ask *Hubble*, R&D <or> *Hubble*.", pronounce=listed)
    phones = [phone.name for phone in facts.phones if word(facts, "Hubble").start <= phone.start < facts.words[1].end]
    assert [phone for phone in phones if phone not in (SILENCE, "AH")] == ["HH", "B", "L"]
    assert not {"SL", "P"} & {phone.name for phone in facts.phones}, "no tag is read aloud"


@every_voice
@pytest.mark.parametrize("speed", [0.5, 2.0])
def test_stress_at_any_pace(hear: Heard, name: str, speed: float) -> None:
    say = "{}, nobody could {} that {}."
    plain, _ = hear(name, say.format("Take", "really say", "yet"), speed=speed)
    facts, samples = hear(name, say.format("*Take*", "*really say*", "*yet*"), speed=speed)
    assert len(samples) == facts.samples
    assert facts.seconds > plain.seconds
    assert all(one.end <= other.start for one, other in zip(facts.words, facts.words[1:], strict=False))
    assert facts.words[-1].end <= facts.seconds


@pytest.mark.parametrize("name", VOICES[1:])
def test_stress_is_the_same_to_the_bit(hear: Heard, name: str) -> None:
    one, two = (hear(name, "I never said he *took my* money.")[1] for _ in range(2))
    assert np.array_equal(one, two)


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
    apart = starts_against_alignment(facts, samples)
    assert abs(apart.mean()) < 0.025
    assert apart.std() < 0.06


def starts_against_alignment(facts: VoiceFacts, samples: NDArray[np.float32]) -> NDArray[np.float64]:
    """When words begin against forced alignment of the phones that the voice tells, in seconds."""
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
    return np.array([one.start - other.start for one, other in zip(facts.words, found.words, strict=True)])


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
    with pytest.raises(EnvironmentLacks, match="does not speak xx"):
        hear("espeak", "Hello", language="xx")
    with pytest.raises(EnvironmentLacks, match="no variant F2") as raised:
        hear("espeak", "Hello", variant="F2")
    assert "f2" in raised.value.remedy


@needs("espeak-ng")
@pytest.mark.parametrize("language", ["en-gb", "fr-fr", "no", "en"])
def test_espeak_speaks_what_it_lists(hear: Heard, language: str) -> None:
    facts, _ = hear("espeak", "Hello moon", language=language, variant="f2")
    assert len(facts.phones) > 4


@pytest.mark.parametrize("name", ["flite", "espeak"])
def test_a_program_that_is_not_installed_is_said(hear: Heard, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from engines.registry import missing

    monkeypatch.setenv("PATH", "/nowhere")
    assert missing(engine(f"voice/{name}"))[0].startswith("the program")
    with pytest.raises(EnvironmentLacks) as raised:
        hear(name, "Hello")
    assert raised.value.remedy.startswith("apt-get install")
