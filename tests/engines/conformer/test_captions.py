"""Caption files, and captions drawn by libass: what is escaped, what is lit up, where it stands."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from edl.recipe import Native
from engines.conformer import captions as files
from engines.conformer import fit
from engines.conformer._captions import Caption
from engines.conformer._typeset import typeset
from engines.conformer.captions import CaptionsParams, srt, vtt
from engines.conformer.fit import FitParams
from engines.media.typefaces import EMBEDDED, Typeface
from tests.engines.conformer.test_fit import decoded
from tests.engines.media.test_typefaces import ALEF, BET, make_font

INTER = Typeface(EMBEDDED)
NASTY = "a <b>bold</b> & {\\an8}{x} --> end\n\n \nlast <3"
YELLOW = (255, 210, 74)


def test_subrip():
    text = srt(((0, 25, "One"), (90_000, 90_037, NASTY)), Fraction(25))
    first, second, end = text.split("\n\n")
    assert first == "1\n00:00:00,000 --> 00:00:01,000\nOne"
    assert second.startswith("2\n01:00:00,000 --> 01:00:01,480\n")
    assert second.count("-->") == 1
    assert "<b" not in second
    assert "{\\" not in second
    assert second.replace("\u2060", "").endswith("a <b>bold</b> & {\\an8}{x} --> end\nlast <3")
    assert end == ""


def test_webvtt():
    text = vtt(((1, 31, NASTY),), Fraction(30000, 1001))
    head, cue, end = text.split("\n\n")
    assert (head, end) == ("WEBVTT", "")
    assert cue.splitlines()[1] == "00:00:00.033 --> 00:00:01.034"
    assert cue.endswith("a &lt;b&gt;bold&lt;/b&gt; &amp; {\\an8}{x} --&gt; end\nlast &lt;3")


def test_ffmpeg_reads_both_files(run_engine: Callable, ffmpeg: Callable) -> None:
    params = {"fps": "25", "cues": ((0, 30, "Weiß <b>und</b>"), (40, 60, "zwei\nZeilen"))}
    for form in ("srt", "vtt"):
        made, order = run_engine(files.ENGINE, CaptionsParams(form=form, **params), None, {})
        back = ffmpeg(f"{form}.srt", "-i", str(order.folder / made.media)).read_text(encoding="utf-8")
        plain = back.replace("\u2060", "").replace("\\h", " ")
        assert "Weiß <b>und</b>" in plain
        assert "00:00:01,600 --> 00:00:02,400\nzwei\nZeilen" in plain


def drawn(caption: Caption, lit: int = -1, faces: tuple[Typeface, ...] = (INTER,), size=(320, 180)) -> np.ndarray:
    return next(iter(typeset(caption, [lit], faces, *size)))


def line(*pieces: str, **more: object) -> Caption:
    return Caption(lines=(tuple((piece, 0) for piece in pieces),), **more)


def inked(sheet: np.ndarray) -> tuple[int, int, int, int]:
    rows, columns = np.nonzero(sheet[:, :, 3] > 40)
    return int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1


def coloured(sheet: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    near = np.abs(sheet[:, :, :3].astype(int) - colour).max(axis=2) < 30
    return np.flatnonzero((near & (sheet[:, :, 3] > 200)).any(axis=0))


def test_a_line_stands_low_in_the_middle_of_the_safe_area():
    left, top, right, bottom = inked(drawn(line("Every speck of light")))
    assert abs((left + right) / 2 - 160) <= 1
    assert top > 0.8 * 180
    assert bottom <= 0.95 * 180 + 1


def test_at_the_top_lifted_and_in_a_tall_picture():
    assert inked(drawn(line("Up", at="top")))[1] >= 0.05 * 180 - 1
    assert inked(drawn(line("Up", lift=0.3)))[3] == inked(drawn(line("Up")))[3] - round(0.35 * 180) + round(0.05 * 180)
    assert inked(drawn(line("Up"), size=(180, 320)))[3] <= 0.9 * 320 + 1


def test_a_line_that_is_too_wide_gets_smaller():
    left, _, right, _ = inked(drawn(line("W" * 40)))
    assert 0.8 * 320 < right - left <= 0.9 * 320


def test_braces_and_backslashes_are_drawn():
    widths = [np.ptp(np.array(inked(drawn(line(text)))[::2])) for text in ("{x}", "x", "x\\Nx", "x\\x")]
    assert widths[0] > widths[1] * 1.5
    assert inked(drawn(line("x\\Nx")))[3] - inked(drawn(line("x\\Nx")))[1] < 22  # one line
    assert widths[2] > widths[3]


def test_only_the_spoken_word_is_lit_up():
    caption = line("one ", "two ", "three", words=True)
    places = [coloured(drawn(caption, lit), YELLOW) for lit in range(3)]
    assert not len(coloured(drawn(caption), YELLOW))
    assert places[0].max() < places[1].min()
    assert places[1].max() < places[2].min()
    outline = [drawn(caption, lit)[:, :, 3] for lit in range(2)]
    assert np.abs(outline[0].astype(int) - outline[1]).max() <= 2  # nothing else moves


def test_right_to_left_words_stand_from_right_to_left(tmp_path: Path):
    faces = (INTER, Typeface(make_font(tmp_path / "hebrew.ttf", ALEF + BET + " ")))
    caption = line(f"{ALEF}{ALEF} ", "GPS ", f"{BET}{BET}", words=True)
    first, middle, last = (coloured(drawn(caption, lit, faces), YELLOW) for lit in range(3))
    assert first.min() > middle.max()
    assert middle.min() > last.max()


def test_a_box_lies_behind_all_lines():
    caption = Caption(lines=((("Short", 0),), (("and a longer one", 0),)), box=True)
    sheet = drawn(caption)
    left, top, right, bottom = inked(sheet)
    assert (sheet[top:bottom, left:right, 3] > 100).all()


@pytest.mark.skipif(
    not Path("/usr/share/fonts/truetype/noto/NotoSansArabic-Bold.ttf").exists(), reason="needs fonts-noto-core"
)
def test_arabic_letters_join():
    arabic = Typeface(Path("/usr/share/fonts/truetype/noto/NotoSansArabic-Bold.ttf"))
    joined, apart = (inked(drawn(line(text), faces=(arabic,))) for text in ("سسس", "س\u200cس\u200cس"))
    assert joined[2] - joined[0] < 0.9 * (apart[2] - apart[0])


def test_the_word_is_lit_up_in_its_frame(run_engine: Callable) -> None:
    """One run through ``fit``: the second word from its frame on."""
    caption = Caption(lines=((("one ", 0), ("two", 6)),), words=True)
    native = Native(320, 180, Fraction(25), 12)
    made, order = run_engine(fit.ENGINE, FitParams(caption=caption), native, {"font0": EMBEDDED})
    frames = decoded(order.folder / made.media)
    yellow = [np.flatnonzero(((frame[:, :, 0] > 180) & (frame[:, :, 2] < 140)).any(axis=0)) for frame in frames]
    assert all(place.max() < 165 for place in yellow[:6])
    assert all(place.min() > 155 for place in yellow[6:])
    plain, other = run_engine(fit.ENGINE, FitParams(), native, {})
    assert not decoded(other.folder / plain.media).any()
