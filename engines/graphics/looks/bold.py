"""Bold: large heavy letters and full blocks of the accent; blocks are wiped in, lines rise out of nothing."""

from __future__ import annotations

from engines.graphics._colour import Colour, readable
from engines.graphics._layers import Layer, Move, Scene
from engines.graphics._type import Block
from engines.graphics.looks.page import Page, Spot, flat, letters, plate


def card(page: Page, closing: bool = False) -> Scene:
    """A thick bar, large letters on the left, and the subtitle in a block; a closing card is flooded by the accent."""
    left, width = round(page.width * 0.09), int(page.width * 0.82)
    height, bar, gap = int(page.height * 0.76), page.px(0.022, 2), page.px(0.045)
    pad = page.px(0.018, 2)
    ink = readable(page.accent, page.ink, page.paper) if closing else page.ink
    room = height - bar - gap
    text = page.set_text(width, int(room * (0.7 if page.subtitle else 1.0)), 0.12 if closing else 0.16, 0.9)
    rest = room - text.height - gap - 2 * pad
    under = page.set_subtitle(width - 2 * pad, rest, min(0.05 * page.unit, text.size * 0.5))
    high = bar + gap + text.height + (gap + under.height + 2 * pad if under else 0)
    top = (page.height - high) // 2
    leave = None if closing else page.fading(0.3)
    start = page.beat(0.25) if closing else 0
    layers = []
    if closing:
        flood = Move(frames=page.beat(0.5), wipe="left", fades=False)
        layers.append(Layer(plate(page.width, page.height), page.accent, 0, 0, flood))
    drawing = Move(start, page.beat(0.35), wipe="left", fades=False)
    tint = ink if closing else page.accent
    layers.append(Layer(plate(page.px(0.14, 4), bar), tint, left, top, drawing, leave))
    rising = Move(start + page.beat(0.1), page.beat(0.5), down=text.step, fades=False)
    text, lines = letters(text, Spot(left, top + bar + gap, width), ink, rising, leave, page.beat(0.08))
    layers += lines
    if under:
        down = top + bar + gap + text.height + gap
        after = start + page.beat(0.3)
        if closing:
            spot, late = Spot(left, down, width), Move(after, page.beat(0.5), down=under.step, fades=False)
            layers += letters(under, spot, ink, late, leave, page.beat(0.06))[1]
        else:
            layers += _block(page, under, left, down, page.accent, after, leave)[0]
    return page.scene(layers, flat(page, page.paper))


def lower_third(page: Page) -> Scene:
    """The name on a block of the accent, what they do on a dark one below."""
    pad = page.px(0.018, 2)
    width = max(8, int(page.width * (0.86 if page.tall else 0.6)) - 2 * pad)
    most = max(8, int(page.height * 0.3) - 4 * pad)
    text = page.set_text(width, int(most * (0.62 if page.subtitle else 1.0)), 0.06, 0.92)
    under = page.set_subtitle(width, most - text.height, text.size * 0.62)
    left, top = page.margin, page.foot - text.height - 2 * pad - (under.height + 2 * pad if under else 0)
    leave = page.leaving(Move(frames=page.beat(0.3), wipe="left", fades=False))
    layers, high = _block(page, text, left, top, page.accent, 0, leave)
    if under:
        more, _ = _block(page, under, left, top + high, page.paper, page.beat(0.15), leave)
        layers = [*more, *layers]
    return page.scene(layers)


def _block(
    page: Page, block: Block, left: int, top: int, colour: Colour, after: int, leave: Move | None
) -> tuple[list[Layer], int]:
    """Letters on a block that fits them, and how high it is."""
    pad = page.px(0.018, 2)
    ink = readable(colour, page.ink, page.paper)
    rising = Move(after + page.beat(0.2), page.beat(0.45), down=block.step, fades=False)
    block, lines = letters(block, Spot(left + round(1.4 * pad), top + pad, block.room), ink, rising, leave)
    wide, high = block.width + round(2.8 * pad), block.height + 2 * pad
    opening = Move(after, page.beat(0.4), wipe="left", fades=False)
    return [Layer(plate(wide, high), colour, left, top, opening, leave), *lines], high
