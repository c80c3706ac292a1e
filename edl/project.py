"""The project file as models: what a user may write, and nothing else.

The loader (:mod:`edl.loader`) reads YAML into these; rules that need more than one entry stand in
:mod:`edl.rules`. A segment is written with its kind as the first key (``talk: hello``); the model keeps the kind
as a class constant and the value of that key as ``id``.
"""

from __future__ import annotations

from enum import StrEnum
from functools import cached_property
from typing import Annotated, Any, ClassVar, Literal

from pydantic import BeforeValidator, Discriminator, Field, JsonValue, StringConstraints, Tag

from edl.caption import Captions, Language
from edl.clock import Time
from edl.delivery import ChapterTitle, Focus
from edl.fields import (
    MOST_TAKES,
    EngineName,
    FilePath,
    Id,
    Length,
    Model,
    Moment,
    Pause,
    Seed,
    SeedList,
    Share,
    Switch,
    parse_pause,
)
from edl.join import Fade, Freeze, Join
from edl.layout import Layout
from edl.logo import Logo
from edl.markup import plain
from edl.music import Music
from edl.output import Output
from edl.region import Regions
from edl.soft_hyphens import Unhyphenated
from edl.sounding import PLAIN, Room, Sound, Sounding


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


class Snap(StrEnum):
    """What a cut moves to."""

    BEAT = "beat"  # of the music
    ONSET = "onset"  # any note or stroke of the music
    PAUSE = "pause"  # between two words of the voice underneath


Pronounced = Annotated[str, StringConstraints(pattern=r"^[^\W_].{0,79}$"), Unhyphenated]
Pronunciation = Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Member(Model):
    """A person of the cast: face, voice, and whose they are."""

    portrait: FilePath | None = Field(default=None, description="The still of the face, for talks and loops.")
    voice: EngineName | None = Field(default=None, description="The voice engine, folder/name.")
    voice_params: dict[str, JsonValue] = Field(default_factory=dict, description="Settings of the voice engine.")
    pronounce: dict[Pronounced, Pronunciation] = Field(
        default_factory=dict, description="How this person pronounces words, over the project's list."
    )
    release: FilePath | None = Field(
        default=None, description="File that says whose face and voice this is and who allowed its use."
    )


EngineLists = dict[Role, tuple[EngineName, ...]]


class Draft(Model):
    """How ``render --draft`` differs."""

    engines: EngineLists = Field(default_factory=dict, description="Engines for drafts, by what they make.")
    scale: Annotated[float, Field(gt=0, le=1)] = Field(default=0.5, description="Size of a draft against the master.")
    takes: Annotated[int, Field(ge=1, le=MOST_TAKES)] = Field(
        default=1, description="How many of a segment's takes a draft makes."
    )


class From(Model):
    """Where an overlay starts: on a spoken word or phrase of the segment that it lies over."""

    word: Annotated[str, StringConstraints(min_length=1), Unhyphenated] = Field(
        description="A word or phrase of the written text; case and punctuation do not matter."
    )
    nth: Annotated[int, Field(ge=1)] | None = Field(
        default=None, description="Which one, from 1, where the text has it several times."
    )
    shift: Moment = Field(default=Time(), description='Earlier or later than the word, such as "-4f".')


def _start(value: object) -> object:
    return value if isinstance(value, (dict, From)) or value is None else parse_pause(value)


def _start_tag(value: object) -> str:
    return "word" if isinstance(value, (dict, From)) else "time"


Start = Annotated[
    Annotated[From, Tag("word")] | Annotated[Pause, Tag("time")],
    Discriminator(_start_tag),
    BeforeValidator(_start),
]


def _seeds_tag(value: object) -> str:
    return "list" if isinstance(value, (list, tuple)) else "one"


Seeds = Annotated[Annotated[Seed, Tag("one")] | Annotated[SeedList, Tag("list")], Discriminator(_seeds_tag)]


def _over_tag(value: object) -> str:
    return "list" if isinstance(value, (list, tuple)) else "one"


Over = Annotated[
    Annotated[Id, Tag("one")] | Annotated[tuple[Id, ...], Field(min_length=2, max_length=2), Tag("list")],
    Discriminator(_over_tag),
]


