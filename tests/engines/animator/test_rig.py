"""Parts of the rig: framing, mesh, visemes, rasteriser."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest

from edl.facts import Phone
from engines.animator.rig import topology as top
from engines.animator.rig.framing import frame_face, framed
from engines.animator.rig.raster import rasterise
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


def test_the_rasteriser_maps_back_and_leaves_no_hole_where_a_triangle_turned() -> None:
    rest = np.array([[2.0, 2.0], [18.0, 2.0], [18.0, 18.0], [2.0, 18.0]])
    triangles = np.array([[0, 1, 2], [0, 2, 3]], np.int32)
    facing = np.array([1, 1], np.int8)
    grid = np.meshgrid(np.arange(24, dtype=np.float32), np.arange(24, dtype=np.float32))
    map_x, map_y = grid[0].copy(), grid[1].copy()
    rasterise(rest + np.array([3.0, 1.0]), rest, triangles, facing, map_x, map_y)
    assert map_x[10, 12] == pytest.approx(9)
    assert map_y[10, 12] == pytest.approx(9)
    assert map_x[0, 0] == 0
    rasterise(rest[[1, 0, 3, 2]], rest, triangles, facing, map_x, map_y)
    assert map_x[10, 4] == pytest.approx(16)
