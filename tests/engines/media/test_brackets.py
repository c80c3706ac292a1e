"""Brackets where two directions of writing meet."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from edl.cues import Cue, Said, directed
from engines.conformer._captions import Caption
from engines.conformer._typeset import typeset
from engines.graphics._type import drawn, fit
from engines.media.brackets import with_marks
from engines.media.typefaces import EMBEDDED, Typeface
from tests.engines.media.test_typefaces import ALEF, BET, make_font

LRM, RLM = "\u200e", "\u200f"
RIGHT = ALEF + BET


def left(text: str) -> str:
    return text.replace("(", f"{LRM}({LRM}").replace(")", f"{LRM}){LRM}")


def right(text: str) -> str:
    return text.replace("(", f"{RLM}({RLM}").replace(")", f"{RLM}){RLM}")


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        (f"{RIGHT}, world! (test)", left),  # both sides of the bracket are from left to right
        (f"{RIGHT} (test)", right),
        (f"{RIGHT} world ({RIGHT})", right),  # what is inside goes as the line does
        (f"hello ({RIGHT}) there", left),
        (f"{RIGHT} (...) a", lambda text: text),  # nothing inside has a direction
        (f"{RIGHT} a (12)", left),
        (f"{RIGHT} (12) a", right),
        ("all (of one) direction", lambda text: text),
        (f"{RIGHT} ({RIGHT})", lambda text: text),
        (f"{RIGHT} a) (b", lambda text: text),  # no pair
        (f"\u202b{RIGHT} (a)\u202c", lambda text: text),  # the author has said it
    ],
)
def test_both_brackets_of_a_pair_take_one_direction(text, wanted):
    assert with_marks([text]) == [wanted(text)]


def test_pieces_keep_their_own_brackets():
    assert with_marks([f"{RIGHT}, a ", "(b ", "c) "]) == [f"{RIGHT}, a ", left("(b "), left("c) ")]


def test_titles_and_captions_draw_the_last_bracket_behind_its_word(tmp_path: Path) -> None:
    """In the wrong order it begins the line, where a small letter has to stand."""
    faces = (Typeface(make_font(tmp_path / "hebrew.ttf", RIGHT)), Typeface(EMBEDDED))
    text = f"{RIGHT}, xx (xx)"
    _, (line,) = drawn(fit(text, faces, 600, 60, 40, 20), "left")
    assert not begins_tall(line.cover)
    whole = Caption(lines=(((text, 0),),))
    apart = Caption(lines=(((f"{RIGHT}, ", 0), ("xx ", 0), ("(xx)", 0)),))
    for caption in (whole, apart):
        (sheet,) = typeset(caption, [-1], faces, 640, 360)
        assert not begins_tall(sheet[..., 3] / 255)
    _, (bracket,) = drawn(fit("(xx", faces, 600, 60, 40, 20), "left")
    assert begins_tall(bracket.cover)


def test_the_second_line_of_a_title_or_caption_runs_as_the_first(tmp_path: Path) -> None:
    """What comes first in it stands on the right where the text runs from right to left."""
    faces = (Typeface(make_font(tmp_path / "hebrew.ttf", RIGHT)), Typeface(EMBEDDED))
    words = f"{RIGHT}{RIGHT}", f"xx {RIGHT}"
    _, (_, second) = drawn(fit(" ".join(words), faces, 130, 120, 40, 36), "left")
    assert begins_tall(second.cover)
    _, (alone,) = drawn(fit(words[1], faces, 130, 120, 40, 36), "left")
    assert not begins_tall(alone.cover)
    said = Cue("a", 0, 9, ((Said(words[0], 0),), (Said("xx ", 0), Said(RIGHT, 0))))
    shown = Caption(lines=tuple(tuple((piece.text, 0) for piece in line) for line in directed(said).lines[1:]))
    (sheet,) = typeset(shown, [-1], faces, 640, 360)
    assert begins_tall(sheet[..., 3] / 255)


def begins_tall(cover: NDArray[np.floating]) -> bool:
    """Whether what is drawn first from the left is as high as a bracket."""
    rows, columns = np.nonzero(cover > 0.5)
    first = rows[columns < columns.min() + 6]
    return bool(np.ptp(first) > 0.8 * np.ptp(rows))
