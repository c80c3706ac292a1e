"""The embedded voice with its real model."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from edl.errors import Cancelled, Refused
from edl.facts import VoiceFacts
from edl.project import Narrate
from engines.contract import Order, Session, Shape, Wish
from engines.media.align import RATE, Spelled, align
from engines.media.english.script import script
from engines.media.g2p import read_words
from engines.media.phones import ARPABET, SILENCE
from engines.media.sound import read_sound, resample
from engines.media.timings import FILE
from engines.voice import _hibari
from engines.voice.hibari import ENGINE, HibariParams, weights

TEXT = "She sells shells, because Susan saw several customers. Peter asked about the fish in 1969."
Speak = Callable[..., tuple[VoiceFacts, Path]]


def mono(path: Path) -> NDArray[np.float32]:
    return read_sound(path)[0][:, 0]


def decibels(samples: NDArray[np.float32]) -> float:
    return float(20 * np.log10(np.sqrt(np.mean(samples * samples)) + 1e-9))


def test_file_and_facts_agree(speak: Speak) -> None:
    facts, path = speak(TEXT)
    info = soundfile.info(path)
    assert (info.samplerate, info.channels, info.subtype) == (24_000, 1, "PCM_16")
    assert (facts.samples, facts.rate) == (info.frames, info.samplerate)
    assert VoiceFacts.model_validate_json((path.parent / FILE).read_text()) == facts
    assert 5.0 < facts.seconds < 9.0
    assert np.abs(mono(path)).max() < 1.0


def test_phones_cover_the_file(speak: Speak) -> None:
    facts, _ = speak(TEXT)
    assert facts.phones[0].start == 0.0
    assert facts.phones[-1].end == facts.samples / facts.rate
    assert all(one.end == other.start for one, other in zip(facts.phones, facts.phones[1:], strict=False))
    assert all(phone.end > phone.start for phone in facts.phones)
    assert {phone.name for phone in facts.phones} <= {*ARPABET, SILENCE}


def test_words_are_those_that_were_written(speak: Speak) -> None:
    say = "In 1969, Dr. Smith paid $9.99 for 3 km of “rope”; didn’t he?"
    facts, _ = speak(say)
    assert [word.text for word in facts.words] == [
        *("In", "1969", "Dr", "Smith", "paid", "9", "99", "for", "3", "km", "of", "rope", "didn’t", "he"),
    ]
    assert all(say[word.first : word.last] == word.text for word in facts.words)
    assert all(one.end <= other.start for one, other in zip(facts.words, facts.words[1:], strict=False))
    lengths = {word.text: word.end - word.start for word in facts.words}
    assert lengths["1969"] > 0.8, "nineteen sixty nine"
    assert lengths["9"] > 0.5, "nine dollars and"
    assert lengths["of"] < 0.3


@pytest.mark.parametrize("speed", [0.7, 1.0, 1.7])
def test_timings_agree_with_forced_alignment(speak: Speak, speed: float) -> None:
    facts, path = speak(TEXT, speed)
    found = align(resample(mono(path), facts.rate, RATE), [Spelled("", phones) for phones in read_words(TEXT)])
    assert found is not None
    mine = [phone.start for phone in facts.phones if phone.name != SILENCE]
    theirs = [phone.start for phone in found.phones if phone.name != SILENCE]
    apart = np.subtract(mine, theirs)
    assert abs(apart.mean()) < 0.012
    assert apart.std() < 0.045


def test_silence_is_where_the_phones_say(speak: Speak) -> None:
    facts, path = speak(TEXT)
    sound = mono(path)
    quiet = [phone for phone in facts.phones if phone.name == SILENCE]
    assert len(quiet) == 4, "before, at the comma, between the sentences, after"
    for phone in quiet:
        inside = sound[int((phone.start + 0.03) * facts.rate) : int((phone.end - 0.03) * facts.rate)]
        assert decibels(inside) < -50
    assert 0.25 <= quiet[2].end - quiet[2].start <= 0.4


def test_joins_do_not_click(speak: Speak) -> None:
    facts, path = speak("A still. A still. A still.")
    sound = mono(path)
    for phone in facts.phones:
        if phone.name == SILENCE:
            inside = sound[int((phone.start + 0.05) * facts.rate) : int((phone.end - 0.05) * facts.rate)]
            assert np.abs(np.diff(inside)).max(initial=0) < 0.005
    assert sound[0] == 0
    assert abs(sound[-1]) < 1e-3


def test_a_change_in_the_last_sentence_leaves_the_first_alone(speak: Speak) -> None:
    one, path = speak("The sea is calm. Ships sail past. The end comes late.")
    other, changed = speak("The sea is calm. Ships sail past. Something else happens.")
    end = int(one.words[6].end * one.rate)
    assert one.words[:7] == other.words[:7]
    assert np.array_equal(mono(path)[:end], mono(changed)[:end])


def test_same_bytes_again_and_in_another_process(speak: Speak, tmp_path: Path) -> None:
    _, path = speak(TEXT)
    _, again = speak(TEXT)
    assert path.read_bytes() == again.read_bytes()
    script = f"""
