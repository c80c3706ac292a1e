"""A worker process: keeps engine sessions warm and renders one order at a time.

Run as ``python -m flows.child``; speaks JSON, one document a line. In: ``render``, ``measure``, ``cancel``. Out:
``progress``, ``made``, ``fact``, ``failure``. It dies with its parent, at once and with all its children.
"""

from __future__ import annotations

import ctypes
import errno
import json
import os
import queue
import select
import shutil
import signal
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TextIO

from pydantic import BaseModel, ConfigDict, JsonValue, TypeAdapter

from edl.errors import Broken, Cancelled, CutawayError, EnvironmentLacks, Failure, Transient
from edl.recipe import native_from
from engines.contract import Forgetful, Made, Order, Session
from engines.measures import MEASURES
from engines.registry import engine, missing
from flows.assay import assay
from flows.kept import StoreKeep
from flows.local_store import FileJournal, LocalStore
from flows.warm import Warm

PROGRESS_EVERY = 0.1  # seconds
WAITING_EVERY = 1.0
PR_SET_PDEATHSIG = 1
GUARD_TICK = 500  # milliseconds
FULL = 1 << 20  # bytes; less than this free counts as a full disk


class RenderJob(BaseModel):
    """An order on its way to a worker process."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    do: str = "render"
    engine: str
    session: str
    recipe: str
    params: dict[str, JsonValue]
    native: dict[str, JsonValue] | None
    seed: int
    inputs: dict[str, str]
    folder: str
    journal: str
    device: str = "cpu"
    patience: float = 0.0  # seconds to wait for the device at most
    permitted: tuple[str, ...] = ()
    store: str = ""


class BatchJob(BaseModel):
    """Orders that differ only in the seed, for one go of a worker process."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    do: str = "batch"
    orders: tuple[RenderJob, ...]


class MeasureJob(BaseModel):
    """A file to be measured by a worker process."""

    model_config = ConfigDict(frozen=True, defer_build=True)

    do: str = "measure"
    measure: str
    path: str


@dataclass
class Line:
    """The connection to the parent."""

    out: TextIO
    cancelled: threading.Event
    jobs: queue.Queue[str]
    last: float = 0.0
    folder: str = "."

    def say(self, document: Mapping[str, JsonValue]) -> None:
        self.out.write(json.dumps(document) + "\n")
        self.out.flush()

    def progress(self, share: float, words: str, order: int = 0) -> None:
        now = time.monotonic()
        if share >= 1 or words or now - self.last > PROGRESS_EVERY:
            self.last = now
            self.say({"progress": share, "words": words, "order": order})

    def waiting(self, device: str) -> None:
        """Say that the work cannot begin yet, so that this time is not counted."""
        now = time.monotonic()
        if now - self.last > WAITING_EVERY:
            self.last = now
            self.say({"progress": 0.0, "words": f"waiting for {device}, which another run uses", "waiting": True})


def main() -> None:
    """Serve until the parent closes the line."""
    guard()
    die_with(int(os.environ["CUTAWAY_PARENT"]))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    line = Line(os.fdopen(os.dup(1), "w", encoding="utf-8"), threading.Event(), queue.Queue())
    os.dup2(2, 1)
    threading.Thread(target=_listen, args=(line,), daemon=True).start()
    warm = Warm()
    while True:
        text = line.jobs.get()
        line.cancelled.clear()
        _answer(line, lambda job=text: _work(job, line, warm))  # type: ignore[misc]


def guard() -> None:
    """Start a process that does nothing but kill this one's group when this one or its parent is gone.

    The kernel kills a worker whose parent died, but not what the worker had started (an encoder, say); and a worker
    deep in a library does not notice the closed line.
    """
    worker = os.getpid()
    if os.fork():
        return
    with open(os.devnull, "r+b", buffering=0) as nowhere:
        os.dup2(nowhere.fileno(), 1)
        os.dup2(nowhere.fileno(), 2)
    line = select.poll()
    line.register(0, 0)  # tells of the hang-up only, so it takes no job away
    while not line.poll(GUARD_TICK) and os.getppid() == worker:
        pass
    os.killpg(0, signal.SIGKILL)


