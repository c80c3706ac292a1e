"""Whether a failed step is tried again: by the failure's class and nothing else."""

from __future__ import annotations

from dataclasses import dataclass

from edl.errors import Broken, Failure, ProviderDown, Transient

WAITS = {Transient: (0.2, 2.0, 10.0), ProviderDown: (5.0, 30.0, 120.0), Broken: (0.0,)}


@dataclass(frozen=True)
class Again:
    """Try once more after ``wait`` seconds."""

    wait: float


def decide(failure: Exception, tries: int) -> Again | None:
    """What to do after a step has failed ``tries`` times.

    Transient three times more (and no earlier than it says), ProviderDown three times with long waits, Broken once;
    Refused, OutOfMemory and Cancelled never: trying the same again would give the same, or is not wanted.
    """
    for kind, waits in WAITS.items():
        if isinstance(failure, kind) and isinstance(failure, Failure):
            if tries > len(waits):
                return None
            asked = failure.after if isinstance(failure, Transient) else 0.0
            return Again(max(asked, waits[tries - 1]))
    return None
