"""Planning what segments are made of: voices, cues, and the parts of takes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

from pydantic import BaseModel, JsonValue, ValidationError

from edl.clock import rate_text
from edl.facts import InputFacts, VoiceFacts
from edl.paths import files_of
from edl.project import AnySegment, Cutaway, Project, Spoken, Talk
from edl.region import is_region
from edl.timeline import Slot, Timeline, Voiced, estimated
from engines.contract import Engine, Shape, Wish
from flows.choose import choose, choose_voice, params_for, voice_params
from flows.drafting import Drafted, Situation, Wanted, draft_step
from flows.lengths import too_short
from flows.plan import StepKind, TakeState
from flows.plan_sync import Synced, plan_sync
from flows.split import Piece, at_pauses, evenly

FURTHER = frozenset({"last", "mask"})  # inputs that an engine takes only where it says so
PART_SEED = 7919  # a prime stride, so that the shots of one take never share a seed with another take


@dataclass(frozen=True)
class Take:
    """A planned take: its pieces in frames of the segment, and one drafted step for each."""

    state: TakeState
    pieces: tuple[Piece, ...]
    parts: tuple[Drafted, ...]
    dub: Drafted | None = None  # the recording that is heard instead of the take's own sound


@dataclass(frozen=True)
class Footing:
    """What a segment's takes stand on: its engine and checked parameters, where it lies, and its voice."""

    segment: AnySegment
    engine: Engine
    params: BaseModel
    slot: Slot
    voice: Drafted | None
    voiced: Voiced
    synced: Synced | None = None


@dataclass(frozen=True)
class Ask:
    """What one take is asked for. ``changes`` is what a retake sets otherwise than the project."""

    seed: int
    params: BaseModel
    changes: Mapping[str, JsonValue] = field(default_factory=dict)
    retake: bool = False


def plan_voice(situation: Situation, segment: Spoken) -> Drafted:
    """The step that speaks a text or times a recording."""
    choice = choose_voice(situation.project, segment, situation.find_engine)
    engine = situation.find_engine(choice.engine)
    params = voice_params(situation.project, segment, choice, engine)
    sources: Wanted = {"audio": situation.source(segment.audio)} if segment.audio else {}
    recorded = situation.facts_of(segment.audio).sound
    length = recorded.seconds if recorded else float(estimated(segment.wording).seconds)
    seed = segment.seeds[0] if engine.limits.seeded else 0
    return draft_step(
        situation, f"voice:{segment.id}", segment.id, StepKind.VOICE, engine, params, sources, seed=seed, units=length
    )


def plan_voices(situation: Situation) -> dict[str, Drafted]:
    """The voices of all segments that speak, by segment."""
    return {
        segment.id: plan_voice(situation, segment)
        for segment in situation.project.segments
        if isinstance(segment, Spoken)
    }


def voiced(drafted: Drafted, segment: Spoken) -> Voiced:
    """How long a voice is: known once it exists."""
    facts = voice_facts(drafted)
    return Voiced(facts.seconds, facts.words) if facts else estimated(segment.wording)


def voice_facts(drafted: Drafted) -> VoiceFacts | None:
    """The facts of a finished voice."""
    if drafted.part is None or "voice" not in drafted.part.facts:
        return None
    try:
        return VoiceFacts.model_validate(drafted.part.facts["voice"])
    except ValidationError:
        return None


def delivery_shape(project: Project) -> Shape:
    """Size and rate of the main delivery."""
    return Shape(project.output.width, project.output.height, project.output.fps)


def footing(situation: Situation, segment: AnySegment, timeline: Timeline, voices: Mapping[str, Drafted]) -> Footing:
    """Gather what a segment's takes stand on.

    :raises KeyError: for a segment without a picture or without a place on the timeline
    """
    choice = choose(situation.project, segment, situation.find_engine)
    if choice is None:
        raise KeyError(segment.id)
    engine = situation.find_engine(choice.engine)
    params = params_for(engine, segment, dict(segment.params))
    voice = voices.get(segment.id)
    length = voiced(voice, segment) if voice and isinstance(segment, Spoken) else Voiced(Fraction(0))
    synced = plan_sync(situation, segment, timeline, voices)
    return Footing(segment, engine, params, timeline.slot(segment.id).moving, voice, length, synced)


