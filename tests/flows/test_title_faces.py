"""The fonts of titles: found, in the recipe, or a finding that names what no font draws."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from edl.findings import Finding
from engines.media import typefaces
from flows.cli.app import run as cutaway
from flows.plan import Plan
from flows.planner import plan
from flows.workplace import Memory, examine, open_project, situate, survey
from tests.engines.media.test_typefaces import ALEF, BET, make_font

FILM = """\
cutaway: 1
title: t
output: {{width: 128, height: 72, fps: 25, variants: [{{name: tall, width: 72, height: 128}}]}}
segments:
  - {{title: a, text: "{0}", duration: 10f{1}}}
"""


@pytest.fixture
def fonts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """The only fonts of the machine; a test may add some."""
    installed: list[Path] = []
    monkeypatch.setattr(typefaces, "_installed", lambda: tuple(installed))
    return installed


def planned(folder: Path, text: str, more: str = "") -> tuple[Plan, list[Finding]]:
    file = folder / "project.yaml"
    file.write_text(FILM.format(text, more), encoding="utf-8")
    place = open_project(file)
    known, view = survey(place), Memory(place.store)
    found = [finding for finding in examine(place, known, view)[1] if finding.blocks]
    return plan(situate(place, known, place.picks()[0], view)), found


def takes(found: Plan) -> list[dict[str, str]]:
    """The inputs of the title's takes, that of the master first."""
    steps = sorted((step for step in found.steps if step.kind == "take"), key=lambda step: step.id)
    return [{name: source.path.name for name, source in step.sources.items() if source.path} for step in steps]


def test_latin_needs_no_font_of_the_machine(fonts: list[Path], tmp_path: Path) -> None:
    found, findings = planned(tmp_path, "Look up", ", subtitle: Жд Ωλ, look: editorial")
    assert takes(found) == [{}, {}]
    assert findings == []


def test_other_scripts_take_a_font_of_the_machine_into_the_recipe(fonts: list[Path], tmp_path: Path) -> None:
    fonts.append(make_font(tmp_path / "NotoSansHebrew-Bold.ttf", ALEF + BET))
    found, findings = planned(tmp_path, ALEF + BET, ", subtitle: Hi")
    assert findings == []
    assert takes(found) == [{"text0": "NotoSansHebrew-Bold.ttf"}] * 2
    before = next(step.name for step in found.steps if step.kind == "take")
    make_font(fonts[0], ALEF + BET, "Other")
    after = next(step.name for step in planned(tmp_path, ALEF + BET, ", subtitle: Hi")[0].steps if step.kind == "take")
    assert after != before


def test_serif_and_weight_are_those_of_the_look(fonts: list[Path], tmp_path: Path) -> None:
    for name in ("NotoSansHebrew-Bold", "NotoSansHebrew-Regular", "NotoSerifHebrew-Bold"):
        fonts.append(make_font(tmp_path / f"{name}.ttf", ALEF, name))
    fonts.sort()
    inputs = takes(planned(tmp_path, ALEF, f", subtitle: {ALEF}, look: editorial")[0])[0]
    assert inputs == {"text0": "NotoSerifHebrew-Bold.ttf", "subtitle0": "NotoSansHebrew-Regular.ttf"}


def test_what_no_font_draws_is_refused(fonts: list[Path], tmp_path: Path) -> None:
    _, (finding,) = planned(tmp_path, f"Hi {ALEF}", ", subtitle: plain")
    assert (finding.code, finding.place.path) == ("title-glyph", "segments[0].text")
    assert ALEF in finding.message
    assert "fonts-noto-core" in finding.remedy


def test_a_given_font_comes_first_and_must_be_one(fonts: list[Path], tmp_path: Path) -> None:
    make_font(tmp_path / "brand.ttf", "abAB")
    found, findings = planned(tmp_path, "ab xy", ", font: brand.ttf")
    assert findings == []
    assert takes(found)[0] == {"text0": "brand.ttf", "text1": "Inter-Bold.otf"}
    (tmp_path / "bad.ttf").write_text("no font")
    (finding,) = planned(tmp_path, "ab xy", ", font: bad.ttf")[1]
    assert finding.code == "title-font"


@pytest.mark.slow
def test_a_title_in_a_found_font_is_rendered_in_every_shape(fonts: list[Path], tmp_path: Path) -> None:
    fonts.append(make_font(tmp_path / "NotoSansHebrew-Bold.ttf", ALEF + BET))
    (tmp_path / "project.yaml").write_text(FILM.format(ALEF + BET, ", look: bold"), encoding="utf-8")
    assert cutaway(["render", str(tmp_path / "project.yaml"), "--json"]) == 0
    for name, side in (("master", 128), ("tall", 72)):
        with av.open(str(tmp_path / f"out/{name}.mp4")) as film:
            frame = list(film.decode(video=0))[5].to_ndarray(format="gray")
        lit = np.flatnonzero((frame > 180).any(axis=0))
        assert lit.size
        assert lit.mean() > side / 2  # it begins on the right
