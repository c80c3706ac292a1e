"""A generated shot of at most two seconds a part that goes on where the part before it ended."""

from __future__ import annotations

from fractions import Fraction

from engines.contract import Does, Engine, Limits, Made, Order
from engines.mock._faults import device_of, opener
from engines.mock._look import look_of
from engines.mock._shot import CAMERAS, ShotParams

NAME = "mock/chained"


def render(order: Order) -> Made:
    """Draw the part: with ``previous``, the same look and the numbers that follow its last frame's."""
    from engines.mock._film import film_drifting, last_stamp

    if "previous" not in order.inputs:
        return film_drifting(order, look_of(NAME, order, seeded=True))
    before = last_stamp(order.inputs["previous"])
    return film_drifting(order, before.look, first=before.number + 1)


ENGINE = Engine(
    name=NAME,
    pixels=1,
    does=frozenset({Does.SHOT}),
    params=ShotParams,
    open=opener(NAME, render),
    says="a numbered test picture in parts of two seconds, each going on from the one before",
    limits=Limits(
        longest=Fraction(2),
        chains=True,
        seeded=True,
        invents=True,
        cameras=CAMERAS,
        stand_in="numbered test pictures stand in for an image-to-video model that can be continued",
    ),
    requires=("av", "numpy"),
    device=device_of,
    pace=0.005,
)
