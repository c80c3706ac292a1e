"""Which way a text runs: the bidirectional algorithm (Unicode Standard Annex 9) over the lines it is broken into.

The algorithm wants the direction of the whole paragraph for each of its lines, and looks at the letters on both sides
of a break. Who draws a line alone, as players and libass do, knows neither; marks without width tell it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence

LEFT_TO_RIGHT, RIGHT_TO_LEFT = "\u200e", "\u200f"
_STRONG = {"L": LEFT_TO_RIGHT, "R": RIGHT_TO_LEFT, "AL": RIGHT_TO_LEFT}
_ISOLATES = frozenset({"LRI", "RLI", "FSI"})
_EXPLICIT = _ISOLATES | {"LRE", "RLE", "LRO", "RLO", "PDF", "PDI"}
_NO_MARKS = str.maketrans("", "", LEFT_TO_RIGHT + RIGHT_TO_LEFT)


def direction_of(text: str) -> str:
    """The direction of a paragraph, as a mark: that of its first letter outside isolates (rules P2 and P3)."""
    inside = 0
    for char in text:
        kind = unicodedata.bidirectional(char)
        if kind in _STRONG and not inside:
            return _STRONG[kind]
        inside = inside + 1 if kind in _ISOLATES else max(0, inside - (kind == "PDI"))
    return LEFT_TO_RIGHT


def line_marks(lines: Sequence[str], direction: str) -> tuple[tuple[str, str], ...]:
    """What has to stand before and behind each line of a paragraph so that it comes out alone as it would in it.

    :param direction: of the paragraph
    """
    explicit = any(unicodedata.bidirectional(char) in _EXPLICIT for line in lines for char in line)
    found = []
    for at, line in enumerate(lines):
        before = "" if explicit else _nearest(line, reversed("".join(lines[:at])), direction)
        behind = "" if explicit else _nearest(line[::-1], "".join(lines[at + 1 :]), direction)
        found.append(((direction if direction_of(before + line) != direction else "") + before, behind))
    return tuple(found)


def without_marks(text: str) -> str:
    """A text without marks of direction."""
    return text.translate(_NO_MARKS)


def _nearest(line: str, beyond: Iterable[str], direction: str) -> str:
    """The direction of the nearest letter beyond a break, where what stands at the break depends on it."""
    if not line or unicodedata.bidirectional(line[0]) in _STRONG:
        return ""
    strong = (_STRONG.get(unicodedata.bidirectional(char)) for char in beyond)
    nearest = next((each for each in strong if each), direction)
    return nearest if nearest != direction else ""
