"""Finding a word or phrase in written text, ignoring case and punctuation."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

# Letters and digits with the accents that follow them as characters of their own.
_TOKEN = re.compile(r"(?:[^\W_][\u0300-\u036f]*)+(?:['’](?:[^\W_][\u0300-\u036f]*)+)*")


@dataclass(frozen=True)
class Match:
    """Where a phrase stands: ``text[first:last]``."""

    first: int
    last: int


@dataclass(frozen=True)
class NoMatch:
    """Why a phrase cannot be placed. ``problem`` is ``no-word`` or ``many-words``."""

    problem: str
    message: str


def tokens(text: str) -> list[tuple[str, int, int]]:
    """The words of a text, folded for comparison, each with the span of its characters."""
    return list(_tokens(text))


@lru_cache(maxsize=32)
def _tokens(text: str) -> tuple[tuple[str, int, int], ...]:
    return tuple((fold(match.group()), match.start(), match.end()) for match in _TOKEN.finditer(text))


def find_phrase(text: str, phrase: str, nth: int | None = None) -> Match | NoMatch:
    """Find a phrase of whole words. ``nth`` counts from 1; several matches without it are ambiguous."""
    wanted = [word for word, _, _ in tokens(phrase)]
    words = _tokens(text)
    if not text.strip():
        return NoMatch("no-word", f'there is no transcript in which to find "{phrase}"')
    if not wanted:
        return NoMatch("no-word", f'"{phrase}" holds no word')
    found = [
        Match(first, words[at + len(wanted) - 1][2])
        for at, (word, first, _) in enumerate(words[: len(words) - len(wanted) + 1])
        if word == wanted[0] and [word for word, _, _ in words[at : at + len(wanted)]] == wanted
    ]
    if not found:
        return NoMatch("no-word", f'"{phrase}" is not in the text')
    if nth is None and len(found) > 1:
        return NoMatch("many-words", f'"{phrase}" is in the text {len(found)} times; say which with nth')
    if (nth or 1) > len(found):
        return NoMatch("no-word", f'"{phrase}" is in the text {_times(len(found))}, there is no number {nth}')
    return found[(nth or 1) - 1]


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def fold(word: str) -> str:
    """A word as it is compared."""
    return unicodedata.normalize("NFKC", word).casefold().replace("’", "'")
