"""The embedded English voice: hibari (Apache-2.0), 24 kHz, with exact word and phone timings. See docs/voices.md."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from typing import TYPE_CHECKING, Annotated, cast

from pydantic import Field

from edl.errors import Broken
from edl.markup import plain
from engines.contract import Does, Engine, Made, Order
from engines.voice._text import CODES, TextParams, check_english

if TYPE_CHECKING:
    from engines.voice._hibari import Model


class HibariParams(TextParams):
    """``speed`` is the pace: .5 slow, 2 fast."""

    speed: Annotated[float, Field(ge=0.5, le=2.0)] = 1.0


class _Session:
    """A loaded model."""

    def __init__(self) -> None:
        from engines.voice._hibari import Model

        self._model: Model | None = Model()

    def render(self, order: Order) -> Made:
        """Speak ``say``, sentence by sentence.

        :raises Refused: when nothing in the text has a sound
        :raises Cancelled: between sentences, when the run is to stop
        """
        from engines.media.english.script import script
        from engines.voice._hibari import RATE
        from engines.voice._speech import write_voice
        from engines.voice._stress import HIGHER, Stress

        params = cast(HibariParams, order.params)
        model, speed = self._loaded(), params.speed
        lines = script(params.say, params.pronounce)
        stress = Stress(HIGHER, HIGHER)  # the model itself speaks a stressed word longer, but no higher
        return write_voice(order, plain(params.say), lines, RATE, speed, lambda line: model.speak(line, speed), stress)

    def close(self) -> None:
        self._model = None

    def _loaded(self) -> Model:
        if self._model is None:
            raise Broken("this session is closed")
        return self._model


@cache
def weights() -> str:
    """A digest of hibari's model, dictionaries and code, from the digests that its package records."""
    try:
        record = distribution("hibari-tts").read_text("RECORD") or ""
    except PackageNotFoundError:
        return ""
    lines = sorted(line for line in record.splitlines() if line.startswith("hibari/") and "sha256=" in line)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


ENGINE = Engine(
    name="voice/hibari",
    pixels=3,
    does=frozenset({Does.VOICE}),
    params=HibariParams,
    open=lambda device: _Session(),
    says="English speech synthesis on the CPU, with exact word and phone timings",
    check=check_english,
    weights=lambda params: weights(),
    requires=("hibari", "onnxruntime"),
    codes=CODES,
    pace=0.03,
    session=lambda params: "hibari",
)
