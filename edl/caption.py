"""Captions as the project file asks for them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from edl.fields import FilePath, Model, Switch

# A language tag of BCP 47 as people write it: language, then script, region or variant.
LANGUAGE_PATTERN = r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$"
Language = Annotated[str, StringConstraints(pattern=LANGUAGE_PATTERN, max_length=35)]
EM = 0.052  # size of the letters, of the picture's shorter side
Colour = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")]


class CaptionStyle(Model):
    """How burned-in captions look."""

    size: Annotated[float, Field(ge=0.5, le=2)] = Field(default=1.0, description="Size of the letters; 1 is the usual.")
    ink: Colour = Field(default="#ffffff", description="Colour of the letters.")
    highlight: Colour = Field(default="#ffd24a", description="Colour of the word that is being spoken.")
    edge: Colour = Field(default="#000000", description="Colour of the outline, or of the box.")
    box: Switch = Field(default=False, description="A translucent box behind the text instead of an outline.")
    safe: Annotated[int, Field(ge=70, le=100)] = Field(
        default=90, description="Percent of the picture's width and height inside which captions stay."
    )
    at: Literal["bottom", "top"] = Field(default="bottom", description="Where they stand.")


class Captions(Model):
    """Caption files of every language, and captions burned into the picture."""

    burn: Literal["line", "words"] | Literal[False] = Field(
        default=False, description="Burned in: whole lines, or with each word lit up as it is spoken."
    )
    show: Language | None = Field(
        default=None, description="The language that is burned in; left out: the one that is spoken."
    )
    style: CaptionStyle = Field(default=CaptionStyle(), description="How burned-in captions look.")
    font: FilePath | None = Field(default=None, description="A font file to burn in with, before the usual ones.")
    languages: dict[Language, FilePath] = Field(
        default_factory=dict, description="Given texts by language: files that map a segment's name to its text."
    )
