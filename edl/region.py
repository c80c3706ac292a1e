"""Regions of a still that move while the rest stands: water, smoke and clouds flow; cloth, hair and leaves sway."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, BeforeValidator, Field, PlainSerializer, WithJsonSchema, model_validator

from edl.fields import FilePath, Length, Model, Portion

RegionKind = Literal["water", "smoke", "cloud", "cloth", "hair", "leaves"]
SWAYS = frozenset({"cloth", "hair", "leaves"})  # these move to and fro; the others flow on
WAYS = {"right": 0.0, "up": 90.0, "left": 180.0, "down": 270.0}
DIRECTION_PATTERN = r"^\s*(right|up|left|down|-?[0-9]{1,3}(\.[0-9]{1,3})?\s*deg)\s*$"
MOST_REGIONS, MOST_STROKES, MOST_POINTS = 16, 32, 200


def parse_direction(value: object) -> object:
    """Degrees, 0 to the right and 90 up, from ``left`` or ``20deg``.

    :raises ValueError: for anything else; a bare number has no unit and is refused
    """
    if not isinstance(value, str) or not re.match(DIRECTION_PATTERN, value):
        raise ValueError(f'"{value}" is no direction; write {", ".join(WAYS)} or an angle such as "20deg"')
    text = value.strip()
    return WAYS[text] if text in WAYS else float(text.removesuffix("deg").strip()) % 360


Direction = Annotated[
    float,
    BeforeValidator(parse_direction),
    PlainSerializer(lambda degrees: f"{degrees:.3f}deg"),
    WithJsonSchema({"type": "string", "pattern": DIRECTION_PATTERN, "examples": ["left", "20deg"]}),
]
Coordinate = Annotated[float, Field(ge=0, le=1)]
Point = tuple[Coordinate, Coordinate]


def goes_somewhere(stroke: tuple[Point, ...]) -> tuple[Point, ...]:
    """:raises ValueError: for a stroke whose points are all the same"""
    if len(set(stroke)) == 1:
        raise ValueError("a stroke of one point again and again goes nowhere; draw it to another point")
    return stroke


Stroke = Annotated[tuple[Point, ...], Field(min_length=2, max_length=MOST_POINTS), AfterValidator(goes_somewhere)]


class Region(Model):
    """A part of a still, and how it moves. Points are [across, down], 0 to 1 of the whole still."""

    mask: FilePath | None = Field(
        default=None, description="Where: a picture as large as the still, white where it is."
    )
    polygon: Annotated[tuple[Point, ...], Field(min_length=3, max_length=MOST_POINTS)] | None = Field(
        default=None, description="Or its corners, each [across, down] from 0 to 1 of the still."
    )
    ellipse: tuple[Coordinate, Coordinate, Coordinate, Coordinate] | None = Field(
        default=None, description="Or an ellipse: [left, top, width, height] of the box around it, 0 to 1 of the still."
    )
    kind: RegionKind = Field(
        default="water",
        description="What it is: water, smoke and cloud flow on; cloth, hair and leaves sway to and fro.",
    )
    direction: Direction | None = Field(
        default=None, description='Where it goes: right, up, left, down, or an angle such as "20deg" (90deg is up).'
    )
    strokes: Annotated[tuple[Stroke, ...], Field(max_length=MOST_STROKES)] = Field(
        default=(), description="Or lines drawn along its way, each a list of points [across, down] from 0 to 1."
    )
    speed: Portion | None = Field(
        default=None,
        description="How far it gets in a second, as a share of the picture's width; of what sways, its waves.",
    )
    amount: Portion | None = Field(
        default=None, gt=0, le=0.05, description="How far what sways swings to a side, of the picture's width."
    )
    period: Length | None = Field(default=None, description="About how long a swing takes.")
    soft: Portion = Field(
        default=0.015, le=0.2, description="Width of the soft edge inside the region, of the picture's width."
    )

    @model_validator(mode="after")
    def _whole(self) -> Self:
        given = [name for name in ("mask", "polygon", "ellipse") if getattr(self, name) is not None]
        if len(given) > 1:
            raise ValueError(f"{' and '.join(given)} are both given, but a region is one of three; keep one of them")
        if not given:
            raise ValueError("a region is one of three; write mask:, polygon: or ellipse:")
        if self.ellipse is not None and 0 in self.ellipse[2:]:
            raise ValueError("an ellipse of no width or height holds nothing")
        if self.direction is not None and self.strokes:
            raise ValueError("direction would be ignored beside strokes; keep one of the two")
        if self.kind not in SWAYS:
            ignored = [name for name in ("amount", "period") if getattr(self, name) is not None]
            if self.speed == 0:
                raise ValueError("speed of 0 moves nothing; write a speed, or take the region out")
            if ignored:
                raise ValueError(f"{ignored[0]} is for what sways; {self.kind} has speed:")
        if self.direction is None and not self.strokes and MANNERS[self.kind].direction is None:
            raise ValueError(f"say where the {self.kind} goes with direction:, or draw strokes:")
        return self

    @property
    def sways(self) -> bool:
        """Whether it moves to and fro instead of on."""
        return self.kind in SWAYS

    @property
    def manner(self) -> Manner:
        """How it moves where the project says nothing else."""
        return MANNERS[self.kind]


@dataclass(frozen=True)
class Manner:
    """How a kind of thing moves by itself. ``speed`` in shares of the picture's width a second; ``amount`` likewise a
    share; ``period`` in seconds; ``curl``: how much it winds, as a share of its speed."""

    direction: float | None
    speed: float
    curl: float = 0.0
    amount: float = 0.0
    period: float = 0.0


MANNERS: dict[RegionKind, Manner] = {
    "water": Manner(None, 0.03, curl=0.05),
    "smoke": Manner(90.0, 0.025, curl=0.5),
    "cloud": Manner(None, 0.01, curl=0.1),
    "cloth": Manner(0.0, 0.12, amount=0.004, period=2.0),
    "hair": Manner(0.0, 0.05, amount=0.0025, period=4.0),
    "leaves": Manner(0.0, 0.03, amount=0.002, period=3.0),
}


def by_input(regions: tuple[Region, ...]) -> tuple[Region, ...]:
    """The regions with the names of their inputs instead of files, for parameters: what a mask is called changes no
    pixel, its digest stands among the inputs."""
    return tuple(
        region.model_copy(update={"mask": input_name(number)}) if region.mask else region
        for number, region in enumerate(regions)
    )


def input_name(number: int) -> str:
    """The input that holds the mask of a region, counted from 0."""
    return f"region{number + 1}"


def is_region(name: str) -> bool:
    """Whether an input is the mask of a region."""
    return re.fullmatch(r"region[0-9]+", name) is not None


Regions = Annotated[tuple[Region, ...], Field(max_length=MOST_REGIONS)]
EngineRegions = Annotated[Regions, AfterValidator(by_input)]  # of an engine's params
