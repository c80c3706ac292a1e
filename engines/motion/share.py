"""How much of a still a drawn region holds, without drawing it."""

from __future__ import annotations

from collections.abc import Sequence
from math import cos, pi, sin

from edl.region import Point, Region

ROWS, CORNERS = 96, 90  # scan lines over a shape; corners that an ellipse is drawn with


def share(region: Region) -> tuple[float, float] | None:
    """The share of the still that a polygon or ellipse holds, and how much of its own area lies in the still (both 0
    to 1); None of a mask."""
    corners = _corners(region)
    if corners is None:
        return None
    lowest, highest = min(y for _, y in corners), max(y for _, y in corners)
    step = (highest - lowest) / ROWS
    all_, seen = 0.0, 0.0
    for row in range(ROWS):
        y = lowest + (row + 0.5) * step
        crossings = _crossings(corners, y)
        for left, right in zip(crossings[::2], crossings[1::2], strict=True):
            all_ += (right - left) * step
            if 0 <= y <= 1:
                seen += max(0.0, min(right, 1.0) - max(left, 0.0)) * step
    return seen, seen / all_ if all_ else 1.0


def _corners(region: Region) -> Sequence[Point] | None:
    if region.ellipse is None:
        return region.polygon
    left, top, width, height = region.ellipse
    turns = [2 * pi * number / CORNERS for number in range(CORNERS)]
    return [(left + width * (1 + cos(turn)) / 2, top + height * (1 + sin(turn)) / 2) for turn in turns]


def _crossings(corners: Sequence[Point], y: float) -> list[float]:
    """Where a scan line enters and leaves a shape, from the left: by the even-odd rule, as the region is drawn."""
    return sorted(
        x0 + (x1 - x0) * (y - y0) / (y1 - y0)
        for (x0, y0), (x1, y1) in zip(corners, (*corners[1:], corners[0]), strict=True)
        if (y0 > y) != (y1 > y)
    )
