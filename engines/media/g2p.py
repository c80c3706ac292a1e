"""How written English sounds: hibari's phonemizer (Apache-2.0), mapped to ARPAbet."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Protocol

from edl.errors import EnvironmentLacks
from engines.media.english.script import Line, SpokenWord, script
from engines.media.phones import VOWEL_SYMBOLS, names, owners, to_ipa

if TYPE_CHECKING:

    class _Phonemizer(Protocol):
        def __call__(self, text: str) -> str: ...


@cache
def phonemizer() -> _Phonemizer:
    """hibari's phonemizer for American English, loaded once (0.7 s): one line of text to phonemes in IPA.

    :raises EnvironmentLacks: when hibari is not installed
    """
    try:
        from hibari.g2p import G2P
    except ImportError as error:
        raise EnvironmentLacks("hibari-tts is not installed", remedy="pip install hibari-tts==0.2.1") from error
    found: _Phonemizer = G2P()
    return found


@lru_cache(maxsize=10_000)
def pronunciation(word: str) -> tuple[str, ...]:
    """The phones of one word by itself; empty where it has no sound."""
    return names(phonemizer()(word))


def phones_of_word(word: SpokenWord) -> tuple[str, ...]:
    """The phones of one spoken word: those that the project asks for, else those of its spelling."""
    return tuple(phone.rstrip("012") for phone in word.phones) or pronunciation(word.text)


def line_ipa(line: Line) -> str:
    """The phonemes of a sentence, as the project pronounces its words, with strong stress on what is emphasised."""
    text, done = "", 0
    for word in line.words:
        if word.phones or word.stressed:
            ipa = to_ipa(word.phones) if word.phones else phonemizer()(word.text)
            ipa = _strong(ipa) if word.stressed else ipa
            text += line.text[done : word.first] + f"[{word.text}](/{ipa}/)"
            done = word.last
    return phonemizer()(text + line.text[done:])


def _strong(ipa: str) -> str:
    """Its main stress doubled; a word without one gets it on the first vowel."""
    if "ˈ" not in ipa and "ˌ" in ipa:
        ipa = ipa.replace("ˌ", "ˈ", 1)
    elif "ˈ" not in ipa:
        vowel = next((at for at, symbol in enumerate(ipa) if symbol in VOWEL_SYMBOLS), 0)
        ipa = f"{ipa[:vowel]}ˈ{ipa[vowel:]}"
    return ipa.replace("ˈ", "ˈˈ", 1)


def spoken_owners(line: Line, phones: Sequence[str]) -> list[int]:
    """For each phone of a spoken sentence the index of its word in the line; empty where no word has a sound."""
    return owners(phones, [phones_of_word(word) for word in line.words])


def read_words(say: str, pronounce: tuple[tuple[str, str], ...] = ()) -> list[tuple[str, ...]]:
    """The phones of each written word of a text as it is read there: the "9" of "$9.99" is "nine dollars and"."""
    lines = script(say, pronounce)
    phones: list[list[str]] = [[] for _ in range(max((line.written[1] for line in lines), default=0))]
    for line in lines:
        read = names(line_ipa(line))
        for name, word in zip(read, spoken_owners(line, read), strict=False):
            phones[line.words[word].owner].append(name)
    return [tuple(found) for found in phones]
