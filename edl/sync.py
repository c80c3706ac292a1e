"""Footage and the clean recording that it belongs to (``sync_to:``)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from edl.codes import FILE_MISSING
from edl.facts import Fact
from edl.findings import Finding
from edl.paths import Unusable
from edl.places import Places
from edl.project import AnySegment, Clip, Project, Spoken
from edl.suggest import nearest
from edl.sync_codes import SYNC_HOST, SYNC_LEAD, SYNC_START, SYNC_UNHEARD


@dataclass(frozen=True)
class Clean:
    """What a clip belongs to: the voice of the segment that it lies over, or a file."""

    voice: str = ""
    file: str = ""


class SyncFacts(Fact):
    """How a clip lies against a recording: its second ``t`` is second ``offset + t x (1 + ppm / 1e6)`` of that.

    ``confidence`` is 0 to 1, ``windows`` how many stretches agreed, ``spread`` their median distance from that line in
    seconds; ``clip`` and ``clean`` are the lengths of both in seconds.
    """

    offset: float
    ppm: float
    confidence: float
    windows: int
    spread: float
    clip: float
    clean: float

    def in_clean(self, seconds: float) -> float:
        """The moment of the recording that belongs to one of the clip."""
        return self.offset + seconds * (1 + self.ppm / 1e6)

    def in_clip(self, seconds: float) -> float:
        """The moment of the clip that belongs to one of the recording."""
        return (seconds - self.offset) / (1 + self.ppm / 1e6)


def clean_of(project: Project, segment: AnySegment) -> Clean | None:
    """What a segment is to be in sync with; None where it does not say so.

    The voice that it lies over may be named by its segment or by its recording.
    """
    if not isinstance(segment, Clip) or segment.sync_to is None:
        return None
    for other in project.segments:
        if isinstance(other, Spoken) and (
            segment.sync_to == other.id or ((other.id,) == segment.hosts and other.audio == segment.sync_to)
        ):
            return Clean(voice=other.id)
    return Clean(file=segment.sync_to)


def no_voice_either(project: Project, written: str, found: Unusable) -> Unusable:
    """A missing file of ``sync_to``, said so that a mistyped segment is recognised as well."""
    if found.code is not FILE_MISSING:
        return found
    voices = [segment.id for segment in project.segments if isinstance(segment, Spoken)]
    message = f'{found.message}, and no segment with a voice is called "{written}"'
    guess = nearest(written, voices)
    remedy = f'Did you mean the segment "{guess}"?' if guess else found.remedy or "Name a recording, or a segment."
    return replace(found, message=message, remedy=remedy)


def sync_findings(project: Project, places: Places, segment: AnySegment) -> Iterator[Finding]:
    """What is wrong between a clip's ``sync_to`` and the rest of the project."""
    clean = clean_of(project, segment)
    if clean is None or not isinstance(segment, Clip):
        return
    place = places.of(segment.id, "sync_to")
    if clean.voice and segment.hosts != (clean.voice,):
        yield SYNC_HOST.at(place, f'"{segment.id}" is in sync with {clean.voice}, but does not lie over it')
    elif clean.voice and "in_" in segment.model_fields_set:
        yield SYNC_START.at(places.of(segment.id, "in"), f'"{segment.id}" has both in: and sync_to: {segment.sync_to}')
    elif clean.file and any(other.id == clean.file for other in project.segments):
        yield SYNC_HOST.at(place, f'"{clean.file}" is a segment without a voice of its own')
    elif clean.file and not (segment.sound if segment.sound is not None else segment.over is None):
        yield SYNC_UNHEARD.at(place, f'"{segment.id}" is to sound like {clean.file}, but its sound is off')
    elif clean.file and not (segment.sounding.lead.nothing and segment.sounding.lag.nothing):
        named = "lead" if not segment.sounding.lead.nothing else "lag"
        yield SYNC_LEAD.at(places.of(segment.id, "sound"), f'"{segment.id}" has both sync_to: and {named}:')
