"""Measure the voices: CPU time, and how well their own timings agree with an independent aligner and the sound.

Run: python -m bench.voices
"""

from __future__ import annotations

import os
import resource
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

import numpy as np
import pyloudnorm
from numpy.typing import NDArray
from pydantic import BaseModel, JsonValue

from edl.facts import VoiceFacts, Word
from engines.contract import Made, Order, Session
from engines.media.align import RATE, Aligned, Spelled, align
from engines.media.english.script import sentences
from engines.media.g2p import read_words
from engines.media.phones import SILENCE, to_arpabet
from engines.media.sound import read_sound, resample, to_mono
from engines.registry import engine, missing
from engines.voice import hibari, recording

TEXT = (
    "Every coastline starts as a single still, and six ships sail south past the sea. "
    "She sells shells, because Susan saw several customers stop outside. "
    "Peter asked about the fish, but nobody could say a thing to the scientist. "
    "Please take the big red box back to Kate before dinner, or call Tom tonight. "
    "The quick brown fox jumps over the lazy dog while a cat keeps watching birds. "
    "In 1969, Dr. Smith paid $9.99 for 3 km of rope."
)
VOICES: tuple[tuple[str, dict[str, JsonValue]], ...] = (
    ("voice/hibari", {}),
    ("voice/flite", {"name": "slt"}),
    ("voice/flite", {"name": "rms"}),
    ("voice/flite", {"name": "awb"}),
    ("voice/flite", {"name": "kal16"}),
    ("voice/espeak", {"variant": "m3"}),
    ("voice/espeak", {"variant": "f2"}),
)
STRESSED = (
    "I never said he *took* my money.",
    "The brown fox jumps over the *lazy* dog, and sleeps.",
    "She was here this *morning*, early.",
    "*Nobody* could remember a thing about the *satellite*.",
    "Every *coastline* starts as a single still.",
)
SPEEDS = (0.6, 1.0, 1.6)

Samples = NDArray[np.float32]


class NoJournal:
    """A journal for orders that pay nothing."""

    def entries(self) -> list[dict[str, JsonValue]]:
        return []

    def write(self, entry: Mapping[str, JsonValue]) -> None:
        raise AssertionError(f"a voice is never paid: {entry}")


def main() -> None:
    """Print all figures."""
    session = hibari.ENGINE.open("cpu")
    with TemporaryDirectory() as folder:
        for speed in SPEEDS:
            place = Path(folder, f"{speed}")
            place.mkdir()
            made, seconds = _voice(session, place, hibari.HibariParams(say=TEXT, speed=speed))
            facts = VoiceFacts.model_validate(made.facts["voice"])
            sound = to_mono(read_sound(place / made.media)[0])
            print(f"speed {speed}: {float(facts.seconds):.2f} s of sound, {len(facts.words)} words")
            print(f"  RTF {seconds / float(facts.seconds):.4f} in CPU seconds")
            _agreement(facts, sound)
            _levels(facts, sound)
        _raw_offsets()
        _every_voice(Path(folder))
        _every_stress(Path(folder))
        again = Path(folder, "recording")
        again.mkdir()
        order = _order(again, recording.RecordingParams(say=TEXT), {"audio": Path(folder, "1.0", "voice.wav")})
        began = time.process_time()
        made = recording.render(order)
        spent = time.process_time() - began
        facts = VoiceFacts.model_validate(made.facts["voice"])
        print(f"recording: {made.facts['timing']}, RTF {spent / float(facts.seconds):.3f} in CPU seconds")


def _every_voice(folder: Path) -> None:
    """All voices that are installed, side by side: cost with that of their programs, loudness, word starts against
    forced alignment of the very phones that each voice tells."""
    print("voices side by side, speed 1.0")
    for name, settings in VOICES:
        found = engine(name)
        if lacks := missing(found):
            print(f"{name}: needs {', '.join(lacks)}")
            continue
        place = folder / "-".join([name.replace("/", "-"), *map(str, settings.values())])
        place.mkdir()
        began = _spent()
        made = found.open("cpu").render(_order(place, found.params.model_validate({"say": TEXT, **settings}), {}))
        spent = _spent() - began
        facts = VoiceFacts.model_validate(made.facts["voice"])
        sound = to_mono(read_sound(place / made.media)[0])
        print(
            f"{name} {settings or ''}: {float(facts.seconds):.2f} s, "
            f"RTF {spent / float(facts.seconds):.3f} with loading"
        )
        _levels(facts, sound)
        _print("word starts", list(_sentence_errors(facts, sound)))


