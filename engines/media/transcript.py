"""Where the words of a transcript are in a sound, also where the transcript is not quite what was said."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from fractions import Fraction
from typing import TYPE_CHECKING

from engines.media.align import Span, Spelled, agreement, align, dictionary
from engines.media.phones import SILENCE, match

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Samples = NDArray[np.float32]

_SAME_WORD = 0.6  # likeness of two pronunciations of one word
# Share of the speech in which the alignment names the phone that is heard without a text. Measured: right transcript
# .5 to .7 (.3 in noise at 15 dB), wrong one 0 to .11, three words too many .2 to .4.
_SURE, _POSSIBLE = 0.45, 0.2
_SIMILAR = 0.35  # share of heard phones that a nearly right transcript explains; wrong ones reach .3
_LARGEST_MATCH = 60_000_000  # cells of the table: 240 MB, about ten minutes of speech


@dataclass(frozen=True)
class Timed:
    """Timings of a recording; ``aligned`` where the transcript was found in it."""

    words: tuple[Span, ...]
    phones: tuple[Span, ...]
    aligned: bool


def find_words(
    heard: Samples, written: Sequence[str], read: Sequence[tuple[str, ...]], phones: tuple[Span, ...]
) -> Timed:
    """Forced alignment where it agrees with what is heard (a wrong transcript aligns, too); else each word where its
    phones are heard; else the words spread over the speech.

    :param heard: float32, shape (n,), at the aligner's rate
    :param written: the words, ``read`` the phones of each
    :param phones: those that were recognised without a text
    """
    spelled = _spelled(written, read)
    found = align(heard, [word for word in spelled if word])
    agreed = agreement(found.phones, phones) if found else 0.0
    if not found or agreed < _SURE:
        words = _heard(read, phones)
        if words:
            return Timed(words, phones, False)
    if not found or agreed < _POSSIBLE:
        return Timed(spread(read, phones), phones, False)
    spans = iter(found.words)
    return Timed(_in_between([next(spans) if word else None for word in spelled]), found.phones, True)


def _in_between(words: list[Span | None]) -> tuple[Span, ...]:
    """Words that were not found are placed where the one before them ends."""
    placed: list[Span] = []
    for word in words:
        before = placed[-1].end if placed else 0.0
        placed.append(word or Span("", before, before))
    return tuple(placed)


def _spelled(written: Sequence[str], read: Sequence[tuple[str, ...]]) -> list[Spelled | None]:
    """Each word of the transcript as the aligner wants it; None for a word without a sound.

    The dictionary knows several pronunciations of a word, so it is preferred where it means the same; numbers,
    abbreviations and unknown words are spelled as the phonemizer reads them in this sentence.
    """
    folded = [word.lower().replace("’", "'") for word in written]
    listed = dictionary(folded)
    return [
        Spelled(word) if word in listed and _same(listed[word], phones) else Spelled(word, phones) if phones else None
        for word, phones in zip(folded, read, strict=True)
    ]


def _same(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    return SequenceMatcher(None, one, other, autojunk=False).ratio() >= _SAME_WORD


def _heard(read: Sequence[tuple[str, ...]], phones: tuple[Span, ...]) -> tuple[Span, ...]:
    """Each word from the first to the last of its phones that is heard; empty where the transcript is another text.
    Words too many and words left out do no harm."""
    spoken = [phone for phone in phones if phone.name != SILENCE]
    wanted = [(name, word) for word, names in enumerate(read) for name in names]
    if not wanted or len(spoken) * len(wanted) > _LARGEST_MATCH:
        return ()
    found: list[Span | None] = [None] * len(read)
    equal = 0
    for phone, at in zip(spoken, match([phone.name for phone in spoken], [name for name, _ in wanted]), strict=True):
        if at is None:
            continue
        name, word = wanted[at]
        equal += name == phone.name
        before = found[word]
        found[word] = Span("", before.start if before else phone.start, phone.end)
    return _in_between(found) if equal >= _SIMILAR * max(len(spoken), len(wanted)) else ()


def spread(read: Sequence[tuple[str, ...]], phones: tuple[Span, ...]) -> tuple[Span, ...]:
    """Words one after the other over the time in which there is speech, each by its number of phones."""
    weights = [max(1, len(word)) for word in read]
    spoken = [phone for phone in phones if phone.name != SILENCE] or list(phones)
    total = sum((Fraction(phone.end - phone.start) for phone in spoken), Fraction(0))
    words, done = [], 0
    for weight in weights:
        first, last = (total * share / sum(weights) for share in (done, done + weight))
        words.append(Span("", _moment(spoken, first, late=True), _moment(spoken, last, late=False)))
        done += weight
    return tuple(words)


def _moment(spoken: list[Span], passed: Fraction, late: bool) -> float:
    """The time at which so much speech has passed; at a pause its end (``late``) or its beginning."""
    for at, phone in enumerate(spoken):
        length = Fraction(phone.end - phone.start)
        if passed < length or (passed == length and (not late or at + 1 == len(spoken))):
            return phone.start + float(passed)
        passed -= length
    return spoken[-1].end
