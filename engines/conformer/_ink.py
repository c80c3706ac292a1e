"""Laying drawn pictures with alpha over 4:2:0 pictures, touching only the rows and columns that are drawn."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engines.media.frames import planes_of

Pixels = NDArray[np.uint8]
Floats = NDArray[np.float32]

RED, GREEN, BLUE = 0.2126, 0.7152, 0.0722  # BT.709


@dataclass(frozen=True)
class Ink:
    """What is drawn, ready to be laid over pictures: each plane times its alpha, and what the alpha lets through."""

    rows: slice
    columns: slice
    drawn: tuple[Floats, Floats, Floats]
    through: tuple[Floats, Floats]

    def lay(self, picture: Pixels) -> None:
        """Draw over a picture (planes below one another) in place."""
        half_rows, half_columns = _half(self.rows), _half(self.columns)
        for number, plane in enumerate(planes_of(picture)):
            view = plane[half_rows, half_columns] if number else plane[self.rows, self.columns]
            mixed = view * self.through[min(number, 1)] + self.drawn[number]
            view[...] = (mixed + 0.5).astype(np.uint8)


def ink(drawn: Pixels) -> Ink | None:
    """Prepare a drawn picture.

    :param drawn: uint8, height x width x 4, straight alpha; even height and width
    :returns: None where nothing is drawn
    """
    inked = np.asarray(drawn[:, :, 3] > 0)
    if not inked.any():
        return None
    rows, columns = _span(np.any(inked, axis=1)), _span(np.any(inked, axis=0))
    colour = drawn[rows, columns, :3].astype(np.float32)
    alpha = drawn[rows, columns, 3].astype(np.float32) * np.float32(1 / 255)
    luma = colour @ np.array([RED, GREEN, BLUE], np.float32)
    small = halved(alpha)
    grey = (luma * np.float32(219 / 255) + 16) * alpha
    tints = [_tint(colour[:, :, 2] - luma, BLUE, alpha), _tint(colour[:, :, 0] - luma, RED, alpha)]
    return Ink(rows, columns, (grey, tints[0], tints[1]), (1 - alpha, 1 - small))


def black(width: int, height: int) -> Pixels:
    """A black 4:2:0 picture."""
    return filled("#000000", width, height)


def filled(color: str, width: int, height: int) -> Pixels:
    """A 4:2:0 picture of one colour, #rrggbb."""
    red, green, blue = bytes.fromhex(color[1:])
    luma = RED * red + GREEN * green + BLUE * blue
    picture = np.empty((height * 3 // 2, width), np.uint8)
    chroma = ((part - luma) * 224 / 255 / (2 * (1 - weight)) + 128 for part, weight in ((blue, BLUE), (red, RED)))
    for plane, level in zip(planes_of(picture), (luma * 219 / 255 + 16, *chroma), strict=True):
        plane[...] = round(level)
    return picture


def _tint(difference: Floats, weight: float, alpha: Floats) -> Floats:
    """Half-size Cb or Cr, times alpha."""
    scale = np.float32(224 / 255 / (2 * (1 - weight)))
    return halved((difference * scale + np.float32(128)) * alpha)


def _span(used: NDArray[np.bool_]) -> slice:
    """The used stretch, widened to even ends so that chroma fits."""
    places = np.flatnonzero(used)
    return slice(int(places[0]) // 2 * 2, int(places[-1]) // 2 * 2 + 2)


def _half(span: slice) -> slice:
    return slice(span.start // 2, span.stop // 2)


def halved(plane: Floats) -> Floats:
    """A plane at half its size, each value the mean of four."""
    rows, columns = plane.shape
    return np.asarray(plane.reshape(rows // 2, 2, columns // 2, 2).mean(axis=(1, 3)), dtype=np.float32)


def stand_in_width(drawn: Pixels, width: int, height: int) -> Pixels:
    """A drawn picture of another shape, scaled to the whole width and standing on the lower edge: text is never
    cropped. Higher than the picture, it is scaled to the height."""
    from PIL import Image

    if drawn.shape[:2] == (height, width):
        return drawn
    scale = min(width / drawn.shape[1], height / drawn.shape[0])
    size = (round(drawn.shape[1] * scale), round(drawn.shape[0] * scale))
    sheet = np.zeros((height, width, 4), np.uint8)
    left = (width - size[0]) // 2
    sheet[height - size[1] :, left : left + size[0]] = np.asarray(
        Image.fromarray(drawn).resize(size, Image.Resampling.LANCZOS)
    )
    return sheet
