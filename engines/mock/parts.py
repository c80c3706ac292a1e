"""An animator that holds for two seconds, so that a longer talk is made in parts."""

from __future__ import annotations

from fractions import Fraction
from functools import partial

from engines.contract import Does, Engine, Limits
from engines.mock._faults import MockParams, opener
from engines.mock._talk import speak_or_loop

NAME = "mock/parts"

ENGINE = Engine(
    name=NAME,
    pixels=1,
    does=frozenset({Does.TALK, Does.LOOP}),
    params=MockParams,
    open=opener(NAME, partial(speak_or_loop, NAME)),
    says="as mock/animator, at most two seconds a part",
    limits=Limits(
        longest=Fraction(2), stand_in="numbered test pictures stand in for a portrait animator that cannot hold long"
    ),
    requires=("av", "numpy", "soundfile"),
    pace=0.005,
)
