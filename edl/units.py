"""Texts as units that a caption may be broken between, each with the time at which it is spoken.

A unit is a word with the punctuation at its sides; in scripts without blanks it is a character with what must not be
torn from it.
"""

from __future__ import annotations

import unicodedata
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import accumulate, pairwise, zip_longest

from edl.abbreviations import ends_no_sentence
from edl.facts import Word
from edl.scripts import cells, joins_previous, reading_of, script_of

ENDS = frozenset(".!?…。！？．｡؟۔।॥")  # of a sentence
STOPS = frozenset(",;:–—、，；：､،؛")  # of a clause
CLOSERS = frozenset("\"'”’»)]}")  # may follow the stop that counts
_NOT_FIRST = frozenset("ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶー々〻ヽヾゝゞ・")  # never begin a line in Japanese
_OPENING, _CLOSING = frozenset({"Ps", "Pi"}), frozenset({"Pe", "Pf", "Po", "Pd"})
PAUSE = 0.35  # seconds of silence at which a phrase ends


@dataclass(frozen=True)
class Unit:
    """``text`` with the blank that follows it, if one does; ``start`` and ``end`` in seconds of the voice."""

    text: str
    start: float = 0.0
    end: float = 0.0

    @property
    def bare(self) -> str:
        return self.text.rstrip()

    def ending(self, after: Unit | None) -> str:
        """The punctuation that counts: ``.`` ends a sentence, ``,`` a clause, nothing else does.

        :param after: the unit that follows
        """
        text = self.bare.rstrip("".join(CLOSERS))
        if text[-1:] == "." and ends_no_sentence(text, after.text if after else ""):
            return ""
        return "." if text and text[-1] in ENDS else "," if text and text[-1] in STOPS else ""


@lru_cache(maxsize=1024)  # a plan is made again whenever something is finished
def units_of(text: str, words: tuple[Word, ...], seconds: float) -> tuple[Unit, ...]:
    """The units of a spoken text with their times.

    :param words: spans of ``text`` and when they sound; left out, the text is spread over the voice
    :param seconds: how long the voice is
    """
    pieces = _pieces(text)
    if not words:
        return _spread([piece for piece, _, _ in pieces], 0.0, seconds)
    found: list[Unit] = []
    for piece, first, last in pieces:
        under = [word for word in words if word.last > first and word.first < last]
        before = found[-1].end if found else words[0].start
        start = _moment(under[0], first) if under else before
        end = _moment(under[-1], last) if under else before
        found.append(Unit(piece, max(start, found[-1].start if found else 0.0), max(end, start)))
    return tuple(found)


def _moment(word: Word, place: int) -> float:
    """When a place in the text sounds; inside a word by its share of the letters."""
    share = (place - word.first) / max(1, word.last - word.first)
    return word.start + (word.end - word.start) * min(1.0, max(0.0, share))


def retimed(text: str, spoken: Sequence[Unit]) -> tuple[Unit, ...]:
    """The units of another wording, such as a translation, at the times of what is spoken.

    Sentence by sentence where both have as many, and unit by unit where a sentence has as many; else by what they take
    to read, as shares of the time that is spoken, moved to the nearest beginning of a spoken unit. So a small change
    moves nothing.
    """
    own = [Unit(piece) for piece, _, _ in _pieces(text)]
    if not own or not spoken:
        return ()
    ours, theirs = _sentences(own), _sentences(spoken)
    if len(ours) != len(theirs):
        ours, theirs = [own], [tuple(spoken)]
    return tuple(unit for mine, heard in zip(ours, theirs, strict=True) for unit in _along(mine, heard))


def _along(own: Sequence[Unit], spoken: Sequence[Unit]) -> Iterator[Unit]:
    if len(own) == len(spoken):
        yield from (Unit(unit.text, heard.start, heard.end) for unit, heard in zip(own, spoken, strict=True))
        return
    begin, end = spoken[0].start, spoken[-1].end
    said = [0.0, *accumulate(_lasts(*pair) for pair in zip_longest(spoken, spoken[1:]))]
    starts = [*(unit.start for unit in spoken), end]
    shares = [0, *accumulate(max(1, cells(unit.text)) for unit in own)]
    times = [begin]
    for share in shares[1:-1]:
        place = share / shares[-1] * said[-1]
        after = min(len(said) - 1, bisect_left(said, place))
        nearest = after if after == 0 or said[after] - place <= place - said[after - 1] else after - 1
        times.append(starts[nearest])
    for unit, (start, following) in zip(own, pairwise([*times, end]), strict=True):
        yield Unit(unit.text, start, following)


def _lasts(unit: Unit, after: Unit | None) -> float:
    """Seconds until the next unit, of a longer silence only the beginning."""
    return max(0.001, min(after.start, unit.end + PAUSE) - unit.start if after else unit.end - unit.start)


def _sentences(units: Sequence[Unit]) -> list[Sequence[Unit]]:
    found: list[list[Unit]] = [[]]
    for unit, after in zip_longest(units, units[1:]):
        found[-1].append(unit)
        if unit.ending(after) == ".":
            found.append([])
    return [sentence for sentence in found if sentence]


def _spread(pieces: Sequence[str], start: float, end: float) -> tuple[Unit, ...]:
    """Units spread over a stretch of time by their length."""
    edges = [0, *accumulate(max(1, cells(piece)) for piece in pieces)]
    times = [start + (end - start) * edge / max(1, edges[-1]) for edge in edges]
    return tuple(Unit(piece, *span) for piece, span in zip(pieces, pairwise(times), strict=True))


def _pieces(text: str) -> list[tuple[str, int, int]]:
    """The texts of units with their places (without blanks); blanks and line ends become one blank behind a unit."""
    apart = not reading_of(text).spaced
    found: list[tuple[str, int, int]] = []
    at = 0
    for chunk in text.split():
        first = text.index(chunk, at)
        at = first + len(chunk)
        inner = list(_torn(chunk)) if apart else [chunk]
        place = first
        for piece in inner:
            found.append((piece, place, place + len(piece)))
            place += len(piece)
        last, *span = found[-1]
        found[-1] = (last + " ", span[0], span[1])
    if found:
        found[-1] = (found[-1][0].rstrip(), found[-1][1], found[-1][2])
    return found


def _torn(chunk: str) -> Iterator[str]:
    """Where a text without blanks may be torn: between characters, but not inside a Latin word or number, not before
    what closes or belongs to the character before, not behind what opens."""
    piece = chunk[:1]
    for previous, char in pairwise(chunk):
        if _together(previous, char):
            piece += char
        else:
            yield piece
            piece = char
    if piece:
        yield piece


def _together(previous: str, char: str) -> bool:
    if joins_previous(char, previous) or char in _NOT_FIRST or unicodedata.category(char) in _CLOSING:
        return True
    if unicodedata.category(previous) in _OPENING:
        return True
    narrow = not (_wide(previous) or _wide(char))
    kana = all(script_of(each).startswith("KATAKANA") for each in (previous, char))  # a foreign word
    return kana or (narrow and previous.isalnum() and char.isalnum())


def _wide(char: str) -> bool:
    return unicodedata.east_asian_width(char) in "WF"
