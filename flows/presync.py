"""Measuring for ``check`` how clips lie against their recordings, where both files are there already."""

from __future__ import annotations

from edl.errors import Failure
from flows.crew import Crew
from flows.perform import Shop, perform
from flows.plan import Plan, Step, StepKind
from flows.workplace import Workplace


def measure_syncs(place: Workplace, found: Plan) -> tuple[str, ...]:
    """Make the measurements that a plan has ready, in a worker process; they are kept like any other part.

    :returns: what went wrong, one line for each step that failed; a render says it again
    """
    wanted = [step for step in found.ready if _measures(step)]
    if not wanted:
        return ()
    crew = Crew(1)
    troubles: list[str] = []
    try:
        for step in wanted:
            try:
                perform(step, Shop(place.store, crew))
            except Failure as error:
                troubles.append(f"{step.id}: {error}")
    finally:
        crew.close()
    return tuple(troubles)


def _measures(step: Step) -> bool:
    return step.kind is StepKind.SYNC and step.engine == "conformer/sync"
