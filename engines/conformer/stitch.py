"""Joins fitted runs and the mix into a master: copies the packets of the picture, encodes the sound once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edl.errors import Broken
from engines.contract import Does, Engine, Made, Order, Params, Plain

if TYPE_CHECKING:
    from pathlib import Path


class StitchParams(Params):
    """Everything else that a master needs is in its inputs and its native shape. ``chapters``: the frame at which each
    begins, and its title."""

    chapters: tuple[tuple[int, str], ...] = ()


def _render(order: Order) -> Made:
    from engines.conformer._master import check_master, write_master

    native = order.shape()
    runs = _runs(order)
    target = order.folder / f"master{runs[0].suffix}"
    write_master(target, runs, order.inputs["mix"], native, order)
    check_master(target, native)
    return Made(target.name, {"frames": native.frames})


def _runs(order: Order) -> list[Path]:
    count = sum(name.startswith("run") for name in order.inputs)
    if not count:
        raise Broken("a master needs at least one run")
    return [order.inputs[f"run{number}"] for number in range(count)]


ENGINE = Engine(
    name="conformer/stitch",
    pixels=1,
    does=frozenset({Does.TOOL}),
    params=StitchParams,
    open=lambda device: Plain(_render),
    says="Joins runs and sound into a master without encoding the picture again",
    requires=("av", "soundfile"),
    pace=0.002,
)
