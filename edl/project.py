"""The project file as models: what a user may write, and nothing else.

The loader (:mod:`edl.loader`) reads YAML into these; rules that need more than one entry stand in
:mod:`edl.rules`. A segment is written with its kind as the first key (``talk: hello``); the model keeps the kind
as a class constant and the value of that key as ``id``.
"""

from __future__ import annotations

from enum import StrEnum
from fractions import Fraction
from typing import Annotated, Any, ClassVar, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    JsonValue,
    PlainSerializer,
    StringConstraints,
    Tag,
    WithJsonSchema,
)

from edl.clock import Time, parse_rate, parse_time, rate_text

TIME_PATTERN = r"^\s*-?\d+(\.\d+)?\s*(s|ms|f)\s*$|^\d{1,2}:\d{2}:\d{2}[:;]\d{2,3}$"

Moment = Annotated[
    Time,
    BeforeValidator(parse_time),
    PlainSerializer(str),
    WithJsonSchema({"type": "string", "pattern": TIME_PATTERN, "examples": ["3s", "250ms", "75f"]}),
]
Rate = Annotated[
    Fraction,
    BeforeValidator(parse_rate),
    PlainSerializer(rate_text),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 1}, {"type": "string", "pattern": r"^\d+(/\d+)?$"}]}),
]
Id = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]
EngineName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9_]+/[a-z0-9_]+$")]
FilePath = Annotated[str, StringConstraints(min_length=1, max_length=1024)]
Even = Annotated[int, Field(ge=16, le=8192, multiple_of=2)]


class Kind(StrEnum):
    """What a segment is."""

    TALK = "talk"  # a portrait that speaks
    NARRATE = "narrate"  # a voice without a face
    CUTAWAY = "cutaway"  # a generated shot
    LOOP = "loop"  # a living photo
    CLIP = "clip"  # footage that exists
    TITLE = "title"  # drawn


class Role(StrEnum):
    """What an engine can be chosen for."""

    VOICE = "voice"
    TALK = "talk"
    CUTAWAY = "cutaway"
    LOOP = "loop"
    CLIP = "clip"
    TITLE = "title"


