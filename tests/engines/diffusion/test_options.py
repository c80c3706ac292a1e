"""Options of loading that change pixels: LoRA files, number formats, step caches."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edl.errors import Broken
from edl.recipe import differing
from engines.diffusion._params import weights_digest
from engines.diffusion._session import Rig
from engines.diffusion.local import ENGINE
from engines.diffusion.rig.families import FAMILIES
from tests.engines.diffusion.conftest import Studio

diffusers = pytest.importorskip("diffusers")
import torch  # noqa: E402
from diffusers import LTXVideoTransformer3DModel  # noqa: E402

from engines.diffusion.rig import shoot  # noqa: E402
from engines.diffusion.rig.pipeline import denoisers  # noqa: E402
from tests.engines.diffusion.tiny import TINY  # noqa: E402


def lora_file(studio: Studio, folder: Path) -> Path:
    """A LoRA for the tiny LTX, with weights that act."""
    peft = pytest.importorskip("peft")
    pipe = diffusers.LTXImageToVideoPipeline.from_pretrained(studio.weights("ltx"))
    pipe.transformer.add_adapter(peft.LoraConfig(r=2, target_modules=["to_q", "to_v"], init_lora_weights=False))
    layers = peft.get_peft_model_state_dict(pipe.transformer)
    diffusers.LTXImageToVideoPipeline.save_lora_weights(
        folder, transformer_lora_layers=layers, weight_name="a.safetensors"
    )
    return folder / "a.safetensors"


def test_a_lora_acts_by_its_weight_and_is_in_the_recipe(studio: Studio, tmp_path: Path) -> None:
    file = str(lora_file(studio, tmp_path))
    plain = studio.order("ltx")
    orders = {weight: studio.order("ltx", loras=({"file": file, "weight": weight},)) for weight in (0.0, 4.0)}
    assert np.array_equal(studio.frames(plain), studio.frames(orders[0.0]))
    assert not np.array_equal(studio.frames(plain), studio.frames(orders[4.0]))
    assert weights_digest(plain.params) != weights_digest(orders[4.0].params)


def test_a_file_that_is_no_lora_of_this_model_is_said_so(studio: Studio, tmp_path: Path) -> None:
    from safetensors.torch import save_file

    pytest.importorskip("peft")
    save_file({"transformer.no_such_layer.lora_A.weight": torch.ones(2, 2)}, tmp_path / "b.safetensors")
    with pytest.raises(Broken, match=r"b\.safetensors does not fit"):
        studio.render(studio.order("ltx", loras=({"file": str(tmp_path / "b.safetensors")},)))


def test_the_step_cache_leaves_out_blocks(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    from diffusers.models.transformers.transformer_ltx import LTXVideoTransformerBlock

    calls = {"plain": 0, "cached": 0}
    seen = "plain"
    norm = LTXVideoTransformerBlock.forward

    def watched(block: Any, *words: Any, **named: Any) -> Any:
        calls[seen] += 1
        return norm(block, *words, **named)

    monkeypatch.setattr(LTXVideoTransformerBlock, "forward", watched)
    studio.render(studio.order("ltx", steps=6))
    seen = "cached"
    first = studio.order("ltx", steps=6, step_cache=0.9)
    frames = studio.frames(first)
    assert calls["cached"] < calls["plain"]
    assert np.array_equal(frames, studio.frames(studio.fresh(first))), "the cache starts anew with each order"


@pytest.mark.parametrize("family", ["svd-xt", "ltx", "wan2.2-5b", "cogvideox"])
def test_sixteen_bits_run(studio: Studio, family: str) -> None:
    assert studio.render(studio.order(family, dtype="bfloat16")).ran == ()


@pytest.mark.parametrize("family", sorted(TINY))
def test_eight_bits_are_stored_and_wider_numbers_computed(studio: Studio, family: str) -> None:
    order = studio.order(family, precision="fp8")
    frames = studio.frames(order)
    session = studio.session(order)
    assert isinstance(session, Rig)
    assert session._stage is not None
    networks = denoisers(session._stage._pipe)
    assert networks
    for network in networks:
        bits = [weight.dtype == torch.float8_e4m3fn for weight in network.parameters()]
        assert sum(bits) > len(bits) / 3
        assert network.dtype == torch.float32
    assert frames.std() > 5
    assert not np.array_equal(frames, studio.frames(studio.order(family)))
    assert ENGINE.session(order.params) != ENGINE.session(studio.params(family))
    assert differing(order.params)["precision"] == "fp8"


def test_eight_bits_that_fail_are_tried_again_in_full(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    order = studio.order("ltx", precision="fp8")
    session = ENGINE.open("cpu")
    inner = LTXVideoTransformer3DModel.forward

    def broken(network: Any, *words: Any, **named: Any) -> Any:
        told = inner(network, *words, **named)
        bad = any(weight.dtype == torch.float8_e4m3fn for weight in network.parameters())
        return (told[0] * float("nan"),) if bad else told

    monkeypatch.setattr(LTXVideoTransformer3DModel, "forward", broken)
    assert session.render(order).ran == ("float32",)
    session.close()


def test_a_lora_acts_on_eight_bits_too(studio: Studio, tmp_path: Path) -> None:
    file = str(lora_file(studio, tmp_path))
    loras = [({"file": file, "weight": weight},) for weight in (0.0, 4.0)]
    frames = [studio.frames(studio.order("ltx", precision="fp8", loras=lora)) for lora in loras]
    assert not np.array_equal(*frames)


CACHED = [(family, cache) for family in sorted(TINY) for cache in sorted(FAMILIES[family].caches)]


@pytest.mark.parametrize(("family", "cache"), CACHED)
def test_a_step_cache_leaves_work_out_and_starts_anew(studio: Studio, family: str, cache: str) -> None:
    asked: object = 0.9 if cache == "first-block" else cache
    order = studio.order(family, steps=8, step_cache=asked)
    first = studio.frames(order)
    again = studio.fresh(order)
    facts: Any = studio.render(again).facts["diffusion"]
    assert 0.05 < facts["cache_saved"] < 0.9
    assert np.array_equal(first, studio.frames(studio.fresh(order)))
    assert differing(order.params)["step_cache"] == asked


@pytest.mark.parametrize("family", ["ltx", "svd-xt", "wan2.2-a14b"])
@pytest.mark.parametrize("offload", ["model", "group"])
def test_networks_wait_elsewhere_and_the_bytes_stay(
    studio: Studio, family: str, offload: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The processor stands in for the card, so that the hooks of offloading run; SVD's decoder must be told its frames
    though a hook hides what it takes."""
    monkeypatch.setattr(shoot, "best_device", lambda asked: "cpu:0")
    session = ENGINE.open("cuda:0")
    monkeypatch.setattr(studio, "session", lambda order: session)
    expected = studio.frames(studio.order(family, dtype="float32"))
    order = studio.order(family, offload=offload, dtype="float32")
    assert np.array_equal(expected, studio.frames(order))
    assert np.array_equal(expected, studio.frames(studio.fresh(order))), "the hooks are back after a call"
    assert isinstance(session, Rig)
    assert session._stage is not None
    for network in denoisers(session._stage._pipe):
        linear = next(part for part in network.modules() if isinstance(part, torch.nn.Linear))
        assert hasattr(network, "_hf_hook") if offload == "model" else hasattr(linear, "_diffusers_hook")
    session.close()


