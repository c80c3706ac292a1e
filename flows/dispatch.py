"""The loop of a render: plan, start what is ready, and plan again until nothing is ready.

It knows nothing of Prefect: :mod:`flows.flow` gives it a way to start a step, tests give it another.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from typing import Protocol

from edl.errors import Cancelled, EnvironmentLacks
from flows.plan import Plan, Step, StepKind
from flows.store import Damaged, Part

TICK = 0.2  # seconds between looks at the user's wish to stop
MOST_REPAIRS = 20  # damaged inputs made again in one run before the disk is blamed

Failures = Mapping[str, str]
Replan = Callable[[Failures], Plan]
Start = Callable[[Step], "Future[Part]"]


class Listener(Protocol):
    """Told what happens; a progress bar, for example. Called from several threads."""

    def planned(self, plan: Plan) -> None: ...

    def started(self, step: Step) -> None: ...

    def progressed(self, step: Step, share: float, words: str) -> None: ...

    def finished(self, step: Step, part: Part) -> None: ...

    def failed(self, step: Step, error: Exception) -> None: ...


class Silent:
    """A listener that does not listen."""

    def planned(self, plan: Plan) -> None: ...

    def started(self, step: Step) -> None: ...

    def progressed(self, step: Step, share: float, words: str) -> None: ...

    def finished(self, step: Step, part: Part) -> None: ...

    def failed(self, step: Step, error: Exception) -> None: ...


@dataclass
class Outcome:
    """What a run came to."""

    plan: Plan
    rendered: list[Step] = field(default_factory=list)
    failed: dict[str, tuple[Step, str]] = field(default_factory=dict)  # by part name
    cancelled: bool = False


def dispatch(
    replan: Replan, start: Start, slots: int, listener: Listener, cancelled: Callable[[], bool] = lambda: False
) -> Outcome:
    """Render all that can be rendered.

    :param slots: how many steps may run at once
    :raises EnvironmentLacks: when the store cannot be written or something needed is not installed; what runs is left
        to end first
    """
    outcome = Outcome(replan({}))
    listener.planned(outcome.plan)
    running: dict[Future[Part], Step] = {}
    trouble: EnvironmentLacks | None = None
    repairs = 0
    while True:
        if trouble is None and not cancelled():
            _fill(outcome, running, start, slots, listener)
        if not running:
            break
        done, _ = wait(list(running), timeout=TICK, return_when=FIRST_COMPLETED)
        for future in done:
            step = running.pop(future)
            error = future.exception()
            if error is None:
                outcome.rendered.append(step)
                listener.finished(step, future.result())
            elif isinstance(error, Damaged) and repairs < MOST_REPAIRS:
                repairs += 1
            elif isinstance(error, EnvironmentLacks):
                trouble = error
            elif isinstance(error, Cancelled) and cancelled():
                outcome.cancelled = True
            elif isinstance(error, Exception):
                outcome.failed[step.name] = (step, str(error) or type(error).__name__)
                listener.failed(step, error)
            else:
                raise error
        if done:
            outcome.plan = replan({name: words for name, (_, words) in outcome.failed.items()})
            listener.planned(outcome.plan)
    outcome.cancelled = outcome.cancelled or cancelled()
    if trouble is not None:
        raise trouble
    return outcome


def order_of_work(plan: Plan) -> list[Step]:
    """Ready steps in the order in which they should start: what others wait for first, then by session, so that a
    model is loaded once."""
    rank = {kind: at for at, kind in enumerate(StepKind)}
    return sorted(plan.ready, key=lambda step: (rank[step.kind], step.session))


def _fill(outcome: Outcome, running: dict[Future[Part], Step], start: Start, slots: int, listener: Listener) -> None:
    under_way = {step.name for step in running.values()}
    for step in order_of_work(outcome.plan):
        if len(running) >= slots:
            return
        if step.name not in under_way:
            under_way.add(step.name)
            listener.started(step)
            running[start(step)] = step
