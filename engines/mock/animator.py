"""An animator that draws a bar which opens with the sound; its loops breathe."""

from __future__ import annotations

from functools import partial

from engines.contract import Does, Engine, Limits
from engines.mock._faults import MockParams, opener
from engines.mock._talk import speak_or_loop

NAME = "mock/animator"

ENGINE = Engine(
    name=NAME,
    pixels=1,
    does=frozenset({Does.TALK, Does.LOOP}),
    params=MockParams,
    open=opener(NAME, partial(speak_or_loop, NAME)),
    says="a numbered test picture with a bar that opens with the sound",
    limits=Limits(stand_in="numbered test pictures stand in for a portrait animator"),
    requires=("av", "numpy", "soundfile"),
    pace=0.005,
)
