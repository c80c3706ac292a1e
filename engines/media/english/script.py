"""What a voice is to speak: sentences of spoken words, each of which knows the written word that it stands for."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from edl.markup import Marked, marked
from edl.words import tokens
from engines.media.english.entries import pronounced
from engines.media.english.reading import Piece
from engines.media.english.reading import spoken as reading

_STOPS = frozenset(",.;:!?…—–")
_LETTER_A = ("EY1",)  # not the article


@dataclass(frozen=True)
class SpokenWord:
    """One spoken word, ``line.text[first:last]``. ``owner`` is the index of the written word in the whole text;
    ``phones`` are those that the project asks for, with digits of stress."""

    text: str
    first: int
    last: int
    owner: int
    phones: tuple[str, ...] = ()
    stressed: bool = False


@dataclass(frozen=True)
class Line:
    """One sentence. ``written`` are the first and one behind the last written word that it holds, ``pauses`` silences
    of so many seconds, each before the spoken word of that index (all words: after the last)."""

    text: str
    words: tuple[SpokenWord, ...]
    written: tuple[int, int]
    pauses: tuple[tuple[int, float], ...] = ()


@dataclass(frozen=True)
class _Part:
    """A piece of the spoken text, where it begins there, and what is asked of it."""

    piece: Piece
    at: int
    phones: tuple[str, ...] = ()


class _Written:
    """The written words."""

    def __init__(self, found: Marked) -> None:
        self.text = found.text
        self.spans = [(first, last) for _, first, last in tokens(found.text)]
        self._firsts = [first for first, _ in self.spans]
        self._stressed = found.stressed

    def inside(self, first: int, last: int) -> range:
        """The words that stand in a stretch of the text."""
        begin = bisect_right(self._firsts, first) - 1
        begin += begin < 0 or self.spans[begin][1] <= first
        return range(begin, max(begin, bisect_left(self._firsts, last)))

    def stressed(self, word: int) -> bool:
        first, last = self.spans[word]
        return any(start < last and first < stop for start, stop in self._stressed)


@lru_cache(maxsize=16)
def script(say: str, pronounce: tuple[tuple[str, str], ...] = (), english: bool = True) -> tuple[Line, ...]:
    """A text with its marks of speech as lines to be spoken.

    :param pronounce: words and how they are pronounced (:mod:`edl.pronounce`)
    :param english: whether numbers, dates and abbreviations become English words; else the text stays as written
    """
    found = marked(say)
    parts = list(_parts(found, dict(pronounce), english))
    text = "".join(part.piece.text for part in parts)
    written = _Written(found)
    words = tuple(_words(text, parts, written))
    places = [(_spoken_place(parts, pause.place), pause.seconds) for pause in found.pauses]
    return tuple(_lines(text, words, places, len(written.spans)))


def _parts(found: Marked, pronounce: Mapping[str, str], english: bool) -> Iterator[_Part]:
    """The text in pieces: what the project pronounces, the rest by the rules of English; a comma at a pause, so
    that the voice prepares for it."""
    at = 0
    for piece, phones in pronounced(found.text, pronounce, english):
        for text in _with_commas(piece, found):
            yield _Part(text, at, phones)
            at += len(text.text)


def _with_commas(piece: Piece, found: Marked) -> Iterator[Piece]:
    if piece.read:
        yield piece
        return
    at = piece.first
    for pause in found.pauses:
        if not at <= pause.place < piece.last and not (at == piece.first == pause.place):
            continue
        before = found.text[: pause.place].rstrip()
        if before and before[-1] not in _STOPS:
            yield Piece(piece.text[at - piece.first : pause.place - piece.first] + ",", at, pause.place)
            at = pause.place
    yield Piece(piece.text[at - piece.first :], at, piece.last)


def _words(text: str, parts: Sequence[_Part], written: _Written) -> Iterator[SpokenWord]:
    spans = [(first, last) for _, first, last in tokens(text)]
    number = before = 0
    for part in parts:
        mine: list[tuple[int, int]] = []
        end = part.at + len(part.piece.text)
        while number < len(spans) and spans[number][0] < end:
            mine.append(spans[number])
            number += 1
        mine = [(part.at, end)] if part.phones else mine
        for (first, last), owner in zip(mine, _owners(text, mine, part, written, before), strict=True):
            letter = part.piece.read and text[first:last] == "A"
            phones = part.phones or (_LETTER_A if letter else ())
            stressed = bool(written.spans) and written.stressed(owner)
            yield SpokenWord(text[first:last], first, last, owner, phones, stressed)
            before = owner


def _owners(text: str, spans: Sequence[tuple[int, int]], part: _Part, written: _Written, before: int) -> Iterator[int]:
    """For each spoken word of a piece the written word that it stands for; what stands for no word belongs to the one
    before. What is read otherwise than written is shared by the words that stand there."""
    piece = part.piece
    inside = written.inside(piece.first, piece.last)
    if not inside:
        yield from (before for _ in spans)
    elif piece.read:
        yield from _shared([text[first:last].casefold() for first, last in spans], inside, written)
    else:
        shift = piece.first - part.at
        for first, last in spans:
            here = written.inside(first + shift, last + shift)
            before = here[0] if here else max(before, inside[0])
            yield before


def _shared(spoken: Sequence[str], inside: range, written: _Written) -> Iterator[int]:
    """The first ones belong to the first written word, and each further written word begins where its own reading does,
    else at its share."""
    starts = [0]
    for place, owner in enumerate(inside[1:], 1):
        own = tokens(reading(written.text[slice(*written.spans[owner])]))[:1]
        share = max(round(place * len(spoken) / len(inside)), starts[-1])
        starts.append(next((at for at in range(starts[-1] + 1, len(spoken)) if own and spoken[at] == own[0][0]), share))
    for at in range(len(spoken)):
        yield inside[max(place for place, start in enumerate(starts) if start <= at)]


def _spoken_place(parts: Sequence[_Part], place: int) -> int:
    """Where a place of the written text stands in the spoken one; behind a piece that is read as a whole."""
    for part in parts:
        piece = part.piece
        if piece.first <= place < piece.last or place == piece.first:
            return part.at + (
                len(piece.text) if piece.read and place > piece.first else min(place - piece.first, len(piece.text))
            )
    return parts[-1].at + len(parts[-1].piece.text) if parts else 0


def _lines(text: str, words: Sequence[SpokenWord], pauses: Sequence[tuple[int, float]], written: int) -> Iterator[Line]:
    """The sentences. A pause between two of them belongs to the first."""
    spans = [span for span in sentences(text) if any(span[0] <= word.first < span[1] for word in words)]
    at = 0
    for number, (first, last) in enumerate(spans):
        mine = [word for word in words[at:] if first <= word.first < last]
        after = spans[number + 1][0] if number + 1 < len(spans) else len(text) + 1
        begin = 0 if number == 0 else words[at].owner
        at += len(mine)
        end = words[at].owner if at < len(words) else written
        from_here = [(place, seconds) for place, seconds in pauses if (first if number else 0) <= place < after]
        counted = tuple((sum(word.first < place for word in mine), seconds) for place, seconds in from_here)
        shifted = tuple(replace(word, first=word.first - first, last=word.last - first) for word in mine)
        yield Line(text[first:last], shifted, (begin, max(begin, end)), counted)


def joined(lines: Sequence[Line], most: int) -> tuple[Line, ...]:
    """Neighbouring lines as one, of at most so many words, for what speaks better in one go."""
    found: list[Line] = []
    for line in lines:
        before = found[-1] if found else None
        if before is None or len(before.words) + len(line.words) > most:
            found.append(line)
            continue
        shift, count = len(before.text) + 1, len(before.words)
        words = (replace(word, first=word.first + shift, last=word.last + shift) for word in line.words)
        pauses = (*before.pauses, *((at + count, seconds) for at, seconds in line.pauses))
        written = (before.written[0], line.written[1])
        found[-1] = Line(f"{before.text} {line.text}", (*before.words, *words), written, pauses)
    return tuple(found)


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
