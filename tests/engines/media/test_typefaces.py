"""Fonts for captions: which is taken for which character, and what no font has."""

from __future__ import annotations

from pathlib import Path

import pytest

from edl.errors import Broken
from engines.media import typefaces
from engines.media.typefaces import EMBEDDED, Typeface, draws, find_faces, metrics, needed, remedy, spans

ALEF, BET = "\u05d0", "\u05d1"


def make_font(path: Path, chars: str, family: str = "Blocks", outlines: bool = True) -> Path:
    """A font that draws each of some characters as a block of full height."""
    from fontTools.fontBuilder import FontBuilder
    from fontTools.pens.ttGlyphPen import TTGlyphPen

    names = [".notdef", *(f"g{ord(char):04x}" for char in chars)]
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({ord(char): f"g{ord(char):04x}" for char in chars})
    pen = TTGlyphPen(None)
    pen.moveTo((50, 0))
    for point in ((50, 700), (550, 700), (550, 0)):
        pen.lineTo(point)
    pen.closePath()
    block = pen.glyph()
    builder.setupGlyf(dict.fromkeys(names, block))
    builder.setupHorizontalMetrics(dict.fromkeys(names, (600, 50)))
    builder.setupHorizontalHeader(ascent=900, descent=-300)
    builder.setupNameTable({"familyName": family, "styleName": "Bold"})
    builder.setupOS2(usWinAscent=900, usWinDescent=300, usWeightClass=700)
    builder.setupPost()
    if not outlines:
        del builder.font["glyf"], builder.font["loca"]
    builder.save(path)
    return path


@pytest.fixture
def only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """A machine that has no fonts but the given."""

    def give(*paths: Path) -> None:
        monkeypatch.setattr(typefaces, "_installed", lambda: tuple(sorted(paths)))

    return give


def test_latin_greek_and_cyrillic_need_no_other_font(only):
    only()
    found = find_faces("Äß Ωλ Жд “…” – 12", None)
    assert found.faces == (Typeface(EMBEDDED),)
    assert not found.missing


def test_another_script_takes_a_font_of_the_machine(only, tmp_path):
    font = make_font(tmp_path / "NotoSansHebrew-Bold.ttf", ALEF + BET + " .")
    only(make_font(tmp_path / "Aaa.ttf", ALEF), font)
    found = find_faces(f"a {ALEF}{BET}", None)
    assert found.faces == (Typeface(EMBEDDED), Typeface(font))
    assert needed("plain", found.faces) == (Typeface(EMBEDDED),)
    assert needed(ALEF, found.faces) == (Typeface(font),)
    stretches = [(face.path.name, text) for face, text in spans(f"say {ALEF} {BET}. ok", found.faces)]
    assert stretches == [("Inter-Bold.otf", "say "), (font.name, f"{ALEF} {BET}. "), ("Inter-Bold.otf", "ok")]


def test_what_no_font_has_is_named_with_its_package(only):
    only()
    assert find_faces(f"ok {ALEF}{ALEF}空\U0001f680", None).missing == f"{ALEF}空\U0001f680"
    assert remedy(ALEF) == "fonts-noto-core"
    assert remedy("空") == "fonts-noto-cjk"
    assert remedy("\U0001f680") == "fonts-symbola"


def test_joiners_and_direction_marks_need_no_glyph(only):
    only()
    assert not find_faces("a\u200db\u200fc\ufe0f\u2060\U0001f3fd", None).missing


def test_a_font_without_outlines_does_not_count(only, tmp_path):
    font = make_font(tmp_path / "Coloured.ttf", ALEF, outlines=False)
    only(font)
    assert not draws(Typeface(font), ALEF)
    assert find_faces(ALEF, None).missing == ALEF


def test_a_given_font_comes_first(only, tmp_path):
    only()
    font = make_font(tmp_path / "mine.ttf", "ab")
    found = find_faces("abc", font)
    assert [face.path for face, _ in spans("abc", found.faces)] == [font, EMBEDDED]
    assert metrics(Typeface(font)).line == pytest.approx(1.2)
    assert metrics(Typeface(font)).family == "Blocks"


def test_a_given_file_that_is_no_font_is_refused(tmp_path):
    (tmp_path / "bad.ttf").write_bytes(b"no font at all")
    with pytest.raises(Broken, match=r"bad\.ttf"):
        find_faces("a", tmp_path / "bad.ttf")
