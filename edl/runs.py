"""Composing the programme's picture: the runs that a viewer sees, from slots on the timeline to blends and logos.

Each slot of the spine gets its own row of runs first, with all that lies over it; then the rows are joined, so that a
join blends whatever each side shows there. A row is runs that follow one another without gaps.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from edl.join import CUT, Fade, Transition
from edl.logo import Logo
from edl.picture import Blend, Fill, Inset, Layer, Picture, Run, Wipe
from edl.project import AnySegment, Narrate, Project, Title
from edl.slot import Slot

Row = tuple[Run, ...]


@dataclass(frozen=True)
class Change:
    """A stretch of the programme in which one picture gives way to another."""

    start: int
    frames: int
    transition: Transition

    @property
    def end(self) -> int:
        return self.start + self.frames


def runs_of(project: Project, spine: Sequence[Slot], overlays: Sequence[Slot], fade: tuple[int, int]) -> Row:
    """All runs of the programme.

    :param overlays: in the order in which they start
    :param fade: frames in which the first picture comes up and the last one goes down
    """
    segments = {segment.id: segment for segment in reversed(project.segments)}
    fps = project.output.fps
    rows = [_row(segments, slot, overlays, fps) for slot in spine]
    programme = tuple(_joined(segments, spine, rows))
    if not programme:
        return ()
    stamped = _stamped(programme, project.overlay, Slot("", 0, programme[-1].end), fps)
    return _faded(stamped, project.fade, fade)


def is_drawn(segment: AnySegment) -> bool:
    """Whether a segment is drawn over a picture and leaves it as it is."""
    return isinstance(segment, Title) and segment.style == "lower_third"


def _row(segments: Mapping[str, AnySegment], slot: Slot, overlays: Sequence[Slot], fps: Fraction) -> Row:
    """What shows during one slot of the spine: its own picture, what lies over it, and lower thirds over both."""
    row = _own(segments[slot.segment], slot, fps)
    covers = [cover for cover in overlays if slot.segment in cover.hosts]
    for cover in sorted(covers, key=lambda each: is_drawn(segments[each.segment])):
        row = _covered(row, segments[cover.segment], cover, fps)
    return _merged(row)


def _own(segment: AnySegment, slot: Slot, fps: Fraction) -> Row:
    """A segment's picture alone, with the frames that are held at its ends, and its logos."""
    head, tail = slot.held
    moving = slot.frames - head - tail
    layers = (
        Run(slot.start, head, Picture(Layer(segment.id, 0, still=True))),
        Run(slot.start + head, moving, Picture(Layer(segment.id, 0))),
        Run(slot.end - tail, tail, Picture(Layer(segment.id, moving - 1, still=True))),
    )
    bare = (Run(slot.start, slot.frames, Picture(Fill())),)
    row = bare if isinstance(segment, Narrate) else tuple(run for run in layers if run.frames)
    return _stamped(row, segment.overlay, slot, fps)


def _covered(row: Row, segment: AnySegment, cover: Slot, fps: Fraction) -> Row:
    """A row with an overlay over it, and the transitions at the ends of that."""
    own = _own(segment, cover, fps)
    covered = tuple(
        replace(below, picture=_over(below.picture, above.picture, segment)) for below, above in _paired(row, own)
    )
    if not covered:
        return row
    if cover.enter:
        change = Change(cover.start, cover.enter, segment.transition or CUT)
        covered = _spliced(covered, tuple(_mixed(row, covered, change)))
    if cover.leave:
        change = Change(cover.end - cover.leave, cover.leave, segment.transition_out or CUT)
        covered = _spliced(covered, tuple(_mixed(covered, row, change)))
    return _spliced(row, covered)


def _over(below: Picture, above: Picture, segment: AnySegment) -> Picture:
    """One picture of an overlay over one of its host."""
    layer = above.base
    if not isinstance(layer, Layer):
        return below  # a voice alone covers nothing
    if is_drawn(segment):
        return replace(below, drawn=(*below.drawn, layer), logos=(*below.logos, *above.logos))
    if segment.layout is not None:
        return replace(below, inset=Inset(layer, segment.layout), logos=(*below.logos, *above.logos))
    return above


def _joined(segments: Mapping[str, AnySegment], spine: Sequence[Slot], rows: Sequence[Row]) -> Iterator[Run]:
    """The rows of the spine one after the other, blended where two slots overlap."""
    for at, (slot, row) in enumerate(zip(spine, rows, strict=True)):
        if slot.enter:
            change = Change(slot.start, slot.enter, segments[slot.segment].transition or CUT)
            yield from _merged(_mixed(rows[at - 1], row, change))
        end = spine[at + 1].start if at + 1 < len(spine) else slot.end
        yield from _clipped(row, slot.start + slot.enter, end)


