"""Footage that is not decoded: a numbered test picture instead of each of its frames."""

from __future__ import annotations

from edl.clock import Time
from edl.fields import Moment
from engines.contract import Does, Engine, Limits, Made, Order
from engines.mock._faults import MockParams, opener
from engines.mock._look import look_of

NAME = "mock/clip"


class ClipParams(MockParams):
    """``in_``: where in the file the range begins."""

    in_: Moment = Time()


def render(order: Order) -> Made:
    """Draw the range; frame numbers count from its first frame."""
    from engines.mock._film import film_drifting

    return film_drifting(order, look_of(NAME, order))


ENGINE = Engine(
    name=NAME,
    pixels=1,
    does=frozenset({Does.CLIP}),
    params=ClipParams,
    open=opener(NAME, render),
    says="a numbered test picture instead of footage",
    limits=Limits(stand_in="numbered test pictures stand in for the footage"),
    requires=("av", "numpy"),
    pace=0.005,
)
