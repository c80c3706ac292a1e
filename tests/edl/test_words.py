import pytest
from hypothesis import given
from hypothesis import strategies as st

from edl.words import Match, NoMatch, find_phrase, tokens

TEXT = "Well-known: every Coastline, every coast’s line; in 1969 – Café."


@pytest.mark.parametrize(
    ("phrase", "found"),
    [
        ("coastline", "Coastline"),
        ("COASTLINE!", "Coastline"),
        ("every coastline", "every Coastline"),
        ("coast's line", "coast’s line"),
        ("1969", "1969"),
        ("cafe\u0301", "Café"),
        ("well known", "Well-known"),
    ],
)
def test_case_and_punctuation_do_not_matter(phrase, found):
    match = find_phrase(TEXT, phrase)
    assert isinstance(match, Match)
    assert TEXT[match.first : match.last] == found


@pytest.mark.parametrize(
    ("phrase", "nth", "problem"),
    [
        ("coast", None, "no-word"),
        ("every", None, "many-words"),
        ("every", 3, "no-word"),
        ("...", None, "no-word"),
        ("a b c d e f g h i j k l m n o p q", None, "no-word"),
    ],
)
def test_no_match_says_why(phrase, nth, problem):
    match = find_phrase(TEXT, phrase, nth)
    assert isinstance(match, NoMatch)
    assert match.problem == problem


def test_nth_counts_from_one():
    second = find_phrase(TEXT, "every", 2)
    assert isinstance(second, Match)
    assert second.first > TEXT.index("every") + 1


def test_no_transcript():
    match = find_phrase("  ", "x")
    assert isinstance(match, NoMatch)
    assert "transcript" in match.message


@given(st.text(max_size=80))
def test_every_word_is_found_in_its_own_text(text):
    words = tokens(text)
    for word, first, last in words:
        nth = [each for each, _, _ in words if each == word]
        match = find_phrase(text, text[first:last], 1)
        assert isinstance(match, Match)
        assert nth