def _mixed(earlier: Row, later: Row, change: Change) -> Iterator[Run]:
    """One row giving way to another. Steps are even from the last frame before the change to the first one after it, so
    that its first frame is not yet the later picture and its last one not the earlier any more."""
    step = Fraction(1, change.frames + 1)
    dip = Fill(change.transition.color) if change.transition.kind == "dip" else None
    wipe = Wipe(change.transition.from_, change.transition.soft) if change.transition.kind == "wipe" else None
    middle = change.start + (change.frames + 1) // 2
    for one, other in _paired(earlier, later, change, (middle,) if dip else ()):
        share = step * (one.start - change.start + 1)
        before, after, above = _apart(one.picture, other.picture)
        base: Layer | Fill | Blend
        if before == after:
            base = before.base
        elif dip is None:
            base = Blend(before, after, share, step, wipe)
        elif one.start < middle:
            base = Blend(before, Picture(dip), 2 * share, 2 * step)
        else:
            base = Blend(Picture(dip), after, 2 * share - 1, 2 * step)
        yield replace(one, picture=replace(above, base=base))


def _apart(one: Picture, other: Picture) -> tuple[Picture, Picture, Picture]:
    """Two pictures without what both have alike, and that. So the join of two segments leaves alone what lies over both
    of them."""
    above = Picture(
        Fill(),
        one.inset if one.inset == other.inset else None,
        one.drawn if one.drawn == other.drawn else (),
        one.logos if one.logos == other.logos else (),
    )
    before, after = (
        Picture(
            each.base,
            None if above.inset else each.inset,
            () if above.drawn else each.drawn,
            () if above.logos else each.logos,
        )
        for each in (one, other)
    )
    return before, after, above


def _stamped(row: Row, logos: Sequence[Logo], slot: Slot, fps: Fraction) -> Row:
    """A row with logos over it, whose times count from the start of a slot."""
    for logo in logos:
        first = slot.start + logo.from_.start(fps)
        last = slot.end if logo.until is None else slot.start + logo.until.start(fps)
        row = _spliced(
            row,
            tuple(
                replace(run, picture=replace(run.picture, logos=(*run.picture.logos, logo)))
                for run in _clipped(row, first, last)
            ),
        )
    return row


def _faded(row: Row, wish: Fade | None, fade: tuple[int, int]) -> Row:
    """A row that comes up from a colour and goes down to it; the very first and the very last frame are that colour."""
    plain, (up, down) = Picture(Fill(wish.color if wish else "")), fade
    if up:
        step = Fraction(1, up)
        risen = (
            replace(run, picture=Picture(Blend(plain, run.picture, step * run.start, step)))
            for run in _clipped(row, 0, up)
        )
        row = _spliced(row, tuple(risen))
    if down:
        step, start = Fraction(1, down), row[-1].end - down
        sunk = (
            replace(run, picture=Picture(Blend(run.picture, plain, step * (run.start - start + 1), step)))
            for run in _clipped(row, start, start + down)
        )
        row = _spliced(row, tuple(sunk))
    return row


# Rows


def _clipped(row: Iterable[Run], start: int, end: int) -> Iterator[Run]:
    """The part of a row from one frame of the programme to another."""
    for run in row:
        low, high = max(start, run.start), min(end, run.end)
        if low < high:
            yield run.between(low, high)


def _spliced(row: Row, part: Row) -> Row:
    """A row with another one in place of its own runs, where that one is; the other lies inside."""
    if not part:
        return row
    return (*_clipped(row, row[0].start, part[0].start), *part, *_clipped(row, part[-1].end, row[-1].end))


def _paired(
    one: Row, other: Row, within: Change | None = None, cuts: tuple[int, ...] = ()
) -> Iterator[tuple[Run, Run]]:
    """Where both rows are: their runs in pairs, each pair divided wherever one of the rows changes, or at ``cuts``."""
    start = max(one[0].start, other[0].start, within.start if within else 0)
    end = min(one[-1].end, other[-1].end, *((within.end,) if within else ()))
    inner = {run.start for run in (*one, *other)} | set(cuts)
    edges = [start, *sorted(edge for edge in inner if start < edge < end), end]
    for low, high in itertools.pairwise(edges):
        yield from zip(_clipped(one, low, high), _clipped(other, low, high), strict=True)


def _merged(row: Iterable[Run]) -> Row:
    """A row in which what simply goes on is one run."""
    merged: list[Run] = []
    for run in row:
        if merged and merged[-1].picture.after(merged[-1].frames) == run.picture:
            merged[-1] = replace(merged[-1], frames=merged[-1].frames + run.frames)
        else:
            merged.append(run)
    return tuple(merged)
