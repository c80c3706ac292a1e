"""Timings of a voice: whole samples while they are made, seconds in :class:`edl.facts.VoiceFacts`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from edl.facts import Phone, VoiceFacts, Word
from edl.words import tokens
from engines.media.phones import SILENCE

FILE = "timings.json"


@dataclass(frozen=True)
class Run:
    """Something that sounds from sample ``first`` to sample ``last`` (exclusive): a phone or a word."""

    name: str
    first: int
    last: int

    def later(self, samples: int) -> Run:
        return Run(self.name, self.first + samples, self.last + samples)


def facts_of(text: str, words: Sequence[Run], phones: Iterable[Run], samples: int, rate: int) -> VoiceFacts:
    """The facts of a voice of ``samples`` samples.

    :param words: one run for each word of ``text`` (:func:`edl.words.tokens`), or none at all
    :param phones: in order; gaps between them are silence
    """
    spans = tokens(text) if words else []
    return VoiceFacts(
        samples=samples,
        rate=rate,
        words=tuple(
            Word(text=text[first:last], start=run.first / rate, end=run.last / rate, first=first, last=last)
            for run, (_, first, last) in zip(words, spans, strict=True)
        ),
        phones=tuple(
            Phone(name=run.name, start=run.first / rate, end=run.last / rate) for run in cover(phones, samples)
        ),
    )


def cover(phones: Iterable[Run], samples: int) -> list[Run]:
    """Runs that cover 0 to ``samples`` without gaps: gaps become silence, neighbouring silences one."""
    covered: list[Run] = []
    at = 0
    for run in (*phones, Run(SILENCE, samples, samples)):
        first, last = max(run.first, at), min(max(run.last, at), samples)
        for piece in (Run(SILENCE, at, min(first, samples)), Run(run.name, first, last)):
            if piece.last <= piece.first:
                continue
            if covered and covered[-1].name == piece.name == SILENCE:
                covered[-1] = Run(SILENCE, covered[-1].first, piece.last)
            else:
                covered.append(piece)
        at = max(at, last)
    return covered


def words_from(owners: Sequence[int], phones: Sequence[Run], count: int, start: int = 0) -> list[Run]:
    """The run of each of ``count`` words, from the phones that it owns.

    :param owners: for each phone the index of its word, never falling
    :param start: where a word without a phone is placed when no word stands before it
    """
    owned: dict[int, Run] = {}
    for word, phone in zip(owners, phones, strict=True):
        first = owned[word].first if word in owned else phone.first
        owned[word] = Run("", first, phone.last)
    runs: list[Run] = []
    for word in range(count):
        before = runs[-1].last if runs else start
        runs.append(owned.get(word, Run("", before, before)))
    return runs


def save(facts: VoiceFacts, folder: Path) -> None:
    """Write ``timings.json``."""
    (folder / FILE).write_text(facts.model_dump_json(), encoding="utf-8")
