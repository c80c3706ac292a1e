"""The loop of a render: plan, start what is ready, and plan again until nothing is ready.

It knows nothing of Prefect: :mod:`flows.flow` gives it a way to start a step, tests give it another.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import FIRST_COMPLETED, Future, wait
from dataclasses import dataclass, field
from typing import Protocol

from edl.errors import Cancelled, EnvironmentLacks, StoreTrouble
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
    """What a run came to. ``lacks`` is the first thing that this machine did not have, where a step failed by it."""

    plan: Plan
    rendered: list[Step] = field(default_factory=list)
    failed: dict[str, tuple[Step, str]] = field(default_factory=dict)  # by part name
    cancelled: bool = False
    lacks: EnvironmentLacks | None = None


def dispatch(
    replan: Replan, start: Start, slots: int, listener: Listener, cancelled: Callable[[], bool] = lambda: False
) -> Outcome:
    """Render all that can be rendered.

    It plans again when all that the last plan had ready has been started, not after every step: a plan of a thousand
    segments takes a while.

    :param slots: how many steps may run at once
    :raises StoreTrouble: when the store cannot be written; what runs is left to end first
    """
    run = _Run(Outcome(replan({})), start, slots, listener, cancelled)
    listener.planned(run.outcome.plan)
    news = False
    while True:
        run.fill()
        if news and not run.waiting():
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
    """The steps of one dispatch: which were started, which run."""

    def __init__(
        self, outcome: Outcome, start: Start, slots: int, listener: Listener, cancelled: Callable[[], bool]
    ) -> None:
        self.outcome = outcome
        self.running: dict[Future[Part], Step] = {}
        self.trouble: StoreTrouble | None = None
        self._start, self._slots, self._listener, self._cancelled = start, slots, listener, cancelled
        self._started: set[str] = set()
        self._repairs = 0
        self.outdated = False  # a part has gone, so the plan builds on what is not there

    def waiting(self) -> list[Step]:
        """What the plan has ready and was not started yet."""
        if self.outdated or self.trouble is not None or self._cancelled():
            return []
        return [step for step in order_of_work(self.outcome.plan) if step.name not in self._started]

    def fill(self) -> None:
        """Start as many steps as there are free slots."""
        for step in self.waiting():
            if len(self.running) >= self._slots:
                return
            if step.name not in self._started:
                self._started.add(step.name)
                self._listener.started(step)
                self.running[self._start(step)] = step

    def collect(self) -> bool:
        """Take in what ended; whether anything did."""
        done, _ = wait(list(self.running), timeout=TICK, return_when=FIRST_COMPLETED)
        for future in done:
            step = self.running.pop(future)
            error = future.exception()
            if error is None:
                self.outcome.rendered.append(step)
                self._listener.finished(step, future.result())
            else:
                self._settle(step, error)
        return bool(done)

    def _settle(self, step: Step, error: BaseException) -> None:
        if isinstance(error, Damaged) and self._repairs < MOST_REPAIRS:
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
