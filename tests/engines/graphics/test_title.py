"""Titles: in every look, shape and script the letters stay where they should, come and go, and can be read."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from edl.findings import Severity
from edl.project import Title
from edl.recipe import Native
from engines.contract import Shape, Wish
from engines.graphics._colour import contrast, readable
from engines.graphics._type import drawn as masks
from engines.graphics._type import fit, leads_right_to_left
from engines.graphics.title import TitleParams, check, drawn, native
from engines.media.typefaces import EMBEDDED, Typeface
from tests.engines.media.test_typefaces import ALEF, BET, make_font

Pixels = NDArray[np.uint8]
LONG = ("Every coastline starts as a single still, and what follows is patience. " * 6)[:400]
TEXTS = ["Hi", "Made with cutaway", LONG, "x" * 400, "one\ntwo\n\nthree", "Привет Ωmega", "naïve — “quoted” 50 %"]
SIZES = [(320, 180), (181, 321), (240, 240)]
STYLES = ("card", "lower_third", "end_card")
LOOKS = ("clean", "bold", "editorial")

CASES = [("clean", text, SIZES[0]) for text in TEXTS]
CASES += [(look, text, size) for look in ("clean", "bold") for text in TEXTS[2:4] for size in SIZES[1:]]


def shape(width: int, height: int, frames: int = 50, alpha: bool = False) -> Native:
    return Native(width, height, Fraction(25), frames, alpha)


def plain(text: str, subtitle: str = "", style: str = "card", look: str = "clean") -> TitleParams:
    colours = {"ink": "#ffffff", "paper": "#000000", "accent": "#ffffff"}
    return TitleParams.model_validate({"text": text, "subtitle": subtitle, "style": style, "look": look, **colours})


def extent(lit: NDArray[np.bool_]) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of what is lit, as shares of the picture."""
    rows, columns = np.nonzero(lit)
    height, width = lit.shape
    return columns.min() / width, rows.min() / height, (columns.max() + 1) / width, (rows.max() + 1) / height


@pytest.mark.parametrize(("look", "text", "size"), CASES, ids=lambda each: str(each)[:8])
def test_card_text_stays_in_the_safe_area(text: str, size: tuple[int, int], look: str) -> None:
    params = plain(text, text[::2], look=look)
    frame = drawn(params, shape(*size))(25)
    left, top, right, bottom = extent(frame.max(axis=2) > 90)
    assert min(left, top) >= 0.08
    assert max(right, bottom) <= 0.92
    if look == "clean":
        assert left == pytest.approx(1 - right, abs=0.03)


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("text", TEXTS[2:4], ids=lambda text: text[:8])
def test_editorial_text_stays_inside_its_frame(text: str, size: tuple[int, int]) -> None:
    params = plain(text, text[::2], look="editorial").model_copy(update={"ink": "#000000", "paper": "#ffffff"})
    frame = drawn(params, shape(*size))(25)
    left, top, right, bottom = extent(frame.max(axis=2) < 60)
    assert min(left, top) >= 0.08
    assert max(right, bottom) <= 0.92


@pytest.mark.parametrize(("look", "text", "size"), CASES, ids=lambda each: str(each)[:8])
def test_lower_third_stays_low_and_leaves_the_rest_clear(text: str, size: tuple[int, int], look: str) -> None:
    params = plain(text, text[::2], "lower_third", look).model_copy(update={"accent": "#ff0000"})
    frame = drawn(params, shape(*size, alpha=True))(25)
    assert frame.shape == (size[1], size[0], 4)
    left, top, right, bottom = extent(frame[..., 3] > 0)
    assert left >= 0.05
    assert top >= 0.45
    assert right <= 0.97
    assert bottom <= 0.93
    letters = (frame[..., 3] > 220) & (frame[..., 1] > 200)
    assert letters.any() or look == "bold"


def test_an_end_card_stays_and_a_card_goes() -> None:
    for look in ("clean", "bold", "editorial"):
        stays = drawn(plain("Made with care", "by many", "end_card", look), shape(320, 180, 75))
        goes = drawn(plain("Made with care", "by many", "card", look), shape(320, 180, 75))
        assert np.array_equal(stays(74), stays(40))
        assert not np.array_equal(goes(74), goes(40))


def test_looks_differ() -> None:
    frames = [drawn(plain("Made with care", "", "card", look), shape(160, 90))(25) for look in LOOKS]
    pairs = [(0, 1), (0, 2), (1, 2)]
    assert all(np.abs(frames[one].astype(int) - frames[other]).mean() > 2 for one, other in pairs)


@pytest.mark.parametrize("look", ["clean", "bold", "editorial"])
def test_a_title_that_begins_on_the_right_stands_there(look: str, tmp_path: Path) -> None:
    face = (Typeface(make_font(tmp_path / "hebrew.ttf", ALEF + BET)),)
    params = plain((ALEF + BET) * 3, style="lower_third", look=look)
    frame = drawn(params, shape(320, 180, alpha=True), face)(25)
    left, _, right, _ = extent(frame[..., 3] > 100)
    assert right > 0.9
    assert left > 0.5


def test_letters_of_another_script_are_drawn_with_the_given_font(tmp_path: Path) -> None:
    face = Typeface(make_font(tmp_path / "hebrew.ttf", ALEF + BET))
    block = fit(f"one {ALEF}{BET}", (Typeface(EMBEDDED), face), 300, 100, 40, 10)
    _, (line,) = masks(block, "left")
    ink = line.cover.sum()
    _, (short,) = masks(fit("one", (Typeface(EMBEDDED),), 300, 100, 40, 10), "left")
    assert ink > short.cover.sum() + 2 * 0.5 * 0.7 * 40 * 40 * 0.8  # two blocks of half an em by seven tenths


