"""Planning clips that belong to a clean recording: the measurement, and what follows from it.

A clip that names a *file* keeps its own picture, and the recording is cut to fit it. A clip that lies over a *voice*
follows that: its picture is shown where the voice wants it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from pydantic import ValidationError

from edl.clock import rate_text
from edl.findings import Finding, Severity
from edl.project import AnySegment, Clip
from edl.sync import SyncFacts, clean_of
from edl.sync_codes import SYNC_GAP, SYNC_SHORT, SYNC_SILENT, SYNC_UNSURE
from edl.timeline import Slot, Timeline
from flows.drafting import Drafted, Situation, Wanted, draft_step
from flows.plan import StepKind

SURE = 0.35  # measured: other speech, loops and tones reach .2; half a second of the right speech has .39
AUDIBLE = 0.00025  # seconds of drift over a clip that are left alone, so that samples can be copied as they are


@dataclass(frozen=True)
class Synced:
    """What is known of a clip's place. ``settings`` are those of the clip's engine; ``lacks`` is what its picture waits
    for; ``dub`` is the recording cut to fit it."""

    steps: tuple[Drafted, ...]
    settings: Mapping[str, float] = field(default_factory=dict)
    lacks: str = ""
    dub: Drafted | None = None
    findings: tuple[Finding, ...] = ()


def plan_sync(
    situation: Situation, segment: AnySegment, timeline: Timeline, voices: Mapping[str, Drafted]
) -> Synced | None:
    """The steps and settings of a clip with ``sync_to``; None for any other segment."""
    clean = clean_of(situation.project, segment)
    if clean is None or not isinstance(segment, Clip):
        return None
    footage = situation.facts_of(segment.file).footage
    if footage is not None and not footage.has_sound:
        silent = SYNC_SILENT.at(situation.place(segment.id, "file"), f"{segment.file} has no sound")
        return Synced((), lacks=f"{segment.file} with its sound", findings=(silent,))
    voice = voices.get(clean.voice)
    recording = voice.source() if voice else situation.source(clean.file or segment.sync_to or "")
    measure = _measure(situation, segment, {"file": situation.source(segment.file), "clean": recording})
    facts = sync_facts(measure)
    unsure = _doubts(situation, segment, facts) if facts else ()
    allowed = all(finding.severity is Severity.WARNING for finding in unsure)
    if facts is None or not allowed:
        # A partial master shows and plays what there is; the picture of a file does not hang on the recording.
        lacks = f"a sure place of {segment.id} in {segment.sync_to}" if facts else measure.step.id
        dub = None if voice else _dub(situation, segment, timeline.slot(segment.id).moving, lacks, None)
        return Synced((measure, dub) if dub else (measure,), {}, lacks if voice else "", dub, unsure)
    slot = timeline.slot(segment.id).moving
    if voice:
        host = timeline.slot(clean.voice)
        begin = float((slot.start - host.start - host.voice) / timeline.fps)
        settings = {"shift": round(facts.in_clip(begin), 6), "clock": round((1 / (1 + facts.ppm / 1e6) - 1) * 1e6, 3)}
        lacking = tuple(_lacking_picture(situation, segment, slot, settings["shift"], facts))
        return Synced((measure,), settings, "", None, (*unsure, *lacking))
    dub = _dub(situation, segment, slot, recording, facts)
    return Synced((measure, dub), {}, "", dub, (*unsure, *_lacking_sound(situation, segment, slot, facts)))


def sync_facts(measure: Drafted) -> SyncFacts | None:
    """What a finished measurement says."""
    if measure.part is None:
        return None
    try:
        return SyncFacts.model_validate(measure.part.facts.get("sync"))
    except ValidationError:
        return None


def _measure(situation: Situation, segment: Clip, sources: Wanted) -> Drafted:
    engine = situation.find_engine("conformer/sync")
    return draft_step(situation, f"sync:{segment.id}", segment.id, StepKind.SYNC, engine, engine.params(), sources)


def _dub(situation: Situation, segment: Clip, slot: Slot, clean: object, facts: SyncFacts | None) -> Drafted:
    engine, fps = situation.find_engine("conformer/dub"), situation.project.output.fps
    settings: dict[str, object] = {"frames": slot.frames, "fps": rate_text(fps)}
    if facts is not None:
        settings |= dict(zip(("start", "ppm"), _cut(facts, segment, slot.frames / fps, fps), strict=True))
    return draft_step(
        situation,
        f"dub:{segment.id}",
        segment.id,
        StepKind.SYNC,
        engine,
        engine.params.model_validate(settings),
        {"clean": clean},  # type: ignore[dict-item]
        units=float(slot.frames / fps),
    )


def _cut(facts: SyncFacts, segment: Clip, seconds: Fraction, fps: Fraction) -> tuple[float, float]:
    """Where in the recording a clip begins, and the skew to correct; one too small to matter is spread to both ends."""
    begin, drift = facts.in_clean(float(segment.in_.exact(fps) / fps)), facts.ppm * float(seconds) / 1e6
    if abs(drift) <= AUDIBLE:
        return round(begin + drift / 2, 6), 0.0
    return round(begin, 6), facts.ppm


def _doubts(situation: Situation, segment: Clip, facts: SyncFacts) -> tuple[Finding, ...]:
    """What speaks against a measurement; a warning only where the project allows it."""
    if facts.confidence >= SURE:
        return ()
    message = (
        f"{segment.file} was not found for certain in {segment.sync_to}: confidence {facts.confidence:.2f} is under "
        f"{SURE:.2f}"
    )
    return (SYNC_UNSURE.at(situation.place(segment.id, "sync_to"), message).allowed_by(segment.allow),)


def _lacking_picture(
    situation: Situation, segment: Clip, slot: Slot, begin: float, facts: SyncFacts
) -> Iterator[Finding]:
    fps = situation.project.output.fps
    end, frame = begin + float(slot.frames / fps) * (1 + facts.ppm / 1e6), float(1 / fps)
    if slot.exact and (begin < -frame or end > facts.clip + frame):
        yield SYNC_SHORT.at(
            situation.place(segment.id, "sync_to"),
            f"{segment.file} is {facts.clip:.2f} s long and fits the voice of {segment.hosts[0]}; from its start here "
            f"the picture is needed from {begin:.2f} s to {end:.2f} s of it",
        )


def _lacking_sound(situation: Situation, segment: Clip, slot: Slot, facts: SyncFacts) -> Iterator[Finding]:
    fps = situation.project.output.fps
    begin = facts.in_clean(float(segment.in_.exact(fps) / fps))
    end, frame = begin + float(slot.frames / fps), float(1 / fps)
    if begin < -frame or end > facts.clean + frame:
        yield SYNC_GAP.at(
            situation.place(segment.id, "sync_to"),
            f"{segment.sync_to} is {facts.clean:.2f} s long; {segment.id} needs it from {begin:.2f} s to {end:.2f} s",
        )
