"""Sums what sounds in one piece of the programme: voices, footage, music that steps back, room tone. No gain and no
limit yet; those need to know how loud the whole programme is. See docs/conformer.md."""

from __future__ import annotations

from engines.conformer._summands import MixParams
from engines.contract import Does, Engine, Made, Order, Plain
from engines.media.pieces import BEFORE, RATE


def _render(order: Order) -> Made:
    from engines.conformer._pieces import facts_of
    from engines.conformer._sum import summed
    from engines.media.sound import write_float

    params = order.params
    assert isinstance(params, MixParams)
    samples = summed(order, params)
    target = order.folder / "mix.w64"
    write_float(target, samples, RATE)
    return Made(target.name, facts_of(samples, BEFORE, params.samples))


ENGINE = Engine(
    name="conformer/mix",
    pixels=2,
    does=frozenset({Does.TOOL}),
    params=MixParams,
    open=lambda device: Plain(_render),
    says="Sums voices, footage, music and room tone of one piece of the programme",
    requires=("soundfile", "soxr", "scipy"),
    pace=0.3,
)
