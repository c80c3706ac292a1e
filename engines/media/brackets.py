"""Brackets in text of both directions.

libass leaves out rule N0 of the bidirectional algorithm (Unicode Standard Annex 9), by which the two brackets of a
pair take one direction: the second one of a pair at the border of two scripts comes out mirrored, on the wrong side.
Marks without width round each bracket tell it.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise

from edl.directions import EXPLICIT, LEFT_TO_RIGHT, RIGHT_TO_LEFT, STRONG, direction_of

_PAIRS = dict(zip(")]}⟩〉》」』】〕〗", "([{⟨〈《「『【〔〖", strict=True))
_MOST_OPEN = 63  # pairs inside one another, as the rule has it


def with_marks(pieces: Sequence[str]) -> list[str]:
    """The pieces of one line with a mark on both sides of each bracket whose direction is known.

    A line of one direction stays as it is, and so does one with explicit embeddings.
    """
    text = "".join(pieces)
    found = _bracket_directions(text)
    shown = [f"{found[at]}{char}{found[at]}" if at in found else char for at, char in enumerate(text)]
    edges = accumulate((len(piece) for piece in pieces), initial=0)
    return ["".join(shown[start:end]) for start, end in pairwise(edges)]


def _bracket_directions(text: str) -> dict[int, str]:
    """The direction of each paired bracket by its place, as a mark, where rule N0 gives one."""
    classes = [unicodedata.bidirectional(char) for char in text]
    base = direction_of(text)
    strong = _strong(classes, base)
    if not {LEFT_TO_RIGHT, RIGHT_TO_LEFT} <= set(strong) or EXPLICIT & set(classes):
        return {}
    found: dict[int, str] = {}
    for opens, closes in sorted(_pairs(text)):
        inside = set(strong[opens + 1 : closes])
        if base in inside:
            direction = base
        elif inside & {LEFT_TO_RIGHT, RIGHT_TO_LEFT}:
            direction = next((each for each in reversed(strong[:opens]) if each), base)
        else:
            continue
        strong[opens] = strong[closes] = found[opens] = found[closes] = direction
    return found


def _strong(classes: Sequence[str], base: str) -> list[str]:
    """The direction of each character, empty where it has none of its own. Numbers count as the letters before them
    if these are from left to right, else as letters from right to left (rules W7 and N0)."""
    found: list[str] = []
    letters = base
    for each in classes:
        if each in STRONG:
            letters = STRONG[each]
            found.append(letters)
        elif each == "EN":
            found.append(letters)
        else:
            found.append(RIGHT_TO_LEFT if each == "AN" else "")
    return found


def _pairs(text: str) -> Iterator[tuple[int, int]]:
    """Places of brackets that belong together (definition BD16)."""
    opened: list[int] = []
    for at, char in enumerate(text):
        if char in _PAIRS.values() and len(opened) < _MOST_OPEN:
            opened.append(at)
        elif char in _PAIRS:
            match = next((n for n in reversed(range(len(opened))) if text[opened[n]] == _PAIRS[char]), None)
            if match is not None:
                yield opened[match], at
                del opened[match:]
