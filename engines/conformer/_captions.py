"""Captions burned into a run: which picture of a cue shows at which frame."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from engines.contract import Order, Params

if TYPE_CHECKING:
    from engines.conformer._ink import Ink


class Caption(Params):
    """One cue. ``lines`` hold pieces of text with the frame of the run at which each begins to sound. ``words``: the
    piece that sounds is lit up. Lengths are shares of the picture: ``safe`` of its width and height, ``lift`` of its
    height. ``faces`` are the numbers of the fonts in their files, the inputs ``font0``, ``font1`` ..."""

    lines: tuple[tuple[tuple[str, int], ...], ...] = ()
    words: bool = False
    size: float = 1.0
    ink: str = "#ffffff"
    highlight: str = "#ffd24a"
    edge: str = "#000000"
    box: bool = False
    safe: float = 0.9
    at: Literal["bottom", "top"] = "bottom"
    lift: float = 0.0
    faces: tuple[int, ...] = (0,)


def caption_inks(order: Order, caption: Caption | None) -> Iterator[Ink | None]:
    """For each frame of a run what is drawn of its caption."""
    native = order.shape()
    if caption is None:
        for _ in range(native.frames):
            yield None
        return
    from engines.conformer._ink import ink
    from engines.conformer._typeset import typeset
    from engines.media.typefaces import Typeface

    faces = [Typeface(order.inputs[f"font{at}"], number) for at, number in enumerate(caption.faces)]
    starts = [frame for line in caption.lines for _, frame in line]
    lit = sorted({_lit(starts, frame) for frame in range(native.frames)}) if caption.words else [-1]
    sheets = typeset(caption, lit, faces, native.width, native.height)
    inks = {state: ink(sheet) for state, sheet in zip(lit, sheets, strict=True)}
    for frame in range(native.frames):
        yield inks[_lit(starts, frame) if caption.words else -1]


def _lit(starts: list[int], frame: int) -> int:
    """The number of the piece that sounds in a frame: the last that has begun."""
    return max(0, bisect_right(starts, frame) - 1)
