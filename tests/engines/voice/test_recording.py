"""Recordings: timings, and files as people have them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from edl.errors import Broken, Failure, Refused
from edl.facts import VoiceFacts
from engines.contract import Made, Order
from engines.media.phones import SILENCE
from engines.media.sound import read_sound, resample
from engines.voice.recording import ENGINE, RecordingParams, render

SAY = "Peter paid $9.99 for the red boat, and Tom Zorblatt slept."
Speak = Callable[..., tuple[VoiceFacts, Path]]
Record = Callable[[Path, str], tuple[Made, VoiceFacts, Path]]


@pytest.fixture
def record(make_order: Callable[..., Order]) -> Record:
    """Renders a recording: the part, its facts and the sound file."""

    def render_it(path: Path, say: str = "") -> tuple[Made, VoiceFacts, Path]:
        order = make_order(RecordingParams(say=say), inputs={"audio": path})
        made = ENGINE.open("cpu").render(order)
        return made, VoiceFacts.model_validate(made.facts["voice"]), order.folder / made.media

    return render_it


def mono(path: Path) -> NDArray[np.float32]:
    return read_sound(path)[0][:, 0]


def apart(one: VoiceFacts, other: VoiceFacts) -> NDArray[np.float64]:
    return np.array([abs(a.start - b.start) for a, b in zip(one.words, other.words, strict=True)])


def test_words_are_found(speak: Speak, record: Record) -> None:
    truth, path = speak(SAY)
    made, facts, out = record(path, SAY)
    assert made.facts["timing"] == "aligned"
    assert np.median(apart(facts, truth)) < 0.03
    assert apart(facts, truth).max() < 0.15
    assert np.array_equal(mono(out), mono(path))
    assert facts.phones[0].start == 0.0
    assert facts.phones[-1].end == facts.samples / facts.rate
    assert all(one.end == other.start for one, other in zip(facts.phones, facts.phones[1:], strict=False))


def test_same_bytes_again(speak: Speak, record: Record) -> None:
    _, path = speak("A single still.")
    (_, one, _), (_, other, _) = record(path, "A single still."), record(path, "A single still.")
    assert one == other


def test_without_a_transcript_there_are_phones(speak: Speak, record: Record) -> None:
    truth, path = speak(SAY)
    made, facts, _ = record(path, "")
    assert facts.words == ()
    assert made.facts["timing"] == "rough"
    spoken = [phone for phone in facts.phones if phone.name != SILENCE]
    assert 0.5 < len(spoken) / sum(phone.name != SILENCE for phone in truth.phones) < 1.5


def test_a_word_too_many_does_not_move_the_others(speak: Speak, record: Record) -> None:
    say = "The quick brown fox jumps over the lazy dog while a cat keeps watching birds."
    truth, path = speak(say)
    made, facts, _ = record(path, say.replace("while", "umbrella zorbing while"))
    words = [word for word in facts.words if word.text not in ("umbrella", "zorbing")]
    assert [word.text for word in words] == [word.text for word in truth.words]
    starts = np.array([abs(a.start - b.start) for a, b in zip(words, truth.words, strict=True)])
    assert np.median(starts) < 0.08
    assert made.facts["timing"] in ("aligned", "rough")


def test_a_wrong_transcript_is_spread_and_said(speak: Speak, record: Record) -> None:
    _, path = speak(SAY)
    made, facts, _ = record(path, "Once upon a time there was a king who had no dragon at all")
    assert made.facts["timing"] == "rough"
    assert len(facts.words) == 14
    assert all(one.end <= other.start + 1e-9 for one, other in zip(facts.words, facts.words[1:], strict=False))
    assert facts.words[-1].end <= facts.seconds


@pytest.mark.parametrize(
    ("rate", "channels", "subtype", "expected"),
    [(8000, 1, "PCM_16", 48_000), (96_000, 2, "PCM_24", 48_000), (44_100, 2, "FLOAT", 44_100)],
)
def test_formats(
    speak: Speak, record: Record, tmp_path: Path, rate: int, channels: int, subtype: str, expected: int
) -> None:
    truth, path = speak("A single still.")
    sound = resample(mono(path), truth.rate, rate)
    soundfile.write(tmp_path / "in.wav", np.repeat(sound[:, None], channels, axis=1), rate, subtype=subtype)
    _, facts, out = record(tmp_path / "in.wav", "A single still.")
    info = soundfile.info(out)
    assert (info.samplerate, info.channels, info.subtype) == (expected, 1, "PCM_16")
    assert facts.samples == info.frames == len(sound) * expected // rate
    assert apart(facts, truth).max() < 0.2


def test_silence_around_the_speech_is_kept(speak: Speak, record: Record, tmp_path: Path) -> None:
    truth, path = speak("A single still.")
    pad = np.zeros(truth.rate, np.float32)
    soundfile.write(tmp_path / "in.wav", np.concatenate([pad, mono(path), pad]), truth.rate)
    _, facts, _ = record(tmp_path / "in.wav", "A single still.")
    assert facts.samples == truth.samples + 2 * truth.rate
    assert facts.words[0].start == pytest.approx(truth.words[0].start + 1, abs=0.15)


def test_a_tone_with_words_does_not_crash(record: Record, tmp_path: Path) -> None:
    tone = 0.3 * np.sin(np.arange(48_000) * 2 * np.pi * 440 / 48_000)
    soundfile.write(tmp_path / "in.wav", tone, 48_000)
    made, facts, _ = record(tmp_path / "in.wav", "hello 日本 world")
    assert made.facts["timing"] == "rough"
    assert len(facts.words) == 3


@pytest.mark.parametrize(
    ("content", "error", "words"),
    [
        (b"", Broken, "empty"),
        (b"this is not a sound", Broken, "cannot be read"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", Broken, "cannot be read"),
    ],
)
def test_unreadable_files(
    make_order: Callable[..., Order], tmp_path: Path, content: bytes, error: type[Failure], words: str
) -> None:
    (tmp_path / "in.wav").write_bytes(content)
    with pytest.raises(error, match=words):
        render(make_order(RecordingParams(), inputs={"audio": tmp_path / "in.wav"}))


@pytest.mark.parametrize(("length", "words"), [(0, "no samples"), (24_000, "silent")])
def test_nothing_to_hear(make_order: Callable[..., Order], tmp_path: Path, length: int, words: str) -> None:
    soundfile.write(tmp_path / "in.wav", np.zeros(length), 24_000)
    with pytest.raises(Refused, match=words):
        render(make_order(RecordingParams(), inputs={"audio": tmp_path / "in.wav"}))


def test_a_cut_off_file_gives_what_is_there(speak: Speak, record: Record, tmp_path: Path) -> None:
    _, path = speak(SAY)
    content = path.read_bytes()
    (tmp_path / "in.wav").write_bytes(content[: len(content) // 2])
    _, facts, _ = record(tmp_path / "in.wav", SAY)
    assert 1.0 < facts.seconds < 3.0
    assert len(facts.words) == 12
