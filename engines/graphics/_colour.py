"""Colours of titles: mixing them, and whether letters of one can be read on another."""

from __future__ import annotations

Colour = tuple[int, int, int]

LEAST = 4.5  # contrast of small letters (Web Content Accessibility Guidelines 2.2, 1.4.3)


def rgb(colour: str) -> Colour:
    """``#rrggbb`` as numbers, 0 to 255."""
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


def mixed(one: Colour, other: Colour, share: float) -> Colour:
    """``share`` of the other colour in the first."""
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def contrast(one: Colour, other: Colour) -> float:
    """1 (the same) to 21 (black on white), as the Web Content Accessibility Guidelines define it."""
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def readable(ground: Colour, *inks: Colour) -> Colour:
    """The one of several inks that is read best on a ground."""
    return max(inks, key=lambda ink: contrast(ink, ground))


def _luminance(colour: Colour) -> float:
    red, green, blue = (_linear(level / 255) for level in colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(level: float) -> float:
    return level / 12.92 if level <= 0.04045 else ((level + 0.055) / 1.055) ** 2.4
