"""Setting text: the size at which it fits a box, in lines of like length, drawn as a mask of each line.

Widths are those that libass draws, measured once for each word at a size for measuring; letters have no hints, so they
grow evenly.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import TYPE_CHECKING

import numpy as np

from edl.directions import RIGHT_TO_LEFT, direction_of, line_marks
from edl.scripts import cells
from edl.soft_hyphens import SOFT
from edl.units import units_of
from engines.graphics._hyphens import HYPHEN, anywhere, at_signs, is_torn, line_of, shown, whole
from engines.media.libass import PAD, event, head_of, leading_of, run_libass, set_line
from engines.media.typefaces import Typeface

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Plane = NDArray[np.float32]

ELLIPSIS = "…"
_MEASURE = 40  # pixels of an em at which words are measured
_BLANK = 0.33  # ems between the letters of two words
_SEAM = 0.07  # ems between the letters of two parts of a word
_BROKEN = ((at_signs, 0.5), (anywhere, 0.4))  # where words are broken, and the size that whole ones keep at least
_FULL = 0.9  # of the width, filled by the widest word: below, breaking it would help nothing

Widths = dict[str, float]  # of pieces of text, in ems
_Paragraphs = Sequence[Sequence[str]]  # lines of the writer's, in pieces


@dataclass(frozen=True)
class Block:
    """Lines of text set in one size. Lengths in pixels; ``step`` leads from line to line, ``room`` is the most that a
    line may be wide."""

    lines: tuple[str, ...]
    faces: tuple[Typeface, ...]
    size: float
    width: int
    step: float
    room: int

    @property
    def height(self) -> int:
        return round(len(self.lines) * self.step)


@dataclass(frozen=True)
class _Box:
    """Where a text is to fit, in pixels, and the sizes that it may have. ``leading`` in ems."""

    width: int
    height: int
    leading: float
    largest: float
    smallest: float


@dataclass(frozen=True)
class _Setting:
    """A text in pieces that are not broken, and the size in which it is set. ``filled``: by the widest piece, of the
    width; above 1 it is too wide."""

    paragraphs: _Paragraphs
    known: Widths
    size: float
    filled: float


@dataclass(frozen=True)
class Drawn:
    """A line as a mask, float32, 0 to 1, and where its left and upper corner stand against the block's."""

    cover: Plane
    left: int
    top: int


def tidy(text: str) -> str:
    """A text as it is set: characters composed, blanks single, no control characters."""
    composed = unicodedata.normalize("NFC", text.replace("\t", " ").replace("\r\n", "\n"))
    kept = (char for char in composed if char == "\n" or unicodedata.category(char) != "Cc")
    return "\n".join(" ".join(line.split()) for line in "".join(kept).split("\n")).strip()


def leads_right_to_left(text: str) -> bool:
    """Whether a text begins with a letter of a script that is written from right to left."""
    return direction_of(text) == RIGHT_TO_LEFT


def fit(
    text: str, faces: Sequence[Typeface], width: int, height: int, largest: float, smallest: float, tight: float = 1.0
) -> Block:
    """The text in the largest size at which its lines fit ``width`` x ``height``, broken into lines of like length.

    A word that is too wide makes the letters smaller. It is broken where they would else be less than half as large
    and its writer allows it, or less than .4 as large, or too small: see :mod:`engines.graphics._hyphens`.
    Where even the smallest size does not fit, the text ends early, with an ellipsis.

    :param tight: from line to line, as a share of what the fonts need
    """
    box = _Box(width, height, tight * leading_of(faces), max(smallest, largest), smallest)
    lines = tidy(text).split("\n")
    found = _set(_pieces(lines, whole), faces, box)
    for cut, share in _BROKEN:
        if found.filled < _FULL or (found.filled <= 1 and found.size >= share * box.largest):
            break
        broken = _set(_pieces(lines, cut), faces, box)
        found = broken if found.filled > 1 or found.size < share * broken.size else found
    return _block(found, faces, box)


