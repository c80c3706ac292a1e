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
import shutil
import signal
import sys
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from pydantic import BaseModel, ConfigDict, JsonValue, TypeAdapter

from edl.errors import Cancelled, CutawayError, EnvironmentLacks, Failure, Transient
from edl.recipe import native_from
from engines.contract import Forgetful, Order, Session
from engines.measures import MEASURES
from engines.registry import engine
from flows.assay import assay
from flows.local_store import FileJournal, LocalStore, StoreKeep

WARM_SESSIONS = 3
PROGRESS_EVERY = 0.1  # seconds
PR_SET_PDEATHSIG = 1
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
    permitted: tuple[str, ...] = ()
    store: str = ""


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

    def progress(self, share: float, words: str) -> None:
        now = time.monotonic()
        if share >= 1 or words or now - self.last > PROGRESS_EVERY:
            self.last = now
            self.say({"progress": share, "words": words})


def main() -> None:
    """Serve until the parent closes the line."""
    die_with(int(os.environ["CUTAWAY_PARENT"]))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    line = Line(os.fdopen(os.dup(1), "w", encoding="utf-8"), threading.Event(), queue.Queue())
    os.dup2(2, 1)
    threading.Thread(target=_listen, args=(line,), daemon=True).start()
    sessions: OrderedDict[str, Session] = OrderedDict()
    while True:
        text = line.jobs.get()
        line.cancelled.clear()
        _answer(line, lambda job=text: _work(job, line, sessions))  # type: ignore[misc]


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


def _work(text: str, line: Line, sessions: OrderedDict[str, Session]) -> dict[str, JsonValue]:
    if json.loads(text)["do"] == "measure":
        wish = MeasureJob.model_validate_json(text)
        return {"fact": MEASURES[wish.measure].run(Path(wish.path)).model_dump(mode="json")}
    return _render(RenderJob.model_validate_json(text), line, sessions)


def _render(job: RenderJob, line: Line, sessions: OrderedDict[str, Session]) -> dict[str, JsonValue]:
    chosen = engine(job.engine)
    line.folder = job.folder
    native = native_from(job.native) if job.native else None
    order = Order(
        recipe=job.recipe,
        params=chosen.params.model_validate(job.params),
        native=native,
        seed=job.seed,
        inputs={name: Path(path) for name, path in job.inputs.items()},
        folder=Path(job.folder),
        journal=FileJournal(Path(job.journal)),
        progress=line.progress,
        cancelled=line.cancelled.is_set,
        device=job.device,
        permitted=job.permitted,
        keep=StoreKeep(LocalStore(Path(job.store))) if job.store else Forgetful(),
    )
    session = _session(sessions, job.session, lambda: chosen.open(job.device))
    started = time.monotonic()
    made = session.render(order)
    seconds = time.monotonic() - started
    assay(order, made, received=chosen.limits.paid)
    facts = TypeAdapter(dict[str, JsonValue]).validate_python(dict(made.facts))
    return {"made": made.media, "facts": facts, "ran": list(made.ran), "seconds": seconds}


def _session(sessions: OrderedDict[str, Session], key: str, start: Callable[[], Session]) -> Session:
    if key not in sessions:
        while len(sessions) >= WARM_SESSIONS:
            sessions.popitem(last=False)[1].close()
        sessions[key] = start()
    sessions.move_to_end(key)
    return sessions[key]


def _answer(line: Line, work: Callable[[], dict[str, JsonValue]]) -> None:
    try:
        line.say(work())
    except MemoryError:
        line.say({"failure": "OutOfMemory", "message": "not enough memory"})
    except Failure as failure:
        after = failure.after if isinstance(failure, Transient) else 0.0
        line.say({"failure": type(failure).__name__, "message": str(failure), "after": after})
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
