"""Sums what sounds in one piece of the programme: voices, footage, music that steps back, room tone. No gain and no
limit yet; those need to know how loud the whole programme is. See docs/conformer.md."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from engines.contract import Does, Engine, Made, Order, Params, Plain

RATE = 48_000
UNIT = 1024  # samples of one AAC packet
PIECE = 600 * UNIT  # samples of a piece: 12.8 s, 128 steps of the loudness meter
BEFORE, AFTER = 18 * UNIT, 6 * UNIT  # samples beside a piece that its limiter and its encoder want to know
HOP = 480  # samples: 10 ms, the grid on which music steps back
ATTACK, RELEASE, PAUSE = 15, 40, 40  # hops: ramps, and the pauses through which music stays down
SHORTEST_BED = 24_000  # samples; less is no music to repeat
ROOM_FADE = 2_400  # samples: 50 ms in which room tone comes up and goes


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
    ``speech``: when somebody speaks, for music to step back."""

    samples: Annotated[int, Field(ge=1, le=PIECE)] = PIECE
    until: int | None = None
    sounds: tuple[Heard, ...] = ()
    music: tuple[Bed, ...] = ()
    room: Room | None = None
    speech: tuple[tuple[int, int], ...] = ()


def _render(order: Order) -> Made:
    from engines.conformer._pieces import facts_of
    from engines.conformer._sum import summed
    from engines.media.sound import write_float

    params = order.params
    assert isinstance(params, MixParams)
    samples = summed(order, params)
    target = order.folder / "mix.w64"
    write_float(target, samples, RATE)
    return Made(target.name, facts_of(samples, BEFORE, params.samples))


ENGINE = Engine(
    name="conformer/mix",
    pixels=2,
    does=frozenset({Does.TOOL}),
    params=MixParams,
    open=lambda device: Plain(_render),
    says="Sums voices, footage, music and room tone of one piece of the programme",
    requires=("soundfile", "soxr", "scipy"),
    pace=0.3,
)