def _block(found: _Setting, faces: Sequence[Typeface], box: _Box) -> Block:
    known, size, measure = found.known, found.size, box.width / found.size
    lines = _wrapped(found.paragraphs, known, measure)
    room = max(1, int(box.height / (box.leading * size) + 1e-6))
    if len(lines) > room:
        lines = [*lines[: room - 1], _shortened(lines[room - 1], known, measure)]
    else:
        lines = _balanced(found.paragraphs, known, measure, lines)
    wide = max(1, min(box.width, ceil(max(_width(line, known) for line in lines) * size)))
    return Block(tuple(_directed(lines, found.paragraphs)), tuple(faces), size, wide, box.leading * size, box.width)


def _directed(lines: Sequence[Sequence[str]], paragraphs: _Paragraphs) -> Iterator[str]:
    """The texts of lines, each of which runs as its paragraph does."""
    rest = list(lines)
    for pieces in paragraphs:
        own = [rest.pop(0)] if rest else []
        while rest and sum(map(len, own)) < len(pieces):
            own.append(rest.pop(0))
        texts = [line_of(line) for line in own]
        marks = line_marks(texts, direction_of("".join(pieces)))
        yield from (f"{before}{text}{behind}" for text, (before, behind) in zip(texts, marks, strict=True))


def _set(paragraphs: _Paragraphs, faces: Sequence[Typeface], box: _Box) -> _Setting:
    """The largest size at which no piece is wider than the box, and the lines no higher; the smallest where none is."""
    known = measured([shown(piece) for line in paragraphs for piece in line] + [ELLIPSIS, HYPHEN], faces)
    widest = max((_width([piece], known) for line in paragraphs for piece in line), default=0.0)
    size = box.largest if widest * box.largest <= box.width else 0.995 * box.width / widest
    size = max(box.smallest, size)
    while size > box.smallest and len(_wrapped(paragraphs, known, box.width / size)) * box.leading * size > box.height:
        size = max(box.smallest, size * 0.96)
    return _Setting(paragraphs, known, size, widest * size / box.width)


