"""Timings that follow the letters of a text, and tones that sound like them."""

from __future__ import annotations

import unicodedata
from typing import TYPE_CHECKING

from edl.facts import Phone, VoiceFacts, Word
from edl.words import tokens
from engines.contract import Made, Order
from engines.mock._faults import fault_of
from engines.mock._look import look_from

if TYPE_CHECKING:
    from engines.media.sound import Samples

LETTERS = {letter: letter.upper() for letter in "bdfgklmnprstvwyz"} | {
    **{"a": "AE", "e": "EH", "i": "IH", "o": "OW", "u": "UH"},
    **{"c": "K", "h": "HH", "j": "JH", "q": "K", "x": "K"},
}
VOWELS = frozenset({"AE", "EH", "IH", "OW", "UH"})
LOUD, SOFT, EDGE = 0.3, 0.12, 0.01  # amplitudes of vowels and consonants; seconds of fade between two levels


def timed(say: str, samples: int, rate: int) -> VoiceFacts:
    """Timings for a text of which every character takes equally long.

    A phone for each letter (letters beyond a to z, and digits, sound as AH), SIL between the words.
    """
    share = samples / rate / max(1, len(say))
    words = tuple(
        Word(text=say[first:last], start=round(first * share, 6), end=round(last * share, 6), first=first, last=last)
        for _, first, last in tokens(say)
    )
    phones: list[Phone] = []
    for place, letter in enumerate(say):
        name = _phone(letter)
        if name == "SIL" and phones and phones[-1].name == "SIL":
            phones[-1] = phones[-1].model_copy(update={"end": round((place + 1) * share, 6)})
        else:
            phones.append(Phone(name=name, start=round(place * share, 6), end=round((place + 1) * share, 6)))
    return VoiceFacts(samples=samples, rate=rate, words=words, phones=tuple(phones))


def tones(facts: VoiceFacts) -> Samples:
    """A tone for each word, float32, shape (samples,): louder in vowels, silent between the words."""
    import numpy as np

    level = np.zeros(facts.samples)
    for phone in facts.phones:
        loudness = 0.0 if phone.name == "SIL" else LOUD if phone.name in VOWELS else SOFT
        level[round(phone.start * facts.rate) : round(phone.end * facts.rate)] = loudness
    fade = max(1, round(EDGE * facts.rate))
    level = np.convolve(level, np.full(fade, 1 / fade), mode="same")[: facts.samples]
    pitch = np.full(facts.samples, 120.0)
    for word in facts.words:
        pitch[round(word.start * facts.rate) :] = 110 + look_from(word.text.encode()) % 110
    phase = 2 * np.pi * np.cumsum(pitch) / facts.rate
    wave = 0.7 * np.sin(phase) + 0.3 * np.sin(2 * phase)
    return np.asarray(level * wave, dtype=np.float32)


def written(order: Order, samples: Samples, facts: VoiceFacts) -> Made:
    """Write ``voice.wav`` and ``timings.json`` into the order's folder."""
    from engines.media.sound import write_wav
    from engines.media.timings import save

    kept = samples[:-1] if fault_of(order) == "short" else samples
    write_wav(order.folder / "voice.wav", kept, facts.rate)
    save(facts, order.folder)
    return Made("voice.wav", {"voice": facts.model_dump(mode="json")})


def _phone(letter: str) -> str:
    plain = unicodedata.normalize("NFKD", letter.casefold())[0]
    return LETTERS.get(plain, "AH") if letter.isalnum() else "SIL"
