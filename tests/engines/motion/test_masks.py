from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from edl.errors import Broken
from edl.region import Region
from engines.motion.masks import Window, coverage, edged, measure_mask

WHOLE = Window(0, 0, 1, 1, 200, 100)


def region(**written: object) -> Region:
    return Region.model_validate({"direction": "left", **written})


def mask_file(folder: Path) -> Path:
    plane = np.zeros((50, 100), np.uint8)
    plane[:, 60:] = 255
    Image.fromarray(plane).save(folder / "mask.png")
    return folder / "mask.png"


def test_a_mask_is_cut_like_the_still(tmp_path: Path) -> None:
    path = mask_file(tmp_path)
    whole = coverage(region(mask="region1"), path, WHOLE)
    assert whole.shape == (100, 200)
    assert (whole[:, :118] == 0).all()
    assert (whole[:, 122:] == 255).all()
    right = coverage(region(mask="region1"), path, Window(0.5, 0, 0.5, 1, 200, 100))
    assert (right[:, :36] == 0).all()
    assert (right[:, 44:] == 255).all()


def test_drawn_shapes_lie_where_they_were_drawn() -> None:
    square = coverage(region(polygon=[[0.25, 0.5], [0.75, 0.5], [0.75, 1], [0.25, 1]]), None, WHOLE) > 127
    assert square[55:, 55:145].all()
    assert not square[:49].any()
    assert not square[:, :49].any()
    ellipse = coverage(region(ellipse=[0.25, 0, 0.5, 1]), None, WHOLE) > 127
    assert ellipse.sum() == pytest.approx(np.pi * 50 * 50, rel=0.04)


def test_the_edge_is_soft_inside_and_the_border_of_the_picture_is_none() -> None:
    cover = np.zeros((100, 200), np.uint8)
    cover[:, 100:] = 255
    soft = edged(cover, 20)
    assert (soft[:, :100] == 0).all()
    assert (soft[:, 125:] == 1).all()
    assert (np.diff(soft[50]) >= 0).all()


def test_a_mask_is_measured(tmp_path: Path) -> None:
    facts = measure_mask(mask_file(tmp_path))
    assert (facts.width, facts.height, facts.white) == (100, 50, 0.4)
    assert len(facts.rows) == 48
    assert facts.rows[0][0] == "0"
    assert facts.rows[0][-1] == "1"


def test_a_mask_that_is_no_picture_breaks(tmp_path: Path) -> None:
    (tmp_path / "mask.png").write_text("no picture")
    with pytest.raises(Broken):
        measure_mask(tmp_path / "mask.png")


def test_a_narrow_region_moves_in_its_middle_however_soft_it_is() -> None:
    cover = coverage(region(ellipse=[0.35, 0.3, 0.1, 0.1]), None, WHOLE)
    assert edged(cover, 40).max() == 1
    assert edged(cover, 40).mean() < edged(cover, 1).mean()
