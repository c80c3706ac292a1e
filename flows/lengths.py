"""Takes from elsewhere that are longer or shorter than what they were ordered for: measured when they arrive."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

from pydantic import ValidationError

from edl.facts import LengthFacts
from edl.findings import Finding
from edl.take_codes import TAKE_LONG, TAKE_SHORT
from flows.drafting import Drafted, Situation

if TYPE_CHECKING:
    from flows.plan import TakeState


class Parts(Protocol):
    """A take, as far as its length is concerned."""

    @property
    def parts(self) -> Sequence[Drafted]: ...

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


def too_short(take: Parts) -> bool:
    """Whether a part of a take misses more than a frame."""
    return any(facts is not None and facts.short for facts in map(odd_length, take.parts))


def length_findings(situation: Situation, take: Parts) -> Iterator[Finding]:
    """What is cut off, or missing, at the ends of a take's parts."""
    segment = take.state.segment
    for part in take.parts:
        facts = odd_length(part)
        if facts is None or abs(facts.received - facts.ordered) <= facts.frame * 1.01:
            continue
        made = f"{part.step.id}: {take.state.engine} made {facts.received:.2f} s for {facts.ordered:.2f} s"
        if facts.short:
            missing = facts.ordered - facts.received
            yield TAKE_SHORT.at(situation.place(segment, ""), f"{made}; the last {missing:.2f} s have no picture")
        else:
            spare = facts.received - facts.ordered
            yield TAKE_LONG.at(situation.place(segment, ""), f"{made}; the last {spare:.2f} s are cut off")
