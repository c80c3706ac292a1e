"""How written English sounds: hibari's phonemizer (Apache-2.0), mapped to ARPAbet."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Protocol

from edl.errors import EnvironmentLacks
from edl.words import tokens
from engines.media.phones import names, owners

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
    """The phones of one written word, number or abbreviation; empty where it has no sound."""
    return names(phonemizer()(word))


def sentences(text: str) -> list[tuple[int, int]]:
    """The spans of the sentences. A line break is a blank, as in wrapped text; an empty line ends a paragraph."""
    from hibari import Hibari

    unwrapped = re.sub(r"(?<!\n)[ \t]*\r?\n(?![ \t]*\r?\n)", lambda found: " " * len(found.group()), text)
    spans: list[tuple[int, int]] = []
    at = 0
    for sentence in Hibari.split_sentences(unwrapped):
        first = unwrapped.index(sentence, at)
        at = first + len(sentence)
        spans.append((first, at))
    return spans


def read_words(text: str) -> list[tuple[str, ...]]:
    """The phones of each word of a text (:func:`edl.words.tokens`) as it is read there: the "9" of "$9.99" is
    "nine dollars and"."""
    return [phones for first, last in sentences(text) for phones in _read_sentence(text[first:last])]


def _read_sentence(sentence: str) -> list[tuple[str, ...]]:
    written = [sentence[first:last] for _, first, last in tokens(sentence)]
    phones: list[list[str]] = [[] for _ in written]
    spoken = names(phonemizer()(sentence)) if written else ()
    for name, word in zip(spoken, word_owners(spoken, written), strict=False):
        phones[word].append(name)
    return [tuple(found) for found in phones]


def word_owners(spoken: Sequence[str], written: Sequence[str]) -> list[int]:
    """For each spoken phone the index of the written word that it belongs to; empty where no word has a sound."""
    return owners(spoken, [pronunciation(word) for word in written], [any(map(str.isdigit, word)) for word in written])
