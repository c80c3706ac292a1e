"""A voice of tones: 0.06 s for each character, with exact timings."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from edl.errors import Broken
from engines.contract import Does, Engine, Limits, Made, Order
from engines.mock._faults import MockParams, opener, paced
from engines.mock._speech import timed, tones, written

NAME = "mock/voice"
RATE = 16_000  # samples a second
CHARACTER = 960  # samples a character: 0.06 s
STEPS = 10


class VoiceParams(MockParams):
    """``rate``: how many times faster than usual it speaks."""

    say: str = ""
    rate: Annotated[float, Field(ge=0.1, le=10)] = 1.0


def render(order: Order) -> Made:
    """Speak ``say``."""
    params = order.params
    if not isinstance(params, VoiceParams) or not params.say:
        raise Broken("there is nothing to say")
    facts = timed(params.say, max(1, round(len(params.say) * CHARACTER / params.rate)), RATE)
    for step in paced(order, STEPS):
        order.progress((step + 1) / STEPS, "")
    return written(order, tones(facts), facts)


ENGINE = Engine(
    name=NAME,
    pixels=1,
    does=frozenset({Does.VOICE}),
    params=VoiceParams,
    open=opener(NAME, render),
    says="tones instead of speech, with exact timings",
    limits=Limits(stand_in="tones stand in for a voice"),
    requires=("numpy", "soundfile"),
    pace=0.001,
)
