"""The decision guide: which engine does what, why, and what speaks against it, before anything is rendered."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from math import ceil

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from edl import codes
from edl.findings import Finding, Place
from edl.loader import Loaded
from edl.paths import files_of
from edl.project import AnySegment, Cutaway, Kind, Narrate, Spoken, Talk
from edl.suggest import meant, nearest
from edl.timeline import Timeline
from engines.contract import Does, Engine, Limits, Wish
from engines.registry import engine as registered
from engines.registry import missing, names, remedy
from flows.choose import MAKES, Choice, choose, choose_voice, filled, params_for, pictureless, unheard, voice_params
from flows.gather import Known, place_of
from flows.plan_takes import delivery_shape
from flows.split import evenly

FindEngine = Callable[[str], Engine]


@dataclass(frozen=True)
class Chosen:
    """One choice of the guide, for a segment."""

    segment: str
    choice: Choice


@dataclass(frozen=True)
class Advice:
    """All choices and findings. ``lacks`` is what must be installed before the choices can run here."""

    choices: tuple[Chosen, ...]
    findings: tuple[Finding, ...]
    lacks: tuple[Finding, ...]


def advise(loaded: Loaded, known: Known, timeline: Timeline, find_engine: FindEngine = registered) -> Advice:
    """Choose engines for every segment and judge the choices.

    :param timeline: lengths as far as they are known
    """
    choices: list[Chosen] = []
    findings: list[Finding] = []
    using: dict[str, tuple[Engine, list[str]]] = {}
    for segment in loaded.project.segments:
        for choice in _choices(loaded, known, segment, find_engine):
            choices.append(Chosen(segment.id, choice))
            place = loaded.places.of(segment.id, "engine")
            engine = find(choice.engine, place, find_engine)
            if isinstance(engine, Finding):
                findings.append(engine)
                continue
            using.setdefault(engine.name, (engine, []))[1].append(segment.id)
            raw = _judge(loaded, known, timeline, segment, choice, engine)
            findings += [finding.allowed_by(segment.allow) for finding in raw]
    return Advice(tuple(choices), tuple(dict.fromkeys(findings)), tuple(_lacks(loaded, using.values())))


def _lacks(loaded: Loaded, using: Iterable[tuple[Engine, list[str]]]) -> Iterator[Finding]:
    """One finding for each engine that cannot run here, with the segments that wait for it."""
    for engine, written in using:
        if absent := missing(engine):
            segments = tuple(dict.fromkeys(written))
            words = f"{_some(segments)} cannot be rendered here: {engine.name} needs {', '.join(absent)}"
            install = remedy(engine)
            exact = f"Run {install}, render on another machine, or choose another engine; cutaway doctor says more."
            place = loaded.places.of(segments[0], "engine")
            yield codes.ENGINE_MISSING.at(place, f"{words}, which is not installed", install and exact)


def _some(names: tuple[str, ...]) -> str:
    """A few names and how many more: ``hello, story and 3 more``."""
    first, last = (names[:-1], names[-1]) if len(names) <= 3 else (names[:2], f"{len(names) - 2} more")
    return f"{', '.join(first)} and {last}" if first else last


def find(name: str, place: Place, find_engine: FindEngine) -> Engine | Finding:
    """An engine by name, or what to say when there is none."""
    try:
        return find_engine(name)
    except (KeyError, TypeError, ImportError):
        return codes.ENGINE_UNKNOWN.at(place, f"there is no engine {name}", meant(name, names()))


def _choices(loaded: Loaded, known: Known, segment: AnySegment, find_engine: FindEngine) -> Iterator[Choice]:
    if isinstance(segment, Spoken):
        yield choose_voice(loaded.project, segment, find_engine)
    picture = choose(loaded.project, segment, find_engine, known.facts_of)
    if picture:
        yield picture


def _judge(
    loaded: Loaded, known: Known, timeline: Timeline, segment: AnySegment, choice: Choice, engine: Engine
) -> Iterator[Finding]:
    place = loaded.places.of(segment.id, "engine")
    wanted = Does.VOICE if choice.role.value == "voice" else MAKES[segment.kind]
    if wanted not in engine.does:
        yield _unfit(segment, engine, wanted, place)
        return
    voice = choice.role.value == "voice"
    misplaced = tuple(_misplaced(loaded, segment, engine, voice))
    yield from misplaced
    if misplaced:
        return
    try:
        if voice and isinstance(segment, Spoken):
            params = voice_params(loaded.project, segment, choice, engine)
        else:
            params = params_for(engine, segment, dict(segment.params))
    except ValidationError as error:
        for trouble in error.errors():
            yield _param_trouble(loaded, segment, engine, voice, trouble)
        return
    if isinstance(segment, Narrate):
        for name in pictureless(segment):
            words = f"{segment.id} is a narration, which has no picture; {name} would be ignored"
            yield codes.CONTROL_UNSUPPORTED.at(loaded.places.of(segment.id, name), words)
    wish = _wish(loaded, known, timeline, segment)
    if not voice:
        yield from _limits(loaded, segment, engine, timeline, engine.limits_for(params))
        yield from _face_in_shot(loaded, known, segment, engine)
    if wish is not None:
        yield from _relocated(loaded, segment, voice, engine.check(wish, params))


def _unfit(segment: AnySegment, engine: Engine, wanted: Does, place: Place) -> Finding:
    if isinstance(segment, Talk):
        return codes.SPEECH_NEEDS_ANIMATOR.at(place, f"{segment.id} speaks, and {engine.name} is no animator")
    if segment.kind is Kind.LOOP:
        return codes.CANNOT_LOOP.at(place, f"{engine.name} cannot make {segment.id}, a loop that closes")
    if isinstance(segment, Cutaway) and Does.TALK in engine.does:
        asks = f"the camera move {segment.camera}" if segment.camera else "a shot beyond the still"
        return codes.ANIMATOR_CANNOT_MOVE.at(place, f"{segment.id} asks {engine.name}, an animator, for {asks}")
    makes = ", ".join(sorted(does.value for does in engine.does))
    return codes.ENGINE_UNFIT.at(place, f"{segment.id} needs a {wanted.value}; {engine.name} makes: {makes}")


def _misplaced(loaded: Loaded, segment: AnySegment, engine: Engine, voice: bool) -> Iterator[Finding]:
    said = filled(engine, segment)
    settings = {name: loaded.places.of(segment.id, f"params.{name}") for name in segment.params}
    if voice and isinstance(segment, Spoken):
        settings = settings if isinstance(segment, Narrate) else {}
        member = loaded.project.cast.get(segment.who)
        for name in member.voice_params if member else ():
            settings[name] = loaded.places.at(f"cast.{segment.who}.voice_params.{name}")
    for name in sorted(said & settings.keys()):
        message = f"{name} is no setting of {engine.name}, but a key beside the settings"
        yield codes.PARAM_MISPLACED.at(settings[name], message)


def _param_trouble(
    loaded: Loaded,
    segment: AnySegment,
    engine: Engine,
    voice: bool,
    trouble: ErrorDetails,
) -> Finding:
    name = str(trouble["loc"][0]) if trouble["loc"] else ""
    place = _setting_place(loaded, segment, voice, name)
    if trouble["type"] == "extra_forbidden":
        remedy = meant(name, set(engine.params.model_fields) - filled(engine, segment), "setting")
        return codes.PARAM_UNKNOWN.at(place, f"{engine.name} has no setting {name}", remedy)
    offered = re.findall(r"'([^']*)'", trouble["ctx"]["expected"]) if trouble["type"] == "literal_error" else ()
    guess = nearest(str(trouble["input"]), offered)
    words = f"{name} does not fit {engine.name}: {trouble['msg']}"
    return codes.PARAM_WRONG.at(place, words, f'Did you mean "{guess}"?' if guess else "")


def _setting_place(loaded: Loaded, segment: AnySegment, voice: bool, name: str) -> Place:
    """Where a setting of an engine is written: in the segment, or with the person whose voice it is."""
    if voice and name not in segment.params and isinstance(segment, Spoken):
        return loaded.places.at(f"cast.{segment.who}.voice_params.{name}")
    return loaded.places.of(segment.id, f"params.{name}" if name in segment.params else name)


def _limits(
    loaded: Loaded, segment: AnySegment, engine: Engine, timeline: Timeline, limits: Limits
) -> Iterator[Finding]:
    fps = loaded.project.output.fps
    for name in unheard(engine, segment, limits):
        if name == "prompt" and limits.stand_in:
            continue
        if name == "mask":
            words = f"{engine.name} takes no mask; all of the picture would move"
            yield codes.MASK_UNSUPPORTED.at(loaded.places.of(segment.id, name), words)
            continue
        yield codes.CONTROL_UNSUPPORTED.at(
            loaded.places.of(segment.id, name), f"{engine.name} has no {name}; it would be ignored"
        )
    if limits.stand_in:
        words = f"{segment.id} is made by {engine.name}: {limits.stand_in}"
        yield codes.STAND_IN.at(loaded.places.of(segment.id), words)
    if limits.invents and len(segment.seeds) == 1:
        yield codes.TAKE_SINGLE.at(loaded.places.of(segment.id, "takes"), f"{segment.id} asks for one take only")
    try:
        frames = timeline.slot(segment.id).moving.frames
    except KeyError:
        return
    seconds = float(frames / fps)
    if isinstance(segment, Talk) and limits.longest is not None and frames > limits.longest * fps:
        parts = ceil(frames / (limits.longest * fps))
        yield codes.TALK_SPLIT.at(
            loaded.places.of(segment.id),
            f"{segment.id} lasts {seconds:.1f} s; {engine.name} holds {float(limits.longest):g} s, so it is made in "
            f"about {parts} parts divided at pauses",
        )
    if isinstance(segment, Cutaway):
        yield from _long_shot(loaded, segment, engine, limits, frames, seconds)


def _long_shot(
    loaded: Loaded, segment: Cutaway, engine: Engine, limits: Limits, frames: int, seconds: float
) -> Iterator[Finding]:
    bounds = [bound for bound in (limits.longest, limits.stable) if bound is not None]
    if not bounds:
        return
    pieces = len(evenly(frames, loaded.project.output.fps, min(bounds)))
    place = loaded.places.of(segment.id, "duration")
    chained = segment.join == "chain" and limits.chains
    if pieces > 1:
        how = "chained parts" if chained else "shots with cuts between them"
        yield codes.SHOT_TOO_LONG.at(
            place,
            f"{segment.id} lasts {seconds:.1f} s; {engine.name} stays stable for {float(min(bounds)):g} s, so it "
            f"is made as {pieces} {how}",
        )
    if chained and pieces > 2:
        yield codes.CHAIN_LONG.at(place, f"{segment.id} is chained of {pieces} parts")
    if segment.join == "chain" and not limits.chains:
        yield codes.CONTROL_UNSUPPORTED.at(
            loaded.places.of(segment.id, "join"), f"{engine.name} cannot chain; the parts are cut together"
        )


def _face_in_shot(loaded: Loaded, known: Known, segment: AnySegment, engine: Engine) -> Iterator[Finding]:
    if not isinstance(segment, Cutaway) or not engine.limits.invents:
        return
    facts = known.facts.get(known.digests.get(segment.image, ""))
    if facts and facts.faces and facts.faces.faces:
        count = "a face" if facts.faces.faces == 1 else f"{facts.faces.faces} faces"
        yield codes.FACE_IN_SHOT.at(loaded.places.of(segment.id, "image"), f"{segment.image} shows {count}")


def _wish(loaded: Loaded, known: Known, timeline: Timeline, segment: AnySegment) -> Wish | None:
    try:
        slot = timeline.slot(segment.id).moving
    except KeyError:
        return None
    shape = delivery_shape(loaded.project)
    facts = {
        name: known.facts[known.digests[written]]
        for name, (_, written) in files_of(segment, loaded.project).items()
        if known.digests.get(written, "") in known.facts
    }
    return Wish(segment, slot.frames / shape.fps, slot.frames, shape, facts=facts)


def _relocated(loaded: Loaded, segment: AnySegment, voice: bool, findings: tuple[Finding, ...]) -> Iterator[Finding]:
    """An engine knows only the field, or the setting (``params.name``); the project knows file and line."""
    for finding in findings:
        path = finding.place.path
        named = files_of(segment, loaded.project).get(path)
        place = place_of(loaded, segment, named[0] if named else path)
        if path.startswith("params."):
            place = _setting_place(loaded, segment, voice, path.removeprefix("params."))
        yield replace(finding, place=place)
