"""Where long words of titles are broken, and what stands there."""

from __future__ import annotations

import pytest

from edl.soft_hyphens import SOFT
from engines.graphics._hyphens import OPEN, anywhere, at_signs, line_of, shown, whole
from engines.graphics._type import Block, fit
from engines.media.typefaces import EMBEDDED, Typeface

FACES = (Typeface(EMBEDDED),)
DANUBE = "Donaudampfschifffahrtsgesellschaftskapitän"


def parts(found: list[str]) -> str:
    """Parts as ``hy~phen``, and ``side|show`` where nothing is added."""
    return "".join(found).replace(SOFT, "~").replace(OPEN, "|")


@pytest.mark.parametrize(
    ("word", "found"),
    [
        (f"Geschwindigkeits{SOFT}begrenzung", "Geschwindigkeits~begrenzung"),
        ("Rhein-Main-Donau/Kanal", "Rhein-|Main-|Donau/|Kanal"),
        (f"Rhein-{SOFT}Main", "Rhein-|Main"),
        ("e-mail", "e-mail"),
        ("https://www.example.org/a-b?c=d", "https://|www|.example|.org/|a-|b?|c=|d"),
        ("some.body@example.org", "some|.body@|example|.org"),
        ("take_01_final.mov", "take_|01_|final|.mov"),
        (f"name{SOFT}s.mov", "name|s|.mov"),
        (SOFT, ""),
        (f"空{SOFT}空", "空空"),
    ],
)
def test_places_that_the_writer_gave(word: str, found: str) -> None:
    assert parts(at_signs(word)) == found
    assert whole(word) == [word.replace(SOFT, "")]


@pytest.mark.parametrize(
    ("word", "found"),
    [
        ("antidisestablishmentarianism", "an~ti~di~ses~tab~lish~men~ta~ria~nism"),
        ("Kindergärtnerinnen", "Kin~der~gärt~ne~rin~nen"),
        ("Превысокомногорассмотрительствующий", "Пре~вы~со~ком~но~го~расс~мот~ри~тельст~вую~щий"),
        ("ηλεκτροεγκεφαλογραφήματος", "ηλεκτ~ροεγ~κε~φα~λογ~ρα~φή~μα~τος"),
        ("wwwwwwwwwwwwww", "wwwwww~wwwwwwww"),
        ("(Haltestelle)!!", "(Hal~tes~telle)!!"),
        ("3D-Druckverfahren", "3D-|Druck~ver~fah~ren"),
        ("12345678901234", "123456|78901234"),
        ("#verylonghashtag", "#veryl|onghas|htag"),
        ("example.org/pneumonoultramicroscopic", "example|.org/|pneumo|noultr|amicro|scopic"),
        ("ago", "ago"),
        ("over", "over"),
    ],
)
def test_hyphens_that_are_added(word: str, found: str) -> None:
    assert parts(anywhere(word)) == found


def test_other_scripts_are_cut_as_before() -> None:
    thai = "ประเทศไทย" * 3
    assert whole(thai) == at_signs(thai) == anywhere(thai)
    assert len(whole(thai)) > 1
    assert "".join(whole(thai)) == thai


def test_a_line_shows_only_the_hyphen_at_its_end() -> None:
    assert line_of([f"Dampf{SOFT}", f"schiff{SOFT}"]) == "Dampfschiff-"
    assert line_of([f"Dampf{SOFT}", "schiff ", "fährt"]) == "Dampfschiff fährt"
    assert line_of([f"side{OPEN}"]) == "side"
    assert [shown(part) for part in ("a ", f"b{SOFT}", f"c{OPEN}")] == ["a", "b", "c"]


def set_in(text: str, width: int, height: int = 300) -> Block:
    return fit(text, FACES, width, height, 40, 5)


def test_letters_are_smaller_before_a_word_is_broken() -> None:
    block = set_in(f"Die {DANUBE}", 560)
    assert block.lines == ("Die", DANUBE)
    assert 16 < block.size < 40
    assert block.width > 500


def test_a_word_is_broken_where_letters_would_be_too_small() -> None:
    block = set_in(DANUBE, 300)
    assert len(block.lines) > 1
    assert all(line.endswith("-") for line in block.lines[:-1])
    assert "".join(line.removesuffix("-") for line in block.lines) == DANUBE
    assert block.size > 16


def test_a_word_is_broken_at_soft_hyphens_before_any_other_place() -> None:
    written = f"Donaudampf{SOFT}schifffahrts{SOFT}gesellschafts{SOFT}kapitän"
    assert set_in(written, 300).lines == ("Donaudampf-", "schifffahrts-", "gesellschafts-", "kapitän")
    assert set_in(written, 800).lines == (DANUBE,)
    assert set_in(f"kurz{SOFT}e Wör{SOFT}ter", 300).lines == ("kurze Wörter",)


def test_an_address_gets_no_hyphen() -> None:
    address = "https://www.example.org/" + "abcdefghij" * 6
    block = set_in(address, 200)
    assert len(block.lines) > 1
    assert "".join(block.lines) == address


def test_signs_that_stand_there_are_not_doubled() -> None:
    assert set_in("Rhein-Main-Donau-Schifffahrtskanal-Verwaltung", 330).lines[-1] == "Verwaltung"
    assert "--" not in "".join(set_in("Rhein-Main-Donau-Schifffahrtskanal-Verwaltung", 330).lines)
