import re

import pytest

from edl.codes import CODES
from edl.findings import Code, Place, Severity
from edl.suggest import meant, nearest


@pytest.mark.parametrize("code", CODES.values(), ids=lambda code: code.name)
def test_every_code_says_why_and_what_to_do(code):
    assert re.fullmatch(r"[a-z]+(-[a-z]+)*", code.name)
    assert code.why.endswith(".")
    assert code.remedy.endswith(".")


def test_a_finding_is_complete():
    finding = CODES["take-single"].at(Place("p.yaml", 3, "segments").inside(2, "takes"), "one take")
    assert finding.headline() == "p.yaml:3 (segments[2].takes): warning take-single: one take"
    assert finding.as_json()["path"] == "segments[2].takes"
    assert not finding.blocks
    assert CODES["file-missing"].at(Place(), "x", "y").remedy == "y"


@pytest.mark.parametrize(
    ("severity", "blocks"), [("error", True), ("refused", True), ("warning", False), ("note", False)]
)
def test_what_blocks(severity, blocks):
    assert Code("x", Severity(severity), "Why.", "Do.").at(Place(), "message").blocks == blocks


def test_suggestions():
    assert nearest("CUTAWY", ["talk", "cutaway"]) == "cutaway"
    assert nearest("zzz", ["talk", "cutaway"]) is None
    assert nearest("x" * 100_000, ["talk"]) is None
    assert "coast" in meant("cost", ["coast", "hello"])
    assert meant("zzz", ["b", "a"]) == "There are: a, b."
    assert "no cast yet" in meant("x", [], "cast")
