"""The shape of a drawn region, and how much of a still it holds, without drawing it."""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, pi, sin

from edl.region import Point, Region

ROWS, CORNERS = 96, 180  # scan lines over a shape; corners that an ellipse is drawn with


def share(region: Region) -> tuple[float, float] | None:
    """The share of the still that a polygon or ellipse holds, and how much of its own area lies in the still (both 0
    to 1); None of a mask."""
    corners = outline(region)
    if not corners:
        return None
    lowest, highest = min(y for _, y in corners), max(y for _, y in corners)
    step = (highest - lowest) / ROWS
    all_, seen = 0.0, 0.0
    for row in range(ROWS):
        y = lowest + (row + 0.5) * step
        entered = crossings(corners, y)
        for left, right in zip(entered[::2], entered[1::2], strict=True):
            all_ += (right - left) * step
            if 0 <= y <= 1:
                seen += max(0.0, min(right, 1.0) - max(left, 0.0)) * step
    return seen, seen / all_ if all_ else 1.0


def outline(region: Region) -> Sequence[Point]:
    """The corners of what is drawn, in shares of the still, those of an ellipse as well; none of a mask."""
    if region.ellipse is None:
        return region.polygon or ()
    left, top, width, height = region.ellipse
    turns = [2 * pi * number / CORNERS for number in range(CORNERS)]
    return [(left + width * (1 + cos(turn)) / 2, top + height * (1 + sin(turn)) / 2) for turn in turns]


def crossings(corners: Sequence[Point], y: float) -> list[float]:
    """Where a scan line enters and leaves a shape, from the left: by the even-odd rule, as the region is drawn."""
    return sorted(
        x0 + (x1 - x0) * (y - y0) / (y1 - y0)
        for (x0, y0), (x1, y1) in zip(corners, (*corners[1:], corners[0]), strict=True)
        if (y0 > y) != (y1 > y)
    )
