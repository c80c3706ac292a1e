"""What single values of the project file may be: times, rates, names, paths, seeds. And the base of all its models."""

from __future__ import annotations

import re
from decimal import Decimal
from fractions import Fraction
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
    WithJsonSchema,
)

from edl.clock import Time, parse_rate, parse_time, rate_text

TIME_PATTERN = r"^\s*-?[0-9]+(\.[0-9]+)?\s*(s|ms|f)\s*$|^[0-9]{1,2}:[0-9]{2}:[0-9]{2}[:;][0-9]{2,3}$"
RATE_PATTERN = r"^[0-9]+(/[0-9]+)?$"
ID_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$"
COLOUR_PATTERN = r"^#[0-9a-fA-F]{6}$"
PORTION_PATTERN = r"^\s*[0-9]{1,3}(\.[0-9]{1,6})?\s*%\s*$"
ENGINE_PATTERN = r"^[a-z0-9_]+/[a-z0-9_]+$"


def parse_pause(value: object) -> Time:
    """A length that may be nothing.

    :raises ValueError: when it counts backwards.
    """
    time = parse_time(value)
    if time.negative:
        raise ValueError(f'"{value}" counts backwards; write it without the minus')
    return time


def parse_length(value: object) -> Time:
    """A length of something that shows.

    :raises ValueError: when it is nothing or counts backwards.
    """
    time = parse_pause(value)
    if time.nothing:
        raise ValueError(f'"{value}" is no length; the shortest is "1f", one frame')
    return time


def parse_portion(value: object) -> object:
    """A share written as ``30%`` or as a number from 0 to 1.

    :raises ValueError: for text that is no percentage
    """
    if not isinstance(value, str):
        return value
    if not re.match(PORTION_PATTERN, value):
        raise ValueError(f'"{value}" is no share; write "30%" or 0.3')
    return float(Decimal(value.strip().rstrip("% ")) / 100)


def parse_switch(value: object) -> object:
    """True and false, also as text that a variable brought; ``yes`` and ``on`` are text in YAML 1.2, and refused."""
    return {"true": True, "false": False}.get(value.lower(), value) if isinstance(value, str) else value


def _different(seeds: tuple[int, ...]) -> tuple[int, ...]:
    """A list of seeds in which each stands for a take of its own.

    :raises ValueError: when one stands there twice.
    """
    if len(set(seeds)) < len(seeds):
        raise ValueError("a seed stands in the list twice; the same seed gives the same take")
    return seeds


_TIME_SCHEMA = WithJsonSchema({"type": "string", "pattern": TIME_PATTERN, "examples": ["3s", "250ms", "75f"]})
Moment = Annotated[Time, BeforeValidator(parse_time), PlainSerializer(str), _TIME_SCHEMA]
Pause = Annotated[Time, BeforeValidator(parse_pause), PlainSerializer(str), _TIME_SCHEMA]
Length = Annotated[Time, BeforeValidator(parse_length), PlainSerializer(str), _TIME_SCHEMA]
Rate = Annotated[
    Fraction,
    BeforeValidator(parse_rate),
    PlainSerializer(rate_text),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 1}, {"type": "string", "pattern": RATE_PATTERN}]}),
]
Id = Annotated[str, StringConstraints(pattern=ID_PATTERN)]
EngineName = Annotated[str, StringConstraints(pattern=ENGINE_PATTERN)]
FilePath = Annotated[str, StringConstraints(min_length=1, max_length=1024)]
Switch = Annotated[bool, BeforeValidator(parse_switch), Field(strict=True)]
Share = Annotated[float, Field(ge=0, le=1)]
Portion = Annotated[
    float,
    BeforeValidator(parse_portion),
    Field(ge=0, le=1),
    WithJsonSchema(
        {"anyOf": [{"type": "number", "minimum": 0, "maximum": 1}, {"type": "string", "pattern": PORTION_PATTERN}]}
    ),
]
Colour = Annotated[str, StringConstraints(pattern=COLOUR_PATTERN)]
Even = Annotated[int, Field(ge=16, le=8192, multiple_of=2)]
MOST_TAKES = 64
Seed = Annotated[int, Field(ge=0, le=2**31)]
SeedList = Annotated[tuple[Seed, ...], Field(min_length=1, max_length=MOST_TAKES), AfterValidator(_different)]


class Model(BaseModel):
    """Base of all models: frozen, unknown keys refused."""

    # Deferred: only the models that a command uses are built, which halves the start of the command line.
    model_config = ConfigDict(
        frozen=True, extra="forbid", populate_by_name=True, arbitrary_types_allowed=True, defer_build=True
    )
