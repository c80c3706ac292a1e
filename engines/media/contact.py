"""A contact sheet: takes below one another, frames of each side by side at equal times and equal size."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw, ImageFont

from engines.media.frames import Fitter, shown_at
from engines.media.lettering import FONTS, shortened
from engines.media.probe import measure_tempo

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

WIDTH, ACROSS = 1920, 8
MARGIN, LABEL, HEAD, GAP = 12, 230, 44, 4  # pixels
SIZE = 17
PAPER, PLAIN, FAINT, STANDS = (24, 26, 31), (235, 235, 235), (150, 154, 164), (96, 200, 128)


@dataclass(frozen=True)
class Row:
    """One take: its parts in order, its name in large letters, further lines, and whether it stands."""

    parts: tuple[Path, ...]
    name: str
    lines: tuple[str, ...] = ()
    stands: bool = False


def draw(title: str, rows: Sequence[Row], across: int = ACROSS, width: int = WIDTH) -> Image.Image:
    """The sheet as an RGB picture.

    :param across: frames of each take, evenly spread over its length
    :raises Broken: for a part that cannot be decoded
    """
    cell_width = (width - LABEL - MARGIN) // across
    cell_height = max(round((cell_width - GAP) / _aspect(rows[0])), SIZE * 6)
    pitch = cell_height + MARGIN
    sheet = Image.new("RGB", (width, HEAD + pitch * len(rows)), PAPER)
    pen = ImageDraw.Draw(sheet)
    pen.text((MARGIN, HEAD / 2), title, font=_face("Inter-Bold.otf", 22), fill=PLAIN, anchor="lm")
    for number, row in enumerate(rows):
        top = HEAD + pitch * number
        _label(pen, row, top, cell_height)
        for at, picture in enumerate(_frames(row, across, cell_width - GAP, cell_height)):
            sheet.paste(Image.fromarray(picture), (LABEL + at * cell_width, top))
        if row.stands:
            box = (LABEL - 2, top - 2, LABEL + across * cell_width - GAP + 1, top + cell_height + 1)
            pen.rectangle(box, outline=STANDS, width=3)
    return sheet


def _label(pen: ImageDraw.ImageDraw, row: Row, top: int, height: int) -> None:
    bold, plain = _face("Inter-Bold.otf", SIZE + 5), _face("Inter-Regular.otf", SIZE)
    lines = [(row.name, bold, STANDS if row.stands else PLAIN)]
    lines += [("stands", plain, STANDS)] if row.stands else []
    lines += [(line, plain, FAINT) for line in row.lines]
    at = float(top)
    for text, face, colour in lines:
        if at + SIZE > top + height:
            return
        pen.text((MARGIN, at), shortened(text, face, LABEL - 2 * MARGIN), font=face, fill=colour)
        at += SIZE * 1.35


def _frames(row: Row, across: int, width: int, height: int) -> Iterator[NDArray[np.uint8]]:
    """Frames in the middle of ``across`` equal stretches of a take."""
    tempos = [measure_tempo(part) for part in row.parts]
    total = sum((tempo.seconds for tempo in tempos), Fraction(0))
    fitter = Fitter(width, height, "rgb24")
    for number in range(across):
        time = total * (2 * number + 1) / (2 * across)
        for part, tempo in zip(row.parts, tempos, strict=True):
            if time < tempo.seconds or part is row.parts[-1]:
                yield fitter.fit(next(shown_at(part, tempo, (time,))))
                break
            time -= tempo.seconds


def _aspect(row: Row) -> float:
    frame = next(shown_at(row.parts[0], measure_tempo(row.parts[0]), (Fraction(0),)))
    return (frame.height / frame.width) if frame.rotation % 180 else (frame.width / frame.height)


def _face(name: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONTS / name), size)
