"""Shapes, weights and findings: all that is decided before torch is imported."""

from __future__ import annotations

import re
from fractions import Fraction
from pathlib import Path

import pytest

from edl.project import Cutaway
from edl.recipe import Native
from engines.contract import Shape, Wish
from engines.diffusion import _check
from engines.diffusion._params import PHRASES, DiffusionParams, Lora, family_of, weights_digest
from engines.diffusion._weights import Lacking, locate
from engines.diffusion.local import ENGINE
from engines.diffusion.rig.families import FAMILIES
from tests.engines.diffusion.paper import paper

DELIVERY = Shape(1280, 720, Fraction(25))


def wish(seconds: Fraction = Fraction(3), delivery: Shape = DELIVERY, **segment: object) -> Wish:
    written = {"cutaway": "a", "image": "still.png", "duration": "3s", **segment}
    return Wish(Cutaway.model_validate(written), seconds, int(seconds * delivery.fps), delivery)


def findings(segment: dict[str, object] | None = None, **params: object) -> dict[str, str]:
    asked = {**(segment or {})}
    named = {name: value for name, value in asked.items() if name not in ("last", "mask")}
    found = ENGINE.check(wish(**asked), DiffusionParams.model_validate({**named, **params}))
    return {finding.code: f"{finding.message} {finding.remedy}" for finding in found}


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("delivery", [DELIVERY, Shape(720, 1280, Fraction(25)), Shape(640, 640, Fraction(24))])
@pytest.mark.parametrize("seconds", [Fraction(1, 25), Fraction(3), Fraction(60)])
def test_native_shapes_keep_the_rules(family: str, delivery: Shape, seconds: Fraction) -> None:
    row = FAMILIES[family]
    native = ENGINE.native(wish(seconds, delivery), DiffusionParams(family=family))
    assert native.width % row.multiple == native.height % row.multiple == 0
    assert (native.frames - 1) % row.temporal.stride == 0
    assert 1 < native.frames <= row.temporal.most
    assert native.frames >= min(seconds * row.fps, row.temporal.most - row.temporal.stride)
    if not row.one_size:
        assert native.width / native.height == pytest.approx(delivery.width / delivery.height, rel=0.1)
        assert native.width * native.height == pytest.approx(row.width * row.height, rel=0.2)


def test_the_usual_sizes_come_out() -> None:
    shapes = {name: ENGINE.native(wish(), DiffusionParams(family=name)) for name in FAMILIES}
    assert shapes["svd-xt"] == Native(1024, 576, Fraction(7), 21)
    assert shapes["wan2.2-5b"] == Native(1280, 704, Fraction(24), 73)
    assert (shapes["cogvideox"].width, shapes["cogvideox"].height) == (720, 480)
    assert shapes["framepack"].frames == 109


def test_limits_follow_the_family() -> None:
    limits = {name: ENGINE.limits_for(DiffusionParams(family=name)) for name in FAMILIES}
    assert limits["svd"].longest == 2
    assert limits["framepack"].longest > 30
    assert limits["wan2.1"].files == {"mask", "last"}
    assert limits["svd"].files == {"mask"}


def test_weights_tell_their_family(tmp_path: Path) -> None:
    five = paper(tmp_path / "5b", "WanImageToVideoPipeline", expand_timesteps=True)
    assert family_of(DiffusionParams(weights=five)).name == "wan2.2-5b"
    assert (
        family_of(DiffusionParams(weights=paper(tmp_path / "h", "HunyuanVideoFramepackPipeline"))).name == "framepack"
    )
    assert family_of(DiffusionParams(weights="Lightricks/LTX-Video")).name == "ltx"


def test_missing_weights_are_findings_with_the_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    said = findings()["diffusion-weights"]
    assert "has not been downloaded" in said
    assert "cutaway models download Wan-AI/Wan2.2-TI2V-5B-Diffusers" in said
    assert "there is no folder" in findings(weights=str(tmp_path / "none"))["diffusion-weights"]
    assert "model_index.json" in findings(weights=str(tmp_path))["diffusion-weights"]
    assert "neither" in findings(weights="models")["diffusion-weights"]


def test_revisions_are_looked_for_in_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_HUB_CACHE", str(tmp_path))
    home, commit = tmp_path / "models--Lightricks--LTX-Video", "0123456789abcdef0123456789abcdef01234567"
    paper(home / "snapshots" / commit, "LTXImageToVideoPipeline")
    (home / "refs").mkdir()
    (home / "refs/main").write_text(commit)
    assert locate("Lightricks/LTX-Video").commit == commit
    assert locate("Lightricks/LTX-Video", "0123456").commit == commit
    with pytest.raises(Lacking, match="revision fedcba9"):
        locate("Lightricks/LTX-Video", "fedcba9")
    assert weights_digest(DiffusionParams(weights="Lightricks/LTX-Video")) == commit


def test_the_digest_of_a_folder_follows_its_bytes(tmp_path: Path) -> None:
    params = DiffusionParams(weights=paper(tmp_path / "a", "LTXImageToVideoPipeline"))
    before = weights_digest(params)
    assert before == weights_digest(DiffusionParams(weights=paper(tmp_path / "b", "LTXImageToVideoPipeline")))
    paper(tmp_path / "a", "LTXImageToVideoPipeline", size=9)
    assert weights_digest(params) != before


def test_weights_of_another_family_are_refused(tmp_path: Path) -> None:
    weights = paper(tmp_path / "m", "LTXImageToVideoPipeline")
    assert "of ltx, not svd" in findings(weights=weights, family="svd")["diffusion-family"]
    assert "AllegroPipeline" in findings(weights=paper(tmp_path / "n", "AllegroPipeline"))["diffusion-family"]


