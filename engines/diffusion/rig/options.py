"""Options of loading: where networks lie in memory, what is compiled, which kernels attend, what is left out between
steps. Each is off unless a project asks for it; whether a step cache left anything out is counted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import diffusers
import torch

from edl.errors import Broken
from engines.diffusion._params import DiffusionParams

ALL_TIMES = (-1, 1001)  # every timestep of a schedule of a thousand
EVERY_OTHER = 2


class Saved:
    """What a step cache left out: calls of linear layers against those of each network's first, whole call."""

    def __init__(self, networks: list[Any]) -> None:
        self._whole = self._made = 0
        self._first: dict[int, int] = {}
        self._now: dict[int, int] = {}
        for which, network in enumerate(networks):
            network.register_forward_pre_hook(lambda module, given, which=which: self._begun(which))
            for layer in network.modules():
                if isinstance(layer, torch.nn.Linear):
                    layer.register_forward_hook(lambda module, given, told, which=which: self._count(which))

    def take(self) -> float:
        """The share of the work that was left out since the last time, 0 to 1."""
        for which in list(self._now):
            self._end(which)
        share = 1 - self._made / self._whole if self._whole else 0.0
        self._whole = self._made = 0
        self._first.clear()
        return round(share, 3)

    def _begun(self, which: int) -> None:
        self._end(which)
        self._now[which] = 0

    def _count(self, which: int) -> None:
        self._now[which] = self._now.get(which, 0) + 1

    def _end(self, which: int) -> None:
        if (count := self._now.pop(which, None)) is not None:
            self._made += count
            self._whole += self._first.setdefault(which, count)


def place(pipe: Any, networks: list[Any], device: str, offload: str) -> None:
    """Put a pipeline on its device, or where it waits in the machine's memory for its turn there."""
    if device == "cpu" or not offload:
        pipe.to(device)
    elif offload == "model":
        pipe.enable_model_cpu_offload(device=device)
    elif offload == "sequential":
        pipe.enable_sequential_cpu_offload(device=device)
    else:
        for network in networks:
            network.enable_group_offload(
                onload_device=torch.device(device),
                offload_device=torch.device("cpu"),
                offload_type="leaf_level",
                use_stream=device.startswith("cuda"),
            )
        for part in pipe.components.values():
            if isinstance(part, torch.nn.Module) and part not in networks:
                part.to(device)


def apply(pipe: Any, networks: list[Any], params: DiffusionParams) -> Saved | None:
    """Set what the parameters ask for.

    :returns: for a step cache, what counts its work
    :raises Broken: for what these networks have not
    """
    for network in networks:
        if params.attention:
            _attend(network, params.attention)
        if params.compile:
            network.compile()
    if params.tiling:
        if not hasattr(pipe.vae, "enable_tiling"):
            raise Broken(f"{type(pipe.vae).__name__} cannot decode in tiles; leave params.tiling out")
        pipe.vae.enable_tiling()
    if not params.step_cache:
        return None
    saved = Saved(networks)
    for network in networks:
        if not hasattr(network, "enable_cache"):
            raise Broken(f"{type(network).__name__} has no step cache; leave params.step_cache out")
        network.enable_cache(_cache(params.step_cache, pipe))
    return saved


def _attend(network: Any, backend: str) -> None:
    try:
        network.set_attention_backend(backend)
    except (AttributeError, ValueError, ImportError, RuntimeError) as error:
        raise Broken(f"{type(network).__name__} cannot attend with {backend}: {error}") from error


def _cache(asked: float | str, pipe: Any) -> Any:
    """The settings of diffusers for a cache: a number is the first-block cache's threshold.

    Pyramid attention broadcast takes every second attention from the step before; Taylor expansion computes every
    third step whole (only its lite mode acts on these models); FasterCache is like the first, and leaves out most of
    the second prompt's work.
    """
    if not isinstance(asked, str):
        return diffusers.FirstBlockCacheConfig(threshold=asked)
    if asked == "taylor":
        return diffusers.TaylorSeerCacheConfig(
            cache_interval=3, disable_cache_before_step=2, max_order=1, use_lite_mode=True
        )
    now: Callable[[], Any] = lambda: pipe._running.current_timestep  # noqa: E731
    if asked == "pyramid":
        return diffusers.PyramidAttentionBroadcastConfig(
            spatial_attention_block_skip_range=EVERY_OTHER,
            temporal_attention_block_skip_range=EVERY_OTHER,
            cross_attention_block_skip_range=EVERY_OTHER,
            spatial_attention_timestep_skip_range=ALL_TIMES,
            temporal_attention_timestep_skip_range=ALL_TIMES,
            cross_attention_timestep_skip_range=ALL_TIMES,
            current_timestep_callback=now,
        )
    return diffusers.FasterCacheConfig(
        spatial_attention_block_skip_range=EVERY_OTHER,
        spatial_attention_timestep_skip_range=ALL_TIMES,
        unconditional_batch_skip_range=5,
        unconditional_batch_timestep_skip_range=ALL_TIMES,
        attention_weight_callback=lambda module: 0.3,
        current_timestep_callback=now,
        tensor_format="BFCHW",
    )
