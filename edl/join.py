"""How pictures begin and end: joins between segments, fades at the ends of the film, frames that are held."""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, GetJsonSchemaHandler, model_validator

from edl.clock import Time
from edl.fields import Colour, Length, Model, Pause, Portion, Switch

JoinKind = Literal["cut", "dissolve", "dip", "wipe"]
Side = Literal["left", "right", "top", "bottom"]
KINDS: tuple[JoinKind, ...] = ("cut", "dissolve", "dip", "wipe")
USUAL = Time(seconds=Fraction(1, 2))


class Transition(Model):
    """How one picture gives way to the next."""

    kind: JoinKind = Field(description="`cut`, `dissolve`, `dip` (by way of a colour) or `wipe`.")
    duration: Length = Field(default=USUAL, description="How long both pictures take part.")
    color: Colour = Field(default="#000000", description="What a dip goes through, as #rrggbb.")
    from_: Side = Field(default="left", alias="from", description="The side from which a wipe brings the new picture.")
    soft: Portion = Field(default=0.1, description="How wide the edge of a wipe is, as a share of the picture.")

    @model_validator(mode="after")
    def _only_what_counts(self) -> Transition:
        belongs = {"color": "dip", "from_": "wipe", "soft": "wipe"}
        for name in sorted(self.model_fields_set):
            if belongs.get(name, self.kind) != self.kind:
                raise ValueError(f"{name.rstrip('_')} belongs to a {belongs[name]}; a {self.kind} would ignore it")
        return self

    def frames(self, fps: Fraction) -> int:
        """Frames in which both pictures take part; none for a cut."""
        return 0 if self.kind == "cut" else self.duration.length(fps)


def _spelled(value: object) -> object:
    """The short form: only the kind."""
    return {"kind": value} if isinstance(value, str) else value


class _OrKind:
    """Lets the JSON schema know of the short form."""

    def __get_pydantic_json_schema__(self, core: Any, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return {"anyOf": [{"type": "string", "enum": list(KINDS)}, handler(core)]}


Join = Annotated[Transition, BeforeValidator(_spelled), _OrKind()]
CUT = Transition(kind="cut")


class Fade(Model):
    """How the film begins and ends."""

    in_: Pause = Field(default=Time(), alias="in", description="How long the first picture comes up.")
    out: Pause = Field(default=Time(), description="How long the last picture goes down.")
    color: Colour = Field(default="#000000", description="What it comes from and goes to, as #rrggbb.")
    sound: Switch = Field(default=True, description="Whether the programme's sound fades with the picture.")


class Freeze(Model):
    """Frames of a segment that are held, beyond its own length."""

    start: Pause = Field(default=Time(), description="How long its first frame stands before it moves.")
    end: Pause = Field(default=Time(), description="How long its last frame stands on.")
