"""A recording whose words are taken to lie evenly over it."""

from __future__ import annotations

from edl.errors import Broken
from engines.contract import Does, Engine, Limits, Made, Order
from engines.mock._faults import MockParams, opener, paced
from engines.mock._speech import timed, written

NAME = "mock/recording"
STEPS = 10


class RecordingParams(MockParams):
    """``say`` is the transcript."""

    say: str = ""


def render(order: Order) -> Made:
    """Keep ``audio`` as one channel at its own rate and time the transcript's words."""
    from engines.media.sound import read_sound, to_mono

    params = order.params
    if not isinstance(params, RecordingParams) or "audio" not in order.inputs:
        raise Broken("there is no recording")
    samples, rate = read_sound(order.inputs["audio"])
    for step in paced(order, STEPS):
        order.progress((step + 1) / STEPS, "")
    return written(order, to_mono(samples), timed(params.say, len(samples), rate))


ENGINE = Engine(
    name=NAME,
    pixels=1,
    does=frozenset({Does.VOICE}),
    params=RecordingParams,
    open=opener(NAME, render),
    says="a recording, its words spread evenly instead of aligned",
    limits=Limits(hears=True, stand_in="evenly spread words stand in for alignment"),
    requires=("numpy", "soundfile"),
    pace=0.001,
)
