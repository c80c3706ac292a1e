"""How written English is read: numbers, dates, money, units, abbreviations and signs as words."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from engines.media.english.rules import rules


@dataclass(frozen=True)
class Piece:
    """``text`` is what is spoken for what stands in the written text from ``first`` to ``last``. ``read`` where it is
    not what is written."""

    text: str
    first: int
    last: int
    read: bool = False


@lru_cache(maxsize=64)
def pieces(written: str) -> tuple[Piece, ...]:
    """A text as it is spoken, in pieces that cover it from end to end."""
    found: list[Piece] = []
    at = 0
    for first, last, words in (*_readings(written), (len(written), len(written), "")):
        if first > at:
            found.append(Piece(_clean(written[at:first]), at, first))
        if last > first:
            found.append(Piece(_spaced(words, written, first, last), first, last, read=True))
        at = last
    return tuple(found)


def spoken(written: str) -> str:
    """A text as it is spoken."""
    return "".join(piece.text for piece in pieces(written))


def _readings(written: str) -> list[tuple[int, int, str]]:
    """What the rules read, in order; where two would read the same, the first rule does."""
    taken = bytearray(len(written))
    found: list[tuple[int, int, str]] = []
    for pattern, reading in rules():
        for match in pattern.finditer(written):
            first, last = match.span()
            if first == last or any(taken[first:last]):
                continue
            words = reading(match)
            if words is not None:
                taken[first:last] = b"\1" * (last - first)
                found.append((first, last, words))
    return sorted(found)


def _spaced(words: str, written: str, first: int, last: int) -> str:
    """Blanks at the sides, where the reading would else run into its neighbours."""
    before = " " if first and _glues(written[first - 1]) and not words.startswith(" ") else ""
    after = " " if last < len(written) and _glues(written[last]) and not words.endswith(" ") else ""
    words = " ".join(words.split()) if words.strip() == words else words
    return before + words + after


def _glues(sign: str) -> bool:
    return sign.isalnum()


def _clean(text: str) -> str:
    """What nobody says, as blanks of the same length: emoji, pictures, marks of text direction, trade marks."""
    return "".join(" " if _unsaid(sign) else sign for sign in text)


def _unsaid(sign: str) -> bool:
    return sign not in "'’" and unicodedata.category(sign) in ("So", "Sk", "Cn", "Co", "Cf", "Cs")


def unsaid(text: str) -> Iterator[str]:
    """The signs of a text that have no reading."""
    return (
        sign for piece in pieces(text) if not piece.read for sign in text[piece.first : piece.last] if _unsaid(sign)
    )
