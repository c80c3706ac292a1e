"""Clean: quiet sans letters, a thin rule or bar of the accent, everything slides and fades a little."""

from __future__ import annotations

from engines.graphics._colour import mixed
from engines.graphics._layers import Layer, Move, Scene
from engines.graphics.looks.page import Page, Spot, letters, lit, plate


def card(page: Page, closing: bool = False) -> Scene:
    """Text, rule and subtitle in the middle of the paper; a closing card stays to its end."""
    width, height = int(page.width * 0.8), int(page.height * 0.8)
    gap, rule = page.px(0.04), (page.px(0.09, 2), page.px(0.006))
    between = 2 * gap + rule[1] if page.subtitle else 0
    share = (0.45 if closing else 0.64) if page.subtitle else 1.0
    text = page.set_text(width, int((height - between) * share), 0.085 if closing else 0.11)
    under = page.set_subtitle(width, height - between - text.height, min(0.048 * page.unit, text.size * 0.6))
    top = (page.height - text.height - between - (under.height if under else 0)) // 2
    leave = None if closing else page.fading()
    enter = Move(frames=page.beat(0.6), down=page.px(0.025))
    spot = Spot((page.width - width) // 2, top, width, "centre")
    text, layers = letters(text, spot, page.ink, enter, leave)
    if under:
        down = top + text.height + gap
        drawing = Move(page.beat(0.1), page.beat(0.5), wipe="middle", fades=False)
        layers.append(Layer(plate(*rule), page.accent, (page.width - rule[0]) // 2, down, drawing, leave))
        spot = Spot(spot.left, down + rule[1] + gap, width, "centre")
        late = Move(page.beat(0.2), page.beat(0.6), down=page.px(0.02))
        layers += letters(under, spot, mixed(page.ink, page.paper, 0.22), late, leave)[1]
    return page.scene(layers, lit(page, page.paper, 0.28))


def lower_third(page: Page) -> Scene:
    """A translucent plate behind a bar of the accent."""
    pad, bar = page.px(0.026, 2), page.px(0.008, 2)
    width = max(8, int(page.width * (0.88 if page.tall else 0.62)) - 2 * pad - bar)
    most = max(8, int(page.height * 0.3) - 2 * pad)
    text = page.set_text(width, int(most * (0.62 if page.subtitle else 1.0)), 0.055)
    under = page.set_subtitle(width, most - text.height, text.size * 0.66)
    high = text.height + (under.height if under else 0) + 2 * pad
    left, top = page.margin, page.foot - high
    slide, after = page.px(0.03), page.beat(0.15)
    leave = Move(page.frames - page.beat(0.4), page.beat(0.25))
    column = Spot(left + bar + pad, top + pad, width)
    text, layers = letters(text, column, page.ink, Move(after, page.beat(0.5), across=-slide), leave)
    wide = text.width
    if under:
        spot = Spot(column.left, top + pad + text.height, width)
        late = Move(after + page.beat(0.1), page.beat(0.5), across=-slide)
        under, below = letters(under, spot, mixed(page.ink, page.paper, 0.16), late, leave)
        layers += below
        wide = max(wide, under.width)
    closing = page.leaving(Move(frames=page.beat(0.35), wipe="left"))
    opening = Move(page.beat(0.05), page.beat(0.5), wipe="left", fades=False)
    back = Layer(plate(wide + 2 * pad + bar, high, bar, 0.84), page.paper, left, top, opening, closing)
    edge = Move(frames=page.beat(0.3), wipe="bottom", fades=False)
    rule = Layer(plate(bar, high), page.accent, left, top, edge, page.leaving(Move(frames=page.beat(0.2))))
    return page.scene([back, rule, *layers])
