"""A generated shot that looks different at every call, as from a service that takes no seed."""

from __future__ import annotations

import os

from engines.contract import Does, Engine, Limits, Made, Order
from engines.mock._faults import device_of, opener
from engines.mock._look import look_from
from engines.mock._shot import CAMERAS, ShotParams

NAME = "mock/seedless"


def render(order: Order) -> Made:
    """Draw the shot in a look that nobody chose."""
    from engines.mock._film import film_drifting

    return film_drifting(order, look_from(os.urandom(16)))


ENGINE = Engine(
    name=NAME,
    pixels=1,
    does=frozenset({Does.SHOT}),
    params=ShotParams,
    open=opener(NAME, render),
    says="a numbered test picture that looks different every time",
    limits=Limits(
        seedless=True,
        deterministic=False,
        invents=True,
        cameras=CAMERAS,
        stand_in="numbered test pictures stand in for an image-to-video service without seeds",
    ),
    requires=("av", "numpy"),
    device=device_of,
    pace=0.005,
)
