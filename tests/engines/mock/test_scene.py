"""A drawn picture can be read back after everything that a conformer does to it."""

from __future__ import annotations

import hashlib
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from edl.recipe import Native
from engines.media.still import cover_still
from engines.mock._scene import Pixels, Scene, Stamp, colour_of, read_stamp


def draw(number: int, look: int, width: int = 640, height: int = 360) -> Pixels:
    return Scene(Native(width, height, Fraction(25), 1), look).frame(number)


@settings(max_examples=40, deadline=None)
@given(number=st.integers(0, 65535), look=st.integers(0, 65535))
def test_reads_back_what_was_drawn(number: int, look: int) -> None:
    assert read_stamp(draw(number, look, 96, 54)) == Stamp(number, look)


@pytest.mark.parametrize(
    ("size", "delivered"),
    [
        ((1280, 720), (720, 1280)),
        ((720, 1280), (1280, 720)),
        ((333, 187), (1280, 720)),
        ((1280, 720), (64, 36)),
        ((320, 320), (1920, 1080)),
    ],
)
def test_survives_crop_and_scale(size: tuple[int, int], delivered: tuple[int, int]) -> None:
    for number in (0, 1, 77, 1999):
        assert read_stamp(cover_still(draw(number, 4711, *size), *delivered)) == Stamp(number, 4711)


def test_survives_a_label_and_a_lower_third() -> None:
    native = Native(640, 360, Fraction(25), 1)
    frame, strip = draw(12, 99), Scene(native, 5).lower_third(3)
    alpha = strip[:, :, 3:] / 255
    drawn = np.rint(frame * (1 - alpha) + strip[:, :, :3] * alpha).astype(np.uint8)
    drawn[10:40, 10:120] = 255
    assert read_stamp(drawn) == Stamp(12, 99)


def test_a_blend_of_two_frames_is_not_taken_for_one() -> None:
    found = [read_stamp(((draw(n, 1).astype(int) + draw(n + 1, 60000)) // 2).astype(np.uint8)) for n in range(20)]
    assert found.count(None) >= 15


def test_other_pictures_say_nothing() -> None:
    assert read_stamp(np.zeros((90, 160, 3), np.uint8)) is None
    noise = np.random.default_rng(1).integers(0, 255, (90, 160, 3)).astype(np.uint8)
    assert read_stamp(noise) is None


def test_looks_have_colours_of_their_own_and_none_is_the_rims() -> None:
    colours = [colour_of(look) for look in range(0, 65536, 97)]
    assert len(set(colours)) > 600
    assert all(min(red, blue) - green < 60 for red, green, blue in colours)


def test_golden_frames_guard_the_pixels_number_of_every_mock() -> None:
    """When this fails on purpose, raise ``pixels`` of all picture engines in ``engines/mock``."""
    scene = Scene(Native(333, 187, Fraction(7), 1), 4711)
    drawn = scene.frame(42, drift=0.3, level=0.5).tobytes() + scene.lower_third(42).tobytes()
    assert hashlib.sha256(drawn).hexdigest()[:16] == "2a1569a54c240756"


def test_the_bar_opens_with_the_level() -> None:
    scene = Scene(Native(640, 360, Fraction(25), 1), 1)
    lit = [int((scene.frame(0, level=level)[310] > 200).all(axis=1).sum()) for level in (0.0, 0.5, 1.0)]
    assert lit == sorted(set(lit))


def test_the_number_is_drawn_for_people_too() -> None:
    above = draw(8, 1)[40:110]
    picture = Image.fromarray(above).convert("L")
    assert np.asarray(picture).max() > 200
    assert not np.array_equal(above, draw(1, 1)[40:110])
