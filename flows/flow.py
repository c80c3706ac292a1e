"""The Prefect side of a render: one flow, one task for each step. The only module that imports Prefect.

Prefect gives the run page, retries and limits; what was made is known by the store alone, so results are neither
cached nor kept here (design, invariant 2).
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from typing import cast

from prefect import flow, task
from prefect.cache_policies import NO_CACHE
from prefect.futures import PrefectConcurrentFuture
from prefect.task_runners import ThreadPoolTaskRunner

from edl.errors import Cancelled
from flows.dispatch import TICK, Listener, Outcome, Replan, dispatch
from flows.perform import Shop, perform
from flows.plan import Step
from flows.retry import decide
from flows.store import Part

MOST_TRIES = 4


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


def run_flow(
    name: str, replan: Replan, shop: Shop, slots: int, listener: Listener, cancelled: Callable[[], bool]
) -> Outcome:
    """Render under Prefect. Raises as :func:`flows.dispatch.dispatch`."""
    tries = Tries()

    def attempt(step: Step) -> Part:
        """One try of one step."""
        pause(tries.waits.pop(step.id, 0.0), cancelled)
        return perform(step, shop, lambda share, words: listener.progressed(step, share, words))

    def start(step: Step) -> Future[Part]:
        made: Future[Part] = Future()

        @task(
            name=step.kind.value,
            task_run_name=step.id.replace("{", "(").replace("}", ")"),
            cache_policy=NO_CACHE,
            persist_result=False,
            retries=MOST_TRIES,
            retry_delay_seconds=0,
            retry_condition_fn=lambda task, run, state: _again(state, step, tries),
            log_prints=False,
        )
        def make() -> str:
            return attempt_and_keep(step).name

        def attempt_and_keep(step: Step) -> Part:
            part = attempt(step)
            kept[step.id] = part
            return part

        kept: dict[str, Part] = {}
        running = cast("PrefectConcurrentFuture[str]", make.submit())

        def settle(done: Future[str]) -> None:
            error = _error_of(done)
            if error is not None:
                made.set_exception(error)
            elif step.id in kept:
                made.set_result(kept[step.id])
            else:
                made.set_exception(Cancelled("the task ended without a result"))

        running.wrapped_future.add_done_callback(settle)
        return made

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
            outcomes.append(dispatch(replan, start, slots, listener, cancelled))
        except Exception as error:
            troubles.append(error)
            raise

    outcomes: list[Outcome] = []
    troubles: list[Exception] = []
    state = render(return_state=True)
    if troubles:
        raise troubles[0]
    if not outcomes:
        raise RuntimeError(f"Prefect ended the run before it began: {state.message}")
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


def _error_of(done: Future[str]) -> BaseException | None:
    if done.cancelled():
        return Cancelled("the task was cancelled")
    return done.exception() or _state_error(done.result())
