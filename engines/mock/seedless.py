"""A generated shot that looks different at every call, as from a service that takes no seed."""

from __future__ import annotations

import os

from engines.contract import Does, Engine, Limits, Made, Order
from engines.mock._faults import MockParams, opener
from engines.mock._look import look_from

NAME = "mock/seedless"


class SeedlessParams(MockParams):
    """What a shot is asked for."""

    prompt: str = ""
    camera: str | None = None


def render(order: Order) -> Made:
    """Draw the shot in a look that nobody chose."""
    from engines.mock._film import film_drifting

    return film_drifting(order, look_from(os.urandom(16)))


ENGINE = Engine(
    name=NAME,
    pixels=1,
    does=frozenset({Does.SHOT}),
    params=SeedlessParams,
    open=opener(NAME, render),
    says="a numbered test picture that looks different every time",
    limits=Limits(
        seedless=True,
        deterministic=False,
        invents=True,
        cameras=frozenset({"still", "push_in", "pull_out", "pan_left", "pan_right"}),
        stand_in="an image-to-video service without seeds",
    ),
    requires=("av", "numpy"),
    pace=0.005,
)
