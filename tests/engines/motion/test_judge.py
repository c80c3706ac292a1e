from __future__ import annotations

from fractions import Fraction
from math import pi

import pytest

from edl.facts import InputFacts, MaskFacts, PictureFacts
from edl.project import Cutaway
from edl.region import Region
from engines.contract import Shape, Wish
from engines.motion.judge import judge_regions
from engines.motion.share import share

HALF = tuple("0000011111" for _ in range(10))


def codes(regions: list[dict[str, object]], mask: MaskFacts | None = None) -> list[tuple[str, str]]:
    written: dict[str, object] = {"cutaway": "sea", "image": "coast.jpg", "duration": "2s", "regions": regions}
    segment = Cutaway.model_validate(written)
    facts = {"image": InputFacts(picture=PictureFacts(width=1600, height=900)), "region1": InputFacts(mask=mask)}
    wish = Wish(segment, Fraction(2), 50, Shape(1280, 720, Fraction(25)), facts=facts)
    return [(finding.code, finding.place.path) for finding in judge_regions(wish, segment.regions)]


def mask(width: int = 800, height: int = 450, white: float = 0.5) -> MaskFacts:
    return MaskFacts(width=width, height=height, white=white, rows=HALF)


MASKED = {"mask": "water.png", "direction": "left"}


def test_a_good_region_passes() -> None:
    assert codes([MASKED], mask()) == []
    assert codes([MASKED]) == []
    assert codes([{"polygon": [[0, 0.5], [1, 0.5], [1, 1], [0, 1]], "strokes": [[[0.1, 0.6], [0.9, 0.7]]]}]) == []


def test_masks_of_another_shape_empty_or_full() -> None:
    assert codes([MASKED], mask(800, 800)) == [("region-mask-shape", "region1")]
    assert codes([MASKED], mask(white=0)) == [("region-empty", "region1")]
    assert codes([MASKED], mask(white=1)) == [("region-whole", "region1")]


def test_strokes_outside_their_region() -> None:
    strokes = [[[0.6, 0.5], [0.9, 0.5]], [[0.1, 0.5], [0.4, 0.5]]]
    place = "regions[0].strokes[1]"
    assert codes([{"mask": "water.png", "strokes": strokes}], mask()) == [("region-stroke", place)]
    assert codes([{"ellipse": [0.5, 0, 0.5, 1], "strokes": strokes}]) == [("region-stroke", place)]
    corners = [[0.5, 0], [1, 0], [1, 1], [0.5, 1]]
    assert codes([{"polygon": corners, "strokes": strokes}]) == [("region-stroke", place)]


def test_too_fast() -> None:
    assert codes([{**MASKED, "speed": "30%"}]) == [("region-fast", "regions[0].speed")]


def test_what_is_drawn_holds_something_but_not_all() -> None:
    def drawn(**shape: object) -> list[tuple[str, str]]:
        return codes([{"direction": "left", **shape}])

    assert drawn(ellipse=[0.3, 0.3, 0.001, 0.001]) == [("region-empty", "regions[0].ellipse")]
    assert drawn(polygon=[[0.1, 0.1], [0.5, 0.5], [0.9, 0.9]]) == [("region-empty", "regions[0].polygon")]
    assert drawn(polygon=[[0.1, 0.5], [0.5, 0.5], [0.9, 0.5]]) == [("region-empty", "regions[0].polygon")]
    assert drawn(polygon=[[0, 0], [1, 0], [1, 1], [0, 1]]) == [("region-whole", "regions[0].polygon")]
    assert drawn(ellipse=[0.7, 0.7, 0.6, 0.6]) == [("region-outside", "regions[0].ellipse")]
    assert drawn(ellipse=[0.9, 0.9, 0.5, 0.5]) != []
    assert drawn(ellipse=[0.35, 0.3, 0.1, 0.1]) == []


def test_the_share_of_a_shape_is_its_area() -> None:
    ellipse = Region.model_validate({"ellipse": [0.2, 0.2, 0.4, 0.6], "direction": "left"})
    assert share(ellipse) == (pytest.approx(pi * 0.2 * 0.3, rel=0.01), 1.0)
    bow = [[0.0, 0.0], [1.0, 1.0], [1.0, 0.0], [0.0, 1.0]]  # two triangles
    crossed = Region.model_validate({"polygon": bow, "direction": "left"})
    assert share(crossed) == (pytest.approx(0.5, rel=0.01), 1.0)
