"""Which engine makes what. The choice depends on the project and on what its files show, never on what is installed
here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from pydantic import BaseModel, JsonValue

from edl.facts import InputFacts
from edl.project import AnySegment, Clip, Kind, Loop, Narrate, Project, Role, SegmentBase, Spoken
from edl.pronounce import list_of, wanted_in
from engines.contract import Does, Engine, Limits
from engines.registry import engine as registered

EMBEDDED: dict[Role, tuple[str, ...]] = {
    Role.VOICE: ("voice/hibari", "voice/recording"),
    Role.TALK: ("animator/portrait",),
    Role.LOOP: ("animator/portrait",),
    Role.CUTAWAY: ("graphics/parallax",),
    Role.CLIP: ("footage/clip",),
    Role.TITLE: ("graphics/title",),
}
FACELESS = "graphics/parallax"  # makes the loop of a still that shows nobody
MAKES: dict[Kind, Does] = {
    Kind.TALK: Does.TALK,
    Kind.LOOP: Does.LOOP,
    Kind.CUTAWAY: Does.SHOT,
    Kind.CLIP: Does.CLIP,
    Kind.TITLE: Does.TITLE,
}
# What a segment says to the project, not to an engine.
STRUCTURAL = frozenset(SegmentBase.model_fields) | {
    "who",
    "image",
    "file",
    "audio",
    "before",
    "after",
    "join",
    "retime",
    "sync_to",
}
UNFILLED = STRUCTURAL - {"join"}  # an engine that chains may want to know that it will

FindEngine = Callable[[str], Engine]
FactsOf = Callable[[str | None], InputFacts]


def nothing_known(written: str | None) -> InputFacts:
    """The facts of a file that was not looked at."""
    del written
    return InputFacts()


@dataclass(frozen=True)
class Choice:
    """An engine's name and why it was chosen. ``role`` says for what."""

    role: Role
    engine: str
    reason: str


def choose(
    project: Project, segment: AnySegment, find: FindEngine = registered, facts: FactsOf = nothing_known
) -> Choice | None:
    """The engine for a segment's picture; None for a narration, which has none.

    :param facts: of a file of the project, as it is written
    """
    if isinstance(segment, Narrate):
        return None
    role = Role(segment.kind.value)
    if segment.engine:
        return Choice(role, segment.engine, "named by the segment")
    listed = project.engines.get(role, ())
    wanted = MAKES[segment.kind]
    for name in listed:
        if _does(name, wanted, find):
            return Choice(role, name, f"first of engines.{role.value} that makes a {wanted.value}")
    if listed:
        return Choice(role, listed[0], f"first of engines.{role.value}")
    if isinstance(segment, Loop) and segment.image and _shows_nobody(facts(segment.image)):
        return Choice(role, FACELESS, f"the embedded engine for a still without a face, as {segment.image} is")
    return Choice(role, EMBEDDED[role][0], "the embedded engine")


def _shows_nobody(facts: InputFacts) -> bool:
    return facts.faces is not None and facts.faces.faces == 0


def choose_voice(project: Project, segment: Spoken, find: FindEngine = registered) -> Choice:
    """The engine for a segment's voice: one that times recordings where there is a recording."""
    hears = segment.audio is not None
    member = project.cast.get(segment.who)
    if isinstance(segment, Narrate) and segment.engine:
        return Choice(Role.VOICE, segment.engine, "named by the segment")
    named = (member.voice,) if member and member.voice else ()
    listed = project.engines.get(Role.VOICE, ())
    for name, reason in (
        *((name, f"the voice of {segment.who}") for name in named),
        *((name, "listed under engines.voice") for name in listed),
        *((name, "the embedded engine") for name in EMBEDDED[Role.VOICE]),
    ):
        if not _known(name, find) or (Does.VOICE in find(name).does and find(name).limits.hears == hears):
            return Choice(Role.VOICE, name, reason)
    return Choice(Role.VOICE, EMBEDDED[Role.VOICE][int(hears)], "the embedded engine")


def voice_params(project: Project, segment: Spoken, choice: Choice, engine: Engine) -> BaseModel:
    """The parameters of a segment's voice: settings of the cast, unless it is a recording that another engine times; of
    a narration, which has no engine for a picture, its own; and the pronunciations of those words that it says.

    :raises ValidationError: when a value does not fit
    """
    own = dict(segment.params) if isinstance(segment, Narrate) else {}
    member = project.cast.get(segment.who)
    if member is not None and (segment.audio is None or choice.engine == member.voice):
        own = {**member.voice_params, **own}
    wanted = wanted_in(segment.say or "", list_of(project, segment.who))
    if wanted and "pronounce" in engine.params.model_fields:
        own = {"pronounce": [[word, value] for word, value in wanted.items()], **own}
    return params_for(engine, segment, own)


def params_for(engine: Engine, segment: SegmentBase, extra: Mapping[str, JsonValue] | None = None) -> BaseModel:
    """An engine's parameters for a segment: fields of the same name, then the segment's ``params``.

    :raises ValidationError: when a value does not fit
    """
    values: dict[str, object] = {
        name: getattr(segment, name)
        for name in engine.params.model_fields
        if name in type(segment).model_fields and name not in UNFILLED and getattr(segment, name) is not None
    }
    return engine.params.model_validate({**values, **(extra or {})})


def filled(engine: Engine, segment: SegmentBase) -> frozenset[str]:
    """The parameters that are said by keys of the segment and of the project; all others are settings."""
    written = set(type(segment).model_fields) - UNFILLED
    return frozenset(engine.params.model_fields) & (written | {"pronounce"})


def unheard(engine: Engine, segment: AnySegment, limits: Limits) -> tuple[str, ...]:
    """Controls that a segment sets and that would have no effect: its engine has no parameter for them and takes no
    such file with the segment's own parameters (``limits``), a narration has no picture, a picture that is made has no
    sound."""
    silent = {"sound"} if segment.sound and not isinstance(segment, (Spoken, Clip)) else set()
    heard = STRUCTURAL | {*engine.params.model_fields, *limits.files, "say"}
    return tuple(name for name in sorted(segment.model_fields_set) if name in silent or name not in heard)


def pictureless(segment: Narrate) -> tuple[str, ...]:
    """What a narration sets and only a picture could use."""
    return tuple(sorted({"takes", "label", "freeze"} & segment.model_fields_set))


def _known(name: str, find: FindEngine) -> bool:
    try:
        find(name)
    except (KeyError, TypeError, ImportError):
        return False
    return True


def _does(name: str, wanted: Does, find: FindEngine) -> bool:
    return _known(name, find) and wanted in find(name).does
