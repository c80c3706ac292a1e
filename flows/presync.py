"""Measuring for ``check`` how clips lie against their recordings, where both files are there already."""

from __future__ import annotations

from contextlib import suppress

from edl.errors import Failure
from flows.crew import Crew
from flows.perform import Shop, perform
from flows.plan import Plan, Step, StepKind
from flows.workplace import Workplace


def measure_syncs(place: Workplace, found: Plan) -> bool:
    """Make the measurements that a plan has ready, in a worker process; they are kept like any other part. What fails
    here fails in a render again, and is said there.

    :returns: whether there was anything to measure, so that a new plan knows more
    """
    wanted = [step for step in found.ready if _measures(step)]
    if not wanted:
        return False
    crew = Crew(1)
    try:
        for step in wanted:
            with suppress(Failure):
                perform(step, Shop(place.store, crew))
    finally:
        crew.close()
    return True


def _measures(step: Step) -> bool:
    return step.kind is StepKind.SYNC and step.engine == "conformer/sync"
