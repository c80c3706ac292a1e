"""Pipelines of the true architectures with random weights, for measuring time and memory on a graphics card.

Text encoders are tiny ones of the true width: embeddings cost nothing once they are kept, and a T5-XXL of noise says
no more than a small one.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import diffusers
import torch
import transformers

from tests.engines.diffusion.tiny import clip_processor, flow, t5_tokenizer


def write(family: str, folder: Path) -> Path:
    """Write a pipeline in bfloat16; its folder."""
    home = folder / f"{family}.true"
    if not home.exists():
        SHAPES[family](folder / f"{family}.parts").to(torch.bfloat16).save_pretrained(home)
    return home


def _text(kind: str, width: int = 4096) -> Any:
    config = getattr(transformers, f"{kind}Config")(
        d_model=width, d_kv=64, d_ff=64, num_layers=1, num_heads=4, vocab_size=512
    )
    return getattr(transformers, f"{kind}EncoderModel")(config).eval()


def ltx(folder: Path) -> Any:
    """LTX-Video 2B: the defaults of its classes."""
    return diffusers.LTXImageToVideoPipeline(
        scheduler=flow(use_dynamic_shifting=True, base_shift=0.95, max_shift=2.05),
        vae=diffusers.AutoencoderKLLTXVideo(), text_encoder=_text("T5"), tokenizer=t5_tokenizer(folder),
        transformer=diffusers.LTXVideoTransformer3DModel(),
    )  # fmt: skip


def svd_xt(folder: Path) -> Any:
    """SVD-XT: the defaults of its UNet are its own."""
    vae = diffusers.AutoencoderKLTemporalDecoder(
        block_out_channels=(128, 256, 512, 512), layers_per_block=2, latent_channels=4,
        down_block_types=("DownEncoderBlock2D",) * 4, sample_size=768,
    )  # fmt: skip
    vision = transformers.CLIPVisionModelWithProjection(transformers.CLIPVisionConfig(
        hidden_size=1280, intermediate_size=5120, num_hidden_layers=32, num_attention_heads=16, patch_size=14,
        image_size=224, projection_dim=1024,
    ))  # fmt: skip
    scheduler = diffusers.EulerDiscreteScheduler(
        beta_start=0.00085, beta_end=0.012, beta_schedule="scaled_linear", prediction_type="v_prediction",
        use_karras_sigmas=True, sigma_min=0.002, sigma_max=700.0, timestep_spacing="leading",
        timestep_type="continuous", steps_offset=1,
    )  # fmt: skip
    return diffusers.StableVideoDiffusionPipeline(
        vae=vae, image_encoder=vision.eval(), unet=diffusers.UNetSpatioTemporalConditionModel(num_frames=25),
        scheduler=scheduler, feature_extractor=clip_processor(224),
    )  # fmt: skip


def wan_5b(folder: Path) -> Any:
    """Wan 2.2 TI2V-5B."""
    transformer = diffusers.WanTransformer3DModel(
        patch_size=(1, 2, 2), num_attention_heads=24, attention_head_dim=128, in_channels=48, out_channels=48,
        text_dim=4096, freq_dim=256, ffn_dim=14336, num_layers=30, cross_attn_norm=True,
        qk_norm="rms_norm_across_heads",
    )  # fmt: skip
    vae = diffusers.AutoencoderKLWan(
        base_dim=160, decoder_base_dim=256, z_dim=48, in_channels=12, out_channels=12, is_residual=True, patch_size=2,
        latents_mean=[0.0] * 48, latents_std=[1.0] * 48, scale_factor_spatial=16, scale_factor_temporal=4,
    )  # fmt: skip
    scheduler = diffusers.UniPCMultistepScheduler(
        prediction_type="flow_prediction", use_flow_sigmas=True, flow_shift=5.0
    )
    return diffusers.WanImageToVideoPipeline(
        tokenizer=t5_tokenizer(folder), text_encoder=_text("UMT5"), vae=vae, scheduler=scheduler,
        transformer=transformer, expand_timesteps=True,
    )  # fmt: skip


SHAPES: dict[str, Callable[[Path], Any]] = {"ltx": ltx, "svd-xt": svd_xt, "wan2.2-5b": wan_5b}
