"""Seeds of a segment: counted from one, or listed."""

import pytest

from edl.errors import ProjectInvalid
from edl.loader import load
from edl.project import Cutaway

HEAD = """\
cutaway: 1
title: Seeds
segments:
  - cutaway: coast
    image: still.png
    duration: 2s
"""


@pytest.fixture
def film(tmp_path):
    def write(lines: str):
        (tmp_path / "still.png").write_bytes(b"x")
        (tmp_path / "project.yaml").write_text(HEAD + lines, encoding="utf-8")
        return load(tmp_path / "project.yaml")

    return write


@pytest.mark.parametrize(
    ("written", "seeds"),
    [
        ({}, (1,)),
        ({"takes": 3}, (1, 2, 3)),
        ({"seed": 7, "takes": 2}, (7, 8)),
        ({"seed": [3, 7, 11]}, (3, 7, 11)),
        ({"seed": [5], "takes": 4}, (5,)),
    ],
)
def test_seeds_are_counted_or_listed(written, seeds):
    assert Cutaway(cutaway="a", image="b", **written).seeds == seeds


def test_a_list_says_how_many_takes_there_are(film):
    loaded = film("    seed: [3, 7, 11]\n")
    assert loaded.project.segment("coast").seeds == (3, 7, 11)
    assert not loaded.warnings


def test_takes_and_a_list_that_disagree_are_a_finding(film):
    (finding,) = film("    seed: [3, 7]\n    takes: 5\n").warnings
    assert (finding.code, finding.place.line, finding.blocks) == ("takes-seeds", 8, False)
    assert "lists 2 seeds, but takes: is 5" in finding.message
    assert not film("    seed: [3, 7]\n    takes: 2\n").warnings


@pytest.mark.parametrize(
    ("seed", "words"),
    [
        ("[3, 7, 3]", "twice"),
        ("[]", "empty"),
        ("[1, x]", 'must be a whole number, but is "x"'),
        ("-1", "at least 0"),
        ("many", "must be a whole number"),
    ],
)
def test_what_is_no_seed_is_a_finding_at_its_line(film, seed, words):
    with pytest.raises(ProjectInvalid) as caught:
        film(f"    seed: {seed}\n")
    finding = caught.value.findings[-1]
    assert words in finding.message
    assert finding.place.line == 7
