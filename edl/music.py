"""The music of a project: cues with a place in the film and a stretch of a file."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated

from pydantic import BeforeValidator, Discriminator, Field, Tag

from edl.clock import Time
from edl.fields import FilePath, Id, Model, Moment, Pause, Switch, parse_pause

LAST_FADE = Time(seconds=Fraction(1, 2))


class Mark(Model):
    """A place in the film that moves with a segment."""

    segment: Id = Field(description="The segment: `from` means its start, `until` its end.")
    shift: Moment = Field(default=Time(), description='Earlier or later than that, such as "-1s".')


def _place(value: object) -> object:
    return value if isinstance(value, (dict, Mark)) or value is None else parse_pause(value)


def _place_tag(value: object) -> str:
    return "mark" if isinstance(value, (dict, Mark)) else "time"


Spot = Annotated[
    Annotated[Mark, Tag("mark")] | Annotated[Pause, Tag("time")], Discriminator(_place_tag), BeforeValidator(_place)
]


class Music(Model):
    """One cue: a bed under all of the programme or a part of it."""

    file: FilePath = Field(description="The sound file.")
    from_: Spot | None = Field(
        default=None, alias="from", description="Where in the film it begins: a time, or {segment: ID, shift: TIME}."
    )
    until: Spot | None = Field(
        default=None, description="Where in the film it ends: a time, or {segment: ID, shift: TIME}."
    )
    in_: Pause = Field(default=Time(), alias="in", description="Where in the file it begins.")
    out: Pause | None = Field(default=None, description="Where in the file it ends, or begins again.")
    loop: Switch = Field(default=True, description="Whether it is repeated where the film is longer.")
    fade_in: Pause = Field(default=Time(), description="Over how long it comes up.")
    fade_out: Pause = Field(default=LAST_FADE, description="Over how long it goes.")
    gain: Annotated[float, Field(ge=-60, le=12)] = Field(default=-18.0, description="Level in dB.")
    duck: Annotated[float, Field(ge=0, le=60)] = Field(
        default=0.0, description="How many dB it steps back under speech."
    )
