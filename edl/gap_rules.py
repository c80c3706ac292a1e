"""Short gaps of black between two pictures over narrations: the usual slip of a length or a start."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from edl.findings import Finding
from edl.picture import Fill
from edl.picture_codes import NARRATION_GAP
from edl.project import Narrate
from edl.runs import is_drawn

if TYPE_CHECKING:
    from edl.places import Places
    from edl.project import Project
    from edl.slot import Slot
    from edl.timeline import Timeline

LONGEST = 1  # seconds; a longer one is seen while editing, and may be meant


def gap_findings(project: Project, places: Places, timeline: Timeline) -> Iterator[Finding]:
    """Every stretch of black of under a second that lies between two pictures, with both names."""
    slots = [slot for slot in (*timeline.spine, *timeline.overlays) if slot.exact and _fills(project, slot)]
    ends, starts = {slot.end: slot for slot in slots}, {slot.start: slot for slot in slots}
    for first, last in _dark(timeline):
        before, after = ends.get(first), starts.get(last)
        if before is None or after is None or last - first >= LONGEST * timeline.fps:
            continue
        if not (before.leave and after.enter):  # both go through black: that is meant
            yield _gap(project, places, before, after, timeline)


def _fills(project: Project, slot: Slot) -> bool:
    """Whether a segment fills the picture."""
    segment = project.segment(slot.segment)
    return segment.layout is None and not is_drawn(segment) and not isinstance(segment, Narrate)


def _dark(timeline: Timeline) -> Iterator[tuple[int, int]]:
    """Stretches in which nothing but black fills the picture: first frame, and one behind the last."""
    begin = None
    for run in timeline.runs:
        dark = isinstance(run.picture.base, Fill)
        if dark and begin is None:
            begin = run.start
        if not dark and begin is not None:
            yield begin, run.start
            begin = None


def _gap(project: Project, places: Places, before: Slot, after: Slot, timeline: Timeline) -> Finding:
    one, other, frames = project.segment(before.segment), project.segment(after.segment), after.start - before.end
    seconds = float(frames / timeline.fps)
    field = "duration" if one.duration is not None else "over"
    place = places.of(one.id, field) if one.over is not None else places.of(other.id, "from")
    where = f"from frame {before.end} ({float(before.end / timeline.fps):.2f} s) on"
    message = f'{frames} frames ({seconds:.2f} s) of black show between "{one.id}" and "{other.id}", {where}'
    longer = f" (duration: {one.duration.length(timeline.fps) + frames}f)" if one.duration is not None else ""
    remedy = f'Let "{one.id}" show {frames} frames longer{longer}, or let "{other.id}" begin {frames} frames earlier.'
    return NARRATION_GAP.at(place, message, remedy)
