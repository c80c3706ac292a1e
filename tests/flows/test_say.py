"""How findings are shown to people: which remedy belongs to which."""

from __future__ import annotations

import pytest

from edl.codes import NAME_TWICE, VALUE_WRONG
from edl.findings import Place
from flows.cli.say import show_findings


def test_each_remedy_stands_under_its_finding(capsys: pytest.CaptureFixture[str]) -> None:
    """The first one's stood at the end of all, where it reads as the last one's."""
    wrong = [VALUE_WRONG.at(Place("p.yaml", line), f"what {line}", f"Do {line}.") for line in (1, 2, 3)]
    show_findings(wrong)
    lines = [line.strip() for line in capsys.readouterr().err.splitlines() if line.startswith("  ")]
    assert lines == ["what 1", "-> Do 1.", "what 2", "-> Do 2.", "what 3", "-> Do 3.", VALUE_WRONG.why]


def test_one_remedy_for_all_is_said_once(capsys: pytest.CaptureFixture[str]) -> None:
    show_findings([NAME_TWICE.at(Place("p.yaml", line), f"what {line}") for line in (1, 2)])
    lines = [line.strip() for line in capsys.readouterr().err.splitlines() if line.startswith("  ")]
    assert lines == ["what 1", "what 2", NAME_TWICE.why, f"-> {NAME_TWICE.remedy}"]
