"""Options of loading that change pixels: LoRA files, number formats, step caches."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edl.errors import Broken
from engines.diffusion._params import weights_digest
from tests.engines.diffusion.conftest import Studio

diffusers = pytest.importorskip("diffusers")
import torch  # noqa: E402


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
