"""Joins fitted runs and pieces of sound into a master: copies their packets behind an index of its own, and encodes
nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field, model_validator

from edl.errors import Broken
from engines.contract import Does, Engine, Made, Order, Params, Plain

if TYPE_CHECKING:
    from pathlib import Path


class Chapter(BaseModel):
    """A place that players can jump to: from ``frame`` to the next chapter."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    frame: int = Field(ge=0)
    title: str


class StitchParams(Params):
    """``container``: ``mov`` for what MP4 does not hold (ProRes). ``chapters`` in order; before the first one is one
    without a title. All else that a master needs is in its inputs and its native shape."""

    container: Literal["mp4", "mov"] = "mp4"
    chapters: tuple[Chapter, ...] = ()

    @model_validator(mode="after")
    def _in_order(self) -> StitchParams:
        frames = [chapter.frame for chapter in self.chapters]
        if frames != sorted(set(frames)):
            raise ValueError("chapters begin one after the other")
        return self


def _render(order: Order) -> Made:
    from engines.conformer._master import write_master

    params = order.params
    assert isinstance(params, StitchParams)
    native = order.shape()
    target = order.folder / f"master.{params.container}"
    chapters = [(chapter.frame, chapter.title) for chapter in params.chapters if chapter.frame < native.frames]
    write_master(target, _files(order, "run"), _files(order, "sound"), chapters, params.container, order)
    return Made(target.name, {"frames": native.frames})


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
