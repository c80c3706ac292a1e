"""Takes from elsewhere that are longer or shorter than what they were ordered for: measured when they arrive."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

from pydantic import ValidationError

from edl.facts import LengthFacts
from edl.findings import Finding
from edl.take_codes import TAKE_LONG, TAKE_SHORT
from flows.drafting import Drafted, Situation
from flows.split import Piece

if TYPE_CHECKING:
    from flows.plan import TakeState


class Parts(Protocol):
    """A take, as far as its length is concerned."""

    @property
    def parts(self) -> Sequence[Drafted]: ...

    @property
    def pieces(self) -> Sequence[Piece]: ...

    @property
    def state(self) -> TakeState: ...


def odd_length(part: Drafted) -> LengthFacts | None:
    """The lengths of a part that is not as long as ordered; None for one that is."""
    if part.part is None:
        return None
    try:
        return LengthFacts.model_validate(part.part.facts.get("length"))
    except ValidationError:
        return None


def too_short(situation: Situation, take: Parts) -> bool:
    """Whether a part of a take misses more than a frame of what is to be shown."""
    return any(facts.missing(needed) for _, facts, needed in _odd_parts(situation, take))


def length_findings(situation: Situation, take: Parts) -> Iterator[Finding]:
    """What is cut off, or missing, at the ends of a take's parts."""
    place = situation.place(take.state.segment, "")
    for part, facts, needed in _odd_parts(situation, take):
        made = f"{part.step.id}: {take.state.engine} made {facts.received:.2f} s"
        if missing := facts.missing(needed):
            yield TAKE_SHORT.at(place, f"{made} for {needed:.2f} s; the last {missing:.2f} s have no picture")
        elif facts.received - facts.ordered > 1.01 * facts.frame:
            spare = facts.received - facts.ordered
            yield TAKE_LONG.at(place, f"{made} for {facts.ordered:.2f} s; the last {spare:.2f} s are cut off")


def _odd_parts(situation: Situation, take: Parts) -> Iterator[tuple[Drafted, LengthFacts, float]]:
    """The parts that are not as long as ordered, with the seconds that are to be shown of each."""
    for part, piece in zip(take.parts, take.pieces, strict=True):
        facts = odd_length(part)
        if facts is not None:
            yield part, facts, float(piece.frames / situation.project.output.fps)
