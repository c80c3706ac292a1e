"""Chapter marks: where each part of the film begins, as players and video sites read them."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from edl.project import Project
from edl.timeline import Timeline


@dataclass(frozen=True)
class Chapter:
    """A chapter from ``start`` to ``end`` (frames of the programme, the end not included)."""

    start: int
    end: int
    title: str


def chapters(project: Project, timeline: Timeline) -> tuple[Chapter, ...]:
    """One chapter for each segment of the spine that does not say ``chapter: false``; what comes before the first
    belongs to it, what says no belongs to the one before. A segment that is over before its join has become the next
    one has no frame of its own, and no chapter."""
    marks: list[tuple[int, str]] = []
    for slot in timeline.spine:
        title = project.segment(slot.segment).chapter
        if title is not False:
            marks.append((slot.start if marks else 0, title or slot.segment))
    ends = [start for start, _ in marks[1:]] + [timeline.frames]
    return tuple(Chapter(start, end, title) for (start, title), end in zip(marks, ends, strict=True) if start < end)


def as_vtt(found: tuple[Chapter, ...], fps: Fraction) -> str:
    """WebVTT, for a track of the kind ``chapters``."""
    cues = []
    for number, chapter in enumerate(found, 1):
        title = chapter.title.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
        cues.append(f"{number}\n{_clock(chapter.start / fps)} --> {_clock(chapter.end / fps)}\n{title}\n")
    return "\n".join(["WEBVTT\n", *cues])


def as_text(found: tuple[Chapter, ...], fps: Fraction) -> str:
    """One line a chapter, as video sites read them in a description: whole seconds, rounded down, and the title."""
    lines = []
    for chapter in found:
        seconds = int(chapter.start / fps)
        hours = f"{seconds // 3600}:{seconds // 60 % 60:02}" if seconds >= 3600 else f"{seconds // 60 % 60}"
        lines.append(f"{hours}:{seconds % 60:02} {chapter.title}\n")
    return "".join(lines)


def _clock(time: Fraction) -> str:
    whole = round(time * 1000)
    return f"{whole // 3_600_000:02}:{whole // 60_000 % 60:02}:{whole // 1000 % 60:02}.{whole % 1000:03}"
