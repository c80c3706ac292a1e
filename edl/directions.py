"""Which way a text runs: the bidirectional algorithm (Unicode Standard Annex 9) over the lines it is broken into.

The algorithm wants the direction of the whole paragraph for each of its lines, and looks at the letters on both sides
of a break. Who draws a line alone, as players and libass do, knows neither; marks without width tell it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

LEFT_TO_RIGHT, RIGHT_TO_LEFT = "\u200e", "\u200f"
STRONG = {"L": LEFT_TO_RIGHT, "R": RIGHT_TO_LEFT, "AL": RIGHT_TO_LEFT}
_ISOLATES = frozenset({"LRI", "RLI", "FSI"})
EXPLICIT = _ISOLATES | {"LRE", "RLE", "LRO", "RLO", "PDF", "PDI"}
_NO_MARKS = str.maketrans("", "", LEFT_TO_RIGHT + RIGHT_TO_LEFT)


def direction_of(text: str) -> str:
    """The direction of a paragraph, as a mark: that of its first letter outside isolates (rules P2 and P3)."""
    inside = 0
    for char in text:
        kind = unicodedata.bidirectional(char)
        if kind in STRONG and not inside:
            return STRONG[kind]
        inside = inside + 1 if kind in _ISOLATES else max(0, inside - (kind == "PDI"))
    return LEFT_TO_RIGHT


def line_marks(lines: Sequence[str], direction: str) -> tuple[tuple[str, str], ...]:
    """What has to stand before and behind each line of a paragraph so that it comes out alone as it would in it.

    :param direction: of the paragraph
    """
    explicit = any(unicodedata.bidirectional(char) in EXPLICIT for line in lines for char in line)
    found = []
    for at, line in enumerate(lines):
        earlier, later = "".join(lines[:at]), "".join(lines[at + 1 :])
        before = _last(earlier) or direction
        behind = _next(later, _last(earlier + line) or direction, direction)
        before = "" if explicit or before == direction or _is_strong(line[:1]) else before
        behind = "" if explicit or behind == direction or _is_strong(line[-1:]) else behind
        found.append(((direction if direction_of(before + line) != direction else "") + before, behind))
    return tuple(found)


def without_marks(text: str) -> str:
    """A text without marks of direction."""
    return text.translate(_NO_MARKS)


def _is_strong(char: str) -> bool:
    return not char or unicodedata.bidirectional(char) in STRONG


def _last(text: str) -> str:
    """The direction of the last letter, empty where there is none."""
    kinds = (unicodedata.bidirectional(char) for char in reversed(text))
    return next((STRONG[kind] for kind in kinds if kind in STRONG), "")


def _next(text: str, before: str, direction: str) -> str:
    """The direction of the first letter or number; a number counts as the letters before it (rules W7 and N1)."""
    for char in text:
        kind = unicodedata.bidirectional(char)
        if kind in STRONG or kind in ("EN", "AN"):
            return before if kind == "EN" else STRONG.get(kind, RIGHT_TO_LEFT)
    return direction
