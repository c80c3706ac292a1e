from __future__ import annotations

import cv2
import numpy as np

from engines.vision.depth import guess_depth


def test_values_and_aspect() -> None:
    noise = np.random.default_rng(1).integers(0, 255, (400, 1200, 3), dtype=np.uint8)
    near = guess_depth(noise)
    assert near.dtype == np.float32
    assert near.shape == (107, 320)
    assert near.min() >= 0
    assert near.max() <= 1


def test_a_flat_picture_has_ground_alone_or_nothing() -> None:
    near = guess_depth(np.full((90, 160, 3), 120, np.uint8))
    assert np.all(near == 0.5)


def test_sky_is_far_and_ground_is_near() -> None:
    picture = np.full((180, 320, 3), (120, 160, 230), np.uint8)
    ground = np.random.default_rng(1).integers(40, 120, (90, 320, 1), dtype=np.uint8)
    picture[90:] = ground
    near = guess_depth(picture)
    assert near[:60].mean() < 0.1
    assert near[130:].mean() > 0.7


def test_a_thing_before_the_sky_is_nearer_than_the_sky() -> None:
    picture = np.full((180, 320, 3), (120, 160, 230), np.uint8)
    cv2.rectangle(picture, (140, 60), (180, 179), (30, 25, 20), -1)
    near = guess_depth(picture)
    assert near[110, 160] > near[110, 20] + 0.3


def test_tiny_pictures() -> None:
    for size in ((1, 1), (2, 3), (7, 5)):
        assert guess_depth(np.full((*size, 3), 9, np.uint8)).shape == size
