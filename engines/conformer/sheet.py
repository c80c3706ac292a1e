"""Draws the contact sheet of a programme: one frame of each segment, with its name and the time at which it shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict

from edl.errors import Broken
from engines.contract import Does, Engine, Made, Order, Params, Plain

if TYPE_CHECKING:
    from pathlib import Path

    from PIL import Image

WIDTH, ACROSS = 1920, 6
MARGIN, HEAD, FOOT, GAP, SIZE = 16, 56, 30, 12, 17  # pixels
PAPER, PLAIN, FAINT = (24, 26, 31), (235, 235, 235), (150, 154, 164)
QUALITY = 88


class Cell(BaseModel):
    """One picture: the ``frame`` of a run, a segment's ``name``, and the ``time`` in the programme as HH:MM:SS:FF."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    input: str
    frame: int
    name: str
    time: str


class SheetParams(Params):
    """``cells`` in order; ``title`` stands above them."""

    title: str = ""
    cells: tuple[Cell, ...] = ()


def _render(order: Order) -> Made:
    params = order.params
    assert isinstance(params, SheetParams)
    if not params.cells:
        raise Broken("a contact sheet needs at least one picture")
    target = order.folder / "sheet.jpg"
    _drawn(params, order).save(target, "JPEG", quality=QUALITY)
    return Made(target.name, {"cells": len(params.cells)})


def _drawn(params: SheetParams, order: Order) -> Image.Image:
    from PIL import Image, ImageDraw

    from engines.media.lettering import shortened, type_face
    from engines.media.probe import upright_size

    width, height = upright_size(order.inputs[params.cells[0].input])
    across = ACROSS if width > height else ACROSS * 2
    wide = (WIDTH - 2 * MARGIN + GAP) // across - GAP
    high = round(wide * height / width)
    rows = -(-len(params.cells) // across)
    sheet = Image.new("RGB", (WIDTH, HEAD + rows * (high + FOOT + GAP) + MARGIN), PAPER)
    pen = ImageDraw.Draw(sheet)
    pen.text((MARGIN, HEAD / 2), params.title, font=type_face("Inter-Bold.otf", 24), fill=PLAIN, anchor="lm")
    bold, plain = type_face("Inter-Bold.otf", SIZE), type_face("Inter-Regular.otf", SIZE)
    for number, cell in enumerate(params.cells):
        order.stop_if_cancelled()
        left, top = MARGIN + number % across * (wide + GAP), HEAD + number // across * (high + FOOT + GAP)
        sheet.paste(_picture(order.inputs[cell.input], cell.frame, wide, high), (left, top))
        line = top + high + FOOT / 2
        room = wide - plain.getlength(cell.time) - GAP
        if room > wide / 3:
            pen.text((left, line), shortened(cell.name, bold, room), font=bold, fill=PLAIN, anchor="lm")
            pen.text((left + wide, line), cell.time, font=plain, fill=FAINT, anchor="rm")
        else:
            pen.text((left, line), shortened(cell.name, bold, wide), font=bold, fill=PLAIN, anchor="lm")
        order.progress((number + 1) / len(params.cells), "")
    return sheet


def _picture(path: Path, frame: int, width: int, height: int) -> Image.Image:
    from fractions import Fraction

    from PIL import Image

    from engines.media.frames import Fitter, shown_at
    from engines.media.probe import measure_tempo

    tempo = measure_tempo(path)
    shown = next(shown_at(path, tempo, (Fraction(frame) / tempo.fps,)))
    return Image.fromarray(Fitter(width, height, "rgb24").fit(shown))


ENGINE = Engine(
    name="conformer/sheet",
    pixels=1,
    does=frozenset({Does.TOOL}),
    params=SheetParams,
    open=lambda device: Plain(_render),
    says="Draws the contact sheet of a programme",
    requires=("av", "PIL"),
    pace=0.08,
)