def test_too_little_memory_warns(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    weights = paper(tmp_path / "m", "WanImageToVideoPipeline")
    monkeypatch.setattr("engines.diffusion._weights.Weights.size", 40 * 2**30)
    monkeypatch.setattr(_check, "card_memory", lambda: 24.0)
    assert "24 GiB" in findings(weights=weights)["diffusion-memory"]
    assert "diffusion-memory" not in findings(weights=weights, offload="model")
    monkeypatch.setattr(_check, "card_memory", lambda: None)
    assert "no graphics card" in findings(weights=weights)["diffusion-slow"]


@pytest.mark.parametrize(
    ("pipeline", "segment", "path"),
    [
        ("StableVideoDiffusionPipeline", {"camera": "push_in"}, "camera"),
        ("StableVideoDiffusionPipeline", {"negative": "blur"}, "negative"),
        ("CogVideoXImageToVideoPipeline", {"motion": 0.7}, "motion"),
        ("CogVideoXImageToVideoPipeline", {"hold": 0.7}, "hold"),
        ("LTXImageToVideoPipeline", {"last": "end.png", "mask": "mask.png"}, "last"),
    ],
)
def test_controls_that_a_family_lacks_are_refused(
    tmp_path: Path, pipeline: str, segment: dict[str, object], path: str
) -> None:
    named = {name: value for name, value in segment.items() if name not in ("last", "mask")}
    params = DiffusionParams.model_validate({**named, "weights": paper(tmp_path / "m", pipeline)})
    places = [found.place.path for found in ENGINE.check(wish(**segment), params) if found.code == "diffusion-control"]
    assert places == [path]


def test_a_camera_move_and_a_mask_contradict_each_other(tmp_path: Path) -> None:
    weights = paper(tmp_path / "m", "LTXImageToVideoPipeline")
    assert "diffusion-camera-mask" in findings({"camera": "push_in", "mask": "m.png"}, weights=weights)
    assert "Did you mean push_in" in findings({"camera": "push-in"}, weights=weights)["diffusion-camera"]
    assert not findings({"camera": "push_in", "prompt": "waves"}, weights=weights)


def test_a_prompt_carries_the_camera_move() -> None:
    assert DiffusionParams(prompt="waves", camera="pan_left").words == "waves, the camera pans to the left"


def test_lora_files_are_looked_for(tmp_path: Path) -> None:
    weights = paper(tmp_path / "m", "LTXImageToVideoPipeline")
    lora = Lora(file=str(tmp_path / "style.safetensors"))
    assert "style.safetensors" in findings(weights=weights, loras=(lora,))["diffusion-weights"]


def test_the_tables_of_the_page_are_true() -> None:
    from docs.families_table import PAGE, page

    text = PAGE.read_text(encoding="utf-8")
    assert text == page(text), "run: python -m docs.families_table"
    missing = [name for name in (*PHRASES, *DiffusionParams.model_fields) if not re.search(rf"\b{name}\b", text)]
    assert not missing


def test_what_a_family_takes_as_a_file_is_in_its_limits() -> None:
    """A last frame that a family lacks is refused by the flows, from these limits."""
    assert "last" not in ENGINE.limits_for(DiffusionParams(family="svd")).files
    assert "last" in ENGINE.limits_for(DiffusionParams(family="ltx")).files
    assert all("mask" in ENGINE.limits_for(DiffusionParams(family=name)).files for name in FAMILIES)


@pytest.mark.parametrize(
    ("family", "params", "path"),
    [
        ("svd", {"step_cache": 0.1}, "params.step_cache"),
        ("cosmos2", {"step_cache": "pyramid"}, "params.step_cache"),
        ("svd", {"tiling": True}, "params.tiling"),
        ("svd-xt", {"attention": "native"}, "params.attention"),
        ("ltx", {"compile": True, "step_cache": 0.1}, "params.compile"),
        ("wan2.1", {"precision": "fp8", "offload": "group"}, "params.offload"),
        ("ltx2", {"batch": 2}, "params.batch"),
    ],
)
def test_options_that_a_family_lacks_are_refused(
    family: str, params: dict[str, object], path: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_check, "card_memory", lambda: 80.0)
    asked = DiffusionParams.model_validate({"family": family, **params})
    places = [each.place.path for each in ENGINE.check(wish(), asked) if each.code == "diffusion-option"]
    assert places == [path]


def test_options_that_give_nothing_here_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_check, "card_memory", lambda: None)
    assert "no graphics card" in findings(offload="group")["diffusion-idle"]
    monkeypatch.setattr(_check.shutil, "which", lambda name: None)
    assert "C++ compiler" in findings(compile=True)["diffusion-option"]


def test_seeds_that_do_not_fit_the_blocks_are_told() -> None:
    asked = DiffusionParams(family="ltx", batch=4)

    def idle(**segment: object) -> list[str]:
        return [each.message for each in ENGINE.check(wish(**segment), asked) if each.code == "diffusion-idle"]

    assert not idle(seed=5, takes=4)
    assert "8 takes are sampled for 4" in idle(seed=7, takes=4)[0]


def test_eight_bits_halve_the_networks_in_the_estimate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    weights = paper(tmp_path / "m", "CogVideoXImageToVideoPipeline", size=1)
    monkeypatch.setattr("engines.diffusion._weights.Weights.size", 22 * 2**30)
    monkeypatch.setattr("engines.diffusion._weights.Weights.size_of", lambda weights, *names: 12 * 2**30)
    monkeypatch.setattr(_check, "card_memory", lambda: 24.0)
    assert "26 GiB" in findings(weights=weights)["diffusion-memory"]
    assert "diffusion-memory" not in findings(weights=weights, precision="fp8")
