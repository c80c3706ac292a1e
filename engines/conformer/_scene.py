"""What a run shows, as parameters: a scene is filled, shared, and drawn over, and may be a blend of two others.

The names under ``source`` say which inputs of the order hold the parts: ``base`` means ``base0``, ``base1`` ... Lengths
are frames of the delivery.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, PlainSerializer

from edl.fields import Colour
from edl.join import Side
from edl.layout import Corner, Layout
from edl.logo import Stamp
from edl.reframe import Shot
from engines.contract import Params

Exact = Annotated[Fraction, BeforeValidator(Fraction), PlainSerializer(str, return_type=str)]


class Edge(Params):
    """The edge of a wipe: the side that it comes from, and its softness as a share of the picture."""

    side: Side = "left"
    soft: float = 0.1


class Drawn(Params):
    """Something with transparency: the frames of a take from ``first`` on, by ``raised`` of the height further up; or,
    with ``stamp``, one picture."""

    source: str = "drawn"
    first: int = 0
    raised: float = Field(default=0.0, ge=0, le=1)
    stamp: Stamp | None = None


class Scene(Params):
    """One picture. ``first`` is the delivery frame inside the take at which it begins; of a ``still`` one that frame
    stands. Instead of a take it is filled by a ``blend``, by a ``slate`` (what is missing in a partial master), or by
    the colour ``fill``; where there is nothing of all that it is black. ``retime``: how a take with fewer frames a
    second than the delivery is filled up, with its frames again or with frames between them that are made along their
    motion. ``crop`` and ``shots``: how a take of another shape comes in, around its centre, or whole over a blurred
    copy or on black; with shots, through a window whose middle they give, counted from the run's first frame.
    ``inset`` shares the picture by its layout; ``drawn`` and the ``label`` in its ``corner`` stand over all of that."""

    source: str = "base"
    first: int = 0
    still: bool = False
    retime: Literal["repeat", "flow"] = "repeat"
    crop: Literal["centre", "blur", "pad"] = "centre"
    shots: tuple[Shot, ...] = ()
    slate: str = ""
    fill: Colour | None = None
    blend: Blend | None = None
    inset: Inset | None = None
    drawn: tuple[Drawn, ...] = ()
    label: str = ""
    corner: Corner = "bottom-left"


class Blend(Params):
    """Two scenes at once: ``share`` of the later one (0 to 1) in the first frame, ``step`` more with each frame; with
    an ``edge`` the later one comes in from a side, else everywhere alike."""

    earlier: Scene
    later: Scene
    share: Exact = Fraction(0)
    step: Exact = Fraction(0)
    edge: Edge | None = None


class Inset(Params):
    """A second scene in the same picture."""

    scene: Scene
    layout: Layout = Field(default=Layout(pip="bottom-right"))


Scene.model_rebuild()
Blend.model_rebuild()
Inset.model_rebuild()
