"""The loop of a render: plan, start what is ready, and plan again until nothing is ready.

It knows nothing of Prefect: :mod:`flows.flow` gives it a way to start a step, tests give it another.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field, replace
from typing import Protocol

from edl.errors import Cancelled, EnvironmentLacks, StoreTrouble
from flows.devices import CPU
from flows.plan import Action, Plan, Step, StepKind
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


def _differ_in_seed(step: Step, other: Step) -> bool:
    """Whether two steps are the same but for the seed."""
    if step.recipe is None or other.recipe is None or step.batch != other.batch:
        return False
    return step.kind is other.kind and replace(step.recipe, seed=0) == replace(other.recipe, seed=0)


@dataclass
class Outcome:
    """What a run came to. ``lacks`` is the first thing that this machine did not have, where a step failed by it."""

    plan: Plan
    rendered: list[Step] = field(default_factory=list)
    failed: dict[str, tuple[Step, str]] = field(default_factory=dict)  # by part name
    cancelled: bool = False
    lacks: EnvironmentLacks | None = None


def dispatch(
    replan: Replan,
    start: Start,
    slots: int,
    listener: Listener,
    cancelled: Callable[[], bool] = lambda: False,
    start_together: StartTogether | None = None,
) -> Outcome:
    """Render all that can be rendered.

    It plans again when all that the last plan had ready has been started and something that waits may have come by all
    that it waits for, not after every step: a plan of a thousand segments takes a while.

    :param slots: how many steps may run at once; those that are started together count as one
    :param start_together: how to start steps that differ only in the seed; left out, each is started by itself
    :raises StoreTrouble: when the store cannot be written; what runs is left to end first
    """
    run = _Run(Outcome(replan({})), start, start_together, slots, listener, cancelled)
    listener.planned(run.outcome.plan)
    news = False
    while True:
        run.fill()
        if news and not run.waiting() and run.promising():
            run.outcome.plan = replan({name: words for name, (_, words) in run.outcome.failed.items()})
            listener.planned(run.outcome.plan)
            news = run.outdated = False
            run.fill()
        if not run.running:
            break
        news = run.collect() or news
    run.outcome.cancelled = run.outcome.cancelled or cancelled()
    if run.trouble is not None:
        raise run.trouble
    return run.outcome


class _Run:
    """The steps of one dispatch: which were started, which run, which are not made together with others any more."""

    def __init__(
        self,
        outcome: Outcome,
        start: Start,
        start_together: StartTogether | None,
        slots: int,
        listener: Listener,
        cancelled: Callable[[], bool],
    ) -> None:
        self.outcome = outcome
        self.running: dict[Future[Part], Steps] = {}  # the step itself, then those that were started with it
        self.trouble: StoreTrouble | None = None
        self._start, self._start_together, self._slots = start, start_together, slots
        self._listener, self._cancelled = listener, cancelled
        self._started: set[str] = set()
        self._alone: set[str] = set()
        self._ended: set[str] = set()  # steps by id, however they ended
        self._repairs = 0
        self.outdated = False  # a part has gone, so the plan builds on what is not there

    def waiting(self) -> list[Step]:
        """What the plan has ready, was not started yet, and may start now: on a GPU there is one order at a time."""
        if self.outdated or self.trouble is not None or self._cancelled():
            return []
        busy = {steps[0].device for steps in self.running.values()} - {CPU}
        ready = order_of_work(self.outcome.plan)
        return [step for step in ready if step.name not in self._started and step.device not in busy]

    def promising(self) -> bool:
        """Whether another plan may have something ready, or is to be the last one."""
        if not self.running or self.outdated:
            return True
        steps = self.outcome.plan.steps
        missing = {step.id for step in steps} - self._ended
        return any(step.action is Action.WAIT and missing.isdisjoint(step.waits) for step in steps)

    def fill(self) -> None:
        """Start as many steps as there are free slots; those that are started together take one."""
        while self._free and (waiting := self.waiting()):
            steps = self._with_mates(waiting[0], waiting)
            for step in steps:
                self._started.add(step.name)
                self._listener.started(step)
            together = self._start_together if len(steps) > 1 else None
            futures = together(steps) if together else [self._start(steps[0])]
            for at, future in enumerate(futures):
                self.running[future] = (steps[at], *steps[:at], *steps[at + 1 :])

    def collect(self) -> bool:
        """Take in what ended; whether anything did."""
        done, _ = wait(list(self.running), timeout=TICK, return_when=FIRST_COMPLETED)
        for future in done:
            step = self.running.pop(future)[0]
            self._ended.add(step.id)
            error = future.exception()
            if error is None:
                self.outcome.rendered.append(step)
                self._listener.finished(step, future.result())
            else:
                self._settle(step, error)
        return bool(done)

    @property
    def _free(self) -> bool:
        return len({min(step.id for step in steps) for steps in self.running.values()}) < self._slots

    def _with_mates(self, step: Step, waiting: list[Step]) -> Steps:
        """A step and those that may be made together with it."""
        if self._start_together is None or step.batch < 2 or step.name in self._alone:
            return (step,)
        alike = {each.name: each for each in waiting if each.name not in self._alone and _differ_in_seed(step, each)}
        return tuple(alike.values())[: step.batch]

    def _settle(self, step: Step, error: BaseException) -> None:
        if isinstance(error, Alone):
            self._alone.add(step.name)
            self._started.discard(step.name)
        elif isinstance(error, Damaged) and self._repairs < MOST_REPAIRS:
            self._repairs += 1
            self.outdated = True
            self._started.discard(step.name)
            self._started.discard(error.name)
        elif isinstance(error, StoreTrouble):
            self.trouble = error
        elif isinstance(error, Cancelled) and self._cancelled():
            self.outcome.cancelled = True
        elif isinstance(error, Exception):
            if isinstance(error, EnvironmentLacks):
                self.outcome.lacks = self.outcome.lacks or error
            self.outcome.failed[step.name] = (step, str(error) or type(error).__name__)
            self._listener.failed(step, error)
        else:
            raise error


def order_of_work(plan: Plan) -> list[Step]:
    """Ready steps in the order in which they should start: what others wait for first, then by session, so that a
    model is loaded once."""
    rank = {kind: at for at, kind in enumerate(StepKind)}
    return sorted(plan.ready, key=lambda step: (rank[step.kind], step.session))
