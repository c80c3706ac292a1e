"""Prompts by time: each part of a long shot takes the one that holds where it begins, and knows of no other."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest
from PIL import Image
from pydantic import ValidationError

from edl.project import Cutaway
from engines.contract import Shape, Wish
from engines.diffusion._params import DiffusionParams, typed
from engines.diffusion.local import ENGINE
from engines.diffusion.rig.families import DEFAULT
from flows.plan import StepKind
from tests.flows.stage import Desk, write_film

PROMPTS = ({"at": "0s", "prompt": "calm sea"}, {"at": "3s", "prompt": "waves"}, {"at": "6s", "prompt": "storm"})
SHOT = """\
segments:
  - cutaway: sea
    image: still.png
    prompt: before
    engine: diffusion/local
    join: JOIN
    duration: 12s
    params:
      family: ltx
      prompts: [{at: 4s, prompt: waves}, {at: 8s, prompt: LAST}]
"""


def at(start: str, **params: object) -> DiffusionParams:
    segment = Cutaway.model_validate({"cutaway": "a", "image": "still.png"})
    wish = Wish(segment, Fraction(3), 75, Shape(64, 64, Fraction(25)), Fraction(start))
    return typed(ENGINE.part(wish, DiffusionParams.model_validate(params)))


def test_a_part_takes_the_prompt_that_holds_where_it_begins() -> None:
    found = [at(start, prompts=PROMPTS) for start in ("0", "2.9", "2.96", "5", "60")]
    assert [params.words for params in found] == ["calm sea", "calm sea", "waves", "waves", "storm"]
    assert all(params.prompts == () for params in found)
    assert at("0", prompts=PROMPTS[1:], prompt="before").words == "before"


def test_moments_are_written_as_everywhere() -> None:
    for wrong in ("3", "-1s", "soon"):
        with pytest.raises(ValidationError):
            DiffusionParams.model_validate({"prompts": ({"at": wrong, "prompt": ""},)})


@pytest.mark.parametrize("join", ["cut", "chain"])
def test_another_last_prompt_renders_the_last_part_only(tmp_path: Path, join: str) -> None:
    text = SHOT.replace("JOIN", join)
    Image.new("RGB", (64, 48)).save(tmp_path / "still.png")
    desk = Desk(write_film(tmp_path, text.replace("LAST", "storm")))
    desk.make()
    write_film(tmp_path, text.replace("LAST", "sunset"))
    again = [step for step in desk.plan().steps if step.kind is StepKind.TAKE]
    assert [str(step.action) for step in again] == ["reuse", "reuse", "render"]
    assert again[2].recipe is not None
    assert again[2].recipe.params["prompt"] == "sunset"
    assert "prompts" not in again[2].recipe.params


def test_a_prompt_that_no_part_hears_is_said() -> None:
    segment = Cutaway.model_validate({"cutaway": "a", "image": "still.png"})
    wish = Wish(segment, Fraction(8), 200, Shape(64, 64, Fraction(25)))
    assert DEFAULT.stable == 5
    told = {
        moment: [
            finding.message
            for finding in ENGINE.check(
                wish, DiffusionParams.model_validate({"prompts": ({"at": moment, "prompt": "x"},)})
            )
            if finding.code == "diffusion-prompts"
        ]
        for moment in ("3s", "4s", "5s")
    }
    assert told["3s"] == told["4s"] == []
    assert "parts begin at 0.00 s, 4.00 s" in told["5s"][0]
    mute = DiffusionParams.model_validate({"family": "svd", "prompts": PROMPTS})
    assert any("no control prompts" in finding.message for finding in ENGINE.check(wish, mute))