class SegmentBase(Model):
    """What every segment may say."""

    kind: ClassVar[Kind]
    id: Id
    engine: EngineName | None = Field(default=None, description="The engine for this segment, folder/name.")
    params: dict[str, JsonValue] = Field(default_factory=dict, description="Settings of the engine.")
    seed: Seeds = Field(
        default=1,
        description="Seed of the first take, from which the next ones count up; or a list, one seed for each take.",
    )
    takes: Annotated[int, Field(ge=1, le=MOST_TAKES)] = Field(default=1, description="How many candidates are made.")
    over: Over | None = Field(
        default=None,
        description="The segment whose picture this one replaces for a while; or two, the first and last of several.",
    )
    from_: Start | None = Field(
        default=None, alias="from", description='Where it starts in that segment: a time, or {word: "..."}.'
    )
    duration: Length | None = Field(default=None, description="How long it shows.")
    sound: Sound | None = Field(
        default=None,
        description="Whether its own sound is heard (off for overlays), or how: {gain, fade_in, fade_out, lead, lag}.",
    )
    snap: Snap | None = Field(
        default=None,
        description="What its cuts move to: the nearest beat or onset of the music, or pause of the voice.",
    )
    transition: Join | None = Field(default=None, description="How its picture begins: a cut where left out.")
    transition_out: Join | None = Field(
        default=None, description="How the picture of a segment with `over` ends: a cut where left out."
    )
    layout: Layout | None = Field(
        default=None, description="How it shares the picture with the segment that it lies over."
    )
    freeze: Freeze | None = Field(default=None, description="Frames that are held at its start and end.")
    overlay: tuple[Logo, ...] = Field(default=(), description="Pictures that stand over it, such as a logo.")
    label: Switch = Field(default=True, description="Whether it carries the mark of output.label.")
    focus: Focus | None = Field(
        default=None,
        description="The middle of the window of variants of another shape, [across, down] from 0 to 1; left out, it "
        "follows the subject.",
    )
    chapter: Literal[False] | ChapterTitle | None = Field(
        default=None, description="Title of its chapter mark (left out: its name), or false for none."
    )
    allow: tuple[str, ...] = Field(default=(), description="Codes of refused findings that may pass here.")

    @property
    def sounding(self) -> Sounding:
        """How its own sound is heard, where it is."""
        return self.sound if isinstance(self.sound, Sounding) else PLAIN

    @property
    def hosts(self) -> tuple[str, ...]:
        """The first and the last segment that it lies over; one name where both are the same, none on the spine."""
        if self.over is None:
            return ()
        return self.over if isinstance(self.over, tuple) else (self.over,)

    @property
    def seeds(self) -> tuple[int, ...]:
        """The seed of each take that the project asks for: as listed, else counted up from the first."""
        if isinstance(self.seed, tuple):
            return self.seed
        return tuple(range(self.seed, self.seed + self.takes))


class Spoken(SegmentBase):
    """A segment with a voice: text to speak, or a recording with its transcript."""

    who: Id = Field(description="Who speaks, a name of the cast.")
    say: Annotated[str, StringConstraints(min_length=1, max_length=50_000), Unhyphenated] | None = Field(
        default=None,
        description="What is said, with marks of speech such as [pause 400ms] and *emphasis*; beside `audio` it is the "
        "transcript.",
    )
    audio: FilePath | None = Field(default=None, description="A recording instead of a synthetic voice.")
    before: Pause = Field(default=Time(), description="Stillness before the voice.")
    after: Pause = Field(default=Time(), description="Stillness after the voice.")

    @property
    def wording(self) -> str:
        """What is said, as captions show it: ``say`` without its marks of speech."""
        return plain(self.say or "")


class Talk(Spoken):
    """A portrait that speaks."""

    kind: ClassVar[Kind] = Kind.TALK
    id: Id = Field(alias="talk", description="The segment's name, and that it is a talk.")


class Narrate(Spoken):
    """A voice without a face; cutaways lie over it."""

    kind: ClassVar[Kind] = Kind.NARRATE
    id: Id = Field(alias="narrate", description="The segment's name, and that it is a narration.")


class Cutaway(SegmentBase):
    """A shot made of a still and a prompt."""

    kind: ClassVar[Kind] = Kind.CUTAWAY
    id: Id = Field(alias="cutaway", description="The segment's name, and that it is a cutaway.")
    image: FilePath = Field(description="The still that is set in motion.")
    prompt: str = Field(default="", description="What happens in the shot, in words.")
    camera: str | None = Field(default=None, description="A camera move; `cutaway engines` lists those of each engine.")
    negative: str = Field(default="", description="What must not show, in words.")
    motion: Share | None = Field(default=None, description="How much moves, 0 to 1; .5 is the model's own.")
    hold: Share | None = Field(
        default=None, description="How closely the still is kept, 0 to 1; .5 is the model's own."
    )
    last: FilePath | None = Field(default=None, description="A still that the shot ends on.")
    mask: FilePath | None = Field(
        default=None, description="A picture, white where something may move; outside of it nothing does."
    )
    regions: Regions = Field(default=(), description="Parts of the still that flow or sway while the rest stands.")
    join: Literal["cut", "chain"] = Field(
        default="cut", description="How parts of a shot that is too long for its engine are joined."
    )
    retime: Literal["repeat", "flow"] = Field(
        default="repeat",
        description="How a shot with fewer frames a second than the film is filled up: frames are shown again, or "
        "frames between them are made along their motion.",
    )


