"""What is delivered: shapes, rate, loudness, the visible mark."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from edl.delivery import Codec, Crop, Poster, Quality
from edl.fields import Even, Id, Model, Rate, Switch


class Label(Model):
    """A visible mark on pictures of people that no camera took."""

    text: Annotated[str, StringConstraints(min_length=1, max_length=60)] = Field(
        default="AI-animated", description="What the mark says."
    )
    corner: Literal["top-left", "top-right", "bottom-left", "bottom-right"] = Field(
        default="top-right",
        description="Where it stands; left out: in the first free corner, from the top right on.",
    )


class Variant(Model):
    """A further master of another shape."""

    name: Id = Field(description="Its name, which becomes part of the file's name.")
    width: Even = Field(description="Width in pixels, even.")
    height: Even = Field(description="Height in pixels, even.")
    crop: Crop = Field(
        default="subject",
        description="How pictures of another shape come in: cropped around the subject or the centre, or whole, over a "
        "blurred copy or on black.",
    )
    codec: Codec | None = Field(default=None, description="Its codec; left out: that of the master.")
    quality: Quality | None = Field(default=None, description="Its quality; left out: that of the master.")


class Output(Model):
    """What is delivered."""

    width: Even = Field(default=1280, description="Width in pixels, even.")
    height: Even = Field(default=720, description="Height in pixels, even.")
    fps: Rate = Field(
        default=Fraction(25), description='Frames a second: a whole number, or a fraction such as "30000/1001".'
    )
    loudness: Annotated[float, Field(ge=-40, le=-5)] = Field(
        default=-16.0, description="Integrated loudness of the master in LUFS."
    )
    label: Label | None = Field(default=None, description="A visible mark on animated people.")
    variants: tuple[Variant, ...] = Field(default=(), description="Further masters of other shapes.")
    codec: Codec = Field(default="h264", description="How the picture is coded; ProRes comes as .mov.")
    quality: Quality = Field(default="standard", description="How much of the picture coding may lose.")
    poster: Poster | None = Field(
        default=None, description="A still of the film: true (a good frame), a time, or {segment: ID}."
    )
    sheet: Switch = Field(default=False, description="Whether a contact sheet with a frame of each segment is made.")
    chapters: Switch = Field(default=False, description="Whether chapter marks are written, one a spine segment.")
