from __future__ import annotations

from fractions import Fraction
from typing import Literal

import numpy as np
import pytest
from numpy.typing import NDArray

from edl.findings import Severity
from edl.project import Title
from edl.recipe import Native
from engines.contract import Shape, Wish
from engines.graphics._type import BOLD, drawable, fit
from engines.graphics.title import TitleParams, check, drawn, native

Pixels = NDArray[np.uint8]
LONG = ("Every coastline starts as a single still, and what follows is patience. " * 6)[:400]
TEXTS = ["Hi", "Made with cutaway", LONG, "x" * 400, "one\ntwo\n\nthree", "Привет Ωmega", "naïve — “quoted” 50 %"]
SIZES = [(320, 180), (181, 321), (641, 359)]


def shape(width: int, height: int, frames: int = 50, alpha: bool = False) -> Native:
    return Native(width, height, Fraction(25), frames, alpha)


def plain(text: str, subtitle: str = "", style: Literal["card", "lower_third"] = "card") -> TitleParams:
    return TitleParams(text=text, subtitle=subtitle, style=style, ink="#ffffff", paper="#000000", accent="#ffffff")


def extent(lit: NDArray[np.bool_]) -> tuple[float, float, float, float]:
    """Left, top, right and bottom of what is lit, as shares of the picture."""
    rows, columns = np.nonzero(lit)
    height, width = lit.shape
    return columns.min() / width, rows.min() / height, (columns.max() + 1) / width, (rows.max() + 1) / height


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text[:8])
def test_card_text_stays_in_the_safe_area(text: str, size: tuple[int, int]) -> None:
    params = plain(text, text[::2])
    frame = drawn(params, shape(*size))(25)
    left, top, right, bottom = extent(frame.max(axis=2) > 90)
    assert min(left, top) >= 0.09
    assert max(right, bottom) <= 0.91
    assert left == pytest.approx(1 - right, abs=0.03)


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("text", TEXTS, ids=lambda text: text[:8])
def test_lower_third_stays_low_and_leaves_the_rest_clear(text: str, size: tuple[int, int]) -> None:
    params = plain(text, text[::2], "lower_third")
    frame = drawn(params, shape(*size, alpha=True))(25)
    assert frame.shape == (size[1], size[0], 4)
    left, top, right, bottom = extent(frame[..., 3] > 0)
    assert left >= 0.05
    assert top >= 0.5
    assert right <= 0.97
    assert bottom <= 0.93
    letters = (frame[..., 3] == 255) & (frame[..., 0] > 200)
    assert letters.any()


def test_a_card_fades_in_rests_and_fades_out() -> None:
    frames = drawn(plain("Made with care"), shape(320, 180, 75))
    light = [float(frames(number).mean()) for number in range(75)]
    assert light[0] < light[5] < light[10] < light[20]
    assert len(set(light[25:60])) == 1
    assert light[-1] < light[70] < light[60]
    assert light[0] == pytest.approx(light[-1], abs=1.0)


def test_a_lower_third_comes_and_goes() -> None:
    frames = drawn(TitleParams(text="Anna Bell", style="lower_third"), shape(320, 180, 75, alpha=True))
    cover = [int(frames(number)[..., 3].max()) for number in range(75)]
    assert cover[0] < 40
    assert cover[40] == 255
    assert cover[-1] < 60
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
@pytest.mark.parametrize("style", ["card", "lower_third"])
def test_the_shortest_titles(style: str, frames: int) -> None:
    params = TitleParams.model_validate({"text": "Cut", "subtitle": "to", "style": style})
    wanted = shape(64, 36, frames, alpha=style == "lower_third")
    draw = drawn(params, wanted)
    assert all(draw(number).shape[:2] == (36, 64) for number in range(frames))


def test_letters_that_the_font_lacks_are_left_out_and_told() -> None:
    wish = wished(3)
    kept, missing = drawable("Open 🎬 日本 the coast\u200d")
    assert kept == "Open the coast"
    assert missing == "🎬日本"
    (finding,) = check(wish, TitleParams(text="Open 🎬 the coast"))
    assert finding.severity is Severity.WARNING
    assert finding.place.path == "text"
    assert check(wish, TitleParams(text="Ünïcode, Привет, Ωmega — “fine”")) == ()
    found = check(wish, TitleParams(text="日本語"))
    assert [one.code for one in found if one.blocks] == ["title-empty"]


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
    block = fit("w" * 60, BOLD, 100, 200, 30, 10)
    assert "\n" in block.text
    assert block.width <= 100
    lines = fit("made with patience and with care", BOLD, 220, 100, 20, 20).text.split("\n")
    assert len(lines) == 2
    assert len(lines[1]) > len(lines[0]) / 2


def test_what_never_fits_ends_with_an_ellipsis() -> None:
    block = fit(LONG, BOLD, 60, 30, 20, 10)
    assert block.text.endswith("…")
    assert block.width <= 60
    assert block.height <= 30