def plan_takes(
    situation: Situation, foot: Footing, asks: tuple[Ask, ...]
) -> Iterator[tuple[Take, tuple[Drafted, ...]]]:
    """All takes of a segment; with each the steps that only its sound needs."""
    sounds: dict[tuple[Piece, ...], tuple[Drafted, ...]] = {}
    for number, ask in enumerate(asks, 1):
        own = replace(foot, params=ask.params)
        pieces = split_take(own, situation.project.output.fps)
        new = _speaks(own) and pieces not in sounds
        if new:
            sounds[pieces] = _cues(situation, own, pieces, f"/{number}" if sounds else "")
        cues = sounds.get(pieces, ())
        parts: list[Drafted] = []
        for at in range(len(pieces)):
            previous = parts[-1] if parts and _chained(own) else None
            parts.append(_part(situation, own, number, ask.seed, at, pieces, cues[at] if cues else None, previous))
        names = tuple(part.step.name for part in parts)
        complete = all(part.part is not None for part in parts)
        state = TakeState(
            own.segment.id, number, ask.seed, own.engine.name, names, complete, params=ask.changes, retake=ask.retake
        )
        yield Take(state, pieces, tuple(parts)), cues if new else ()


def choose_take(situation: Situation, takes: list[Take]) -> Take:
    """The take that stands: a person's pick, else the first good one, else the first that may still come."""
    segment = takes[0].state.segment
    picked, rejected = situation.picks.picked(segment), situation.picks.rejected(segment)
    usable = [take for take in takes if not any(name and _listed(name, rejected) for name in take.state.parts)]
    if not usable:
        return _refused(takes[0])
    for take in usable:
        if picked and take.state.parts[0].startswith(picked):
            return _stand(take)
    complete = sorted((take for take in usable if take.state.complete), key=lambda take: too_short(situation, take))
    if complete:
        return _stand(complete[0])
    hopeful = [take for take in usable if not any(name in situation.failed for name in take.state.parts)]
    return _stand((hopeful or usable)[0])


def split_take(foot: Footing, fps: Fraction) -> tuple[Piece, ...]:
    """The parts of a take: a long talk divided at pauses, a long shot into several shots."""
    limits, frames = foot.engine.limits_for(foot.params), foot.slot.frames
    if _speaks(foot):
        return at_pauses(frames, fps, limits.longest, foot.slot.voice, foot.voiced.words)
    if isinstance(foot.segment, Cutaway):
        bounds = [bound for bound in (limits.longest, limits.stable) if bound is not None]
        return evenly(frames, fps, min(bounds) if bounds else None, _written(foot, fps))
    return (Piece(0, frames),)


def _refused(take: Take) -> Take:
    """What stands where every take was rejected: nothing, and steps that need it wait for another."""
    wanted = f"a take of {take.state.segment} that was not rejected"
    parts = tuple(Drafted(replace(part.step, id=wanted), None) for part in take.parts)
    return replace(take, parts=parts)


def _stand(take: Take) -> Take:
    return replace(take, state=replace(take.state, chosen=True))


def _listed(name: str, prefixes: frozenset[str]) -> bool:
    return any(name.startswith(prefix) for prefix in prefixes)


def _speaks(foot: Footing) -> bool:
    return isinstance(foot.segment, Talk)


def _chained(foot: Footing) -> bool:
    return foot.engine.limits.chains and isinstance(foot.segment, Cutaway) and foot.segment.join == "chain"


def _cues(situation: Situation, foot: Footing, pieces: tuple[Piece, ...], mark: str) -> tuple[Drafted, ...]:
    return tuple(
        _cue(situation, foot, f"cue:{foot.segment.id}{mark}#{at}", piece) for at, piece in enumerate(pieces, 1)
    )


