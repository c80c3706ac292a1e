"""Image-to-video models on the user's own machine, through diffusers: one adapter, one row a family.

The rows stand in :mod:`engines.diffusion.rig.families`. What a project may ask is :class:`DiffusionParams`
(``engines/diffusion/_params.py``); which family has which control is a table in ``docs/diffusion.md``.
"""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path

from pydantic import BaseModel

from edl.recipe import Native, differing
from engines.contract import Does, Engine, Limits, Session, Wish
from engines.diffusion._check import CODES, check
from engines.diffusion._params import (
    LOADED,
    PHRASES,
    DiffusionParams,
    bucket_base,
    family_of,
    of_part,
    typed,
    weights_digest,
)
from engines.diffusion.rig.families import DEFAULT, Family
from engines.diffusion.rig.shape import longest, native_shape, stable

DRIVER = Path("/proc/driver/nvidia/version")


def open_session(device: str) -> Session:
    """A session that loads its pipeline with the first order."""
    from engines.diffusion._session import Rig

    return Rig(device)


def native(wish: Wish, params: BaseModel) -> Native:
    """The family's own size, rate and frame count for a wish."""
    wanted = typed(params)
    return native_shape(family_of(wanted), wish, wanted.width, wanted.height, bucket_base(wanted))


def limits_by(params: BaseModel) -> Limits:
    """The limits of the family that is asked for, and how many takes are to be made in one call."""
    wanted = typed(params)
    return replace(limits_of(family_of(wanted)), batch=wanted.batch)


def limits_of(family: Family) -> Limits:
    """A family's limits. The longest shot is what the frame rule allows."""
    return Limits(
        longest=longest(family),
        stable=stable(family),
        chains=True,
        own_shape=True,
        seeded=True,
        invents=True,
        cameras=frozenset(PHRASES) if family.speaks else frozenset(),
        files=frozenset({"mask", "last"} if family.last else {"mask"}),
    )


def session_key(params: BaseModel) -> str:
    """Orders with the same key share a loaded pipeline."""
    written = differing(params)
    return json.dumps({name: written[name] for name in LOADED if name in written}, sort_keys=True)


def device(params: BaseModel) -> str:
    """The graphics card that the driver offers, else the processor, which a model takes whole as it would take a card:
    one at a time, loaded once, on all cores. ``CUTAWAY_DEVICE`` names another device."""
    if named := os.environ.get("CUTAWAY_DEVICE"):
        return named
    return "cuda:0" if DRIVER.exists() else "cpu:0"


ENGINE = Engine(
    name="diffusion/local",
    pixels=2,
    does=frozenset({Does.SHOT}),
    params=DiffusionParams,
    open=open_session,
    says="A generated shot by an image-to-video model on this machine",
    limits=limits_of(DEFAULT),
    limits_by=limits_by,
    native=native,
    check=check,
    part=of_part,
    weights=weights_digest,
    needs={"image": ("picture",)},
    requires=("torch", "diffusers", "transformers"),
    codes=CODES,
    pace=6.0,
    session=session_key,
    device=device,
    permitted=("tiles", "small-tiles", "chunks", "float32", "alone"),
    patience=3600.0,
)
