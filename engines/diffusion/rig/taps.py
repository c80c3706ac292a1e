"""Taps on a pipeline's VAE. Sampling ends where the pipeline would decode, with exactly the latents that its decoder
was to be given; stills are encoded once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import torch
from diffusers.models.autoencoders.vae import DiagonalGaussianDistribution
from diffusers.models.modeling_outputs import AutoencoderKLOutput
from safetensors.torch import load, save

from edl.recipe import Recipe
from engines.contract import Keep

MOST_HELD = 8


class Sampled(Exception):
    """Raised inside a pipeline in place of decoding: sampling is over, here are the latents."""

    def __init__(self, latents: torch.Tensor, timestep: torch.Tensor | None) -> None:
        super().__init__("sampled")
        self.latents = latents
        self.timestep = timestep


class Stills:
    """Encoded pictures of one model by the digest of what was encoded, in memory and in the store."""

    def __init__(self, weights: str) -> None:
        self._weights = weights
        self._held: dict[str, torch.Tensor] = {}

    def encode(self, vae: Any, pixels: torch.Tensor, keep: Keep | None) -> Any:
        """What ``vae.encode`` gives.

        :param keep: None for pictures with noise of their own, which never come again
        """
        pixels = pixels.to(vae.dtype)
        if keep is None:
            return type(vae).encode(vae, pixels)
        digest = hashlib.sha256(pixels.detach().float().cpu().numpy().tobytes()).hexdigest()
        name = f"{digest} {tuple(pixels.shape)} {vae.dtype}"
        if name not in self._held:
            while len(self._held) >= MOST_HELD:
                self._held.pop(next(iter(self._held)))
            self._held[name] = self._found(vae, pixels, name, keep)
        else:
            keep.find(self._recipe(name))  # so that the store knows who uses it
        return _output(self._held[name].to(pixels.device))

    def _found(self, vae: Any, pixels: torch.Tensor, name: str, keep: Keep) -> torch.Tensor:
        recipe = self._recipe(name)
        if (file := keep.find(recipe)) is not None:
            return load(file.read_bytes())["moments"]
        made = type(vae).encode(vae, pixels).latent_dist
        moments = getattr(made, "parameters", None)
        assert isinstance(moments, torch.Tensor)
        moments = moments.detach().cpu().contiguous()
        keep.put(recipe, save({"moments": moments}))
        return moments

    def _recipe(self, name: str) -> Recipe:
        return Recipe("diffusion/still", 1, {"pixels": name}, weights=self._weights)


def _output(moments: torch.Tensor) -> Any:
    return AutoencoderKLOutput(latent_dist=DiagonalGaussianDistribution(moments))


@contextmanager
def tapped(vae: Any, stills: Stills, keep: Keep | None) -> Iterator[None]:
    """While this lasts, decoding raises :class:`Sampled` and encoding goes through ``stills``."""

    def decode(latents: torch.Tensor, timestep: torch.Tensor | None = None, **_: Any) -> None:
        raise Sampled(latents, timestep)

    def encode(pixels: torch.Tensor, *_: Any, **__: Any) -> Any:
        return stills.encode(vae, pixels, keep)

    vae.decode, vae.encode = decode, encode
    try:
        yield
    finally:
        del vae.decode, vae.encode