def _cue(situation: Situation, foot: Footing, step_id: str, piece: Piece) -> Drafted:
    engine = situation.find_engine("conformer/cue")
    fps = rate_text(situation.project.output.fps)
    params = engine.params.model_validate(
        {"lead": foot.slot.voice, "first": piece.first, "frames": piece.frames, "fps": fps}
    )
    voice = foot.voice
    sources: Wanted = (
        {"voice": voice.source(), "timings": voice.source("timings.json")} if voice else {"voice": "a voice"}
    )
    return draft_step(situation, step_id, foot.segment.id, StepKind.CUE, engine, params, sources)


def _part(
    situation: Situation,
    foot: Footing,
    number: int,
    seed: int,
    at: int,
    pieces: tuple[Piece, ...],
    cue: Drafted | None,
    previous: Drafted | None,
) -> Drafted:
    fps, piece = situation.project.output.fps, pieces[at]
    whole = _written(foot, fps)
    ignored = FURTHER - foot.engine.limits_for(foot.params).files
    written = {
        name: path
        for name, path in picture_inputs(situation.project, foot.segment).items()
        if name not in ignored and (not is_region(name) or "regions" in type(foot.params).model_fields)
    }
    facts = {name: situation.facts_of(path) for name, path in written.items()}
    wish = Wish(
        foot.segment,
        whole / len(pieces) if whole else piece.frames / fps,
        piece.frames,
        delivery_shape(situation.project),
        piece.first / fps,
        _with_voice(facts, cue),
        sum(later.frames for later in pieces[at + 1 :]) / fps,
    )
    sources: dict[str, object] = {name: situation.source(path) for name, path in written.items()}
    if cue is not None:
        sources |= {"sound": cue.source(), "timings": cue.source("timings.json")}
    if previous is not None:
        sources["previous"] = previous.source()
    # Nothing is bought before it is certain that it fits over its host.
    moves = foot.segment.duration is None or foot.segment.snap is not None
    if not foot.slot.exact and (moves or foot.engine.limits.paid):
        sources["length"] = f"voice:{_awaited(situation, foot.segment)}"
    params = foot.engine.part(wish, foot.params)
    if foot.synced is not None:
        own = {name: value for name, value in foot.synced.settings.items() if name in type(params).model_fields}
        params = params.model_copy(update=own)
        sources |= {"sync": foot.synced.lacks} if foot.synced.lacks else {}
    if (lettering := situation.letterings.get(foot.segment.id)) is not None:
        params = lettering.params(params)
        sources |= lettering.sources()
    native = foot.engine.native(wish, params)
    step_id = f"take:{foot.segment.id}/{number}" + (f"#{at + 1}" if at or piece.frames != foot.slot.frames else "")
    if seed and foot.engine.limits.seeded and not _chained(foot):
        seed += PART_SEED * at
    return draft_step(
        situation,
        step_id,
        foot.segment.id,
        StepKind.TAKE,
        foot.engine,
        params,
        sources,  # type: ignore[arg-type]
        native,
        seed,
        native.frames,
    )


def _awaited(situation: Situation, segment: AnySegment) -> str:
    """Whose voice decides how long a segment shows, by its own words or by those of what it lies over."""
    hosts = (situation.project.segment(name) for name in segment.hosts)
    return (
        segment.id if isinstance(segment, Spoken) else next((h.id for h in hosts if isinstance(h, Spoken)), segment.id)
    )


def _written(foot: Footing, fps: Fraction) -> Fraction | None:
    """The length of a shot as the project writes it, for engines with a rate of their own: ordered by that and not by
    the delivery's frames, it is never bought again for another delivery rate. Rounding lacks less than a frame."""
    segment = foot.segment
    if not foot.engine.limits.own_shape or not isinstance(segment, Cutaway) or segment.duration is None:
        return None
    if segment.snap is not None:
        return None  # it may get longer than it is written
    return segment.duration.exact(fps) / fps


def _with_voice(facts: dict[str, InputFacts], cue: Drafted | None) -> dict[str, InputFacts]:
    spoken = voice_facts(cue) if cue else None
    return {**facts, "sound": InputFacts(voice=spoken)} if spoken else facts


def picture_inputs(project: Project, segment: AnySegment) -> dict[str, str]:
    """Input files of a segment's picture: name to path as written. Fonts come as what they are needed for."""
    others = ("audio", "clean", "font")
    return {name: written for name, (_, written) in files_of(segment, project).items() if name not in others}
