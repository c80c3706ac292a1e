"""Pictures that stand over the film: logos and watermarks."""

from __future__ import annotations

from typing import Self

from pydantic import Field, model_validator

from edl.clock import Time
from edl.fields import FilePath, Length, Model, Pause, Portion
from edl.layout import Corner, corner_box


class Stamp(Model):
    """Where a drawn picture stands, and how strong it is."""

    corner: Corner = Field(default="top-right", description="The corner in which it stands.")
    x: Portion | None = Field(
        default=None, description="Instead of a corner: 0 at the left edge to 1 at the right one."
    )
    y: Portion | None = Field(
        default=None, description="Instead of a corner: 0 at the upper edge to 1 at the lower one."
    )
    width: Portion = Field(default=0.12, ge=0.01, description="Its width as a share of the picture's width.")
    margin: Portion = Field(default=0.05, le=0.4, description="Distance from the edges, of the picture's shorter side.")
    opacity: Portion = Field(default=1.0, description="How strong it is, 0 to 1.")

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.x is None) != (self.y is None):
            raise ValueError("x and y go together; write both, or a corner")
        ignored = sorted(self.model_fields_set & {"corner", "margin"}) if self.x is not None else []
        if ignored:
            raise ValueError(f"{ignored[0]} would be ignored beside x and y; keep one of the two")
        return self


class Logo(Stamp):
    """A picture over the film, or over one segment."""

    file: FilePath = Field(description="A PNG, WebP or JPEG file; what is transparent in it stays so.")
    from_: Pause = Field(default=Time(), alias="from", description="When it appears.")
    until: Length | None = Field(default=None, description="When it is gone; left out: at the end.")

    def stamp(self) -> Stamp:
        """The place alone, without the file and the times."""
        return Stamp.model_validate(self.model_dump(include=set(Stamp.model_fields), exclude_unset=True))


def stamp_box(stamp: Stamp, drawn: tuple[int, int], size: tuple[int, int]) -> tuple[int, int, int, int]:
    """Where a picture stands in one of ``size``: left, top, width and height in pixels. It never leaves the picture.

    :param drawn: width and height of the file
    """
    width, height = size
    scale = min(stamp.width * width / drawn[0], height / drawn[1])
    wide, high = max(1, round(drawn[0] * scale)), max(1, round(drawn[1] * scale))
    if stamp.x is None or stamp.y is None:
        box = corner_box(stamp.corner, wide, high, width, height, stamp.margin)
        return box.left, box.top, wide, high
    return round((width - wide) * stamp.x), round((height - high) * stamp.y), wide, high
