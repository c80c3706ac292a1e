"""A generated shot in a shape of its own: odd size, 7 frames a second, another look for each seed."""

from __future__ import annotations

from fractions import Fraction

from pydantic import BaseModel

from edl.clock import frames_for
from edl.recipe import Native
from engines.contract import Does, Engine, Limits, Made, Order, Wish
from engines.mock._faults import batch_opener, device_of
from engines.mock._look import look_of
from engines.mock._shot import CAMERAS, ShotParams

NAME = "mock/shot"
WIDTH, HEIGHT, FPS = 333, 187, Fraction(7)


def native(wish: Wish, params: BaseModel) -> Native:
    """The same size and rate whatever is delivered."""
    return Native(WIDTH, HEIGHT, FPS, frames_for(wish.seconds, FPS))


def render(order: Order) -> Made:
    """Draw the shot."""
    from engines.mock._film import film_drifting

    return film_drifting(order, look_of(NAME, order, seeded=True))


ENGINE = Engine(
    name=NAME,
    pixels=1,
    does=frozenset({Does.SHOT}),
    params=ShotParams,
    open=batch_opener(NAME, render),
    says="a numbered test picture, 333 x 187 at 7 frames a second",
    limits=Limits(
        stable=Fraction(3),
        own_shape=True,
        seeded=True,
        invents=True,
        cameras=CAMERAS,
        batch=4,
        stand_in="numbered test pictures stand in for an image-to-video model",
    ),
    native=native,
    requires=("av", "numpy"),
    pace=0.002,
    device=device_of,
)
