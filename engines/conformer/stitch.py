"""Joins fitted runs and pieces of sound into a master: copies their packets behind an index of its own, and encodes
nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import field_validator

from edl.errors import Broken
from engines.contract import Does, Engine, Made, Order, Params, Plain

if TYPE_CHECKING:
    from pathlib import Path

UNPIECED = "mix.m4a"


class StitchParams(Params):
    """``chapters``: the frame at which each begins, in order, and its title; what is before the first has none. All
    else that a master needs is in its inputs and its native shape."""

    chapters: tuple[tuple[int, str], ...] = ()

    @field_validator("chapters")
    @classmethod
    def _in_order(cls, chapters: tuple[tuple[int, str], ...]) -> tuple[tuple[int, str], ...]:
        frames = [frame for frame, _ in chapters]
        if frames != sorted(set(frames)) or (frames and frames[0] < 0):
            raise ValueError("chapters begin one after the other")
        return chapters


def _render(order: Order) -> Made:
    from engines.conformer._master import write_master

    params, native = order.params, order.shape()
    assert isinstance(params, StitchParams)
    runs = _files(order, "run")
    target = order.folder / f"master{runs[0].suffix}"
    chapters = [(frame, title) for frame, title in params.chapters if frame < native.frames]
    write_master(target, runs, _sound(order), chapters, order)
    (order.folder / UNPIECED).unlink(missing_ok=True)
    return Made(target.name, {"frames": native.frames})


def _sound(order: Order) -> list[Path]:
    if "mix" in order.inputs:  # to be removed with the merge of branch ``sound``
        from engines.conformer._unpieced import encoded

        return [encoded(order.inputs["mix"], order.folder / UNPIECED)]
    return _files(order, "sound")


def _files(order: Order, kind: str) -> list[Path]:
    count = sum(name.rstrip("0123456789") == kind for name in order.inputs)
    if not count:
        raise Broken("a master needs runs and pieces of sound")
    return [order.inputs[f"{kind}{number}"] for number in range(count)]


ENGINE = Engine(
    name="conformer/stitch",
    pixels=2,
    does=frozenset({Does.TOOL}),
    params=StitchParams,
    open=lambda device: Plain(_render),
    says="Joins runs and sound into a master without encoding anything",
    requires=("av", "numpy"),
    pace=0.0002,
)