def _every_stress(folder: Path) -> None:
    """Stressed words of every voice beside the same words without stress: length, pitch, level; and when words begin
    against forced alignment, in both."""
    print("emphasis: stressed words against the same words unstressed")
    declared = folder / "settings.yaml"
    declared.write_text('voices: {rms: {run: [flite, -voice, rms, -f, "{text_file}", -o, "{out}"]}}')
    os.environ["CUTAWAY_SETTINGS"] = str(declared)
    others = (("voice/command", {"name": "rms"}),) if shutil.which("flite") else ()
    for at, (name, settings) in enumerate((*VOICES, *others)):
        found = engine(name)
        if missing(found):
            continue
        ratios: list[tuple[float, float, float]] = []
        errors: tuple[list[float], list[float]] = ([], [])
        for number, text in enumerate(STRESSED):
            spoken: list[list[tuple[float, float, float]]] = []
            for marked in (False, True):
                say = text if marked else text.replace("*", "")
                place = folder / f"stress-{at}-{number}-{marked}"
                place.mkdir()
                made = found.open("cpu").render(
                    _order(place, found.params.model_validate({"say": say, **settings}), {})
                )
                facts = VoiceFacts.model_validate(made.facts["voice"])
                sound = to_mono(read_sound(place / made.media)[0])
                errors[marked].extend(_starts(facts, sound))
                spoken.append([_heard(facts, sound, word) for word in facts.words if f"*{word.text}*" in text])
            ratios += [
                (one[0] / other[0], one[1] / other[1], one[2] - other[2]) for other, one in zip(*spoken, strict=True)
            ]
        longer, higher, more = np.nanmedian(np.asarray(ratios), axis=0)
        print(f"{name} {settings or ''}: length x {longer:.2f}, pitch x {higher:.2f}, {more:+.1f} dB")
        _print("word starts, unstressed", errors[0])
        _print("word starts, stressed", errors[1])


def _heard(facts: VoiceFacts, sound: Samples, word: Word) -> tuple[float, float, float]:
    """Seconds, median pitch in Hz and level in dB of a word."""
    import librosa

    piece = sound[round(word.start * facts.rate) : round(word.end * facts.rate)]
    pitch, voiced, _ = librosa.pyin(piece, fmin=60, fmax=400, sr=facts.rate, frame_length=1024)
    level = 10 * np.log10(np.mean(piece.astype(np.float64) ** 2))
    return word.end - word.start, float(np.median(pitch[voiced])) if voiced.any() else np.nan, float(level)


def _starts(facts: VoiceFacts, sound: Samples) -> list[float]:
    """Word starts minus those of the aligner, for one sentence."""
    spelled = [
        Spelled("", tuple(p.name for p in facts.phones if p.name != SILENCE and w.start <= p.start < w.end - 1e-6))
        for w in facts.words
    ]
    found = align(resample(sound, facts.rate, RATE), spelled)
    if found is None:
        print("  not aligned")
        return []
    return [one.start - other.start for one, other in zip(facts.words, found.words, strict=True)]


def _spent() -> float:
    own, children = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return own.ru_utime + own.ru_stime + children.ru_utime + children.ru_stime


def _sentence_errors(facts: VoiceFacts, sound: Samples) -> Iterator[float]:
    """Word starts minus those of the aligner, sentence by sentence."""
    ends = [
        at for at, word in enumerate(facts.words, 1) if TEXT[word.last : word.last + 1] == "." and word.text != "Dr"
    ]
    for first, last in pairwise([0, *ends]):
        words = facts.words[first:last]
        begin, end = max(0.0, words[0].start - 0.2), words[-1].end + 0.2
        spelled = [
            Spelled("", tuple(p.name for p in facts.phones if p.name != SILENCE and w.start <= p.start < w.end - 1e-6))
            for w in words
        ]
        heard = resample(sound[round(begin * facts.rate) : round(end * facts.rate)], facts.rate, RATE)
        found = align(heard, spelled)
        if found is None:
            print(f"  not aligned: {TEXT[words[0].first : words[-1].last]}")
            continue
        yield from (one.start - begin - other.start for one, other in zip(words, found.words, strict=True))