from pathlib import Path
from engines.contract import Order
from engines.voice.hibari import ENGINE, HibariParams
ENGINE.open("cpu").render(Order("0" * 64, HibariParams(say={TEXT!r}), None, 7, {{}}, Path({str(tmp_path)!r}), None))
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stderr == ""
    for name in ("voice.wav", FILE):
        assert digest(tmp_path / name) == digest(path.parent / name)


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_golden(speak: Speak) -> None:
    """Raise ``pixels`` when this changes by more than machines differ."""
    facts, path = speak("Every coastline starts as a single still.")
    assert ENGINE.pixels == 3
    assert float(facts.seconds) == pytest.approx(2.56, abs=0.06)
    starts = [word.start for word in facts.words]
    assert starts == pytest.approx([0.10, 0.345, 0.92, 1.32, 1.445, 1.52, 1.92], abs=0.03)
    assert " ".join(phone.name for phone in facts.phones) == (
        "SIL EH V ER IY K OW S T L AY N S T AA R T S AE Z AH S IH NG G AH L S T IH L SIL"
    )
    assert decibels(mono(path)) == pytest.approx(-26.5, abs=1.5)


def test_a_model_whose_durations_are_unknown_is_aligned(monkeypatch: pytest.MonkeyPatch, speak: Speak) -> None:
    say = "Peter asked about the fish."
    truth, _ = speak(say)
    monkeypatch.setattr(_hibari, "KNOWN_MODELS", frozenset())
    spoken = _hibari.Model().speak(script(say)[0], 1.0)
    assert len(spoken.samples) == truth.samples
    starts = [phone.start for phone in truth.phones if phone.name != SILENCE]
    assert [run.first / _hibari.RATE for run in spoken.phones] == pytest.approx(starts, abs=0.08)


def test_speed_is_the_pace(speak: Speak) -> None:
    slow, _ = speak("The quick brown fox jumps over the lazy dog.", 0.5)
    fast, _ = speak("The quick brown fox jumps over the lazy dog.", 2.0)
    assert 3.0 < slow.seconds / fast.seconds < 5.0


def test_wrapped_lines_are_one_sentence(speak: Speak) -> None:
    one, _ = speak("Every coastline starts as a single still.")
    wrapped, _ = speak("Every coastline starts\nas a single still.\n")
    assert wrapped.samples == one.samples


def test_long_sentences_are_spoken_whole(speak: Speak) -> None:
    facts, _ = speak("and then another word came along " * 25)
    assert len(facts.words) == 150
    assert all(word.end > word.start for word in facts.words)


def test_progress_and_cancel(voice: Session, make_order: Callable[..., Order]) -> None:
    stops = iter([False, False, True])
    order = make_order(HibariParams(say="One. Two. Three. Four."), cancelled=lambda: next(stops))
    with pytest.raises(Cancelled):
        voice.render(order)


@pytest.mark.parametrize("say", ["😀", "?!", "日本語"])
def test_nothing_to_hear_is_refused(voice: Session, make_order: Callable[..., Order], say: str) -> None:
    with pytest.raises(Refused, match="no sound"):
        voice.render(make_order(HibariParams(say=say)))


@pytest.mark.parametrize(
    ("say", "codes"),
    [
        ("Hello there, naïve café in Hawaiʻi — 1969 © 5 °C!", []),
        ("😀 …", ["voice-nothing-to-say"]),
        ("Hello 😀.", ["voice-unsaid"]),
        ("Привет, мир", ["voice-other-script"]),
        ("The word 日本 means Japan.", ["voice-other-script"]),
    ],
)
def test_check(say: str, codes: list[str]) -> None:
    wish = Wish(Narrate(id="story", who="host", say=say), Fraction(1), 25, Shape(1280, 720, Fraction(25)))
    found = ENGINE.check(wish, HibariParams(say=say))
    assert [finding.code for finding in found] == codes
    assert all(finding.place.path == "say" for finding in found)


def test_planning_is_cheap() -> None:
    script = (
        "import sys, engines.voice.hibari as h, engines.voice.recording; h.weights(); "
        "print([name for name in ('numpy', 'onnxruntime', 'soundfile', 'hibari') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
    weights.cache_clear()
    assert len(weights()) == 16
    assert not ENGINE.limits.seeded
