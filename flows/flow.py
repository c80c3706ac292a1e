"""The Prefect side of a render: one flow, one task for each step. The only module that imports Prefect.

Prefect gives the run page, retries and limits; what was made is known by the store alone, so results are neither
cached nor kept here (design, invariant 2).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar, cast

import httpx
from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.exceptions import PrefectException
from prefect.futures import PrefectConcurrentFuture
from prefect.task_runners import ThreadPoolTaskRunner

from edl.errors import Cancelled, EnvironmentLacks, OutOfMemory
from flows.dispatch import TICK, Alone, Listener, Outcome, Replan, dispatch
from flows.perform import Shop, perform, perform_together
from flows.plan import Step
from flows.retry import decide
from flows.store import Part

MOST_TRIES = 4
LOST_REMEDY = "run again; if it happens again, check PREFECT_API_URL, or unset it: cutaway then starts its own server"
T = TypeVar("T")


@dataclass
class Tries:
    """How often each step was tried, and what is known of the next try."""

    counts: dict[str, int] = field(default_factory=dict)
    waits: dict[str, float] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def failed(self, step: Step, error: BaseException) -> bool:
        """Note a failure; True when the step is tried again."""
        with self.lock:
            count = self.counts[step.id] = self.counts.get(step.id, 0) + 1
            again = decide(error, count) if isinstance(error, Exception) else None
            if again is not None:
                self.waits[step.id] = again.wait
            return again is not None


@dataclass
class Tasks:
    """Starts steps as Prefect tasks."""

    shop: Shop
    listener: Listener
    cancelled: Callable[[], bool]
    tries: Tries = field(default_factory=Tries)

    def attempt(self, step: Step) -> Part:
        """One try."""
        pause(self.tries.waits.pop(step.id, 0.0), self.cancelled)
        return perform(step, self.shop, lambda share, words: self.listener.progressed(step, share, words))

    def start(self, step: Step) -> Future[Part]:
        """One task for one step, tried again as its failures deserve."""
        made: Future[Part] = Future()
        kept: dict[str, Part] = {}

        @task(
            name=step.kind.value,
            task_run_name=_run_name(step.id),
            cache_policy=NO_CACHE,
            persist_result=False,
            retries=MOST_TRIES,
            retry_delay_seconds=0,
            retry_condition_fn=lambda task, run, state: _again(state, step, self.tries),
            log_prints=False,
        )
        def make() -> str:
            kept[step.id] = self.attempt(step)
            return step.name

        running = cast("PrefectConcurrentFuture[str]", make.submit())

        def settle(done: Future[str]) -> None:
            error = _error_of(done)
            if step.id in kept:  # whatever Prefect thinks of it: what was made is known by the store
                made.set_result(kept[step.id])
            else:
                made.set_exception(_plain(error) if error else Cancelled("the task ended without a result"))

        running.wrapped_future.add_done_callback(settle)
        return made

    def start_together(self, steps: tuple[Step, ...]) -> list[Future[Part]]:
        """One task for several steps, as one worker makes them in one go. What fails in it is tried again alone, as
        a task of its own with the usual retries."""
        made: dict[str, Future[Part]] = {step.id: Future() for step in steps}
        kept: dict[str, Part | Exception] = {}

        @task(
            name=f"{steps[0].kind.value} x {len(steps)}",
            task_run_name=_run_name(" + ".join(step.id for step in steps)),
            cache_policy=NO_CACHE,
            persist_result=False,
            log_prints=False,
        )
        def make() -> list[str]:
            kept.update(perform_together(steps, self.shop, self.listener.progressed))
            for found in kept.values():
                if isinstance(found, Exception):
                    raise found  # so that the run page shows it; the others are kept
            return [step.name for step in steps]

        running = cast("PrefectConcurrentFuture[list[str]]", make.submit())

        def settle(done: Future[list[str]]) -> None:
            error = _error_of(done) or Cancelled("the task ended without a result")
            for step in steps:
                found = kept.get(step.id, error)
                if isinstance(found, Part):
                    made[step.id].set_result(found)
                else:
                    again = isinstance(found, OutOfMemory) or self.tries.failed(step, found)
                    made[step.id].set_exception(Alone(str(found)) if again else _plain(found))

        running.wrapped_future.add_done_callback(settle)
        return list(made.values())


def run_flow(
    name: str, replan: Replan, shop: Shop, slots: int, listener: Listener, cancelled: Callable[[], bool]
) -> Outcome:
    """Render under Prefect. Raises as :func:`flows.dispatch.dispatch`."""
    tasks = Tasks(shop, listener, cancelled)

    @flow(
        name="cutaway render",
        flow_run_name=name,
        task_runner=ThreadPoolTaskRunner(max_workers=slots),  # type: ignore[arg-type]
        persist_result=False,
        validate_parameters=False,
        log_prints=False,
    )
    def render() -> None:
        try:
            outcomes.append(dispatch(replan, tasks.start, slots, listener, cancelled, tasks.start_together))
        except Exception as error:
            troubles.append(error)
            raise

    outcomes: list[Outcome] = []
    troubles: list[Exception] = []
    # In the main thread Prefect would take the user's signals for itself; there a stop is asked by ``cancelled``.
    ended = "it ended the run before it began"
    with ThreadPoolExecutor(1, thread_name_prefix="flow") as own:
        try:
            ended = own.submit(lambda: render(return_state=True)).result().message or ended
        except (httpx.HTTPError, PrefectException, RuntimeError) as error:
            ended = str(error) or type(error).__name__
    if troubles:
        raise troubles[0]
    if not outcomes:
        raise EnvironmentLacks(f"Prefect's server is of no use: {ended}", LOST_REMEDY)
    return outcomes[0]


def pause(seconds: float, cancelled: Callable[[], bool]) -> None:
    """Let time pass before another try.

    :raises Cancelled: at once when the run is to stop
    """
    end = time.monotonic() + seconds
    while not cancelled():
        left = end - time.monotonic()
        if left <= 0:
            return
        time.sleep(min(TICK, left))
    raise Cancelled("stopped on request")


def _run_name(words: str) -> str:
    """A name in which Prefect finds nothing to fill in."""
    return words.replace("{", "(").replace("}", ")")


def _again(state: object, step: Step, tries: Tries) -> bool:
    error = _state_error(state)
    return error is not None and tries.failed(step, error)


def _state_error(state: object) -> BaseException | None:
    """The exception inside a failed state."""
    from prefect.client.schemas.objects import State

    if not isinstance(state, State) or not (state.is_failed() or state.is_crashed()):
        return None
    data = state.data
    if isinstance(data, BaseException):
        return data
    result = getattr(data, "result", None)
    return result if isinstance(result, BaseException) else RuntimeError(state.message or "failed")


def _plain(error: BaseException) -> BaseException:
    """A failure in our words, where it is one of talking to Prefect."""
    if isinstance(error, (httpx.HTTPError, PrefectException)):
        words = str(error) or type(error).__name__
        return EnvironmentLacks(f"Prefect's server was lost: {words}; all that was finished is kept", LOST_REMEDY)
    return error


def _error_of(done: Future[T]) -> BaseException | None:
    if done.cancelled():
        return Cancelled("the task was cancelled")
    return done.exception() or _state_error(done.result())