def _voice(session: Session, folder: Path, params: hibari.HibariParams) -> tuple[Made, float]:
    began = time.process_time()
    made = session.render(_order(folder, params, {}))
    return made, time.process_time() - began


def _order(folder: Path, params: BaseModel, inputs: dict[str, Path]) -> Order:
    return Order("0" * 64, params, None, 1, inputs, folder, NoJournal())


def _agreement(facts: VoiceFacts, sound: Samples) -> None:
    """Word and phone starts against forced alignment of the same phones, and fricatives against their hiss."""
    spelled = [Spelled("", phones) for phones in read_words(TEXT)]
    found = cast(Aligned, align(resample(sound, facts.rate, RATE), spelled))
    _print("word starts", [mine.start - theirs.start for mine, theirs in zip(facts.words, found.words, strict=True)])
    _print("word ends", [mine.end - theirs.end for mine, theirs in zip(facts.words, found.words, strict=True)])
    mine = [phone for phone in facts.phones if phone.name != SILENCE]
    theirs = [phone for phone in found.phones if phone.name != SILENCE]
    _print("phone starts", [one.start - other.start for one, other in zip(mine, theirs, strict=True)])
    _print("hiss onset", _hiss([phone.start for phone in mine if phone.name in ("S", "SH")], sound, facts.rate))


def _hiss(starts: Sequence[float], sound: Samples, rate: int) -> list[float]:
    """Starts of S and SH minus the moment nearest to them at which energy above 4 kHz begins."""
    hop = rate // 200
    frames = sound[: len(sound) // hop * hop].reshape(-1, hop)
    spectrum = np.abs(np.fft.rfft(frames * np.hanning(hop), 256))
    high = spectrum[:, 256 * 4000 // rate :].sum(axis=1)
    hissing = (high > 0.5 * spectrum.sum(axis=1)) & (high > 0.03 * high.max())
    onsets = np.flatnonzero(np.diff(hissing.astype(np.int8)) == 1) * hop / rate
    nearest = [onsets[np.argmin(np.abs(onsets - start))] for start in starts]
    return [float(start - onset) for start, onset in zip(starts, nearest, strict=True) if abs(start - onset) < 0.15]


def _raw_offsets() -> None:
    """hibari's durations as they are: where symbols begin against forced alignment."""
    from engines.media.g2p import phonemizer
    from engines.voice import _hibari

    model = _hibari.Model()
    offsets: list[float] = []
    for first, last in sentences(TEXT):
        ipa = phonemizer()(TEXT[first:last])
        sound, durations = model.raw(ipa, 1.0)
        edges = np.concatenate([[0], np.cumsum(durations)]) * _hibari.UNIT / _hibari.RATE
        spelled = [Spelled("", tuple(phone.name for phone in to_arpabet(word))) for word in ipa.split()]
        found = align(resample(sound, _hibari.RATE, RATE), [word for word in spelled if word.phones])
        theirs = [phone.start for phone in cast(Aligned, found).phones if phone.name != SILENCE]
        mine = [float(edges[phone.first + 1]) for phone in to_arpabet(ipa)]
        offsets += [one - other for one, other in zip(mine, theirs, strict=True)]
    print("durations as the model gives them, speed 1.0")
    _print("phone starts", offsets)


def _levels(facts: VoiceFacts, sound: Samples) -> None:
    loudness = pyloudnorm.Meter(facts.rate).integrated_loudness(sound.astype(np.float64))
    pauses = [phone.end - phone.start for phone in facts.phones[1:-1] if phone.name == SILENCE]
    print(f"  peak {20 * np.log10(np.abs(sound).max()):.1f} dBFS, {loudness:.1f} LUFS")
    print("  pauses " + " ".join(f"{pause:.2f}" for pause in pauses) + " s")


def _print(name: str, offsets: Sequence[float]) -> None:
    values = np.asarray(offsets)
    print(f"  {name}: mean {values.mean():+.4f} s, std {values.std():.4f} s, {len(values)} compared")


if __name__ == "__main__":
    main()
