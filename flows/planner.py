"""Planning: from a situation (project, files, store, picks) to a plan. A pure function; nothing is made here."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

from edl.clock import Time
from edl.findings import Finding
from edl.hearing import Bed, Hearing, Tie
from edl.music import Mark
from edl.occupied import settled
from edl.project import Clip, Narrate, Spoken
from edl.timeline import Timeline, lay_out
from flows.asks import asks_of, lost_retakes, stale_picks
from flows.caption_remarks import caption_remarks
from flows.drafting import Drafted, Situation
from flows.lengths import length_findings
from flows.overlays import logo_sizes, overlay_remarks
from flows.plan import Delivery, Plan, Step, TakeState
from flows.plan_conform import plan_conform
from flows.plan_stills import poster_remarks
from flows.plan_takes import Footing, Take, choose_take, footing, plan_takes, plan_voices, voiced


def plan(situation: Situation) -> Plan:
    """What a render would do now, and why.

    Steps stand in an order in which they can be made: voices, takes by segment, runs, mix, finished files.
    Segments must have passed ``check``: engines exist and parameters fit.
    """
    project = settled(situation.project, logo_sizes(situation))
    situation = replace(situation, project=project)
    voices = plan_voices(situation)
    timeline = timeline_of(situation, voices)
    steps: list[Step] = [voice.step for voice in voices.values()]
    states: list[TakeState] = []
    standing: dict[str, Take] = {}
    remarks: list[Finding] = []
    placed = {slot.segment for slot in (*timeline.spine, *timeline.overlays)}
    for segment in project.segments:
        if isinstance(segment, Narrate) or segment.id not in placed:
            continue
        takes: list[Take] = []
        foot = footing(situation, segment, timeline, voices)
        if foot.synced is not None:
            steps += [drafted.step for drafted in foot.synced.steps]
            remarks += foot.synced.findings
        asks, refused = asks_of(situation, foot)
        remarks += refused
        for take, cues in plan_takes(situation, foot, asks):
            steps += [drafted.step for drafted in (*cues, *take.parts)]
            takes.append(take)
        stands = choose_take(situation, takes)
        standing[segment.id] = replace(stands, dub=foot.synced.dub if foot.synced else None)
        states += [stands.state if take.state.number == stands.state.number else take.state for take in takes]
    deliveries: list[Delivery] = []
    for drafted in plan_conform(situation, timeline, standing, voices):
        if isinstance(drafted, Delivery):
            deliveries.append(drafted)
        elif isinstance(drafted, Finding):
            remarks.append(drafted)
        else:
            steps.append(drafted.step)
    remarks += caption_remarks(situation, timeline, voices)
    remarks += [finding for take in standing.values() for finding in length_findings(situation, take)]
    remarks += (*stale_picks(situation, states), *lost_retakes(situation, frozenset(standing)))
    remarks += (*poster_remarks(situation, timeline), *overlay_remarks(situation, timeline, standing))
    return Plan(timeline, tuple(steps), tuple(deliveries), tuple(states), tuple(remarks))


def footing_of(situation: Situation, segment_id: str) -> Footing:
    """What one segment's takes stand on.

    :raises KeyError: for a segment without a picture or without a place on the timeline
    """
    project = situation.project
    voices = plan_voices(situation)
    return footing(situation, project.segment(segment_id), timeline_of(situation, voices), voices)


def timeline_of(situation: Situation, voices: dict[str, Drafted]) -> Timeline:
    """The timeline with all that is known of voices and footage."""
    project = situation.project
    lengths = {
        segment.id: voiced(voices[segment.id], segment)
        for segment in project.segments
        if isinstance(segment, Spoken) and segment.id in voices  # check looks at projects whose voices do not fit
    }
    return lay_out(project, lengths, _footage_lengths(situation), _hearing(situation))


def _hearing(situation: Situation) -> Hearing:
    """The beats and onsets of the music, and where it lies."""
    fps = situation.project.output.fps
    return Hearing(
        tuple(
            Bed(
                situation.facts_of(music.file).beats,
                _spot(music.from_, fps) if music.from_ else 0,
                _spot(music.until, fps) if music.until else None,
                music.in_.exact(fps) / fps,
                music.out.exact(fps) / fps if music.out else None,
                music.loop,
                name=music.file,
            )
            for music in situation.project.music
        )
    )


def _spot(place: Mark | Time, fps: Fraction) -> int | Tie:
    return place.start(fps) if isinstance(place, Time) else Tie(place.segment, int(place.shift.exact(fps)))


def _footage_lengths(situation: Situation) -> dict[str, Fraction]:
    """Seconds that each clip's file has after its ``in``, where measured."""
    found: dict[str, Fraction] = {}
    for segment in situation.project.segments:
        if isinstance(segment, Clip):
            footage = situation.facts_of(segment.file).footage
            if footage:
                fps = situation.project.output.fps  # times of a project count in its own frames
                begin = segment.in_.exact(fps) / fps
                found[segment.id] = max(Fraction(0), Fraction(footage.frames) / Fraction(footage.fps) - begin)
    return found
