"""Setting text: the font that ships with the project, what it can draw, and the size at which a text fits a box."""

from __future__ import annotations

import unicodedata
from bisect import bisect_right
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.ImageFont import FreeTypeFont

REGULAR = Path(__file__).parent / "fonts" / "Inter-Regular.otf"
BOLD = Path(__file__).parent / "fonts" / "Inter-Bold.otf"
LEADING = 1.25  # from baseline to baseline, in sizes
ELLIPSIS = "…"

_CERTAIN = 0x017F  # Latin up to Extended-A: in the font, so that the usual title needs no look into it
_NOWHERE = "\U0010ffff"  # a code point without a glyph in any font


@dataclass(frozen=True)
class Block:
    """Lines of text set in one size. Lengths in pixels; ``interline`` is what Pillow adds to the ascent."""

    text: str
    font: Path
    size: int
    width: int
    height: int
    interline: int


def drawable(text: str) -> tuple[str, str]:
    """What can be drawn of a text, and the characters that cannot, each once and in order.

    Characters are composed first; tabs become blanks; control and joining characters go silently.
    """
    composed = unicodedata.normalize("NFC", text.replace("\t", " ").replace("\r\n", "\n"))
    rare = dict.fromkeys(char for char in composed if ord(char) > _CERTAIN and not char.isspace())
    missing = _missing(tuple(rare)) if rare else frozenset()
    kept = [char for char in composed if char not in missing and (char == "\n" or char.isprintable() or char.isspace())]
    silent = {char for char in missing if unicodedata.category(char) in ("Cf", "Cc", "Mn")}
    # A character that was left out leaves two blanks where one is wanted.
    lines = [" ".join(line.split()) for line in "".join(kept).split("\n")]
    return "\n".join(lines).strip(), "".join(char for char in rare if char in missing and char not in silent)


def _missing(chars: tuple[str, ...]) -> frozenset[str]:
    from PIL import ImageFont

    font = ImageFont.truetype(str(REGULAR), 24, layout_engine=ImageFont.Layout.BASIC)
    nothing = _shape(font, _NOWHERE)
    return frozenset(char for char in chars if _shape(font, char) == nothing)


def _shape(font: FreeTypeFont, char: str) -> tuple[tuple[int, int], bytes]:
    mask = font.getmask(char)
    return mask.size, bytes(mask)


def fit(text: str, font: Path, width: int, height: int, largest: int, smallest: int) -> Block:
    """The text in the largest size at which its lines fit ``width`` x ``height``, broken into lines of like length.

    Where even the smallest size does not fit, the text ends early, with an ellipsis.
    """
    from PIL import ImageFont

    size = max(smallest, largest)
    while True:
        face = ImageFont.truetype(str(font), size)
        lines = _wrapped(text, face, width)
        if _height(face, len(lines)) <= height or size <= smallest:
            break
        size = max(smallest, min(size - 1, int(size * 0.95)))
    room = max(1, 1 + (height - _height(face, 1)) // _step(face))
    if len(lines) > room:
        lines = [*lines[: room - 1], _shortened(lines[room - 1], face, width)]
    else:
        lines = _balanced(text, face, width, lines)
    wide = max((face.getlength(line) for line in lines), default=0.0)
    interline = _step(face) - face.getmetrics()[0]
    return Block("\n".join(lines), font, size, max(1, round(wide)), _height(face, len(lines)), interline)


def _step(face: FreeTypeFont) -> int:
    return round(face.size * LEADING)


def _height(face: FreeTypeFont, lines: int) -> int:
    return sum(face.getmetrics()) + (lines - 1) * _step(face)


def _wrapped(text: str, face: FreeTypeFont, width: float) -> list[str]:
    """Greedy lines no wider than ``width``; a word that is wider alone is broken anywhere."""
    lines: list[str] = []
    for paragraph in text.split("\n"):
        line = ""
        for word in paragraph.split():
            longer = f"{line} {word}" if line else word
            if face.getlength(longer) <= width:
                line = longer
                continue
            if line:
                lines.append(line)
            *full, line = _pieces(word, face, width)
            lines += full
        lines.append(line)
    return lines


def _pieces(word: str, face: FreeTypeFont, width: float) -> list[str]:
    pieces = []
    while face.getlength(word) > width and len(word) > 1:
        cut = max(1, bisect_right(range(len(word)), width, key=lambda end: face.getlength(word[:end])) - 1)
        pieces.append(word[:cut])
        word = word[cut:]
    return [*pieces, word]


def _balanced(text: str, face: FreeTypeFont, width: float, lines: list[str]) -> list[str]:
    """The same number of lines, in the narrowest measure that gives it."""
    low, high = width / 3, float(width)
    while high - low > 1.0:
        middle = (low + high) / 2
        narrower = _wrapped(text, face, middle)
        if len(narrower) > len(lines) or any(face.getlength(line) > middle for line in narrower):
            low = middle
        else:
            high, lines = middle, narrower
    return lines


def _shortened(line: str, face: FreeTypeFont, width: float) -> str:
    while line and face.getlength(line + ELLIPSIS) > width:
        line = line[:-1]
    return line.rstrip() + ELLIPSIS
