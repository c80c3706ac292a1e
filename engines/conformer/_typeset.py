"""Sets a caption with libass: its lines, its colours, its place in the picture."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from edl.caption import EM
from engines.media.brackets import with_marks
from engines.media.libass import PAD, colour_code, escaped, event, face_code, head_of, leading_of, run_libass
from engines.media.typefaces import Typeface, spans

if TYPE_CHECKING:
    from engines.conformer._captions import Caption

Pixels = NDArray[np.uint8]


def em_of(caption: Caption, width: int, height: int) -> float:
    """The size of the letters in pixels."""
    return EM * min(width, height) * caption.size


def typeset(
    caption: Caption, lit: Sequence[int], faces: Sequence[Typeface], width: int, height: int
) -> Iterator[Pixels]:
    """Draw a caption once for each piece that is lit up (-1: none).

    A line that is too wide for the safe area makes the whole caption smaller.

    :returns: uint8, height x width x 4, straight alpha
    :raises Broken: when libass cannot draw it
    """
    em, room = em_of(caption, width, height), int(width * caption.safe)
    sheets = _drawn(caption, lit, faces, em, 2 * width)
    widest = max(_width(sheet) for sheet in sheets)
    if widest > room:
        em *= (room - 2) / widest
        sheets = _drawn(caption, lit, faces, em, 2 * width)
    for sheet in sheets:
        yield _placed(_boxed(sheet, caption, em) if caption.box else sheet, caption, width, height)


def _drawn(caption: Caption, lit: Sequence[int], faces: Sequence[Typeface], em: float, width: int) -> list[Pixels]:
    """The caption alone, in a picture of its own; as many as ``lit`` has entries."""
    leading = leading_of(faces)
    height = 2 * round((len(caption.lines) * leading + 2 * PAD) * em / 2)
    program = _program(caption, lit, faces, em, width, height)
    return [_straight(sheet) for sheet in run_libass(program, faces, width, height, len(lit))]


def _program(
    caption: Caption, lit: Sequence[int], faces: Sequence[Typeface], em: float, width: int, height: int
) -> str:
    """The caption in the language of libass: one event a second for each piece that is lit up."""
    edged = 0.0 if caption.box else 1.0
    head = head_of(faces[0], em, width, height, caption.ink, caption.edge, 0.07 * edged, 0.035 * edged)
    events = []
    for second, number in enumerate(lit):
        for row in range(len(caption.lines)):
            middle = em * (PAD + (row + 0.5) * leading_of(faces))
            text = f"{{\\an5\\pos({width / 2},{middle:.2f})}}{_line(caption, row, number, faces, em)}"
            events.append(event(second, text))
    return head + "".join(events)


def _line(caption: Caption, row: int, lit: int, faces: Sequence[Typeface], em: float) -> str:
    """One line with the codes of its fonts and colours. Fonts are chosen for the whole line, so that a quote has the
    same at both ends of a word. The second colour, which never shows, sets each piece apart from the next, so that no
    letter moves by a hair when another piece is lit up."""
    number = sum(len(line) for line in caption.lines[:row])
    pieces = with_marks([text for text, _ in caption.lines[row]])
    ends = list(accumulate(len(piece) for piece in pieces))
    text, at = "", 0
    for face, stretch in spans("".join(pieces).rstrip(), faces):
        end = at + len(stretch)
        cuts = sorted({at, end, *(edge for edge in ends if at < edge < end)})
        for first, last in pairwise(cuts):
            piece = number + bisect_right(ends, first)
            colour = caption.highlight if piece == lit else caption.ink
            codes = f"{face_code(face, em)}\\1c{colour_code(colour)}&\\2c&H{piece % 2}&"
            text += f"{{{codes}}}{escaped(stretch[first - at : last - at])}"
        at = end
    return text


def _straight(sheet: Pixels) -> Pixels:
    """Colours divided by their alpha."""
    alpha = sheet[:, :, 3:].astype(np.float32)
    colour = np.where(alpha > 0, sheet[:, :, :3] * 255.0 / np.maximum(alpha, 1), 0)
    return np.concatenate([np.minimum(colour + 0.5, 255).astype(np.uint8), sheet[:, :, 3:]], axis=2)


def _span(sheet: Pixels, axis: int) -> tuple[int, int]:
    used = np.flatnonzero(sheet[:, :, 3].any(axis=axis))
    return (int(used[0]), int(used[-1]) + 1) if len(used) else (0, 0)


def _width(sheet: Pixels) -> int:
    left, right = _span(sheet, 0)
    return right - left


def _boxed(sheet: Pixels, caption: Caption, em: float) -> Pixels:
    """The text on one translucent box."""
    left, right = _span(sheet, 0)
    pad = round(em * 0.4)
    box = np.zeros_like(sheet)
    box[:, max(0, left - pad) : right + pad] = (*bytes.fromhex(caption.edge[1:]), 166)
    over = sheet[:, :, 3:].astype(np.float32) / 255
    alpha = over + box[:, :, 3:] / 255 * (1 - over)
    colour = sheet[:, :, :3] * over + box[:, :, :3] * (box[:, :, 3:] / 255) * (1 - over)
    colour = np.where(alpha > 0, colour / np.maximum(alpha, 1e-6), 0)
    return np.concatenate([colour + 0.5, alpha * 255 + 0.5], axis=2).astype(np.uint8)


def _placed(sheet: Pixels, caption: Caption, width: int, height: int) -> Pixels:
    """The caption at its place in the picture, inside the safe area; higher or lower by what it has to avoid."""
    margin = (1 - caption.safe) / 2 * (2 if height > width else 1)  # phones draw their buttons over tall pictures
    lift = round((margin + caption.lift) * height)
    canvas = np.zeros((height, width, 4), np.uint8)
    left = (sheet.shape[1] - width) // 2
    shown = sheet[:height, left : left + width]
    rows = shown.shape[0]
    top = lift if caption.at == "top" else height - lift - rows
    top = min(max(0, top), height - rows)
    canvas[top : top + rows] = shown
    return canvas
