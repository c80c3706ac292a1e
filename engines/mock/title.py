"""Titles that are not lettered: a numbered card, or a strip with alpha for a lower third."""

from __future__ import annotations

from dataclasses import replace

from pydantic import BaseModel

from edl.project import TitleLook, TitleStyle
from edl.recipe import Native
from engines.contract import Does, Engine, Limits, Made, Order, Wish, at_delivery
from engines.mock._faults import MockParams, opener
from engines.mock._look import look_of

NAME = "mock/title"


class TitleParams(MockParams):
    """The text decides the colour."""

    text: str = ""
    subtitle: str = ""
    style: TitleStyle = "card"
    look: TitleLook = "clean"


def native(wish: Wish, params: BaseModel) -> Native:
    """At delivery, with alpha for a lower third."""
    lower = isinstance(params, TitleParams) and params.style == "lower_third"
    return replace(at_delivery(wish, params), alpha=lower)


def render(order: Order) -> Made:
    """Draw the title."""
    from engines.mock._film import film
    from engines.mock._scene import Scene

    scene = Scene(order.shape(), look_of(NAME, order))
    return film(order, scene.lower_third if order.shape().alpha else scene.frame)


ENGINE = Engine(
    name=NAME,
    pixels=1,
    does=frozenset({Does.TITLE}),
    params=TitleParams,
    open=opener(NAME, render),
    says="a numbered card, or a strip for a lower third",
    limits=Limits(stand_in="numbered test pictures stand in for the lettering"),
    native=native,
    requires=("av", "numpy"),
    pace=0.005,
)
