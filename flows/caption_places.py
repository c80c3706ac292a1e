"""Where burned-in captions stand: at their place, or clear of what lies over the picture while they show."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

from edl.caption import EM, CaptionStyle
from edl.cues import Cue
from edl.occupied import AIR, ORDER, Laid, Occupied, label_box
from edl.scripts import cells

GLYPH = 0.53  # ems that a cell takes on average
LEADING, PAD = 1.3, 0.2  # ems from line to line, and above and below the letters
BOX = 0.4  # ems that a box is wider than its letters, to each side
REST = 2  # seconds that a caption keeps its place at least
BRIEF = Fraction(1, 2)  # seconds for which it does not leave that to a small picture that comes or goes

Side = Literal["bottom", "top"]


@dataclass(frozen=True)
class Stand:
    """A caption's place: from the lower or the upper edge of the safe area, and by how much of the height further
    inside. ``on`` is what it covers there all the same."""

    at: Side
    lift: float = 0.0
    on: tuple[Laid, ...] = ()


@dataclass(frozen=True)
class Stay:
    """A stretch of a caption's time, in frames of the programme, in which it does not move."""

    start: int
    end: int
    laid: frozenset[Laid]
    stand: Stand


def stays_of(occupied: Occupied, style: CaptionStyle, cue: Cue) -> tuple[Stay, ...]:
    """Where a caption stands from its first frame to its last.

    It goes out of the way of what comes and back when that has gone, but never hops: a stay of less than ``REST``
    seconds is one with that beside it, and stands clear of all that lies over the picture in both.
    """
    found = list(_alike(occupied, style, cue, _stretches(occupied, cue)))
    rest = REST * occupied.project.output.fps
    while len(found) > 1 and (short := min(found, key=lambda stay: stay.end - stay.start)).end - short.start < rest:
        at = max(1, found.index(short))
        pair = found[at - 1 : at + 1]
        joined = (pair[0].start, pair[1].end, pair[0].laid | pair[1].laid)
        stretches = [(stay.start, stay.end, stay.laid) for stay in found]
        found = list(_alike(occupied, style, cue, [*stretches[: at - 1], joined, *stretches[at + 1 :]]))
    return tuple(found)


def _stretches(occupied: Occupied, cue: Cue) -> Iterator[tuple[int, int, frozenset[Laid]]]:
    """What lies over the picture, run by run. The label counts all the time, so that captions do not follow it; a small
    picture that only shows in a join at the caption's end does not count."""
    label = occupied.project.output.label
    always = {label_box(label, occupied.size)} if label else set()
    found = [
        (max(run.start, cue.start), min(run.end, cue.end), always.union(occupied.boxes(run.picture)))
        for run in occupied.between(cue.start, cue.end)
    ]
    shown = Counter[Laid]()
    for start, end, laid in found:
        shown.update(dict.fromkeys(laid, end - start))
    brief = BRIEF * occupied.project.output.fps
    passing = {each for each, frames in shown.items() if each.kind == "inset" and frames <= brief}
    for start, end, laid in found:
        yield start, end, frozenset(laid - passing)


def _alike(
    occupied: Occupied, style: CaptionStyle, cue: Cue, stretches: Iterable[tuple[int, int, frozenset[Laid]]]
) -> Iterator[Stay]:
    """Stretches in which the caption stands in the same place are one stay."""
    last: Stay | None = None
    for start, end, laid in stretches:
        stand = stand_of(occupied.size, style, cue, laid)
        if last is not None and (stand.at, stand.lift) == (last.stand.at, last.stand.lift):
            on = tuple(dict.fromkeys((*last.stand.on, *stand.on)))
            last = Stay(last.start, end, last.laid | laid, Stand(stand.at, stand.lift, on))
            continue
        if last is not None:
            yield last
        last = Stay(start, end, laid, stand)
    if last is not None:
        yield last


def stand_of(size: tuple[int, int], style: CaptionStyle, cue: Cue, laid: Iterable[Laid]) -> Stand:
    """The first place that is free: at the caption's own edge, further inside but in its half of the picture, at the
    other edge, anywhere. Where none is, that in which the caption covers least of the label, then of logos, of lower
    thirds, of small pictures."""
    obstacles, text = sorted(laid, key=lambda each: (each.top, each.left, each.name)), _letters(size, style, cue)
    own = Stand(style.at)
    if not any(_shared(_box(size, style, text, own), each, size) for each in obstacles):
        return own
    stands = [Stand(side, lift) for side in _sides(style.at) for lift in _lifts(size, style, side, obstacles)]
    boxes = {stand: _box(size, style, text, stand) for stand in stands}
    inside = [stand for stand in stands if boxes[stand].top >= 0 and boxes[stand].bottom <= size[1]] or stands[:1]
    ranked = sorted(inside, key=lambda stand: (_middle(boxes[stand]) < size[1] / 2) == (stand.at == "bottom"))
    best = min(ranked, key=lambda stand: _covered(boxes[stand], obstacles, size))
    return Stand(best.at, best.lift, tuple(each for each in obstacles if _shared(boxes[best], each, size)))


def _sides(own: Side) -> tuple[Side, Side]:
    return ("bottom", "top") if own == "bottom" else ("top", "bottom")


def _lifts(size: tuple[int, int], style: CaptionStyle, side: Side, obstacles: Sequence[Laid]) -> list[float]:
    """Heights to try: the edge of the safe area, and just clear of each thing on the way inside."""
    margin = _margin(size, style)
    edges = [size[1] - each.top if side == "bottom" else each.bottom for each in obstacles]
    lifts = {round(edge / size[1] + AIR - margin, 4) for edge in edges}
    return [0.0, *sorted(lift for lift in lifts if lift > 0)]


def _letters(size: tuple[int, int], style: CaptionStyle, cue: Cue) -> tuple[float, float]:
    """Width and height of a caption in pixels, as near as its text tells."""
    em = EM * min(size) * style.size
    wide = min(size[0] * style.safe / 100, max(cells(text) for text in cue.line_texts) * GLYPH * em)
    return wide + (2 * BOX * em if style.box else 0), (len(cue.line_texts) * LEADING + 2 * PAD) * em


def _box(size: tuple[int, int], style: CaptionStyle, text: tuple[float, float], stand: Stand) -> Laid:
    """A caption of some width and height at its place."""
    (width, height), (wide, high) = size, text
    away = (_margin(size, style) + stand.lift) * height
    top = away if stand.at == "top" else height - away - high
    return Laid("label", "", (width - wide) / 2, top, (width + wide) / 2, top + high)


def _margin(size: tuple[int, int], style: CaptionStyle) -> float:
    """The edge outside the safe area, of the height; phones draw their buttons over tall pictures."""
    return (1 - style.safe / 100) / 2 * (2 if size[1] > size[0] else 1)


def _middle(box: Laid) -> float:
    return (box.top + box.bottom) / 2


def _covered(box: Laid, obstacles: Sequence[Laid], size: tuple[int, int]) -> tuple[float, ...]:
    """How many pixels a caption covers of what it must keep clear of, the label first: that must be read."""
    return tuple(sum(_shared(box, each, size) for each in obstacles if each.kind == kind) for kind in ORDER)


def _shared(box: Laid, laid: Laid, size: tuple[int, int]) -> float:
    return box.shared(laid, AIR * size[1] / 2)
