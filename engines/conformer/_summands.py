"""What may sound in a piece of the programme."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from engines.contract import Params
from engines.media.pieces import PIECE


class Part(BaseModel):
    """All times are samples at 48 kHz from the start of the piece, and may lie outside of it; gains are in dB."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Heard(Part):
    """A sound from ``start`` to ``end``, beginning ``skip`` samples into its file; fades of equal power."""

    input: str
    start: int
    end: int
    skip: int = 0
    gain: float = 0.0
    rise: int = 0
    fall: int = 0


class Bed(Part):
    """Music from ``start`` on, where ``first`` of its file sounds, until ``end`` (None: through the piece). ``last``:
    where the file (or what is wanted of it) ends, None for its own end; there it begins again if it ``loops``.
    ``duck`` is how many dB it steps back under speech."""

    input: str
    start: int
    end: int | None = None
    first: int = 0
    last: int | None = None
    loops: bool = True
    gain: float = 0.0
    duck: float = 0.0
    rise: int = 0
    fall: int = 0


class Room(Part):
    """Room tone, repeated from ``start`` on and heard in ``gaps``."""

    input: str
    start: int
    gaps: tuple[tuple[int, int], ...]
    gain: float = 0.0


class MixParams(Params):
    """``samples`` of the piece; ``until``: where the programme ends, if that is in the piece or right behind it.
    ``speech``: when somebody speaks, for music to step back. ``opening`` and ``closing``: from where to where the whole
    sum comes up and goes down, with equal power."""

    samples: Annotated[int, Field(ge=1, le=PIECE)] = PIECE
    until: int | None = None
    sounds: tuple[Heard, ...] = ()
    music: tuple[Bed, ...] = ()
    room: Room | None = None
    speech: tuple[tuple[int, int], ...] = ()
    opening: tuple[int, int] | None = None
    closing: tuple[int, int] | None = None
