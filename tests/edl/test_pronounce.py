"""The list of pronunciations, and what check says about it and about marks of speech."""

from __future__ import annotations

from pathlib import Path

import pytest

from edl.errors import ProjectInvalid
from edl.loader import load
from edl.pronounce import phones_of, wanted_in

PROJECT = """
cutaway: 1
title: t
cast: {a: {}}
pronounce: {%s}
segments:
  - {narrate: one, who: a, say: "%s"}
"""


@pytest.mark.parametrize(
    ("value", "phones"),
    [
        ("HH AH1 B AH0 L", ("HH", "AH1", "B", "AH0", "L")),
        ("HH AH B AH L", ("HH", "AH", "B", "AH", "L")),
        ("OW", ("OW",)),
        ("hubbul", ()),
        ("zor-blatt’s", ()),
        ("san hwan", ()),
    ],
)
def test_phones_or_a_spelling(value: str, phones: tuple[str, ...]) -> None:
    assert phones_of(value) == phones


@pytest.mark.parametrize(
    "value", ["HH XX L", "B1 AH", "S T", "???", "h[b", "HH AH3", "hh ah1 b ah0 l", "hh ah b", "zor1"]
)
def test_neither(value: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        phones_of(value)


def test_only_what_a_text_says_is_wanted() -> None:
    words = {"San Juan": "san hwan", "Hubble": "hubbul", "sand": "sant"}
    assert wanted_in("To *San* JUAN, with hubbles", words) == {"San Juan": "san hwan"}
    assert wanted_in("Hubble’s", words) == wanted_in("San Juan's and hubble's", {"Hubble": "hubbul"})
    assert wanted_in("Hubble!", words) == {"Hubble": "hubbul"}
    assert wanted_in("", words) == {}


@pytest.mark.parametrize(
    ("listed", "say", "codes", "path"),
    [
        ("Hubble: HH AH1 B AH0 L", "Hubble flies", [], ""),
        ("Hubble: HH XX L", "Hubble flies", ["pronounce-wrong"], "pronounce.Hubble"),
        ("Hubble: hubbul", "It is Hubble's", [], ""),
        ("Hubbel: hubbul", "Hubble flies", ["pronounce-unused"], "pronounce.Hubbel"),
        ("", "Hubble *flies high", ["emphasis-open"], "segments[0].say"),
        ("", "Hubble [pause 3] flies", ["pause-wrong"], "segments[0].say"),
    ],
)
def test_findings(tmp_path: Path, listed: str, say: str, codes: list[str], path: str) -> None:
    (tmp_path / "project.yaml").write_text(PROJECT % (listed, say))
    try:
        found = load(tmp_path / "project.yaml").warnings
    except ProjectInvalid as error:
        found = error.findings
    found = tuple(finding for finding in found if finding.code != "narration-bare")
    assert [finding.code for finding in found] == codes
    assert all(finding.place.path == path for finding in found)
    if codes == ["pronounce-unused"]:
        assert "Hubble" in found[0].remedy
