"""Captions that share a time: none has less than it takes to read, as long as there is enough."""

from __future__ import annotations

from itertools import pairwise

import pytest

from edl.cues import LEAST
from edl.scripts import LATIN
from edl.sharing import shared
from edl.units import Unit


def parts(*spans: tuple[int, float, float]):
    return tuple((Unit("x" * cells, start, end),) for cells, start, end in spans)


def lasting(found, until: float) -> list[float]:
    starts = [part[0].start for part in found]
    return [after - start for start, after in pairwise([*starts, until])]


def test_what_can_be_read_stays_where_it_is():
    given = parts((20, 0, 1.5), (20, 1.5, 3), (20, 3, 4.5))
    assert shared(given, 5, LATIN) == given


def test_one_that_is_too_short_gets_time_of_its_neighbours():
    found = shared(parts((60, 0, 1), (20, 1, 4), (20, 4, 5)), 5, LATIN)
    assert [part[0].start for part in found] == [0, 3, 4]  # not a moment more than it needs
    found = shared(parts((20, 0, 4), (60, 4, 5)), 5, LATIN)
    assert [part[0].start for part in found] == [0, 2]
    assert found[0][-1].end == 2


def test_too_much_text_is_shared_by_what_it_takes_to_read():
    found = shared(parts((50, 0, 0.8), (40, 0.8, 1.9), (30, 1.9, 4)), 4.2, LATIN)
    assert lasting(found, 4.2) == pytest.approx([1.75, 1.4, 1.05])


def test_but_none_gets_less_than_is_seen():
    found = shared(parts((90, 0, 1), (20, 1, 2), (70, 2, 3)), 4.0 + LEAST, LATIN)
    assert lasting(found, 4.0 + LEAST) == pytest.approx([4 * 90 / 160, LEAST, 4 * 70 / 160])
    assert lasting(shared(parts((9, 0, 1), (9, 1, 1)), 1, LATIN), 1) == [0.5, 0.5]


def test_no_cues_share_nothing():
    assert shared((), 3, LATIN) == ()