class Loop(SegmentBase):
    """A living photo: the last frame leads into the first."""

    kind: ClassVar[Kind] = Kind.LOOP
    id: Id = Field(alias="loop", description="The segment's name, and that it is a loop.")
    who: Id | None = Field(default=None, description="Whose portrait lives, a name of the cast.")
    image: FilePath | None = Field(default=None, description="Or a still without a person of the cast.")
    regions: Regions = Field(default=(), description="Parts of the still that flow or sway while the rest stands.")


class Clip(SegmentBase):
    """Footage that exists already."""

    kind: ClassVar[Kind] = Kind.CLIP
    id: Id = Field(alias="clip", description="The segment's name, and that it is a clip.")
    file: FilePath = Field(description="The video file.")
    in_: Pause = Field(default=Time(), alias="in", description="Where in the file it starts.")
    sync_to: FilePath | None = Field(
        default=None,
        description="The clean recording that was made at the same time, a file; or the segment whose voice it speaks.",
    )


TitleStyle = Literal["card", "lower_third", "end_card"]
TitleLook = Literal["clean", "bold", "editorial"]


class Title(SegmentBase):
    """Drawn text: a card that fills the picture, or a lower third over another segment."""

    kind: ClassVar[Kind] = Kind.TITLE
    id: Id = Field(alias="title", description="The segment's name, and that it is a title.")
    text: Annotated[str, StringConstraints(min_length=1, max_length=400)] = Field(description="What is written.")
    subtitle: Annotated[str, StringConstraints(max_length=400)] = Field(
        default="", description="A second, smaller line."
    )
    style: TitleStyle = Field(
        default="card",
        description="A card fills the picture, an end card too and stays to its end; a lower third lies over another "
        "segment.",
    )
    look: TitleLook = Field(default="clean", description="How it looks: clean, bold or editorial.")
    font: FilePath | None = Field(
        default=None, description="A font file for the text; characters that it lacks are drawn with others."
    )


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

    cutaway: Literal[1] = Field(description="Version of this format.")
    title: Annotated[str, StringConstraints(min_length=1, max_length=200)] = Field(description="The film's title.")
    use: Literal["commercial", "private"] = Field(
        default="private", description="Decides which licences and releases must be on record."
    )
    language: Language = Field(default="en", description="The language that is spoken, as a tag such as en or pt-BR.")
    output: Output = Field(default=Output(), description="What is delivered.")
    cast: dict[Id, Member] = Field(default_factory=dict, description="The people, by name.")
    pronounce: dict[Pronounced, Pronunciation] = Field(
        default_factory=dict,
        description="How words are pronounced: phones in ARPAbet (HH AH1 B AH0 L), or another spelling (hubbul).",
    )
    engines: EngineLists = Field(default_factory=dict, description="Engines by what they make, in order of preference.")
    draft: Draft = Field(default=Draft(), description="How drafts differ.")
    music: tuple[Music, ...] = Field(default=(), description="Music under the programme or parts of it.")
    room: Room | None = Field(default=None, description="Room tone, heard wherever no voice and no footage is.")
    captions: Captions | None = Field(default=None, description="Caption files, and captions burned in.")
    overlay: tuple[Logo, ...] = Field(
        default=(), description="Pictures that stand over the whole film, such as a logo."
    )
    fade: Fade | None = Field(default=None, description="How the film begins and ends.")
    segments: Annotated[tuple[Segment, ...], Field(min_length=1)] = Field(description="The film, entry by entry.")

    def segment(self, segment_id: str) -> AnySegment:
        """The segment of that id.

        :raises KeyError: when there is none.
        """
        return self._by_id[segment_id]

    @cached_property
    def _by_id(self) -> dict[str, AnySegment]:
        return {segment.id: segment for segment in self.segments}

    @property
    def spine(self) -> tuple[AnySegment, ...]:
        """The segments that follow one another."""
        return tuple(segment for segment in self.segments if segment.over is None)

    @property
    def overlays(self) -> tuple[AnySegment, ...]:
        """The segments that replace the picture of another for a while."""
        return tuple(segment for segment in self.segments if segment.over is not None)
