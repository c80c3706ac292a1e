"""An order made ready to be sampled: stills cut to the native size, seeds that share a call, and the recipes of what is
kept of it on the way."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from pydantic import JsonValue

from edl.recipe import Native, Recipe, differing
from engines.contract import Order
from engines.diffusion._params import DiffusionParams, family_of, shares_calls, typed, weights_digest
from engines.diffusion.rig.chain import read_tail
from engines.diffusion.rig.families import Family
from engines.diffusion.rig.region import Weight, soften
from engines.diffusion.rig.sample import loose
from engines.diffusion.rig.shape import block, frames_for
from engines.media.still import cover_still, read_still

Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Scene:
    """``seeds``: the takes that are sampled in one call, this one among them. Which ones these are follows from the
    order alone, so that its bytes do not depend on what else was ordered."""

    order: Order
    params: DiffusionParams
    family: Family
    native: Native
    anchor: Pixels
    start: Pixels
    skipped: int  # frames at the start that repeat the previous part
    frames: int  # to be sampled
    seeds: tuple[int, ...]
    last: Pixels | None
    weight: Weight | None
    mask: Weight | None


def ready(order: Order) -> Scene:
    """Read and cut the stills of an order. Pictures are cropped around their centre, never stretched."""
    params, native = typed(order.params), order.shape()
    family = family_of(params)
    size = native.width, native.height
    anchor = cover_still(read_still(order.inputs["image"]), *size)
    start, skipped, frames = anchor, 0, native.frames
    if "previous" in order.inputs:
        tail = read_tail(order.inputs["previous"], params.overlap)
        frames = frames_for(family.temporal, Fraction(native.frames + len(tail)))
        skipped = min(len(tail), frames - native.frames)  # a full part has no room to make frames again
        start = cover_still(tail[-max(1, skipped)], *size)
    weight = mask = None
    if "mask" in order.inputs:
        drawn = cover_still(read_still(order.inputs["mask"]), *size)[:, :, 0]
        weight = soften(drawn, params.feather)
        mask = (weight > 0).astype(np.float32)
    last = cover_still(read_still(order.inputs["last"]), *size) if "last" in order.inputs else None
    keyed = family.last == "conditions" and loose(family, params.hold)
    alone = last is not None or keyed or not shares_calls(params)
    seeds = (order.seed,) if alone else block(order.seed, params.batch)
    return Scene(order, params, family, native, anchor, start, skipped, frames, seeds, last, weight, mask)


def latents_recipe(scene: Scene, seed: int) -> Recipe:
    """The recipe of one take's latents, whoever asks for it."""
    order = scene.order
    return Recipe(
        "diffusion/latents",
        1,
        differing(scene.params),
        scene.native,
        seed,
        {name: _digest(path) for name, path in order.inputs.items()},
        weights_digest(scene.params),
        order.permitted,
    )


def state_recipe(scene: Scene, conditions: Mapping[str, JsonValue]) -> Recipe:
    """The recipe of where the sampling of a scene stands. What the bytes depend on beside a take's recipe (device,
    threads, versions) belongs to it: nothing is gone on with elsewhere."""
    whole = latents_recipe(scene, scene.order.seed)
    asked: dict[str, JsonValue] = {"asked": dict(whole.params), "seeds": list(scene.seeds)}
    params = asked | {"conditions": dict(conditions)}
    return Recipe("diffusion/state", 1, params, whole.native, 0, whole.inputs, whole.weights, whole.permitted)


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()
