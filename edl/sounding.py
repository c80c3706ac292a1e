"""How a segment's own sound is heard: level, fades, and how far it reaches beyond its picture; and room tone."""

from __future__ import annotations

from typing import Annotated

from pydantic import Discriminator, Field, Tag

from edl.clock import Time
from edl.fields import FilePath, Model, Pause, Switch

Decibels = Annotated[float, Field(ge=-60, le=24)]


class Sounding(Model):
    """A segment's own sound, on."""

    gain: Decibels = Field(default=0.0, description="Level in dB.")
    fade_in: Pause = Field(default=Time(), description="Over how long it comes up.")
    fade_out: Pause = Field(default=Time(), description="Over how long it goes.")
    lead: Pause = Field(default=Time(), description="How long it is heard before its picture shows (a J cut).")
    lag: Pause = Field(default=Time(), description="How long it goes on after its picture has gone (an L cut).")


PLAIN = Sounding()


def _tag(value: object) -> str:
    return "settings" if isinstance(value, (dict, Sounding)) else "switch"


Sound = Annotated[Annotated[Switch, Tag("switch")] | Annotated[Sounding, Tag("settings")], Discriminator(_tag)]


class Room(Model):
    """Room tone, heard wherever no voice and no footage is."""

    file: FilePath = Field(description="A recording of the room in which nobody speaks; it is repeated.")
    gain: Decibels = Field(default=0.0, description="Level in dB.")
