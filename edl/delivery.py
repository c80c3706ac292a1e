"""How files are delivered: codec, quality, cropping, and the still that stands for the film."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator, Discriminator, Field, StringConstraints, Tag

from edl.clock import Time
from edl.fields import Id, Model, Pause, parse_pause
from edl.soft_hyphens import Unhyphenated

Codec = Literal["h264", "hevc", "av1", "prores"]
Quality = Literal["draft", "standard", "high"]
Crop = Literal["subject", "centre", "blur", "pad"]
Suffix = Literal[".mp4", ".mov"]


def suffix_of(codec: Codec) -> Suffix:
    """The file name's ending for a codec."""
    return ".mov" if codec == "prores" else ".mp4"


class PosterOf(Model):
    """The poster shows the middle of a segment."""

    segment: Id = Field(description="The segment that it shows.")


def _parsed(value: object) -> object:
    if isinstance(value, (dict, PosterOf, bool)) or value is None:
        return value
    return parse_pause(value)


def _tag(value: object) -> str:
    if isinstance(value, bool):
        return "any"
    return "time" if isinstance(value, Time) or not isinstance(value, (dict, PosterOf)) else "segment"


Poster = Annotated[
    Annotated[bool, Tag("any")] | Annotated[Pause, Tag("time")] | Annotated[PosterOf, Tag("segment")],
    Discriminator(_tag),
    BeforeValidator(_parsed),
]
Focus = tuple[Annotated[float, Field(ge=0, le=1)], Annotated[float, Field(ge=0, le=1)]]
ChapterTitle = Annotated[str, StringConstraints(min_length=1, max_length=120, pattern=r"^[^\r\n]+$"), Unhyphenated]
