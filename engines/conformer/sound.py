"""Masters and encodes one piece of the programme's sound: gain, limiter, AAC. Pieces lie end to end in a master without
a seam, as if they had been encoded in one go: see docs/conformer.md for why, bench/aac_pieces.py for the proof."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from engines.contract import Does, Engine, Made, Order, Params, Plain
from engines.media.pieces import PEAK, PIECE


class SoundParams(Params):
    """``gain`` in dB; ``peak``: the highest true peak in dBTP. ``first``: this piece begins the programme, so it has
    the packet that starts a decoder."""

    samples: Annotated[int, Field(ge=1, le=PIECE)] = PIECE
    gain: float = 0.0
    peak: Annotated[float, Field(le=0)] = PEAK
    first: bool = False


def _render(order: Order) -> Made:
    from engines.conformer._aac import write_piece
    from engines.conformer._mastering import mastered
    from engines.conformer._pieces import facts_of

    params = order.params
    assert isinstance(params, SoundParams)
    heard, packets, before = mastered(order, params.samples, params.gain, params.peak, params.first)
    target = order.folder / "sound.m4a"
    write_piece(target, packets, params.samples, params.first)
    return Made(target.name, facts_of(heard, before, params.samples))


ENGINE = Engine(
    name="conformer/sound",
    pixels=1,
    does=frozenset({Does.TOOL}),
    params=SoundParams,
    open=lambda device: Plain(_render),
    says="Limits and encodes one piece of the programme's sound",
    requires=("av", "soundfile", "scipy"),
    pace=0.6,
)
