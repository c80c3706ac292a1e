"""Parts of the rig: framing, mesh, visemes, rasteriser."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from edl.facts import Phone
from engines.animator.rig import topology as top
from engines.animator.rig.framing import frame_face, framed
from engines.animator.rig.raster import draw, source_of
from engines.animator.rig.visemes import RATE, VISEMES, mouth_track, viseme_of

VOWELS = "AA AE AH AO AW AY EH ER EY IH IY OW OY UH UW"
CONSONANTS = "B CH D DH F G HH JH K L M N NG P R S SH T TH V W Y Z ZH SIL"


def test_the_frame_keeps_the_face_in_and_slightly_above_the_centre() -> None:
    left, top_, wide, high = frame_face(2000, 3000, (1280, 720), (800, 1000, 400, 500))
    assert (wide, high) == (2000, 1125)
    assert left == 0
    assert (1250 - top_) / high == pytest.approx(0.45, abs=0.001)


def test_the_frame_stays_inside_the_picture() -> None:
    for face in ((0, 0, 100, 100), (1900, 900, 100, 100)):
        left, top_, wide, high = frame_face(2000, 1000, (720, 1280), face)
        assert left >= 0
        assert top_ >= 0
        assert left + wide <= 2000
        assert top_ + high <= 1000


def test_a_still_of_the_right_scale_is_not_resampled() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (200, 160, 3), dtype=np.uint8)
    box = frame_face(160, 200, (160, 90), (60, 60, 40, 40))
    assert (framed(pixels, box, 160, 90) == pixels[int(box[1]) : int(box[1]) + 90]).all()


def test_the_mesh_has_the_documented_triangles() -> None:
    assert len(top.skin_triangles()) == 852
    assert len(top.hole_triangles()) == 46
    assert len(top.ring_triangles()) == 144
    assert top.VERTICES == 540


def test_every_phone_has_a_viseme() -> None:
    assert set(VISEMES) == {*VOWELS.split(" "), *CONSONANTS.split(" ")}
    assert viseme_of("AA1") is VISEMES["AA"]


def test_silence_keeps_the_mouth_shut_and_closures_reach_one() -> None:
    phones = [
        Phone(name=n, start=i * 0.1, end=i * 0.1 + 0.1) for i, n in enumerate(("SIL", "SIL", "AA", "M", "AA", "F"))
    ]
    times = np.arange(0, 0.6, 0.01)
    track = mouth_track(phones, np.full(RATE, 0.2), times, 0.04)
    assert track.jaw[:6].max() < 0.07
    assert track.press[32] == pytest.approx(1)
    assert track.tuck[52] == pytest.approx(1)
    assert track.jaw[32] < 0.05
    assert track.jaw[22] > 0.3


def test_a_vowel_between_two_closures_is_seen() -> None:
    edges = (0.0, 0.4, 0.5, 0.575, 0.675, 1.0)
    names = ("SIL", "P", "IY", "P", "SIL")
    phones = [Phone(name=n, start=a, end=b) for n, (a, b) in zip(names, pairwise(edges), strict=True)]
    for offset in np.linspace(0, 0.04, 9):
        times = offset + np.arange(24) * 0.04
        track = mouth_track(phones, np.full(RATE, 0.2), times, 0.04)
        shown = int((0.5375 - offset) / 0.04)
        assert track.press[shown] < 0.75
        assert min(track.press[int((middle - offset) / 0.04)] for middle in (0.45, 0.625)) > 0.9


def test_a_closure_shorter_than_a_frame_is_still_shown() -> None:
    phones = [
        Phone(name="AA", start=0, end=0.5),
        Phone(name="B", start=0.5, end=0.51),
        Phone(name="AA", start=0.51, end=1),
    ]
    for offset in np.linspace(0, 0.04, 9):
        track = mouth_track(phones, np.full(2 * RATE, 0.2), offset + np.arange(25) * 0.04, 0.04)
        assert track.press.max() > 0.9


def ramp() -> NDArray[np.uint8]:
    """24 x 24, red rising by 10 a column, green by 10 a row: a pixel says where it was sampled."""
    y, x = np.mgrid[0:24, 0:24]
    return np.stack([10 * x, 10 * y, np.full_like(x, 77)], axis=-1).astype(np.uint8)


def drawn(moved: NDArray[np.float64], rest: NDArray[np.float64]) -> NDArray[np.int64]:
    """A square of two triangles, moved over the ramp."""
    triangles, facing = np.array([[0, 1, 2], [0, 2, 3]], np.int32), np.array([1, 1], np.int8)
    picture = np.dstack([ramp(), np.zeros((24, 24), np.uint8)])
    draw(moved, rest, triangles, facing, source_of(ramp()), picture)
    return picture[..., :3].astype(int)


SQUARE = np.array([[2.0, 2.0], [18.0, 2.0], [18.0, 18.0], [2.0, 18.0]])


def test_the_rasteriser_samples_where_the_pixel_came_from_and_leaves_the_rest() -> None:
    picture = drawn(SQUARE + np.array([3.0, 1.0]), SQUARE)
    assert picture[10, 12].tolist() == [90, 90, 77]
    assert picture[1:3, :].tolist() == ramp()[1:3, :].tolist()


def test_the_rasteriser_samples_between_pixels() -> None:
    for shift in np.arange(0, 1, 0.1):
        red, green, blue = drawn(SQUARE - np.array([shift, 0.25]), SQUARE)[10, 10]
        assert red == pytest.approx(100 + 10 * shift, abs=0.7)
        assert green == pytest.approx(102.5, abs=0.7)
        assert blue == 77


def test_the_rasteriser_leaves_no_hole_where_a_triangle_turned() -> None:
    picture = drawn(SQUARE[[1, 0, 3, 2]], SQUARE)
    assert picture[10, 4].tolist() == [160, 100, 77]


def test_a_mesh_at_rest_gives_the_still_whatever_it_holds() -> None:
    still = np.random.default_rng(5).integers(0, 256, (24, 24, 3), dtype=np.uint8)
    picture = np.zeros((24, 24, 4), np.uint8)
    corners = np.array([[0.0, 0.0], [23.0, 0.0], [23.0, 23.0], [0.0, 23.0]])
    draw(corners, corners, np.array([[0, 1, 2], [0, 2, 3]], np.int32), np.ones(2, np.int8), source_of(still), picture)
    assert (picture[..., :3] == still).all()


@pytest.mark.parametrize("shift", [0.125, 0.25, 0.5, 0.75])
def test_what_is_sampled_between_pixels_is_as_sharp_as_the_still(shift: float) -> None:
    import cv2

    noise = np.random.default_rng(6).normal(128, 90, (64, 64, 3))
    still = np.clip(cv2.GaussianBlur(noise, (0, 0), 0.6), 0, 255).astype(np.uint8)
    corners = np.array([[4.0, 4.0], [59.0, 4.0], [59.0, 59.0], [4.0, 59.0]])
    triangles, facing = np.array([[0, 1, 2], [0, 2, 3]], np.int32), np.ones(2, np.int8)
    picture = np.zeros((64, 64, 4), np.uint8)
    draw(corners - np.array([shift, shift]), corners, triangles, facing, source_of(still), picture)

    def sharpness(pixels: NDArray[np.uint8]) -> float:
        return float(cv2.Laplacian(np.ascontiguousarray(pixels[8:54, 8:54, 1]), cv2.CV_64F).var())

    assert 0.9 < sharpness(picture) / sharpness(still) < 1.1