def die_with(parent: int) -> None:
    """Have the kernel kill this process when its parent is gone (Linux; elsewhere the closed line does it)."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != parent:
        os._exit(1)


def _listen(line: Line) -> None:
    for text in sys.stdin:
        if text.startswith('{"do":"cancel"'):
            line.cancelled.set()
        else:
            line.jobs.put(text)
    os.killpg(0, signal.SIGKILL)


def _work(text: str, line: Line, warm: Warm) -> dict[str, JsonValue]:
    match json.loads(text)["do"]:
        case "measure":
            wish = MeasureJob.model_validate_json(text)
            return {"fact": MEASURES[wish.measure].run(Path(wish.path)).model_dump(mode="json")}
        case "batch":
            return _render_batch(BatchJob.model_validate_json(text).orders, line, warm)
        case _:
            return _render(RenderJob.model_validate_json(text), line, warm)


def _render(job: RenderJob, line: Line, warm: Warm) -> dict[str, JsonValue]:
    session, order = _session(job, line, warm), _order(job, line)
    started = time.monotonic()
    made = session.render(order)
    return _checked(job, order, made, time.monotonic() - started)


def _render_batch(jobs: tuple[RenderJob, ...], line: Line, warm: Warm) -> dict[str, JsonValue]:
    """Each order is answered for itself: one that fails leaves the others alone."""
    session = _session(jobs[0], line, warm)
    orders = [_order(job, line, at) for at, job in enumerate(jobs)]
    started = time.monotonic()
    together: Callable[[list[Order]], Sequence[Made | Failure]] | None = getattr(session, "render_batch", None)
    found = together(orders) if together else [_alone(session, order) for order in orders]
    if len(found) != len(orders):
        raise Broken(f"{len(orders)} orders were given, {len(found)} came back")
    seconds = (time.monotonic() - started) / len(orders)
    answers: list[JsonValue] = []
    for job, order, made in zip(jobs, orders, found, strict=True):
        try:
            answers.append(_failure(made) if isinstance(made, Failure) else _checked(job, order, made, seconds))
        except Broken as error:
            answers.append(_failure(error))
    return {"batch": answers}


def _alone(session: Session, order: Order) -> Made | Failure:
    try:
        return session.render(order)
    except Cancelled:
        raise
    except Failure as failure:
        return failure


def _session(job: RenderJob, line: Line, warm: Warm) -> Session:
    chosen = engine(job.engine)
    if absent := missing(chosen):
        words = f"{job.engine} needs {', '.join(absent)}, which is not installed"
        raise EnvironmentLacks(words, "install it (docs/install.md), or choose another engine")
    line.folder = job.folder

    def start() -> Session:
        return chosen.open(job.device)

    waiting = partial(line.waiting, job.device)
    return warm.session(job.session, job.device, start, job.patience, waiting, line.cancelled.is_set)


def _order(job: RenderJob, line: Line, at: int = 0) -> Order:
    return Order(
        recipe=job.recipe,
        params=engine(job.engine).params.model_validate(job.params),
        native=native_from(job.native) if job.native else None,
        seed=job.seed,
        inputs={name: Path(path) for name, path in job.inputs.items()},
        folder=Path(job.folder),
        journal=FileJournal(Path(job.journal)),
        progress=lambda share, words: line.progress(share, words, at),
        cancelled=line.cancelled.is_set,
        device=job.device,
        permitted=job.permitted,
        keep=StoreKeep(LocalStore(Path(job.store)), job.recipe) if job.store else Forgetful(),
    )


def _checked(job: RenderJob, order: Order, made: Made, seconds: float) -> dict[str, JsonValue]:
    """The answer for one finished order.

    :raises Broken: when it is not what was ordered
    """
    assay(order, made, received=engine(job.engine).limits.paid)
    facts = TypeAdapter(dict[str, JsonValue]).validate_python(dict(made.facts))
    return {"made": made.media, "facts": facts, "ran": list(made.ran), "seconds": seconds}


def _failure(failure: Failure) -> dict[str, JsonValue]:
    after = failure.after if isinstance(failure, Transient) else 0.0
    return {"failure": type(failure).__name__, "message": str(failure), "after": after}


def _answer(line: Line, work: Callable[[], dict[str, JsonValue]]) -> None:
    try:
        line.say(work())
    except MemoryError:
        line.say({"failure": "OutOfMemory", "message": "not enough memory"})
    except Failure as failure:
        line.say(_failure(failure))
    except EnvironmentLacks as error:
        line.say({"failure": "EnvironmentLacks", "message": str(error), "remedy": error.remedy})
    except Exception as error:  # the boundary: whatever an engine raises becomes an answer
        line.say(_unexpected(error, line))


def _unexpected(error: Exception, line: Line) -> dict[str, JsonValue]:
    if line.cancelled.is_set():
        return {"failure": Cancelled.__name__, "message": "stopped on request"}
    full = isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT)
    if full or shutil.disk_usage(line.folder).free < FULL:
        return {"failure": "StoreTrouble", "message": f"the disk is full ({error})"}
    if not isinstance(error, CutawayError):
        sys.excepthook(type(error), error, error.__traceback__)
    return {"failure": "Broken", "message": f"{type(error).__name__}: {error}"}


if __name__ == "__main__":
    main()
