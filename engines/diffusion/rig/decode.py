"""Decoding latents to pictures, with a ladder of fallbacks: memory that ran out is tried again in tiles, in smaller
tiles, in fewer frames at a time; pictures that are none, in higher precision."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from edl.errors import Broken, OutOfMemory
from engines.diffusion.rig.families import Family
from engines.diffusion.rig.faults import free, is_memory
from engines.diffusion.rig.sample import Latents

Picture = NDArray[np.float32]

_FRAMEPACK_WINDOW = 9  # latent frames of a section


@dataclass(frozen=True)
class Developed:
    """Frames as float32 RGB 0 to 1, frames x height x width x 3, and the fallbacks that it took."""

    frames: Picture
    ran: tuple[str, ...]


def develop(pipe: Any, family: Family, latents: Latents, permitted: tuple[str, ...]) -> Developed:
    """Decode one take.

    :raises OutOfMemory: when memory runs out on the last permitted rung
    :raises Broken: when the pictures are no numbers, or black, in float32 too
    """
    vae = pipe.vae
    ran: list[str] = []
    for rung, decode in _ladder(vae, family, permitted):
        try:
            frames: Picture = _decoded(pipe, family, latents, decode)
        except (RuntimeError, MemoryError) as error:
            if not is_memory(error):
                raise
            free()
            continue
        finally:
            _relax(vae)
        ran += [rung] if rung else []
        if fault := fault_of(frames):
            return Developed(_exactly(pipe, family, latents, permitted, decode, fault), (*ran, "float32"))
        return Developed(frames, tuple(ran))
    raise OutOfMemory("memory ran out while decoding; the latents are kept, free some memory and render again")


def fault_of(frames: Picture) -> str:
    """What is wrong with decoded pictures as a whole, or nothing."""
    if not bool(np.isfinite(frames).all()):
        return "no numbers"
    return "black" if float(frames.max()) < 1 / 255 else ""


def _exactly(
    pipe: Any,
    family: Family,
    latents: Latents,
    permitted: tuple[str, ...],
    decode: Callable[..., torch.Tensor],
    fault: str,
) -> Picture:
    if "float32" in permitted and pipe.vae.dtype != torch.float32:
        before = pipe.vae.dtype
        pipe.vae.to(torch.float32)
        try:
            frames: Picture = _decoded(pipe, family, latents, decode)
        finally:
            pipe.vae.to(before)
        if not fault_of(frames):
            return frames
    raise Broken(f"{family.name} gave pictures that are {fault}; try another seed, or params.dtype: float32")


def _ladder(vae: Any, family: Family, permitted: tuple[str, ...]) -> list[tuple[str, Callable[..., torch.Tensor]]]:
    """The rungs from fast to small, each with a way to decode."""
    rungs: list[tuple[str, Callable[..., torch.Tensor]]] = [("", _plain)]
    if family.layout == "svd":
        return rungs + ([("chunks", _in_chunks)] if "chunks" in permitted else [])
    if hasattr(vae, "enable_tiling"):
        rungs += [(name, way) for name, way in (("tiles", _tiled), ("small-tiles", _finely_tiled)) if name in permitted]
    return rungs


def _plain(vae: Any, z: torch.Tensor, **words: Any) -> torch.Tensor:
    return _called(vae, z, **words)


def _tiled(vae: Any, z: torch.Tensor, **words: Any) -> torch.Tensor:
    vae._was_tiled = bool(getattr(vae, "use_tiling", False))
    vae.enable_tiling()
    return _called(vae, z, **words)


def _finely_tiled(vae: Any, z: torch.Tensor, **words: Any) -> torch.Tensor:
    """Tiles of half the side."""
    vae._was_tiled = bool(getattr(vae, "use_tiling", False))
    names = [name for name in vars(vae) if name.startswith("tile_") and isinstance(getattr(vae, name), int)]
    spatial = [name for name in names if "num_frames" not in name]
    vae._sides = {name: getattr(vae, name) for name in spatial}
    vae.enable_tiling()
    for name in spatial:
        setattr(vae, name, max(1, getattr(vae, name) // 2))
    return _called(vae, z, **words)


def _in_chunks(vae: Any, z: torch.Tensor, num_frames: int) -> torch.Tensor:
    """A few frames at a time, fewer and fewer; other chunks give slightly other pixels."""
    size = max(1, num_frames // 2)
    while True:
        try:
            parts = [
                _called(vae, z[at : at + size], num_frames=len(z[at : at + size])).cpu()
                for at in range(0, num_frames, size)
            ]
            return torch.cat(parts)
        except (RuntimeError, MemoryError) as error:
            if not is_memory(error) or size == 1:
                raise
            free()
            size = max(1, size // 2)


def _relax(vae: Any) -> None:
    """Undo what a rung set."""
    for name, value in vars(vae).pop("_sides", {}).items():
        setattr(vae, name, value)
    if vars(vae).pop("_was_tiled", True) is False:
        vae.disable_tiling()


def _called(vae: Any, z: torch.Tensor, **words: Any) -> torch.Tensor:
    told: torch.Tensor = vae.decode(z, **words, return_dict=False)[0]
    return told


@torch.no_grad()  # type: ignore[untyped-decorator]
def _decoded(pipe: Any, family: Family, latents: Latents, decode: Callable[..., torch.Tensor]) -> Picture:
    vae = pipe.vae
    z = latents.z.to(device=pipe._execution_device, dtype=vae.dtype)
    if family.layout == "svd":
        video = decode(vae, z, num_frames=len(z)).movedim(0, 1)[None]
    elif family.layout == "framepack":
        video = _sections(pipe, z, decode)
    elif latents.timestep is not None:
        video = decode(vae, z, temb=latents.timestep.to(z))
    else:
        video = decode(vae, z)
    if family.layout == "hunyuan" and pipe.transformer.config.get("image_condition_type") == "latent_concat":
        video = video[:, :, 4:]  # the still's own frames
    pictures = (video[0].float() / 2 + 0.5).clamp(0, 1).movedim(0, -1)
    frames: Picture = pictures.cpu().numpy()
    return frames


def _sections(pipe: Any, z: torch.Tensor, decode: Callable[..., torch.Tensor]) -> torch.Tensor:
    """FramePack samples its sections from the last to the first and blends each into what follows it, as its
    pipeline does."""
    window, total = _FRAMEPACK_WINDOW, z.shape[2]
    overlap = (window - 1) * pipe.vae_scale_factor_temporal + 1
    video = None
    for done in range(window, total, window):
        first = done + 1 == total
        there = z[:, :, total - done - first :]
        if video is None:
            video = decode(pipe.vae, there)
            continue
        part = decode(pipe.vae, there[:, :, : 2 * window + first])
        video = pipe._soft_append(part, video, overlap)
    assert video is not None
    return video
