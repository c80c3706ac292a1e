"""The list of pronunciations, and what check says about it and about marks of speech."""

from __future__ import annotations

from pathlib import Path

import pytest

from edl.errors import ProjectInvalid
from edl.loader import load
from edl.project import Narrate
from edl.pronounce import list_of, phones_of, wanted_in

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
    assert wanted_in("San and Juan, sands, a Hubbler", words) == {}
    assert wanted_in("Hubble!", words) == {"Hubble": "hubbul"}
    assert wanted_in("", words) == {}


NAMES = {
    "Hubble": "HH AH1 B AH0 L",
    "Matt": "M AE1 T",
    "Xanthes": "Z AE1 N TH IY0 Z",
    "San Juan": "san hwan",
    "Vash": "vash",
    "Bruce": "bruce",
    "Taj": "tahj",
    "GIF": "JH IH1 F",
    "Lo": "L OW1",
    "Luca": "L UW1 K AH0",
    "Lucas": "L UW1 K AH0 S",
    "live": "L AY1 V",
}


@pytest.mark.parametrize(
    ("say", "wanted"),
    [
        ("the Hubbles", {"Hubbles": "HH AH1 B AH0 L Z"}),
        ("Hubble’s and hubble's", {"Hubble's": "HH AH1 B AH0 L Z"}),
        ("the Hubbles' eye", {"Hubbles": "HH AH1 B AH0 L Z"}),
        ("Hubble and the MATTS", {"Hubble": "HH AH1 B AH0 L", "Matts": "M AE1 T S"}),
        ("Xanthes' ship", {"Xanthes'": "Z AE1 N TH IY0 Z IH0 Z"}),
        ("the Xantheses", {"Xantheses": "Z AE1 N TH IY0 Z IH0 Z"}),
        ("He said 'I am Xanthes' again.", {"Xanthes": "Z AE1 N TH IY0 Z"}),
        ("Xanthes’", {"Xanthes": "Z AE1 N TH IY0 Z"}),
        ("San Juan's", {"San Juan's": "san hwan's"}),
        ("Vash's Vashes", {"Vash's": "vashes", "Vashes": "vashes"}),
        ("Bruce's Taj's", {"Bruce's": "bruces", "Taj's": "tahdges"}),
        ("two gifs", {"GIFs": "JH IH1 F S"}),
        ("Los Angeles, hubbles, he lives, Vashs", {"Vashs": "vashes"}),
        ("live's", {"live's": "L AY1 V Z"}),
        ("Lucas", {"Lucas": "L UW1 K AH0 S"}),
    ],
)
def test_plurals_and_possessives_of_names(say: str, wanted: dict[str, str]) -> None:
    assert wanted_in(say, NAMES) == wanted


@pytest.mark.parametrize(
    ("listed", "say", "codes", "path"),
    [
        ("Hubble: HH AH1 B AH0 L", "Hubble flies", [], ""),
        ("Hubble: HH XX L", "Hubble flies", ["pronounce-wrong"], "pronounce.Hubble"),
        ("Hubble: hubbul", "It is Hubble's", [], ""),
        ("Hubble: hubbul", "Two Hubbles", [], ""),
        ("Hubble: hubbul", "Two hubbles", ["pronounce-unused"], "pronounce.Hubble"),
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
        assert "hubble" in found[0].remedy.casefold()


TWO = """
cutaway: 1
title: t
cast:
  a: {pronounce: {hubble: hoobl, Zorg: HH XX}}
  b: {}
pronounce: {Hubble: hubbul, moon: moone}
segments:
  - {narrate: one, who: a, say: "Hubble and the moon"}
  - {narrate: two, who: b, say: "Hubble and Zorg"}
"""


def test_a_person_may_pronounce_a_word_otherwise(tmp_path: Path) -> None:
    (tmp_path / "project.yaml").write_text(TWO.replace("Zorg: HH XX", "sea: see").replace("the moon", "the moon, sea"))
    project = load(tmp_path / "project.yaml").project
    assert list_of(project, "a") == {"hubble": "hoobl", "moon": "moone", "sea": "see"}
    assert list_of(project, "b") == {"Hubble": "hubbul", "moon": "moone"}
    from engines.registry import engine
    from flows.choose import choose_voice, voice_params

    said = []
    for segment in project.segments:
        assert isinstance(segment, Narrate)
        choice = choose_voice(project, segment)
        said.append(voice_params(project, segment, choice, engine("voice/hibari")).model_dump()["pronounce"])
    assert said == [(("hubble", "hoobl"), ("moon", "moone"), ("sea", "see")), (("Hubble", "hubbul"),)]


def test_the_list_of_a_person_is_judged_by_what_they_say(tmp_path: Path) -> None:
    (tmp_path / "project.yaml").write_text(TWO)
    with pytest.raises(ProjectInvalid) as raised:
        load(tmp_path / "project.yaml")
    found = [finding for finding in raised.value.findings if finding.code.startswith("pronounce")]
    assert {(finding.code, finding.place.path) for finding in found} == {
        ("pronounce-wrong", "cast.a.pronounce.Zorg"),
        ("pronounce-unused", "cast.a.pronounce.Zorg"),
    }
    assert "in no text of a" in next(finding.message for finding in found if finding.code == "pronounce-unused")
