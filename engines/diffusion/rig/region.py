"""The motion brush: outside a mask nothing moves.

While sampling, the still's own latents, noised as the next step expects them, are put back outside the mask after
every step, so that what is made inside agrees with its surround. That alone does not hold pixels still: static
latents flicker after decoding, and changes inside leak far out. The guarantee is the compositing afterwards: outside
the feathered mask every frame is the still, bit for bit.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from engines.diffusion.rig.families import Family

Pixels = NDArray[np.uint8]
Weight = NDArray[np.float32]

GROW = 2  # times the feather by which a mask is widened before it is softened


@dataclass
class Brush:
    """Locks the latents of one order outside ``mask`` (height x width, 1 where something may move)."""

    family: Family
    mask: Weight
    still: Pixels
    frames: int
    seeds: tuple[int, ...]
    _reference: tuple[torch.Tensor, torch.Tensor, torch.Tensor] | None = None

    @torch.no_grad()  # type: ignore[untyped-decorator]
    def __call__(self, pipe: Any, step: int, latents: torch.Tensor) -> torch.Tensor:
        """The latents after a step, with the still put back outside the mask."""
        if self._reference is None:
            self._reference = self._prepare(pipe, latents)
        clean, noise, free = self._reference
        back = _noised(pipe.scheduler, self.family, step, clean, noise)
        locked: torch.Tensor = (free * latents.float() + (1 - free) * back.float()).to(latents.dtype)
        return locked

    def _prepare(self, pipe: Any, latents: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Clean latents, one noise for each take, and the mask on the latent grid: all as the steps see them."""
        device = latents.device
        picture = torch.from_numpy(self.still.copy()).to(device, torch.float32).movedim(-1, 0)[None] / 127.5 - 1
        clean = _clean(pipe, self.family, picture, self.frames)
        grid = clean.shape[-2:]
        free = torch.nn.functional.adaptive_max_pool2d(torch.from_numpy(self.mask)[None, None].to(device), grid)
        generators = [torch.Generator("cpu").manual_seed(seed) for seed in self.seeds]
        noise = torch.cat([torch.randn(clean.shape, generator=own) for own in generators]).to(device)
        if self.family.layout == "ltx":
            free = free[:, :, None].expand(1, 1, clean.shape[2], *grid)
            sizes = pipe.transformer_spatial_patch_size, pipe.transformer_temporal_patch_size
            clean, noise, free = (pipe._pack_latents(part, *sizes) for part in (clean, noise, free))
        else:
            free = free[:, :, None] if self.family.layout not in ("svd", "cog") else free[:, None]
        if self.family.layout == "cog" and latents.shape[1] > clean.shape[1]:  # 1.5 pads frames in front
            more = latents.shape[1] - clean.shape[1]
            clean, noise = (torch.cat([part[:, :1].repeat(1, more, 1, 1, 1), part], 1) for part in (clean, noise))
        return clean, noise, free


def _clean(pipe: Any, family: Family, picture: torch.Tensor, frames: int) -> torch.Tensor:
    """The still as a video's latents, scaled as the family samples them (not packed)."""
    vae, config = pipe.vae, pipe.vae.config
    if family.layout == "svd":
        z = type(vae).encode(vae, picture.to(vae.dtype)).latent_dist.mode()
        return (z * config.scaling_factor)[:, None].repeat(1, frames, 1, 1, 1).float()
    video = picture[:, :, None].repeat(1, 1, frames, 1, 1)
    z = type(vae).encode(vae, video.to(vae.dtype)).latent_dist.mode().float()
    if family.layout == "ltx":
        normal: torch.Tensor = pipe._normalize_latents(z, vae.latents_mean, vae.latents_std, config.scaling_factor)
        return normal
    if family.layout == "cog":
        return z.permute(0, 2, 1, 3, 4) * config.scaling_factor
    if family.layout == "hunyuan":
        return z * config.scaling_factor
    mean, std = (torch.tensor(part).view(1, -1, 1, 1, 1).to(z) for part in (config.latents_mean, config.latents_std))
    scale = pipe.scheduler.config.sigma_data if family.layout == "cosmos" else 1.0
    return (z - mean) / std * scale


def _noised(scheduler: Any, family: Family, step: int, clean: torch.Tensor, noise: torch.Tensor) -> torch.Tensor:
    """Clean latents with the noise that the next step expects; after the last step without any."""
    if family.layout == "cog":
        if step + 1 >= len(scheduler.timesteps):
            return clean
        noised: torch.Tensor = scheduler.add_noise(clean, noise, scheduler.timesteps[step + 1].view(1))
        return noised
    last = step + 1 >= len(scheduler.timesteps)
    sigma = 0.0 if last else float(scheduler.sigmas[step + 1])
    if family.layout in ("svd", "cosmos"):
        return clean + sigma * noise
    return (1 - sigma) * clean + sigma * noise


def soften(mask: Pixels, feather: float) -> Weight:
    """The weight of what is generated, 0 to 1: the mask widened and softened outwards, exactly 0 beyond.

    :param mask: height x width, 0 to 255, white where something may move
    :param feather: pixels
    """
    hard = (mask >= 128).astype(np.float32)
    if feather <= 0:
        return hard
    reach = max(1, round(GROW * feather))
    wide = cv2.dilate(hard, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * reach + 1, 2 * reach + 1)))
    soft = np.maximum(cv2.GaussianBlur(wide, (0, 0), feather), hard)
    soft[soft < 1 / 255] = 0
    return soft.astype(np.float32)


def composite(frame: NDArray[np.float32], still: Pixels, weight: Weight) -> Pixels:
    """A generated frame laid over the still by weight; where the weight is 0 the still's bytes are untouched. Its
    colours are first brought to the still's by the mean difference in a ring round the mask.

    :param frame: float32 RGB, 0 to 1
    """
    base = still.astype(np.float32)
    made = frame * 255
    ring = (weight > 0) & (weight < 0.5)
    if ring.any():
        made = made + (base[ring].mean(axis=0) - made[ring].mean(axis=0))
    share = weight[:, :, None]
    mixed = np.rint(np.clip(made * share + base * (1 - share), 0, 255)).astype(np.uint8)
    out: Pixels = np.where(share > 0, mixed, still)
    return out
