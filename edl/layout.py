"""Two pictures at once: one in a corner of the other, or side by side. And where pictures stand in pixels."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from pydantic import Field, model_validator

from edl.fields import Colour, Model, Portion
from edl.join import Side

Corner = Literal["top-left", "top-right", "bottom-left", "bottom-right"]
_PIP = frozenset({"small", "size", "margin", "shape", "radius", "border", "border_color"})
_SPLIT = frozenset({"share", "gap", "gap_color"})


class Layout(Model):
    """How a segment and the one that it lies over share the picture. Lengths are shares of the picture's shorter side,
    unless they say otherwise."""

    pip: Corner | None = Field(
        default=None, description="Picture in picture: the corner in which the small one stands."
    )
    split: Side | None = Field(default=None, description="Split screen: the side that this segment takes.")
    small: Literal["overlay", "host"] = Field(
        default="overlay", description="Which one is small: this segment, or the one that it lies over."
    )
    size: Portion = Field(default=0.3, ge=0.05, le=0.9, description="Width of the small one, of the picture's width.")
    margin: Portion = Field(default=0.05, le=0.4, description="Distance of the small one from the edges.")
    shape: Literal["frame", "square", "circle"] = Field(
        default="frame", description="Shape of the small one; `frame` is that of the picture."
    )
    radius: Portion = Field(default=0.0, le=0.5, description="How round its corners are.")
    border: Portion = Field(default=0.0, le=0.1, description="Width of a line around it.")
    border_color: Colour = Field(default="#ffffff", description="Colour of that line, as #rrggbb.")
    share: Portion = Field(default=0.5, ge=0.1, le=0.9, description="How much of the picture this segment takes.")
    gap: Portion = Field(default=0.0, le=0.2, description="Width of the line between the two.")
    gap_color: Colour = Field(default="#000000", description="Colour of that line, as #rrggbb.")

    @model_validator(mode="after")
    def _one_kind(self) -> Layout:
        if (self.pip is None) == (self.split is None):
            raise ValueError("a layout is one of two; write pip: with a corner, or split: with a side")
        ignored = sorted(self.model_fields_set & (_SPLIT if self.pip else _PIP))
        if ignored:
            kind, other = ("pip", "split") if self.pip else ("split", "pip")
            raise ValueError(f"{ignored[0]} belongs to {other}; with {kind} it would be ignored")
        return self


@dataclass(frozen=True)
class Box:
    """A rectangle in pixels; all four numbers are even, so that halved colour planes fit."""

    left: int
    top: int
    width: int
    height: int


@dataclass(frozen=True)
class Places:
    """Where host and overlay stand in a picture. ``radius`` and ``border`` in pixels, of the small one."""

    host: Box
    overlay: Box
    radius: int = 0
    border: int = 0


def places(layout: Layout, width: int, height: int) -> Places:
    """Lay two pictures out in one of ``width`` x ``height`` pixels."""
    whole, short = Box(0, 0, width, height), min(width, height)
    if layout.split is not None:
        host, overlay = _halves(layout, layout.split, width, height, _even(layout.gap * short))
        return Places(host, overlay)
    small = _small(layout, width, height)
    radius = min(small.width, small.height) // 2 if layout.shape == "circle" else round(layout.radius * short)
    radius = min(radius, small.width // 2, small.height // 2)
    host, overlay = (small, whole) if layout.small == "host" else (whole, small)
    return Places(host, overlay, radius, round(layout.border * short))


def _small(layout: Layout, width: int, height: int) -> Box:
    wide = _even(layout.size * width)
    wide = wide if layout.shape == "frame" else min(wide, height // 2 * 2)
    high = _even(wide * height / width) if layout.shape == "frame" else wide
    return corner_box(layout.pip or "bottom-right", wide, high, width, height, layout.margin)


def corner_box(corner: Corner, wide: int, high: int, width: int, height: int, margin: float) -> Box:
    """A box in a corner of a picture; ``margin`` is a share of the shorter side, and yields where there is no room."""
    away = _even(margin * min(width, height))
    across, down = (min(away, (room - own) // 4 * 2) for room, own in ((width, wide), (height, high)))
    left = across if corner.endswith("left") else width - across - wide
    top = down if corner.startswith("top") else height - down - high
    return Box(left // 2 * 2, top // 2 * 2, wide, high)


def _halves(layout: Layout, side: Side, width: int, height: int, gap: int) -> tuple[Box, Box]:
    along = width if side in ("left", "right") else height
    own = _even((along - gap) * layout.share)
    rest = along - gap - own
    start, other = (0, own + gap) if side in ("left", "top") else (along - own, 0)
    if side in ("left", "right"):
        return Box(other, 0, rest, height), Box(start, 0, own, height)
    return Box(0, other, width, rest), Box(0, start, width, own)


def _even(length: float) -> int:
    return max(2, round(length / 2) * 2) if length else 0
