"""The loop of a render: plan, start what is ready, and plan again until nothing is ready.

It knows nothing of Prefect: :mod:`flows.flow` gives it a way to start a step, tests give it another.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field, replace
from typing import Protocol

from edl.errors import Cancelled, EnvironmentLacks
from flows.devices import CPU
from flows.plan import Plan, Step, StepKind
from flows.store import Damaged, Part

TICK = 0.2  # seconds between looks at the user's wish to stop
MOST_REPAIRS = 20  # damaged inputs made again in one run before the disk is blamed

Failures = Mapping[str, str]
Replan = Callable[[Failures], Plan]
Start = Callable[[Step], "Future[Part]"]
Steps = tuple[Step, ...]
StartTogether = Callable[[Steps], "list[Future[Part]]"]


class Alone(Exception):
    """A step that was given to a worker together with others failed there, and is to be tried again by itself."""


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
class Floor:
    """What runs now. ``alone``: names of parts that are not made together with others any more; ``repairs``: how many
    damaged inputs were met; ``trouble``: why nothing more is started."""

    slots: int
    start: Start
    start_together: StartTogether | None
    running: dict[Future[Part], Step] = field(default_factory=dict)
    orders: dict[Future[Part], Steps] = field(default_factory=dict)
    alone: set[str] = field(default_factory=set)
    repairs: int = 0
    trouble: EnvironmentLacks | None = None

    @property
    def full(self) -> bool:
        return len({order[0].id for order in self.orders.values()}) >= self.slots

    def may_start(self, step: Step) -> bool:
        """Whether a step is not under way, nor another one on the same GPU: only one worker may be there."""
        return all(
            step.name != other.name and (step.device == CPU or step.device != other.device)
            for other in self.running.values()
        )

    def with_mates(self, step: Step, plan: Plan) -> Steps:
        """A step and those that may be made together with it."""
        if self.start_together is None or step.batch < 2 or step.name in self.alone:
            return (step,)
        alike: dict[str, Step] = {step.name: step}
        for other in order_of_work(plan):
            if other.name not in self.alone and _differ_in_seed(step, other) and not self._runs(other):
                alike.setdefault(other.name, other)
        return tuple(alike.values())[: step.batch]

    def enter(self, steps: Steps) -> None:
        together = len(steps) > 1 and self.start_together is not None
        futures = self.start_together(steps) if together and self.start_together else [self.start(steps[0])]
        for future, step in zip(futures, steps, strict=True):
            self.running[future], self.orders[future] = step, steps

    def leave(self, future: Future[Part]) -> Step:
        del self.orders[future]
        return self.running.pop(future)

    def _runs(self, step: Step) -> bool:
        return any(step.name == other.name for other in self.running.values())


def _differ_in_seed(step: Step, other: Step) -> bool:
    """Whether two steps are the same but for the seed."""
    if step.recipe is None or other.recipe is None or step.batch != other.batch:
        return False
    return step.kind is other.kind and replace(step.recipe, seed=0) == replace(other.recipe, seed=0)


@dataclass
class Outcome:
    """What a run came to."""

    plan: Plan
    rendered: list[Step] = field(default_factory=list)
    failed: dict[str, tuple[Step, str]] = field(default_factory=dict)  # by part name
    cancelled: bool = False


def dispatch(
    replan: Replan,
    start: Start,
    slots: int,
    listener: Listener,
    cancelled: Callable[[], bool] = lambda: False,
    start_together: StartTogether | None = None,
) -> Outcome:
    """Render all that can be rendered.

    :param slots: how many steps may run at once; those that are started together count as one
    :param start_together: how to start steps that differ only in the seed; left out, each is started by itself
    :raises EnvironmentLacks: when the store cannot be written or something needed is not installed; what runs is left
        to end first
    """
    outcome = Outcome(replan({}))
    listener.planned(outcome.plan)
    floor = Floor(slots, start, start_together)
    while True:
        if floor.trouble is None and not cancelled():
            _fill(outcome, floor, listener)
        if not floor.running:
            break
        done, _ = wait(list(floor.running), timeout=TICK, return_when=FIRST_COMPLETED)
        for future in done:
            _settle(future, outcome, floor, listener, cancelled)
        if done:
            outcome.plan = replan({name: words for name, (_, words) in outcome.failed.items()})
            listener.planned(outcome.plan)
    outcome.cancelled = outcome.cancelled or cancelled()
    if floor.trouble is not None:
        raise floor.trouble
    return outcome


def _settle(
    future: Future[Part], outcome: Outcome, floor: Floor, listener: Listener, cancelled: Callable[[], bool]
) -> None:
    """What becomes of a step that has ended."""
    step, error = floor.leave(future), future.exception()
    if error is None:
        outcome.rendered.append(step)
        listener.finished(step, future.result())
    elif isinstance(error, Alone):
        floor.alone.add(step.name)
    elif isinstance(error, Damaged) and floor.repairs < MOST_REPAIRS:
        floor.repairs += 1
    elif isinstance(error, EnvironmentLacks):
        floor.trouble = error
    elif isinstance(error, Cancelled) and cancelled():
        outcome.cancelled = True
    elif isinstance(error, Exception):
        outcome.failed[step.name] = (step, str(error) or type(error).__name__)
        listener.failed(step, error)
    else:
        raise error


def order_of_work(plan: Plan) -> list[Step]:
    """Ready steps in the order in which they should start: what others wait for first, then by session, so that a
    model is loaded once."""
    rank = {kind: at for at, kind in enumerate(StepKind)}
    return sorted(plan.ready, key=lambda step: (rank[step.kind], step.session))


def _fill(outcome: Outcome, floor: Floor, listener: Listener) -> None:
    for step in order_of_work(outcome.plan):
        if floor.full:
            return
        if floor.may_start(step):
            together = floor.with_mates(step, outcome.plan)
            for each in together:
                listener.started(each)
            floor.enter(together)
