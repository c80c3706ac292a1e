"""Phones, pronunciations, timings and the aligner's edges (its accuracy is tested with the voices)."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edl.words import tokens
from engines.media.align import RATE, Span, Spelled, agreement, align, dictionary, recognise_phones, speech
from engines.media.english.script import sentences
from engines.media.g2p import pronunciation, read_words
from engines.media.phones import ARPABET, SILENCE, Symbols, match, names, owners, to_arpabet
from engines.media.timings import Run, cover, facts_of, words_from

RUNS = st.lists(st.tuples(st.integers(0, 120), st.integers(0, 60)), max_size=8)


def test_ipa_becomes_arpabet() -> None:
    assert names("ˈɛvəɹi kˈOstlˌIn") == ("EH", "V", "ER", "IY", "K", "OW", "S", "T", "L", "AY", "N")
    assert names("əɹˈWnd") == ("ER", "AW", "N", "D")
    assert to_arpabet("ə ɹ") == (Symbols("AH", 0, 1), Symbols("R", 2, 3)), "no phone spans two words"
    assert names("?!— …") == ()


def test_every_sound_of_the_dictionary_is_mapped() -> None:
    ipa = "AIOWYbdfhijklmnpstuvwzæðŋɑɔəɛɜɡɪɹɾʃʊʌʒʤʧθᵊᵻT"
    assert all(names(symbol) for symbol in ipa)
    assert len({symbol for symbols in ARPABET.values() for symbol in symbols}) == sum(map(len, ARPABET.values()))


def test_numbers_own_all_that_is_spoken() -> None:
    assert read_words("In 1969.")[1] == names("nIntin sɪksti nIn")
    dollars, cents = read_words("$9.99")
    assert dollars[:3] == ("N", "AY", "N")
    assert "D" in dollars
    assert cents[-1] == "S"
    assert pronunciation("zqx") != ()
    assert pronunciation("😀") == ()


def test_owners_never_fall() -> None:
    spoken = ["M", "AA", "R", "CH", "F", "AO", "R", "TH", "AA", "N"]
    assert owners(spoken, [["F", "AO", "R"], ["AA", "N"]]) == [0] * 8 + [1] * 2
    assert owners(spoken, [[], []]) == []
    assert owners([], [["AA"]]) == []
    assert match(["S", "IY"], ["S", "IY"]) == [0, 1]


@given(RUNS)
def test_cover_leaves_no_gap(pairs: list[tuple[int, int]]) -> None:
    phones = [Run("AA", first, first + length) for first, length in sorted(pairs)]
    covered = cover(phones, 100)
    assert covered[0].first == 0
    assert covered[-1].last == 100
    assert all(one.last == other.first for one, other in pairwise(covered))
    assert all(run.last > run.first for run in covered)


def test_words_without_a_phone_stand_where_the_one_before_ends() -> None:
    runs = words_from([0, 2], [Run("AA", 5, 10), Run("AA", 12, 20)], 4)
    assert [(run.first, run.last) for run in runs] == [(5, 10), (10, 10), (12, 20), (20, 20)]
    facts = facts_of("a b, c d", runs, [Run("AA", 5, 10)], 40, 10)
    assert [(word.text, word.first, word.last, word.start) for word in facts.words][1] == ("b", 2, 3, 1.0)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two!  Three?", ["One.", "Two!", "Three?"]),
        ("Dr. Smith\nsails. Home", ["Dr. Smith\nsails.", "Home"]),
        ("One\n\nTwo", ["One", "Two"]),
        ("  \n ", []),
    ],
)
def test_sentences(text: str, expected: list[str]) -> None:
    assert [text[first:last] for first, last in sentences(text)] == expected


@given(st.text(alphabet="ab. \n\r\t!,1é’", max_size=60))
def test_sentences_lose_no_word(text: str) -> None:
    found = [word for first, last in sentences(text) for word, _, _ in tokens(text[first:last])]
    assert found == [word for word, _, _ in tokens(text)]


def test_alignment_of_noise_fails_or_disagrees() -> None:
    noise = np.random.default_rng(1).standard_normal(RATE).astype(np.float32) * 0.1
    found = align(noise, [Spelled("", ("S", "IY")), Spelled("coast")])
    heard = recognise_phones(noise)
    assert found is None or agreement(found.phones, heard) < 0.45
    assert align(noise[:100], [Spelled("coast")]) is None
    assert align(noise, []) is None
    assert recognise_phones(noise[:100]) == ()


def test_the_dictionary_knows_words() -> None:
    found = dictionary(["coast", "zqxzq"])
    assert found == {"coast": ("K", "OW", "S", "T")}


def test_agreement_is_the_share_of_speech() -> None:
    one = [Span(SILENCE, 0, 1), Span("S", 1, 2), Span("IY", 2, 3)]
    other = [Span(SILENCE, 0, 1), Span("S", 1, 2), Span("AA", 2, 3)]
    assert agreement(one, one) == 1.0
    assert agreement(one, other) == pytest.approx(0.5, abs=0.01)
    assert agreement([], []) == 0.0


def test_speech_by_energy() -> None:
    sound = np.zeros(2 * RATE, np.float32)
    sound[RATE // 2 : RATE] = 0.5
    (span,) = speech(sound)
    assert span.start == 0.5
    assert 1.0 <= span.end <= 1.025  # to a window of 25 ms