class Model(BaseModel):
    """Base of all models: frozen, unknown keys refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True, arbitrary_types_allowed=True)


class Label(Model):
    """A visible mark on pictures of people that no camera took."""

    text: Annotated[str, StringConstraints(min_length=1, max_length=60)] = "AI-animated"
    corner: Literal["top-left", "top-right", "bottom-left", "bottom-right"] = "bottom-left"


class Variant(Model):
    """A further master of another shape, cropped around its centre."""

    name: Id
    width: Even
    height: Even


class Output(Model):
    """What is delivered."""

    width: Even = 1280
    height: Even = 720
    fps: Rate = Fraction(25)
    loudness: Annotated[float, Field(ge=-40, le=-5)] = -16.0
    label: Label | None = None
    variants: tuple[Variant, ...] = ()


class Member(Model):
    """A person of the cast: face, voice, and whose they are."""

    portrait: FilePath | None = None
    voice: EngineName | None = None
    voice_params: dict[str, JsonValue] = Field(default_factory=dict)
    release: FilePath | None = None


class Music(Model):
    """A bed under the whole programme. ``gain`` in dB; ``duck`` is how many dB it steps back under speech."""

    file: FilePath
    gain: Annotated[float, Field(ge=-60, le=12)] = -18.0
    duck: Annotated[float, Field(ge=0, le=60)] = 0.0


class Draft(Model):
    """How ``render --draft`` differs."""

    engines: dict[Role, tuple[EngineName, ...]] = Field(default_factory=dict)
    scale: Annotated[float, Field(gt=0, le=1)] = 0.5


class From(Model):
    """Where an overlay starts: on a spoken word or phrase of the segment that it lies over."""

    word: Annotated[str, StringConstraints(min_length=1)]
    nth: Annotated[int, Field(ge=1)] | None = None
    shift: Moment = Time()


def _start(value: object) -> object:
    return value if isinstance(value, (dict, From, Time)) or value is None else parse_time(value)


Start = Annotated[
    From | Time,
    BeforeValidator(_start),
    PlainSerializer(lambda value: value.model_dump() if isinstance(value, From) else str(value)),
    WithJsonSchema(
        {
            "anyOf": [
                {"type": "string", "pattern": TIME_PATTERN},
                {
                    "type": "object",
                    "properties": {
                        "word": {"type": "string"},
                        "nth": {"type": "integer", "minimum": 1},
                        "shift": {"type": "string", "pattern": TIME_PATTERN},
                    },
                    "required": ["word"],
                    "additionalProperties": False,
                },
            ]
        }
    ),
]


class SegmentBase(Model):
    """What every segment may say."""

    kind: ClassVar[Kind]
    id: Id
    engine: EngineName | None = None
    params: dict[str, JsonValue] = Field(default_factory=dict)
    seed: Annotated[int, Field(ge=0, le=2**31)] = 1
    takes: Annotated[int, Field(ge=1, le=64)] = 1
    over: Id | None = None
    from_: Start | None = Field(default=None, alias="from")
    duration: Moment | None = None
    sound: bool | None = None
    label: bool = True
    allow: tuple[str, ...] = ()


class Spoken(SegmentBase):
    """A segment with a voice: text to speak, or a recording with its transcript."""

    who: Id
    say: Annotated[str, StringConstraints(min_length=1, max_length=50_000)] | None = None
    audio: FilePath | None = None
    before: Moment = Time()
    after: Moment = Time()


class Talk(Spoken):
    """A portrait that speaks."""

    kind: ClassVar[Kind] = Kind.TALK
    id: Id = Field(alias="talk")


class Narrate(Spoken):
    """A voice without a face; cutaways lie over it."""

    kind: ClassVar[Kind] = Kind.NARRATE
    id: Id = Field(alias="narrate")


class Cutaway(SegmentBase):
    """A shot made of a still and a prompt."""

    kind: ClassVar[Kind] = Kind.CUTAWAY
    id: Id = Field(alias="cutaway")
    image: FilePath
    prompt: str = ""
    camera: str | None = None
    join: Literal["cut", "chain"] = "cut"


class Loop(SegmentBase):
    """A living photo: the last frame leads into the first."""

    kind: ClassVar[Kind] = Kind.LOOP
    id: Id = Field(alias="loop")
    who: Id | None = None
    image: FilePath | None = None


class Clip(SegmentBase):
    """Footage that exists already."""

    kind: ClassVar[Kind] = Kind.CLIP
    id: Id = Field(alias="clip")
    file: FilePath
    in_: Moment = Field(default=Time(), alias="in")


class Title(SegmentBase):
    """Drawn text: a card that fills the picture, or a lower third over another segment."""

    kind: ClassVar[Kind] = Kind.TITLE
    id: Id = Field(alias="title")
    text: Annotated[str, StringConstraints(min_length=1, max_length=400)]
    subtitle: Annotated[str, StringConstraints(max_length=400)] = ""
    style: Literal["card", "lower_third"] = "card"


def kind_of(value: Any) -> str | None:
    """Which kind a written segment is, for the union below."""
    if isinstance(value, SegmentBase):
        return value.kind.value
    if isinstance(value, dict):
        return next((kind.value for kind in Kind if kind.value in value), None)
    return None


Segment = Annotated[
    Annotated[Talk, Tag("talk")]
    | Annotated[Narrate, Tag("narrate")]
    | Annotated[Cutaway, Tag("cutaway")]
    | Annotated[Loop, Tag("loop")]
    | Annotated[Clip, Tag("clip")]
    | Annotated[Title, Tag("title")],
    Discriminator(kind_of),
]
AnySegment = Talk | Narrate | Cutaway | Loop | Clip | Title
SEGMENTS: dict[Kind, type[SegmentBase]] = {
    Kind.TALK: Talk,
    Kind.NARRATE: Narrate,
    Kind.CUTAWAY: Cutaway,
    Kind.LOOP: Loop,
    Kind.CLIP: Clip,
    Kind.TITLE: Title,
}


class Project(Model):
    """One project file, valid in itself."""

    cutaway: Literal[1]
    title: Annotated[str, StringConstraints(min_length=1, max_length=200)]
    use: Literal["commercial", "private"] = "private"
    output: Output = Output()
    cast: dict[Id, Member] = Field(default_factory=dict)
    engines: dict[Role, tuple[EngineName, ...]] = Field(default_factory=dict)
    draft: Draft = Draft()
    music: tuple[Music, ...] = ()
    segments: Annotated[tuple[Segment, ...], Field(min_length=1)]

    def segment(self, segment_id: str) -> AnySegment:
        """The segment of that id.

        :raises KeyError: when there is none.
        """
        for segment in self.segments:
            if segment.id == segment_id:
                return segment
        raise KeyError(segment_id)

    @property
    def spine(self) -> tuple[AnySegment, ...]:
        """The segments that follow one another."""
        return tuple(segment for segment in self.segments if segment.over is None)

    @property
    def overlays(self) -> tuple[AnySegment, ...]:
        """The segments that replace the picture of another for a while."""
        return tuple(segment for segment in self.segments if segment.over is not None)
