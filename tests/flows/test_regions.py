"""Regions on their way through a project: masks are inputs, and what is wrong with them is said where it stands."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from PIL import Image

from flows.workplace import Memory, examine, open_project, survey

SEA = """\
segments:
  - cutaway: sea
    engine: {engine}
    image: still.png
    duration: 1s
    regions:
      - {{mask: {mask}, direction: {direction}}}
"""


def paint(
    path: Path, box: tuple[int, int, int, int] | None = (0, 24, 64, 48), size: tuple[int, int] = (64, 48)
) -> None:
    """A mask that is white in a box."""
    mask = Image.new("L", size, 0)
    if box:
        mask.paste(255, box)
    path.parent.mkdir(parents=True, exist_ok=True)
    mask.save(path)
    os.utime(path, (1e9, 1e9))


def sea(engine: str = "graphics/parallax", mask: str = "water.png", direction: str = "left") -> str:
    return SEA.format(engine=engine, mask=mask, direction=direction)


def test_a_mask_is_an_input_by_its_pixels_and_not_by_its_name(desk, tmp_path):
    names = []
    paint(tmp_path / "film" / "water.png")
    paint(tmp_path / "film" / "lake.png")
    paint(tmp_path / "film" / "half.png", (0, 0, 32, 48))
    for text in (sea(), sea(mask="lake.png"), sea(mask="half.png"), sea(direction="right")):
        step = desk(text).plan().step("take:sea/1")
        assert "region1" in step.recipe.inputs
        names.append(step.name)
    assert names[0] == names[1]
    assert len(set(names)) == 3


CASES = {
    "control-unsupported": (sea("mock/shot"), {}, "regions"),
    "region-empty": (sea(), {"box": None}, "regions[0].mask"),
    "region-mask-shape": (sea(), {"size": (64, 64)}, "regions[0].mask"),
    "region-whole": (sea(), {"box": (0, 0, 64, 48)}, "regions[0].mask"),
}


@pytest.mark.parametrize("code", CASES)
def test_what_is_wrong_is_said_where_it_stands(code, film, tmp_path, monkeypatch):
    monkeypatch.setenv("CUTAWAY_SETTINGS", str(tmp_path / "settings.yaml"))
    text, painted, path = CASES[code]
    paint(tmp_path / "film" / "water.png", **painted)
    place = open_project(film(text))
    _, findings = examine(place, survey(place), Memory(place.store))
    (finding,) = [finding for finding in findings if finding.code == code]
    assert finding.place.path.endswith(path)
    assert finding.place.line > 0