@pytest.mark.parametrize("family", ["ltx", pytest.param("svd-xt", marks=pytest.mark.slow)])
def test_compiled_networks_are_called(studio: Studio, family: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the code generator, which takes minutes: what is compiled is captured, called, and gives the same."""
    captured: list[int] = []
    compile_ = torch.compile

    def backend(graph: Any, example: Any) -> Any:
        captured.append(len(graph.graph.nodes))
        return graph.forward

    monkeypatch.setattr(torch, "compile", lambda function, **named: compile_(function, backend=backend))
    torch.compiler.reset()
    expected = studio.frames(studio.order(family))
    frames = studio.frames(studio.order(family, compile=True))
    assert sum(captured) > 100
    assert np.abs(frames.astype(int) - expected).max() <= 1


@pytest.mark.parametrize("backend", ["native", "_native_math"])
def test_attention_is_computed_as_asked(studio: Studio, backend: str, monkeypatch: pytest.MonkeyPatch) -> None:
    order = studio.order("wan2.2-5b", attention=backend)
    frames = studio.frames(order)
    session = studio.session(order)
    assert isinstance(session, Rig)
    assert session._stage is not None
    seen = {
        str(part.processor._attention_backend.value)
        for part in session._stage._pipe.transformer.modules()
        if getattr(getattr(part, "processor", None), "_attention_backend", None)
    }
    assert seen == {backend}
    assert np.abs(frames.astype(int) - studio.frames(studio.order("wan2.2-5b"))).max() <= 1


def test_an_attention_that_is_not_there_is_said_so(studio: Studio) -> None:
    with pytest.raises(Broken, match="cannot attend with none_such"):
        studio.render(studio.order("ltx", attention="none_such"))


def test_tiles_are_asked_of_the_decoder(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    tiled: list[bool] = []
    decode = diffusers.AutoencoderKLWan.decode

    def watched(vae: Any, *words: Any, **named: Any) -> Any:
        tiled.append(vae.use_tiling)
        return decode(vae, *words, **named)

    monkeypatch.setattr(diffusers.AutoencoderKLWan, "decode", watched)
    studio.render(studio.order("wan2.1", tiling=True))
    studio.render(studio.order("wan2.1"))
    assert tiled == [True, False]


def test_a_distilled_lora_runs_few_steps_and_one_prompt(
    studio: Studio, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A step-distilled LoRA is a LoRA with few steps and no guidance: so many calls of the network, no more."""
    file = str(lora_file(studio, tmp_path))
    calls: list[int] = []
    inner = LTXVideoTransformer3DModel.forward

    def watched(network: Any, hidden_states: Any, *words: Any, **named: Any) -> Any:
        calls.append(len(hidden_states))
        return inner(network, hidden_states, *words, **named)

    monkeypatch.setattr(LTXVideoTransformer3DModel, "forward", watched)
    studio.render(studio.order("ltx", loras=({"file": file},), steps=4, guidance=1.0))
    assert calls == [1] * 4