def test_directions() -> None:
    assert leads_right_to_left(f"12 {ALEF}")
    assert not leads_right_to_left(f"a {ALEF}")
    assert not leads_right_to_left("...")


def test_a_card_fades_in_rests_and_fades_out() -> None:
    frames = drawn(plain("Made with care"), shape(320, 180, 75))
    light = [float(frames(number).mean()) for number in range(75)]
    assert light[0] < light[5] < light[10] < light[20]
    assert len(set(light[25:60])) == 1
    assert light[-1] < light[70] < light[60]
    assert light[0] == pytest.approx(light[-1], abs=1.0)


def test_a_lower_third_comes_and_goes() -> None:
    frames = drawn(TitleParams(text="Anna Bell", style="lower_third"), shape(320, 180, 75, alpha=True))
    cover = [float(frames(number)[..., 3].mean()) for number in range(75)]
    assert cover[0] < cover[40] / 20
    assert cover[-1] < cover[40] / 4
    assert cover[:20] == sorted(cover[:20])
    assert cover[60:] == sorted(cover[60:], reverse=True)


def test_a_lower_third_is_seen_on_black_and_white() -> None:
    frame = drawn(TitleParams(text="Anna Bell", style="lower_third"), shape(640, 360, alpha=True))(25)
    cover = frame[..., 3:] / 255
    inside = frame[..., 3] > 190
    for under in (0.0, 255.0):
        seen = (frame[..., :3] * cover + under * (1 - cover)).mean(axis=2)[inside]
        assert seen.max() - np.median(seen) > 150


@pytest.mark.parametrize("frames", [1, 2, 3, 7])
@pytest.mark.parametrize("style", STYLES)
def test_the_shortest_titles(style: str, frames: int) -> None:
    params = TitleParams.model_validate({"text": "Cut", "subtitle": "to", "style": style})
    wanted = shape(64, 36, frames, alpha=style == "lower_third")
    draw = drawn(params, wanted)
    assert all(draw(number).shape[:2] == (36, 64) for number in range(frames))


def test_a_text_without_anything_to_see_is_refused() -> None:
    for text in (" ", "\u200d\ufe0f", "\n \t"):
        (finding,) = check(wished(3), TitleParams(text=text))
        assert finding.code == "title-empty"
        assert finding.blocks
    assert check(wished(3), TitleParams(text="日本語 🎬")) == ()


def test_letters_that_hardly_stand_out_warn() -> None:
    (finding,) = check(wished(3), TitleParams(text="a", ink="#777777", paper="#666666"))
    assert finding.code == "title-faint"
    assert finding.severity is Severity.WARNING
    assert all(
        check(wished(3), TitleParams(text="a", look=look, style=style)) == () for look in LOOKS for style in STYLES
    )
    found = check(wished(3), TitleParams(text="a", look="bold", accent="#777777", ink="#8a8a8a"))
    assert [one.code for one in found] == ["title-faint"]
    assert contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)
    assert readable((255, 210, 63), (255, 255, 255), (16, 18, 23)) == (16, 18, 23)


@pytest.mark.parametrize("text", ["日本語", "שלום", "مرحبا", "🎬", "\x00\x07", "e\u0301\u0301"])
@pytest.mark.parametrize("style", ["card", "lower_third"])
def test_no_text_crashes(text: str, style: str) -> None:
    params = TitleParams.model_validate({"text": text, "subtitle": text, "style": style})
    assert drawn(params, shape(160, 90, alpha=style == "lower_third"))(25).shape[:2] == (90, 160)


def wished(seconds: int) -> Wish:
    segment = Title(title="a", text="Made with care")
    return Wish(segment, Fraction(seconds), seconds * 25, Shape(1280, 720, Fraction(25)))


def test_a_title_that_nobody_can_read_in_time_warns() -> None:
    (finding,) = check(wished(2), TitleParams(text=LONG))
    assert finding.code == "title-hasty"
    assert check(wished(30), TitleParams(text=LONG)) == ()


def test_only_a_lower_third_has_alpha() -> None:
    assert not native(wished(2), TitleParams(text="a")).alpha
    assert native(wished(2), TitleParams(text="a", style="lower_third")).alpha


def test_a_word_that_is_too_wide_is_broken_and_lines_are_of_like_length() -> None:
    faces = (Typeface(EMBEDDED),)
    block, lines = masks(fit("w" * 60, faces, 100, 200, 30, 10), "left")
    assert len(block.lines) > 1
    assert block.width <= 100
    assert "".join(line.removesuffix("-") for line in block.lines) == "w" * 60
    assert all(line.cover.max() == 1 for line in lines)
    upper, lower = fit("made with patience and with care", faces, 220, 100, 20, 20).lines
    assert len(lower) > len(upper) / 2


def test_a_text_without_blanks_is_broken_where_its_script_allows() -> None:
    lines = fit("「日本語」の、字幕。", (Typeface(EMBEDDED),), 60, 200, 20, 20).lines
    assert len(lines) > 2
    assert not any(line[0] in "」、。" or line[-1] == "「" for line in lines)


def test_what_never_fits_ends_with_an_ellipsis() -> None:
    block = fit(LONG, (Typeface(EMBEDDED),), 60, 30, 20, 10)
    assert block.lines[-1].endswith("…")
    assert masks(block, "left")[0].width <= 60
    assert block.height <= 30
