"""Two pictures in one, by a layout: pasting boxes into 4:2:0 pictures, with round corners and lines around them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from edl.layout import Box, Layout, places
from engines.conformer._ink import Floats, Ink, filled, halved, ink
from engines.media.frames import planes_of

Pixels = NDArray[np.uint8]

FINE = 4  # times the size at which round shapes are drawn, so that their edges are smooth


@dataclass(frozen=True)
class Arrangement:
    """Where host and overlay stand, what lies behind them, and the line around the small one."""

    host: Box
    overlay: Box
    ground: Pixels
    mask: tuple[Floats, Floats] | None
    line: Ink | None

    def of(self, host: Pixels, overlay: Pixels) -> Pixels:
        """The picture; each given in the size of its box."""
        height, width = self.ground.shape[0] * 2 // 3, self.ground.shape[1]
        whole = Box(0, 0, width, height)
        if whole == self.host:
            picture, small, box = host.copy(), overlay, self.overlay
        elif whole == self.overlay:
            picture, small, box = overlay.copy(), host, self.host
        else:
            picture, small, box = self.ground.copy(), overlay, self.overlay
            _paste(picture, host, self.host, None)
        _paste(picture, small, box, self.mask)
        if self.line is not None:
            self.line.lay(picture)
        return picture


def arrangement(layout: Layout, width: int, height: int) -> Arrangement:
    """Prepare a layout for pictures of that size."""
    at = places(layout, width, height)
    small = at.host if layout.pip and layout.small == "host" else at.overlay
    ground = filled(layout.gap_color, width, height)
    mask = _mask(small, at.radius) if at.radius else None
    line = _line(small, at.radius, at.border, layout.border_color, width, height) if at.border else None
    return Arrangement(at.host, at.overlay, ground, mask, line)


def _paste(picture: Pixels, small: Pixels, box: Box, mask: tuple[Floats, Floats] | None) -> None:
    for level, (plane, own) in enumerate(zip(planes_of(picture), planes_of(small), strict=True)):
        part = 2 if level else 1
        view = plane[box.top // part :, box.left // part :][: own.shape[0], : own.shape[1]]
        if mask is None:
            view[...] = own
        else:
            weight = mask[min(level, 1)]
            view[...] = (view * (1 - weight) + own * weight + np.float32(0.5)).astype(np.uint8)


def _mask(box: Box, radius: int) -> tuple[Floats, Floats]:
    """How much of the small picture shows at each place, for luma and for chroma."""
    sheet = _rounded(box.width, box.height, radius, None)
    luma = np.asarray(sheet, dtype=np.float32) / np.float32(255)
    return luma, halved(luma)


def _line(box: Box, radius: int, border: int, color: str, width: int, height: int) -> Ink | None:
    """A line along the inner edge of a box."""
    sheet = np.zeros((height, width, 4), np.uint8)
    sheet[..., :3] = tuple(bytes.fromhex(color[1:]))
    view = sheet[box.top : box.top + box.height, box.left : box.left + box.width, 3]
    view[...] = np.asarray(_rounded(box.width, box.height, radius, border))
    return ink(sheet)


def _rounded(width: int, height: int, radius: int, border: int | None) -> Image.Image:
    """A rectangle with round corners, full or, with a ``border``, only its edge; 8 bit grey."""
    fine = Image.new("L", (FINE * width, FINE * height), 0)
    edges = (0, 0, FINE * width - 1, FINE * height - 1)
    shape = {"fill": 255} if border is None else {"outline": 255, "width": FINE * border}
    ImageDraw.Draw(fine).rounded_rectangle(edges, radius=FINE * radius, **shape)  # type: ignore[arg-type]
    return fine.reduce(FINE)
