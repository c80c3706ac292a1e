"""Where one recording lies in another: to under a millisecond, or not at all; and the skew of their clocks."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from bench.offsets import NOISES, OFFSETS, RATE, Room, cased, speechlike, spoiled
from engines.media.drift import match
from engines.media.offset import find
from flows.plan_sync import SURE

Samples = NDArray[np.float32]
CLEAN = speechlike(30, seed=1)
OTHER = speechlike(30, seed=2)


@pytest.mark.parametrize(
    ("room", "noise", "phone", "planted"),
    [(Room.NONE, 5, False, -2.0), (Room.LATE, 0, True, 2.0), (Room.SHADOWED, -5, False, 0.73)],
)
def test_error_under_a_millisecond(room: Room, noise: int, phone: bool, planted: float) -> None:
    part, whole, wanted = cased(CLEAN, planted, 6, room, noise, phone, seed=1)
    found = match(part, whole)
    assert found.confidence >= SURE
    assert abs(found.offset - wanted) < 0.001


@pytest.mark.slow
@pytest.mark.parametrize("room", list(Room))
@pytest.mark.parametrize("noise", NOISES)
@pytest.mark.parametrize("phone", [False, True])
def test_under_a_millisecond_or_refused(room: Room, noise: int, phone: bool) -> None:
    for number, planted in enumerate(OFFSETS):
        part, whole, wanted = cased(CLEAN, planted, 10, room, noise, phone, seed=number)
        found = match(part, whole)
        assert found.confidence < SURE or abs(found.offset - wanted) < 0.001


def test_a_short_part_anywhere_in_a_long_recording_and_partial_overlap() -> None:
    at = 23 * RATE + 517
    found = find(CLEAN[at : at + 2 * RATE], CLEAN)
    assert (found.at, found.distinct > SURE) == (at, True)
    begins_before = np.concatenate([OTHER[: 5 * RATE], CLEAN[: 7 * RATE]])
    assert abs(match(begins_before, CLEAN).offset + 5) < 0.0001
    longer = np.concatenate([OTHER[: 8 * RATE], CLEAN[20 * RATE : 28 * RATE]])
    partly = match(longer, CLEAN)
    assert (abs(partly.offset - 12) < 0.0001, partly.confidence > SURE) == (True, True)


def test_level_and_polarity_do_not_matter() -> None:
    part = -0.01 * CLEAN[10 * RATE : 20 * RATE]
    assert abs(match(part, CLEAN).offset - 10) < 0.0001


def tone(seconds: int) -> Samples:
    return (0.3 * np.sin(2 * np.pi * 440 * np.arange(seconds * RATE) / RATE)).astype(np.float32)


def clicks(seconds: int) -> Samples:
    track = np.zeros(seconds * RATE, np.float32)
    track[:: RATE // 2] = 0.5
    return track


DECOYS = {
    "other speech": (OTHER[: 9 * RATE], CLEAN),
    "noise": (np.random.default_rng(0).standard_normal(9 * RATE).astype(np.float32), CLEAN),
    "tones": (tone(9), tone(30)),
    "clicks": (clicks(9), clicks(30)),
    "the same hum": (OTHER[: 9 * RATE] + tone(9), CLEAN + tone(30)),
    "a loop": (np.tile(CLEAN[: 3 * RATE], 3), np.tile(CLEAN[: 3 * RATE], 12)),
    "a phrase said twice": (CLEAN[2 * RATE : 6 * RATE], np.tile(CLEAN[: 15 * RATE], 2)),
    "silence": (np.zeros(9 * RATE, np.float32), CLEAN),
    "nothing recorded": (CLEAN[: 9 * RATE], np.zeros(30 * RATE, np.float32)),
    "hardly anything": (CLEAN[:1000], CLEAN),
}


@pytest.mark.parametrize("name", DECOYS)
def test_what_is_not_there_once_is_refused(name: str) -> None:
    assert match(*DECOYS[name]).confidence < SURE


@pytest.mark.parametrize("ppm", [pytest.param(50, marks=pytest.mark.slow), -500])
def test_skew(ppm: int) -> None:
    part, offset = spoiled(CLEAN, 1.5, 27, Room.LATE, 10, ppm, seed=3)
    found = match(part, CLEAN)
    assert found.confidence >= SURE
    assert abs(found.offset - offset) < 0.0005
    assert abs(found.ppm - ppm) < 0.05 * abs(ppm)


@pytest.mark.slow
@pytest.mark.parametrize("noise", [20, 0])
@pytest.mark.parametrize("ppm", [20, 37, 100, 200, 500, -500])
def test_skew_of_three_minutes_with_a_third_of_it_something_else(ppm: int, noise: int) -> None:
    clean = speechlike(200, seed=4)
    part, offset = spoiled(clean, 2.0, 180, Room.LATE, noise, ppm, seed=5)
    for first in (20, 70, 140):
        part[first * RATE : (first + 20) * RATE] = OTHER[: 20 * RATE]
    found = match(part, clean)
    assert found.confidence >= SURE
    assert abs(found.offset - offset) < 0.0005
    assert abs(found.ppm - ppm) < 0.05 * abs(ppm)
