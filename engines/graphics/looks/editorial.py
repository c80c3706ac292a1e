"""Editorial: serif letters between hairlines, as on the title page of a book; over pictures without a plate."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from engines.graphics._colour import mixed
from engines.graphics._layers import Layer, Move, Scene
from engines.graphics.looks.page import Page, Spot, letters, lit, plate

if TYPE_CHECKING:
    from numpy.typing import NDArray

SHADE = 0.72  # of the paper, behind the letters of a lower third


def card(page: Page, closing: bool = False) -> Scene:
    """Hairlines above and below the text in the middle, the subtitle under them, and a frame round the page."""
    width, height = int(page.width * 0.76), int(page.height * 0.74)
    hair, gap = page.px(0.0028), page.px(0.045)
    rules = 2 * (gap + hair)
    under_gap = round(gap * 0.8) if page.subtitle else 0
    share = (0.45 if closing else 0.66) if page.subtitle else 1.0
    text = page.set_text(width, int((height - rules) * share), 0.09 if closing else 0.125, 0.94)
    rest = height - rules - text.height - under_gap
    under = page.set_subtitle(width, rest, min(0.04 * page.unit, text.size * 0.46))
    top = (page.height - text.height - rules - (under_gap + under.height if under else 0)) // 2
    leave = None if closing else page.fading(0.5)
    spot = Spot((page.width - width) // 2, top + hair + gap, width, "centre")
    text, lines = letters(text, spot, page.ink, Move(page.beat(0.15), page.beat(0.7), down=page.px(0.012)), leave)
    long = min(width, max(text.width + 2 * gap, page.px(0.3)))
    drawing = Move(frames=page.beat(0.7), wipe="middle", fades=False)
    across, below = (page.width - long) // 2, top + hair + 2 * gap + text.height
    layers = [Layer(plate(long, hair), page.accent, across, down, drawing, leave) for down in (top, below)]
    layers += lines
    if under:
        spot = Spot(spot.left, below + hair + under_gap, width, "centre")
        late = Move(page.beat(0.35), page.beat(0.6))
        layers += letters(under, spot, mixed(page.ink, page.paper, 0.18), late, leave)[1]
    return page.scene([*_frame(page, hair), *layers], lit(page, page.paper, 0.06))


def lower_third(page: Page) -> Scene:
    """The name above a hairline, what they do below it, on a soft shade in the corner."""
    hair, gap = page.px(0.004), page.px(0.012)
    width = max(8, int(page.width * (0.86 if page.tall else 0.6)))
    most = max(8, int(page.height * 0.3) - hair - 2 * gap)
    text = page.set_text(width, int(most * (0.62 if page.subtitle else 1.0)), 0.066)
    under = page.set_subtitle(width, most - text.height, text.size * 0.54)
    high = text.height + 2 * gap + hair + (under.height if under else 0)
    left, top = page.margin, page.foot - high
    leave = page.fading(0.4)
    rising = Move(page.beat(0.2), page.beat(0.6), down=text.step * 0.9, fades=True)
    text, layers = letters(text, Spot(left, top, width), page.ink, rising, leave, page.beat(0.06))
    line, wide = top + text.height + gap, text.width
    if under:
        falling = Move(page.beat(0.35), page.beat(0.6), down=-under.step * 0.9)
        under, below = letters(under, Spot(left, line + hair + gap, width), page.ink, falling, leave)
        layers += below
        wide = max(wide, under.width)
    drawing = Move(frames=page.beat(0.5), wipe="left", fades=False)
    rule = Layer(plate(wide, hair), page.accent, left, line, drawing, leave)
    shade = _shade(page, left + wide, top)
    back = Layer(shade, page.paper, 0, page.height - shade.shape[0], Move(frames=page.beat(0.5)), leave)
    return page.scene([back, rule, *layers])


def _frame(page: Page, hair: int) -> list[Layer]:
    """A hairline round the page that is always there."""
    inset = page.px(0.045)
    wide, high = page.width - 2 * inset, page.height - 2 * inset
    colour = mixed(page.paper, page.ink, 0.22)
    sides = (
        (wide, hair, inset, inset),
        (wide, hair, inset, page.height - inset - hair),
        (hair, high, inset, inset),
        (hair, high, page.width - inset - hair, inset),
    )
    return [Layer(plate(long, thick), colour, left, top) for long, thick, left, top in sides]


def _shade(page: Page, right: int, top: int) -> NDArray[np.float32]:
    """A shade that is deepest behind the letters and ends softly above and beside them; with it white letters are
    read on a white picture."""
    above, beside = page.px(0.24), page.px(0.62)
    width, height = min(page.width, right + beside), page.height - max(0, top - above)
    down, across = np.mgrid[0:height, 0:width].astype(np.float32)
    up = np.maximum(0.0, above - down) / above
    aside = np.maximum(0.0, across - right + 0.1 * beside) / (1.1 * beside)
    return np.asarray(SHADE * _soft(1.0 - np.hypot(up, aside)), np.float32)


def _soft(share: NDArray[np.float32]) -> NDArray[np.float32]:
    inside = np.clip(share, 0.0, 1.0)
    return np.asarray(inside * inside * (3 - 2 * inside), np.float32)
