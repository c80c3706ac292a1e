"""The window of a variant: calm, never outside, on the subject, and the same wherever a run begins."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edl.reframe import (
    LOOSE,
    SLACK,
    SMOOTH,
    SPEED,
    Look,
    Seen,
    Shot,
    SubjectFacts,
    follow,
    spot_at,
    standing,
    track,
    within,
)

FPS = Fraction(25)
STEP = Fraction(1, 5)
SHARE = 0.316  # 9:16 out of 16:9


def face(x: float, width: float = 0.1) -> tuple[float, float, float, float]:
    return (x - width / 2, 0.3, width, width * 16 / 9)


def facts(looks: list[Look], cuts: tuple[int, ...] = ()) -> SubjectFacts:
    return SubjectFacts(width=1280, height=720, fps="25", every=5, looks=tuple(looks), cuts=cuts)


def shots_of(looks: list[Look], cuts: tuple[int, ...] = (), still: bool = False) -> tuple[Shot, ...]:
    return follow([Seen(facts(looks, cuts), 0, 5 * len(looks))], 720, 1280, FPS, still)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=80))
def test_it_is_never_outside_and_never_hasty(aims: list[float]) -> None:
    places = track(aims, SHARE, SLACK, STEP)
    assert all(SHARE / 2 - 1e-3 <= place <= 1 - SHARE / 2 + 1e-3 for place in places)
    speeds = [(later - earlier) / float(STEP) for earlier, later in pairwise(places)]
    assert all(abs(speed) <= SPEED * SHARE + 2e-3 for speed in speeds)
    most = 4 * SPEED * SHARE / SMOOTH
    assert all(abs(later - earlier) / float(STEP) <= most + 6e-3 for earlier, later in pairwise(speeds))


@given(st.floats(0.2, 0.8), st.lists(st.floats(-0.04, 0.04), min_size=2, max_size=60))
def test_small_moves_do_not_move_it(middle: float, moves: list[float]) -> None:
    assert len(track([middle + move for move in moves], SHARE, SLACK, STEP)) == 1


def test_what_only_one_look_saw_was_no_subject() -> None:
    assert track([0.5] * 10 + [0.9] + [0.5] * 10, SHARE, SLACK, STEP) == (0.5,)


def test_it_follows_and_keeps_the_subject_inside() -> None:
    """A person walks across the picture in eight seconds: slower than the window may move."""
    xs = [0.1 + 0.8 * at / 39 for at in range(40)]
    shots = shots_of([Look(faces=(face(x),)) for x in xs])
    for at, x in enumerate(xs):
        middle = spot_at(shots, 5 * at)[0]
        assert middle - SHARE / 2 <= x <= middle + SHARE / 2


def test_a_portrait_stands() -> None:
    looks = [Look(faces=(face(0.4 + 0.2 * (at % 2)),)) for at in range(30)]
    (shot,) = shots_of(looks, still=True)
    assert len(shot.x) == len(shot.y) == 1


def test_it_jumps_where_the_take_cuts_and_only_there() -> None:
    looks = [Look(faces=(face(0.2),))] * 10 + [Look(faces=(face(0.8),))] * 10
    one, other = shots_of(looks, cuts=(50,))
    assert (one.start, other.start) == (0, 50)
    assert (len(one.x), len(other.x)) == (1, 1)
    assert spot_at((one, other), 49)[0] == pytest.approx(0.2, abs=0.05)
    assert spot_at((one, other), 50)[0] == pytest.approx(0.8, abs=0.05)


def test_it_stays_with_the_same_person() -> None:
    looks = [Look(faces=(face(0.25, 0.10), face(0.75, 0.10 + 0.01 * (-1) ** at))) for at in range(20)]
    looks = [Look(faces=tuple(sorted(look.faces, key=lambda box: -box[2]))) for look in looks]
    (shot,) = shots_of(looks)
    assert len(shot.x) == 1


def test_two_faces_that_fit_are_both_shown() -> None:
    (shot,) = shots_of([Look(faces=(face(0.45, 0.1), face(0.58, 0.08)))] * 10)
    middle = shot.x[0]
    assert middle - SHARE / 2 <= 0.40
    assert middle + SHARE / 2 >= 0.62


def test_without_people_what_draws_the_eye_counts_and_a_lone_face_is_none() -> None:
    looks = [Look(salient=(0.7, 0.5))] * 20
    looks[7] = Look(faces=(face(0.2),), salient=(0.7, 0.5))
    (shot,) = shots_of(looks)
    assert shot.x == (0.7,)
    assert LOOSE > SLACK


def test_a_window_of_the_full_height_moves_across_only() -> None:
    shots = shots_of([Look(faces=(face(0.1 + at * 0.02),)) for at in range(40)])
    assert all(set(shot.y) == {0.5} for shot in shots)


@given(st.integers(0, 150), st.integers(1, 50))
def test_a_run_has_the_window_of_the_whole_take(first: int, frames: int) -> None:
    looks = [Look(faces=(face(0.1 + 0.8 * at / 39),)) for at in range(40)]
    shots = shots_of(looks, cuts=(90,))
    own = within(shots, first, frames)
    for frame in range(frames):
        whole, part = spot_at(shots, first + frame), spot_at(own, frame)
        assert part[0] == pytest.approx(whole[0], abs=0.012)
        assert part[1] == whole[1]


def test_a_change_far_away_leaves_a_run_alone() -> None:
    """What a run's recipe holds is only its own stretch."""
    looks = [Look(faces=(face(0.1 + 0.8 * at / 79),)) for at in range(80)]
    other = [*looks[:60], *([Look(faces=(face(0.2),))] * 20)]
    assert within(shots_of(looks), 0, 100) == within(shots_of(other), 0, 100)


def test_a_given_focus_stands() -> None:
    assert spot_at(within(standing((0.3, 0.6)), 40, 10), 5) == (0.3, 0.6)