def drawn(block: Block, align: str) -> tuple[Block, tuple[Drawn, ...]]:
    """Masks of the lines of a block, and the block as wide as they really are: smaller where a line was wider.

    :param align: ``left``, ``centre`` or ``right`` inside the block
    """
    sheets, aside = _sheets(block)
    spans = [_span(sheet) for sheet in sheets]
    widest = max(end - start for start, end in spans)
    if widest > block.room and block.size > 4:
        share = 0.995 * block.room / widest
        return drawn(replace(block, size=block.size * share, step=block.step * share), align)
    masks = []
    for row, (sheet, (start, end)) in enumerate(zip(sheets, spans, strict=True)):
        room = widest - (end - start)
        left = {"left": 0, "centre": room // 2, "right": room}[align]
        edge = max(0, start - aside)
        cover = sheet[:, edge : end + aside].astype(np.float32) * np.float32(1 / 255)
        masks.append(Drawn(cover, left - (start - edge), round(row * block.step - PAD * block.size)))
    return replace(block, width=widest), tuple(masks)


def measured(texts: Sequence[str], faces: Sequence[Typeface]) -> Widths:
    """The widths of pieces of text in ems, as libass draws them."""
    pieces = list(dict.fromkeys(text for text in texts if text))
    if not pieces:
        return {}
    em, width = float(_MEASURE), 2 * _MEASURE * (2 + max(cells(piece) for piece in pieces))
    height = 2 * _MEASURE
    program = head_of(faces[0], em, width, height)
    for second, piece in enumerate(pieces):
        program += event(second, f"{{\\an5\\pos({width / 2},{height / 2})}}{set_line(piece, faces, em)}")
    sheets = run_libass(program, faces, width, height, len(pieces))[..., 3]
    spans = (_span(sheet) for sheet in sheets)
    return {
        piece: max((end - start) / em, 0.5 * cells(piece) if _full(piece) else 0.0)
        for piece, (start, end) in zip(pieces, spans, strict=True)
    }


def _sheets(block: Block) -> tuple[NDArray[np.uint8], int]:
    """Each line alone in a picture of its own, in the middle; and the room at its sides that fits soft edges."""
    aside = ceil(block.size * 0.2) + 2
    width = 2 * round(max(block.width, block.room) * 0.65) + 4 * aside
    height = 2 * ceil((block.step + 2 * PAD * block.size) / 2)
    middle = PAD * block.size + block.step / 2
    program = head_of(block.faces[0], block.size, width, height)
    for second, line in enumerate(block.lines):
        text = set_line(line, block.faces, block.size)
        program += event(second, f"{{\\an5\\pos({width / 2},{middle:.2f})}}{text}")
    return run_libass(program, block.faces, width, height, len(block.lines))[..., 3], aside


def _span(sheet: NDArray[np.uint8]) -> tuple[int, int]:
    used = np.flatnonzero(sheet.any(axis=0))
    return (int(used[0]), int(used[-1]) + 1) if len(used) else (sheet.shape[1] // 2, sheet.shape[1] // 2 + 1)


def _full(piece: str) -> bool:
    return any(unicodedata.east_asian_width(char) in "WF" for char in piece)


def _pieces(lines: Sequence[str], cut: Callable[[str], list[str]]) -> _Paragraphs:
    """Lines in pieces that they may be broken between, each with what stands behind it: a blank, or the mark of a
    part of a word."""
    paragraphs = []
    for line in lines:
        found: list[str] = []
        for unit in units_of(line, (), 1.0):
            found += cut(unit.bare)
            found[-1] += unit.text[len(unit.bare) :]
        paragraphs.append(found)
    return paragraphs


def _width(line: Sequence[str], known: Widths) -> float:
    """Ems of a line; no blank stands at its end, but a hyphen where a word is broken with one."""
    blanks = sum(piece.endswith(" ") for piece in line[:-1])
    seams = sum(is_torn([piece]) for piece in line[:-1])
    wide = sum(known.get(shown(piece), 0.0) for piece in line) + _BLANK * blanks + _SEAM * seams
    return wide + _SEAM + known[HYPHEN] if line and line[-1].endswith(SOFT) else wide


def _wrapped(paragraphs: _Paragraphs, known: Widths, room: float) -> list[list[str]]:
    """Greedy lines no wider than ``room`` ems. Where a word is in parts, all go to the next line if they fit there."""
    lines: list[list[str]] = []
    for pieces in paragraphs:
        line: list[str] = []
        for word in _words(pieces):
            if line and _width([*line, *word], known) > room:
                lines.append(line)
                line = []
            for part in word:
                if line and _width([*line, part], known) > room:
                    lines.append(line)
                    line = []
                line = [*line, part]
        lines.append(line)
    return lines


def _words(pieces: Sequence[str]) -> list[list[str]]:
    """Pieces, those of one broken word together."""
    words: list[list[str]] = []
    for at, piece in enumerate(pieces):
        before = pieces[at - 1] if at else " "
        if before.endswith(" ") or _full(piece) or _full(before):
            words.append([])
        words[-1].append(piece)
    return words


def _balanced(paragraphs: _Paragraphs, known: Widths, room: float, lines: list[list[str]]) -> list[list[str]]:
    """The same number of lines and of broken words, in the narrowest measure that gives it."""
    fits: Callable[[float], list[list[str]]] = lambda measure: _wrapped(paragraphs, known, measure)  # noqa: E731
    low, high, torn = room / 3, room, sum(map(is_torn, lines))
    while high - low > 0.02 * room:
        middle = (low + high) / 2
        narrower = fits(middle)
        more = len(narrower) > len(lines) or sum(map(is_torn, narrower)) > torn
        if more or any(_width(line, known) > middle for line in narrower):
            low = middle
        else:
            high, lines = middle, narrower
    return lines


def _shortened(line: Sequence[str], known: Widths, room: float) -> list[str]:
    kept = list(line)
    while len(kept) > 1 and _width(kept, known) + known[ELLIPSIS] > room:
        kept.pop()
    return [*kept[:-1], kept[-1].rstrip(), ELLIPSIS] if kept else [ELLIPSIS]
