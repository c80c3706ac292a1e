"""Faults, each injected into true pipelines: what is kept, what is said, and how the next order goes on."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from edl.errors import Broken, Cancelled, EnvironmentLacks, OutOfMemory
from engines.contract import Order
from engines.diffusion.local import ENGINE
from tests.engines.diffusion.conftest import Memory, Studio

diffusers = pytest.importorskip("diffusers")
import torch  # noqa: E402

# diffusers builds arrays of tensors in a way that numpy 2 remarks on
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

Forward = Callable[..., Any]


def meddle(monkeypatch: pytest.MonkeyPatch, change: Callable[[int, Any, Forward], Any]) -> list[int]:
    """Let ``change(call, network, forward)`` stand in for each call of LTX's transformer; the calls so far."""
    calls = [0]
    forward = diffusers.LTXVideoTransformer3DModel.forward

    def meddled(network: Any, *words: Any, **named: Any) -> Any:
        calls[0] += 1
        return change(calls[0], network, lambda: forward(network, *words, **named))

    monkeypatch.setattr(diffusers.LTXVideoTransformer3DModel, "forward", meddled)
    return calls


def alone(order: Order) -> Any:
    """Render in a session of its own."""
    session = ENGINE.open("cpu")
    try:
        return session.render(order)
    finally:
        session.close()


def no_memory(*words: Any, **named: Any) -> Any:
    raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")


def test_no_memory_at_load_is_said_so(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diffusers.LTXImageToVideoPipeline, "from_pretrained", no_memory)
    with pytest.raises(OutOfMemory, match=r"loaded.*offload"):
        alone(studio.order("ltx"))


def test_no_memory_at_a_step_is_said_so_and_the_session_goes_on(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = studio.order("ltx")
    expected = studio.frames(order)
    with monkeypatch.context() as patch:
        meddle(patch, lambda call, network, forward: no_memory() if call == 2 else forward())
        with pytest.raises(OutOfMemory, match="sampling"):
            studio.render(studio.fresh(order))
    assert np.array_equal(expected, studio.frames(studio.fresh(order)))


def test_no_memory_at_decoding_is_tried_in_tiles(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    decode = diffusers.AutoencoderKLLTXVideo.decode
    expected = studio.frames(studio.order("ltx"))

    def small(vae: Any, *words: Any, **named: Any) -> Any:
        return decode(vae, *words, **named) if vae.use_tiling else no_memory()

    with monkeypatch.context() as patch:
        patch.setattr(diffusers.AutoencoderKLLTXVideo, "decode", small)
        assert studio.render(studio.order("ltx")).ran == ("tiles",)
    assert np.array_equal(expected, studio.frames(studio.order("ltx"))), "tiles stay out of the next order"


def test_svd_decodes_fewer_frames_at_a_time(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    decode = diffusers.AutoencoderKLTemporalDecoder.decode

    def small(vae: Any, z: torch.Tensor, **named: Any) -> Any:
        return decode(vae, z, **named) if len(z) <= 1 else no_memory()

    with monkeypatch.context() as patch:
        patch.setattr(diffusers.AutoencoderKLTemporalDecoder, "decode", small)
        assert studio.render(studio.order("svd-xt")).ran == ("chunks",)


def test_latents_outlive_a_decoder_without_memory(
    studio: Studio, memory: Memory, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = studio.order("ltx", keep=memory)
    expected = studio.frames(replace(studio.fresh(order), keep=studio.order("ltx").keep))
    with monkeypatch.context() as patch:
        patch.setattr(diffusers.AutoencoderKLLTXVideo, "decode", no_memory)
        with pytest.raises(OutOfMemory, match="latents are kept"):
            studio.render(order)
    assert "diffusion/latents" in memory.put_in
    calls = meddle(monkeypatch, lambda call, network, forward: forward())
    assert np.array_equal(expected, studio.frames(studio.fresh(order)))
    assert calls == [0], "the next run only decodes"


def test_numbers_that_are_none_are_tried_again_in_full_precision(
    studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    def overflow(call: int, network: Any, forward: Forward) -> Any:
        made = forward()
        return (made[0] * float("nan"),) if network.dtype == torch.bfloat16 and call == 2 else made

    meddle(monkeypatch, overflow)
    assert alone(studio.order("ltx", dtype="bfloat16")).ran == ("float32",)


def test_numbers_that_stay_none_end_the_order(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    meddle(monkeypatch, lambda call, network, forward: (forward()[0] * float("nan"),))
    with pytest.raises(Broken, match="another seed"):
        alone(studio.order("ltx"))


def test_black_pictures_end_the_order(studio: Studio, memory: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    decode = diffusers.AutoencoderKLLTXVideo.decode
    monkeypatch.setattr(
        diffusers.AutoencoderKLLTXVideo,
        "decode",
        lambda vae, *words, **named: (torch.full_like(decode(vae, *words, **named)[0], -1.0),),
    )
    with pytest.raises(Broken, match="black"):
        studio.render(studio.order("ltx", keep=memory))


@pytest.mark.parametrize("family", ["svd-xt", "ltx", "wan2.2-a14b", "cogvideox"])
def test_a_cancel_is_heard_within_one_step(studio: Studio, family: str) -> None:
    shares: list[float] = []
    order = replace(studio.order(family, steps=6), progress=lambda share, words: shares.append(share))
    expected = studio.frames(order)
    shares.clear()
    with pytest.raises(Cancelled):
        studio.render(replace(studio.fresh(order), cancelled=lambda: len(shares) >= 2))
    assert len(shares) == 2
    assert np.array_equal(expected, studio.frames(studio.fresh(order))), "the next order is clean"


def test_damaged_and_missing_files_are_findings_and_failures(studio: Studio, tmp_path: Path) -> None:
    from tests.engines.diffusion.test_check import findings

    broken = tmp_path / "ltx"
    shutil.copytree(studio.weights("ltx"), broken)
    file = next((broken / "transformer").glob("*.safetensors"))
    data = file.read_bytes()
    file.write_bytes(data[: len(data) // 2])
    assert "damaged" in findings(weights=str(broken))["diffusion-weights"]
    with pytest.raises(EnvironmentLacks, match="damaged"):
        alone(studio.order("ltx", weights=str(broken)))
    file.unlink()
    (broken / "transformer/diffusion_pytorch_model.safetensors.index.json").write_text(
        '{"weight_map": {"proj_in.weight": "diffusion_pytorch_model-00001-of-00002.safetensors"}}'
    )
    assert "00001-of-00002.safetensors is missing" in findings(weights=str(broken))["diffusion-weights"]
    with pytest.raises(EnvironmentLacks, match="missing"):
        alone(studio.order("ltx", weights=str(broken)))


def test_a_missing_keyword_is_never_dropped(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    def call(self, image=None, prompt_embeds=None):  # type: ignore[no-untyped-def]
        raise AssertionError

    monkeypatch.setattr(diffusers.LTXImageToVideoPipeline, "__call__", call)
    with pytest.raises(Broken, match=r"takes no .*callback_on_step_end"):
        studio.render(studio.order("ltx"))
