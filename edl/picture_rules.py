"""Rules of joins, layouts, ranges and logos that need more than one value of a project."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from edl import picture_codes
from edl.findings import Finding
from edl.logo import Logo
from edl.picture import Fill
from edl.project import AnySegment, Narrate, Spoken, Talk
from edl.runs import is_drawn
from edl.slot import Slot

if TYPE_CHECKING:
    from edl.places import Places
    from edl.project import Project
    from edl.timeline import Timeline

MOST_DARK = 0.5  # share of a narration


def picture_findings(project: Project, places: Places) -> Iterator[Finding]:
    """What is wrong with how pictures meet."""
    order = {segment.id: at for at, segment in reversed(list(enumerate(project.spine)))}
    for segment in project.segments:
        yield from _range(places, segment, order)
        yield from _layout(places, segment)
        yield from _transitions(project, places, segment)
        yield from _logos(project, places, segment.overlay, segment.id)
    yield from _logos(project, places, project.overlay, "")


def covered(project: Project) -> set[str]:
    """The segments that something lies over."""
    names = [segment.id for segment in project.spine]
    found: set[str] = set()
    for segment in project.overlays:
        first, last = segment.hosts[0], segment.hosts[-1]
        found |= {first, last}
        if first in names and last in names:
            found |= set(names[names.index(first) : names.index(last) + 1])
    return found


def unheard(segment: AnySegment, hosts: Sequence[AnySegment]) -> bool:
    """Whether a spoken segment lies where its voice would be lost or stand against another one. A talk over a picture
    without speech is heard: the speaker in the corner of a shot."""
    if not isinstance(segment, Spoken) or segment.over is None:
        return False
    return not isinstance(segment, Talk) or any(isinstance(host, Spoken) for host in hosts)


def _range(places: Places, segment: AnySegment, order: dict[str, int]) -> Iterator[Finding]:
    if not isinstance(segment.over, tuple):
        return
    first, last = segment.over
    if first in order and last in order and order[first] >= order[last]:
        how = "the same one twice" if first == last else f'but "{last}" comes before "{first}"'
        message = f'"{segment.id}" lies over "{first}" to "{last}", {how}'
        yield picture_codes.OVER_RANGE.at(places.of(segment.id, "over"), message)


def _layout(places: Places, segment: AnySegment) -> Iterator[Finding]:
    if segment.layout is None:
        return
    place = places.of(segment.id, "layout")
    if segment.over is None:
        if not place.path.startswith("defaults"):
            yield picture_codes.LAYOUT_BARE.at(place, f'"{segment.id}" has a layout: but lies over nothing')
    elif is_drawn(segment):
        message = f'the lower third "{segment.id}" has a layout:, but is drawn over the whole picture'
        yield picture_codes.LAYOUT_BARE.at(place, message, "Take layout: out, or set style: card.")


def _transitions(project: Project, places: Places, segment: AnySegment) -> Iterator[Finding]:
    """What defaults say counts only where it can."""
    if segment.over is not None:
        return
    place = places.of(segment.id, "transition")
    first = segment is project.spine[0]
    wished = segment.transition is not None and segment.transition.kind != "cut"
    if first and wished and not place.path.startswith("defaults"):
        yield picture_codes.TRANSITION_FIRST.at(place, f'"{segment.id}" is the first segment and has a transition:')
    place = places.of(segment.id, "transition_out")
    if segment.transition_out is not None and not place.path.startswith("defaults"):
        yield picture_codes.TRANSITION_OUT.at(place, f'"{segment.id}" has transition_out: but lies over nothing')


def _logos(project: Project, places: Places, logos: Sequence[Logo], segment: str) -> Iterator[Finding]:
    fps = project.output.fps
    for at, logo in enumerate(logos):
        if logo.until is not None and logo.until.start(fps) <= logo.from_.start(fps):
            path = f"overlay[{at}].until"
            place = places.of(segment, path) if segment else places.at(path)
            message = f"{logo.file} appears at {logo.from_} and is gone at {logo.until}"
            yield picture_codes.LOGO_NEVER.at(place, message)


def late_logos(project: Project, places: Places, timeline: Timeline) -> Iterator[Finding]:
    """Logos that would appear when all is over."""
    whole = (project.overlay, Slot("", 0, timeline.frames, exact=timeline.exact))
    lying = {slot.segment: slot for slot in (*timeline.spine, *timeline.overlays)}
    own = ((segment.overlay, lying[segment.id]) for segment in project.segments if segment.id in lying)
    for logos, slot in (whole, *own):
        for at, logo in enumerate(logos):
            first = logo.from_.start(timeline.fps)
            if slot.exact and first >= slot.frames:
                path, what = f"overlay[{at}].from", slot.segment or "the film"
                place = places.of(slot.segment, path) if slot.segment else places.at(path)
                lasts = f"{slot.frames} frames ({float(slot.frames / timeline.fps):.2f} s)"
                message = f"{logo.file} is to appear at {logo.from_}, but {what} lasts {lasts}"
                yield picture_codes.LOGO_NEVER.at(place, message, "Let it appear earlier.")


def dark_narrations(project: Project, timeline: Timeline) -> Iterator[tuple[str, str]]:
    """Narrations over which something lies, but which show black most of the time, behind a small picture, too; each
    with words. Those over which nothing lies are known without a timeline."""
    lying = covered(project)
    for slot in timeline.spine:
        if slot.segment not in lying or not isinstance(project.segment(slot.segment), Narrate):
            continue
        shared = (
            min(run.start + run.frames, slot.end) - max(run.start, slot.start)
            for run in timeline.runs
            if isinstance(run.picture.base, Fill)
        )
        dark = sum(frames for frames in shared if frames > 0)
        if dark > slot.frames * MOST_DARK:
            seconds = [float(frames / timeline.fps) for frames in (dark, slot.frames)]
            yield (
                slot.segment,
                f'nothing fills the picture for {seconds[0]:.1f} of {seconds[1]:.1f} s of "{slot.segment}"',
            )
