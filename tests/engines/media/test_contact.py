"""Contact sheets: every take a row, frames at equal times, the standing one marked."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from edl.recipe import Native
from engines.contract import Params
from engines.media.contact import GAP, HEAD, LABEL, MARGIN, STANDS, Row, draw
from engines.media.sink import FrameSink


@pytest.fixture
def part(make_order):
    """A part whose frames go from black to a colour."""

    def make(colour, frames=10, size=(160, 90)):
        order = make_order(Params(), Native(*size, Fraction(10), frames))
        with FrameSink(order) as sink:
            for number in range(frames):
                level = np.array(colour) * (number + 1) // frames
                sink.write(np.full((size[1], size[0], 3), level, dtype=np.uint8))
        return order.folder / sink.media

    return make


def cells(sheet, row, rows, across=4):
    """Mean colours of one row's frames."""
    pixels = np.asarray(sheet)
    width = (sheet.width - LABEL - MARGIN) // across
    pitch = (sheet.height - HEAD) // rows
    top = HEAD + pitch * row + 20
    return [
        pixels[top : top + 20, LABEL + at * width + 8 : LABEL + (at + 1) * width - GAP - 8].mean((0, 1))
        for at in range(across)
    ]


def test_rows_and_columns(part):
    red, blue = part((240, 0, 0)), part((0, 0, 240))
    sheet = draw("coast", [Row((red,), "take 1"), Row((blue,), "take 2", ("seed 2",), True)], 4, 1000)
    levels = [cell[0] for cell in cells(sheet, 0, 2)]
    assert levels == pytest.approx([48, 96, 168, 216], abs=14)
    assert [cell[2] for cell in cells(sheet, 1, 2)] == pytest.approx(levels, abs=14)
    assert cells(sheet, 1, 2)[3][0] < 20


def test_a_take_of_several_parts_is_shown_in_order(part):
    first, second = part((240, 0, 0), 4), part((0, 240, 0), 12)
    row = cells(draw("t", [Row((first, second), "take 1")], 4, 1000), 0, 1)
    assert row[0][0] > row[0][1]
    assert all(cell[1] > cell[0] for cell in row[1:])


def test_the_standing_take_is_marked(part):
    clip = part((90, 90, 90))
    plain = np.asarray(draw("t", [Row((clip,), "take 1")], 4, 1000))
    marked = np.asarray(draw("t", [Row((clip,), "take 1", stands=True)], 4, 1000))
    assert not (plain == STANDS).all(2).any()
    assert (marked == STANDS).all(2).sum() > 1000


def test_takes_of_other_shapes_are_cropped_to_equal_size(part):
    sheet = draw("t", [Row((part((200, 0, 0)),), "1"), Row((part((0, 0, 200), 6, (90, 160)),), "2")], 4, 1000)
    assert cells(sheet, 1, 2)[3][2] > 100


def test_the_same_sheet_twice_and_long_words(part):
    rows = [Row((part((200, 0, 0)),), "take 1", tuple(f"prompt={'a very long prompt ' * 9}" for _ in range(20)))]
    assert draw("t", rows).tobytes() == draw("t", rows).tobytes()
