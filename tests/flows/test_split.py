"""Dividing takes: the pieces tile the take, and none is longer than its engine can make."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from edl.facts import Word
from flows.split import Piece, at_pauses, evenly

RATES = st.sampled_from([Fraction(25), Fraction(24), Fraction(30000, 1001), Fraction(24000, 1001), Fraction(60)])
LONGEST = st.one_of(st.none(), st.fractions(Fraction(1, 10), 30, max_denominator=100))


def tiles(pieces: tuple[Piece, ...], frames: int) -> bool:
    edges = [0, *(piece.first + piece.frames for piece in pieces)]
    return all(piece.first == edge for piece, edge in zip(pieces, edges, strict=False)) and edges[-1] == frames


@st.composite
def words(draw: st.DrawFn) -> tuple[Word, ...]:
    edges = sorted(draw(st.lists(st.floats(0, 200, allow_nan=False), max_size=60)))
    return tuple(
        Word(text="w", start=start, end=end, first=0, last=1)
        for start, end in zip(edges[::2], edges[1::2], strict=False)
    )


@given(st.integers(1, 5000), RATES, LONGEST)
def test_even_pieces(frames, fps, longest):
    pieces = evenly(frames, fps, longest)
    assert tiles(pieces, frames)
    assert min(piece.frames for piece in pieces) >= 1
    if longest is not None:
        # a frame is never divided, however short an engine's breath
        assert all(piece.frames <= max(1, longest * fps) for piece in pieces)
    assert max(piece.frames for piece in pieces) - min(piece.frames for piece in pieces) <= 1


@given(st.integers(1, 5000), RATES, LONGEST, st.integers(0, 50), words())
def test_pieces_between_words(frames, fps, longest, lead, spoken):
    pieces = at_pauses(frames, fps, longest, lead, spoken)
    assert tiles(pieces, frames)
    assert min(piece.frames for piece in pieces) >= 1
    if longest is not None:
        assert all(piece.frames <= max(1, longest * fps) for piece in pieces)


def test_the_longest_pause_wins():
    spoken = tuple(
        Word(text="w", start=start, end=end, first=0, last=1)
        for start, end in ((0.0, 1.0), (1.1, 2.0), (2.6, 3.0), (3.2, 4.0), (4.1, 5.0))
    )
    pieces = at_pauses(125, Fraction(25), Fraction(4), 0, spoken)
    assert pieces == (Piece(0, 57), Piece(57, 68))  # 57 = floor(2.3 s x 25), in the half-second pause


def test_a_talk_that_fits_stays_whole():
    assert at_pauses(100, Fraction(25), Fraction(4), 0, ()) == (Piece(0, 100),)
    assert evenly(100, Fraction(25), None) == (Piece(0, 100),)


@given(st.integers(2, 2000), RATES, st.integers(1, 20))
def test_without_words_the_pieces_are_about_equal(frames, fps, seconds):
    pieces = at_pauses(frames, fps, Fraction(seconds), 0, ())
    lengths = [piece.frames for piece in pieces]
    assert max(lengths) - min(lengths) <= len(lengths)
    assert all(before.first < after.first for before, after in pairwise(pieces))
