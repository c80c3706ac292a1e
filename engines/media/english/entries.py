"""The words of the project's list of pronunciations in a text that is read: they take the place of their reading."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from edl.endings import stands_alone
from edl.pronounce import phones_of
from edl.words import tokens
from engines.media.english.reading import Piece, pieces


@dataclass(frozen=True)
class Entry:
    """A word of the list where it stands, ``text[first:last]``: its phones, or else how it is spelled for the voice."""

    said: str
    first: int
    last: int
    phones: tuple[str, ...] = ()


def pronounced(text: str, pronounce: Mapping[str, str], english: bool) -> Iterator[tuple[Piece, tuple[str, ...]]]:
    """A text in pieces, each with the phones that the project asks for. The rules of English read all of it first, so
    that they see the neighbours: "Dr. Zygmunt" begins with a doctor, whoever Zygmunt is."""
    rest = list(_read(text, 0, len(text), english))
    for entry in _entries(text, pronounce):
        behind: list[Piece] = []
        while rest and rest[0].first < entry.last:
            piece = rest.pop(0)
            before, behind = _beside(piece, entry, text, english) if entry.first < piece.last else ([piece], [])
            yield from ((each, ()) for each in before)
        yield Piece(entry.said, entry.first, entry.last, read=True), entry.phones
        rest = behind + rest
    yield from ((piece, ()) for piece in rest)


def _entries(text: str, pronounce: Mapping[str, str]) -> Iterator[Entry]:
    """The words of the list in order, the longest where several begin."""
    said = tokens(text)
    wanted = {(_names(name), name.endswith("'")): value for name, value in pronounce.items()}
    longest = max((len(names) for names, _ in wanted), default=0)
    word = 0
    while word < len(said):
        for count in range(min(longest, len(said) - word), 0, -1):
            first, last = said[word][1], said[word + count - 1][2]
            names, owns = tuple(each for each, _, _ in said[word : word + count]), stands_alone(text, last)
            value = wanted.get((names, owns)) or wanted.get((names, False))
            if value is not None:
                yield _entry(text[first:last], first, last + owns, value)
                word += count - 1
                break
        word += 1


def _names(word: str) -> tuple[str, ...]:
    return tuple(name for name, _, _ in tokens(word))


def _entry(written: str, first: int, last: int, value: str) -> Entry:
    phones = phones_of(value)
    return Entry(written.replace(" ", "-") if phones else value, first, last, phones)


def _beside(piece: Piece, entry: Entry, text: str, english: bool) -> tuple[list[Piece], list[Piece]]:
    """What is left of a piece before and behind an entry. A reading that still holds the word keeps its other words
    ("Louis the eighth"); another one goes where all that it reads is the entry, and is made anew else."""
    first, last = max(entry.first, piece.first), min(entry.last, piece.last)
    held = re.search(rf"(?<!\w){re.escape(text[first:last])}(?!\w)", piece.text, re.IGNORECASE) if piece.read else None
    if held or not piece.read:
        begin, end = held.span() if held else (first - piece.first, last - piece.first)
        before = replace(piece, text=piece.text[:begin], last=first)
        after = replace(piece, text=piece.text[end:], first=last)
    elif tokens(text[piece.first : first]) or tokens(text[last : piece.last]):
        return list(_read(text, piece.first, first, english)), list(_read(text, last, piece.last, english))
    else:
        before = Piece("", piece.first, first)
        after = Piece("." if piece.text.endswith(".") else "", last, piece.last)
    return [before] if before.text else [], [after] if after.text else []


def _read(text: str, first: int, last: int, english: bool) -> Iterator[Piece]:
    if first == last:
        return
    if not english:
        yield Piece(text[first:last], first, last)
        return
    for piece in pieces(text[first:last]):
        yield replace(piece, first=piece.first + first, last=piece.last + first)
