from __future__ import annotations

from pathlib import Path

import pytest
from pydantic import ValidationError

from edl.paths import files_of
from edl.project import Cutaway, Project
from edl.region import Region, by_input, is_region

SQUARE = {"polygon": [[0.1, 0.1], [0.9, 0.1], [0.9, 0.9]]}


@pytest.mark.parametrize(
    ("written", "degrees"),
    [("right", 0), ("up", 90), ("left", 180), ("down", 270), ("20deg", 20), ("-30 deg", 330), ("360deg", 0)],
)
def test_directions_are_words_or_degrees(written: str, degrees: float) -> None:
    region = Region.model_validate({**SQUARE, "direction": written})
    assert region.direction == degrees
    assert Region.model_validate(region.model_dump(mode="json")) == region


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ({**SQUARE, "direction": 20}, "no direction"),
        ({**SQUARE, "direction": "north"}, "no direction"),
        ({"direction": "left"}, "one of three"),
        ({**SQUARE, "mask": "a.png", "direction": "left"}, "mask and polygon are both given"),
        ({**SQUARE, "direction": "left", "speed": 0}, "moves nothing"),
        ({**SQUARE, "kind": "hair", "amount": 0}, "greater than 0"),
        ({**SQUARE, "strokes": [[[0.2, 0.2], [0.2, 0.2]]]}, "goes nowhere"),
        (SQUARE, "say where the water goes"),
        ({**SQUARE, "direction": "left", "strokes": [[[0, 0], [1, 1]]]}, "ignored beside strokes"),
        ({**SQUARE, "direction": "left", "amount": "1%"}, "what sways"),
        ({"ellipse": [0.1, 0.1, 0, 0.5], "direction": "left"}, "holds nothing"),
        ({"polygon": [[0, 0], [1, 1]], "direction": "left"}, "at least 3"),
        ({"polygon": [[0, 0], [1, 1], [2, 0]], "direction": "left"}, "less than or equal to 1"),
    ],
)
def test_what_makes_no_region_is_refused(written: dict[str, object], words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        Region.model_validate(written)


def test_what_sways_and_smoke_know_their_way() -> None:
    assert not Region.model_validate({**SQUARE, "kind": "smoke"}).sways
    assert Region.model_validate({**SQUARE, "kind": "hair", "period": "2s"}).sways


def test_masks_are_inputs_and_their_names_are_not_in_parameters() -> None:
    regions = ({**SQUARE, "direction": "left"}, {"mask": "assets/water.png", "direction": "left"})
    segment = Cutaway.model_validate({"cutaway": "sea", "image": "coast.jpg", "duration": "2s", "regions": regions})
    project = Project.model_validate({"cutaway": 1, "title": "Sea", "segments": [segment]})
    assert files_of(segment, project)["region2"] == ("regions[1].mask", "assets/water.png")
    first, second = by_input(segment.regions)
    assert (first.mask, second.mask) == (None, "region2")
    assert by_input((first, second)) == (first, second)
    assert is_region("region2")
    assert not is_region("region")


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("polygon: [[0, 0], [1, 0]]", "at least 3 points, but has 2"),
        ("polygon: [[100, 50], [400, 50], [400, 300], [100, 300]]", "looks like pixels"),
        ("ellipse: [0.1, 0.1, 1.2, 0.1]", "1.2 lies outside"),
        ("strokes: [[0.1, 0.2], [0.3, 0.3]], ellipse: [0, 0, 0.5, 0.5]", "brackets is missing"),
        ("mask: a.png, polygon: [[0, 0], [1, 0], [1, 1]]", "mask and polygon are both given"),
    ],
)
def test_a_shape_is_complained_of_once(tmp_path: Path, written: str, words: str) -> None:
    direction = "" if "strokes" in written else "direction: left, "
    messages = findings_of(tmp_path, f"[{{{direction}{written}}}]")
    assert len(messages) == 1
    assert words in messages[0]


def test_too_many_regions(tmp_path: Path) -> None:
    regions = ", ".join(["{direction: left, ellipse: [0, 0, 0.5, 0.5]}"] * 17)
    assert findings_of(tmp_path, f"[{regions}]") == ["regions takes at most 16 entries, but has 17"]


def findings_of(folder: Path, regions: str) -> list[str]:
    from edl.errors import ProjectInvalid
    from edl.loader import load

    file = folder / "project.yaml"
    text = "cutaway: 1\ntitle: t\nsegments:\n  - cutaway: sea\n    image: sea.png\n    duration: 2s\n"
    file.write_text(f"{text}    regions: {regions}\n")
    try:
        found = load(file).findings
    except ProjectInvalid as error:
        found = error.findings
    return [each.message for each in found if each.code == "value-wrong"]
