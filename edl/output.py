"""What is delivered: shapes, rate, loudness, the visible mark."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from edl.fields import Even, Id, Model, Rate


class Label(Model):
    """A visible mark on pictures of people that no camera took."""

    text: Annotated[str, StringConstraints(min_length=1, max_length=60)] = Field(
        default="AI-animated", description="What the mark says."
    )
    corner: Literal["top-left", "top-right", "bottom-left", "bottom-right"] = Field(
        default="top-right", description="Where it stands; a lower third has the bottom left."
    )


class Variant(Model):
    """A further master of another shape, cropped around its centre."""

    name: Id = Field(description="Its name, which becomes part of the file's name.")
    width: Even = Field(description="Width in pixels, even.")
    height: Even = Field(description="Height in pixels, even.")


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
