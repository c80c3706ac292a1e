"""Lines of both directions of writing: each runs as its paragraph does."""

from __future__ import annotations

import pytest

from edl.cues import Cue, Said, directed
from edl.directions import LEFT_TO_RIGHT as LRM
from edl.directions import RIGHT_TO_LEFT as RLM
from edl.directions import direction_of, line_marks, without_marks

ALEF = "אבג"
ARABIC = "وقال"


@pytest.mark.parametrize(
    ("text", "direction"),
    [
        ("Hello", LRM),
        (f"1969, {ALEF} a", RLM),
        (f"{ARABIC} a", RLM),
        ("1969.", LRM),  # nothing has a direction
        (f"\u2066a\u2069 {ALEF}", RLM),  # letters inside isolates do not count
        (f"\u2067{ALEF}\u2069 a", LRM),
    ],
)
def test_a_paragraph_runs_as_its_first_letter_does(text, direction):
    assert direction_of(text) == direction


def marked(*lines: str) -> list[str]:
    found = line_marks(lines, direction_of(" ".join(lines)))
    return [f"{before}{line}{behind}" for line, (before, behind) in zip(lines, found, strict=True)]


@pytest.mark.parametrize(
    ("lines", "wanted"),
    [
        ((ALEF, "oasis " + ALEF), (ALEF, f"{RLM}oasis {ALEF}")),
        (("The end:", f"{ALEF} 終わり"), (f"The end:{RLM}", f"{LRM}{ALEF} 終わり")),
        ((ALEF, "1969."), (ALEF, f"{RLM}1969.")),
        ((ALEF, ALEF), (ALEF, ALEF)),
        (("one", "two"), ("one", "two")),
        ((f"a {ALEF},", f"{ALEF} b"), (f"a {ALEF},{RLM}", f"{LRM}{ALEF} b")),  # the comma is between two of a kind
        ((f"{ALEF} No", "5 a"), (f"{ALEF} No", f"{RLM}{LRM}5 a")),  # and so is the number
        ((f"{ALEF} a,", "12 b"), (f"{ALEF} a,{LRM}", f"{RLM}{LRM}12 b")),  # a number counts as the letters before it
        ((f"a {ALEF},", "12"), (f"a {ALEF},{RLM}", f"{LRM}{RLM}12")),
        ((f"\u2067{ALEF}\u2069 a", f"{ALEF}"), (f"\u2067{ALEF}\u2069 a", f"{LRM}{ALEF}")),
    ],
)
def test_lines_are_marked_where_they_would_run_otherwise(lines, wanted):
    assert tuple(marked(*lines)) == wanted
    assert [without_marks(line) for line in wanted] == list(lines)


def test_a_cue_runs_as_the_text_that_it_is_part_of():
    cue = Cue("a", 0, 9, ((Said("one ", 0), Said(ALEF + " ", 3)), (Said("end.", 6),)))
    assert directed(cue) == cue
    assert directed(cue, RLM).line_texts == (f"{RLM}one {ALEF}", f"{RLM}end.")
    assert directed(cue, RLM).lines[0][0] == Said(f"{RLM}one ", 0)
    assert directed(cue, RLM).lines[0][1:] == cue.lines[0][1:]
