"""The same work by a bare call of the pipeline, as its documentation shows it."""

from __future__ import annotations

from typing import Any

import diffusers
import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from engines.contract import Order
from engines.diffusion._params import typed
from engines.diffusion.rig.families import FAMILIES
from engines.diffusion.rig.shape import asked_for
from engines.media.still import cover_still, read_still


def bare_pipeline(order: Order, family: str) -> Any:
    pipe = getattr(diffusers, FAMILIES[family].pipeline).from_pretrained(typed(order.params).weights)
    pipe.set_progress_bar_config(disable=True)
    return pipe


def bare_frames(order: Order, family: str, pipe: Any = None) -> NDArray[np.uint8]:
    """Frames x height x width x 3."""
    row, native, params = FAMILIES[family], order.shape(), typed(order.params)
    pipe = pipe or bare_pipeline(order, family)
    image = Image.fromarray(cover_still(read_still(order.inputs["image"]), native.width, native.height))
    frames = asked_for(row.temporal, native.frames)
    words: dict[str, Any] = {"width": native.width, "height": native.height}
    if family == "hunyuan" and pipe.transformer.config.image_condition_type == "latent_concat":
        frames += 4
    if family == "hunyuan1.5":
        words = {}
    if row.speaks:
        words["prompt"] = params.prompt
    if row.guidance_word:
        words[row.guidance_word] = row.guidance
    if family == "hunyuan":
        words = words | {"true_cfg_scale": row.guidance, "guidance_scale": 1.0, "negative_prompt": ""}
    if row.rate_word:
        words[row.rate_word] = int(row.fps)
    if getattr(pipe.vae.config, "timestep_conditioning", False):
        words |= {"decode_timestep": 0.05, "decode_noise_scale": 0.025}
    torch.manual_seed(order.seed)  # for decoders that add noise of their own
    told = pipe(
        image=image,
        num_frames=frames,
        num_inference_steps=params.steps,
        generator=torch.Generator("cpu").manual_seed(order.seed),
        output_type="np",
        **words,
    )
    return np.rint(told.frames[0] * 255).astype(np.uint8)
