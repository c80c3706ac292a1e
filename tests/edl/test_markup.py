"""Marks of speech, and what is left of a text without them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edl.markup import Pause, marked, plain, unclosed


@pytest.mark.parametrize(
    ("say", "text", "pauses", "stressed"),
    [
        ("One [pause 400ms] two.", "One two.", [Pause(3, 0.4)], []),
        ("[pause 1s] One.[pause 2.5s]", " One.", [Pause(0, 1.0), Pause(5, 2.5)], []),
        ("one[pause 1s]two", "one two", [Pause(4, 1.0)], []),
        ("a *single* still", "a single still", [], ["single"]),
        ("*not at all*, no", "not at all, no", [], ["not at all"]),
        ("is *very\ngood*, yes", "is very\ngood, yes", [], ["very\ngood"]),
        ("*one\n\ntwo*", "*one\n\ntwo*", [], []),
        ("5 * 3 * 2 and *", "5 * 3 * 2 and *", [], []),
        ("**bold**, [sic], snake*case*here", "**bold**, [sic], snake*case*here", [], []),
        ("*a* [pause 1s] *b*", "a b", [Pause(1, 1.0)], ["a", "b"]),
    ],
)
def test_marks(say: str, text: str, pauses: list[Pause], stressed: list[str]) -> None:
    found = marked(say)
    assert found.text == text
    assert list(found.pauses) == pauses
    assert [found.text[first:last] for first, last in found.stressed] == stressed
    assert not found.wrong


@pytest.mark.parametrize(
    "written", ["[pause]", "[pause 4]", "[pause 10f]", "[pause 11s]", "[pause -1s]", "[pause long]"]
)
def test_a_wrong_pause_is_told_and_not_shown(written: str) -> None:
    found = marked(f"One {written} two.")
    assert [each for each, _ in found.wrong] == [written]
    assert found.text == "One two."
    assert not found.pauses


def test_what_never_closes_is_told() -> None:
    assert unclosed("a *lone word, **bold** one, 5 *3, *good*, snake*case*here, *fine\nthis*") == ("*lone", "**bold**")


@given(st.text(alphabet="ab *[]pause1s.\n", max_size=40))
def test_any_text_is_read(say: str) -> None:
    found = marked(say)
    assert all(0 <= pause.place <= len(found.text) for pause in found.pauses)
    assert all(0 <= first < last <= len(found.text) for first, last in found.stressed)
    assert plain("".join(sign for sign in say if sign not in "*[")) == "".join(s for s in say if s not in "*[")
