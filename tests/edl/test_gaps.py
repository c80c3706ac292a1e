"""A moment of black between two pictures over a narration is said, with what would close it."""

from __future__ import annotations

from fractions import Fraction

import pytest

from edl.findings import Finding, Place
from edl.gap_rules import gap_findings
from edl.nodes import Node
from edl.output import Output
from edl.places import Places
from edl.project import AnySegment, Cutaway, Narrate, Project, Title
from edl.timeline import Voiced, lay_out

NARRATION = Narrate.model_validate({"narrate": "n", "who": "x", "say": "one two"})
NOWHERE = Places(Node({}, Place()))


def shot(name: str, **keys: object) -> Cutaway:
    return Cutaway.model_validate({"cutaway": name, "image": "i.png", "over": "n", **keys})


def gaps(*segments: AnySegment, known: bool = True) -> list[Finding]:
    film = Project(cutaway=1, title="x", output=Output(fps=Fraction(25)), segments=(NARRATION, *segments))
    line = lay_out(film, {"n": Voiced(Fraction(4), known=known)})
    return list(gap_findings(film, NOWHERE, line))


@pytest.mark.parametrize("change", [{}, {"transition": "dissolve"}])
def test_a_short_gap_names_both_pictures(change: dict[str, object]) -> None:
    (found,) = gaps(shot("a", duration="1s"), shot("b", **{"from": "1400ms"}, **change))
    assert found.message == '10 frames (0.40 s) of black show between "a" and "b", from frame 25 (1.00 s) on'
    assert found.remedy == 'Let "a" show 10 frames longer (duration: 35f), or let "b" begin 10 frames earlier.'
    assert not found.blocks
    assert gaps(shot("a", duration="35f"), shot("b", **{"from": "1400ms"}, **change)) == []


def test_what_is_likely_meant_is_left_alone() -> None:
    assert gaps(shot("a", duration="1s"), shot("b", **{"from": "2s"})) == []  # a second: seen while editing
    assert gaps(shot("a", duration="1s")) == []  # nothing follows
    through = (
        shot("a", duration="1s", transition_out="dissolve"),
        shot("b", transition="dissolve", **{"from": "1400ms"}),
    )
    assert gaps(*through) == []
    assert gaps(shot("a", duration="1s"), shot("b", **{"from": "1400ms"}), known=False) == []  # not known yet


def test_a_gap_beside_a_picture_of_the_spine() -> None:
    card = Title.model_validate({"title": "t", "text": "x", "duration": "1s"})
    (found,) = gaps(shot("a", duration="90f"), card)
    assert found.message.startswith('10 frames (0.40 s) of black show between "a" and "t"')
