"""The worker processes of one run: started when needed, kept warm, killed with all their children when they must be."""

from __future__ import annotations

import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from pydantic import JsonValue

from edl.errors import FAILURES, Broken, Cancelled, EnvironmentLacks, Failure, StoreTrouble, Transient
from flows.child import BatchJob, MeasureJob, RenderJob
from flows.devices import CPU

GRACE = 2.0  # seconds to answer a cancel
TICK = 0.1
QUIET = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "OMP_WAIT_POLICY": "PASSIVE",  # an engine that takes more threads shares the cores with other workers
    "GLOG_minloglevel": "3",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "HF_HUB_OFFLINE": "1",
    "PYTHONUNBUFFERED": "1",
}

Answer = dict[str, JsonValue]
Progress = Callable[[float, str], None]
BatchProgress = Callable[[int, float, str], None]


@dataclass(eq=False)
class Worker:
    """One child process and what it has warm."""

    process: subprocess.Popen[bytes]
    errors: IO[bytes]
    session: str = ""
    device: str = CPU  # the GPU that it holds, if any
    rest: bytes = b""

    def send(self, text: str) -> None:
        assert self.process.stdin is not None
        self.process.stdin.write(text.encode() + b"\n")
        self.process.stdin.flush()

    def lines(self, wait: float) -> list[Answer] | None:
        """Answers that came within ``wait`` seconds; None when the process has gone."""
        assert self.process.stdout is not None
        if not select.select([self.process.stdout], [], [], wait)[0]:
            return []
        data = os.read(self.process.stdout.fileno(), 1 << 16)
        if not data:
            return None
        *whole, self.rest = (self.rest + data).split(b"\n")
        return [json.loads(text) for text in whole]

    def kill(self) -> None:
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe:
                with suppress(OSError):
                    pipe.close()

    def last_words(self) -> str:
        """The last line that the process wrote to its error stream."""
        self.errors.seek(max(0, self.errors.seek(0, os.SEEK_END) - 4000))
        lines = [line for line in self.errors.read().decode(errors="replace").splitlines() if line.strip()]
        return lines[-1][:300] if lines else ""


class Crew:
    """Up to ``size`` workers. Safe to use from several threads."""

    def __init__(self, size: int) -> None:
        self.size = size
        self._idle: list[Worker] = []
        self._busy: set[Worker] = set()
        self._free = threading.Condition()
        self._starting: set[str] = set()
        self._count = 0
        self._closed = False
        # The kernel ties a child's life to the thread that started it, so one lasting thread starts them all.
        self._starter = ThreadPoolExecutor(1, thread_name_prefix="crew")

    def prepare(self) -> None:
        """Have one worker started, while the run waits for something else; nothing is waited for here."""
        with self._free:
            if self._closed or self._count:
                return
            self._count += 1
        self._starter.submit(self._prepare)

    def _prepare(self) -> None:
        worker: Worker | None = None
        with suppress(OSError):  # said when an order needs one
            worker = _start()
        with self._free:
            if worker is None:
                self._count -= 1
            elif self._closed:
                worker.kill()
            else:
                self._idle.append(worker)
            self._free.notify()

    def render(self, job: RenderJob, progress: Progress, cancelled: Callable[[], bool], patience: float) -> Answer:
        """Have one order rendered.

        :param patience: seconds after which the worker is killed
        :raises Failure: as the engine said, or Broken when the worker died or was too slow
        """
        with self._hired(job.session, job.device, cancelled) as worker:
            return self._talk(worker, job.model_dump_json(), _spoken(progress), cancelled, patience)

    def render_batch(
        self, jobs: tuple[RenderJob, ...], progress: BatchProgress, cancelled: Callable[[], bool], patience: float
    ) -> list[Answer | Exception]:
        """Have several orders rendered in one go by one worker: for each its answer, or how it alone failed.

        :param progress: told the order's number, the share and words
        :raises Failure: when none could be made
        """
        with self._hired(jobs[0].session, jobs[0].device, cancelled) as worker:
            job = BatchJob(orders=jobs)
            answer = self._talk(worker, job.model_dump_json(), _spoken_of(progress), cancelled, patience)
            answers = answer["batch"]
            assert isinstance(answers, list)
            return [_failure(each) if "failure" in each else each for each in answers if isinstance(each, dict)]

    def keep_devices(self, needed: frozenset[str]) -> None:
        """End idle workers that hold a GPU which this run does not need any more, so that another run may have it."""
        with self._free:
            done = [worker for worker in self._idle if worker.device not in (CPU, *needed)]
            for worker in done:
                self._idle.remove(worker)
                self._count -= 1
            self._free.notify_all()
        for worker in done:
            worker.kill()
            worker.errors.close()

    def measure(self, job: MeasureJob, cancelled: Callable[[], bool] = lambda: False, patience: float = 120) -> Answer:
        """Have one file measured. Raises as :meth:`render`."""
        with self._hired("", CPU, cancelled) as worker:
            return self._talk(worker, job.model_dump_json(), lambda line: None, cancelled, patience)

    def close(self) -> None:
        """Kill all workers; what they had not finished is lost, as planned."""
        with self._free:
            self._closed = True
            workers = [*self._idle, *self._busy]
            self._idle.clear()
        for worker in workers:
            worker.kill()
        self._starter.shutdown()

    @contextmanager
    def _hired(self, session: str, device: str, cancelled: Callable[[], bool]) -> Iterator[Worker]:
        worker = self._hire(session, device, cancelled)
        try:
            yield worker
        finally:
            with self._free:
                self._busy.discard(worker)
                if worker.process.poll() is None and not self._closed:
                    self._idle.append(worker)
                else:
                    worker.errors.close()
                    self._count -= 1
                self._free.notify()

    def _hire(self, session: str, device: str, cancelled: Callable[[], bool]) -> Worker:
        """A worker for a session: a warm one, a new one, or any. It is reserved, and its GPU with it."""
        with self._free:
            while True:
                if self._closed or cancelled():
                    raise Cancelled("stopped on request")
                self._bury()
                worker = self._suited(session, device)
                taken = device != CPU and (device in self._starting or any(w.device == device for w in self._busy))
                if worker is None and device == CPU:  # an idle worker has more of the libraries than a new one
                    worker = next((each for each in self._idle if each.device == CPU), None)
                if worker is None and not taken and self._count < self.size:
                    self._count += 1
                    self._starting.add(device)
                    break
                if worker is None and not taken and self._idle:
                    worker = min(self._idle, key=lambda each: each.device != CPU)
                if worker is not None:
                    self._idle.remove(worker)
                    self._engage(worker, session, device)
                    return worker
                self._free.wait(TICK)
        try:
            worker = self._starter.submit(_start).result()
        except BaseException:
            with self._free:
                self._count -= 1
                self._starting.discard(device)
            raise
        with self._free:
            self._starting.discard(device)
            self._engage(worker, session, device)
        return worker

    def _suited(self, session: str, device: str) -> Worker | None:
        """An idle worker that holds the GPU, or has the session warm."""
        holder = next((worker for worker in self._idle if worker.device == device != CPU), None)
        return holder or next((worker for worker in self._idle if session and worker.session == session), None)

    def _engage(self, worker: Worker, session: str, device: str) -> None:
        worker.session = session or worker.session
        worker.device = device if device != CPU else worker.device
        self._busy.add(worker)

    def _bury(self) -> None:
        for worker in [worker for worker in self._idle if worker.process.poll() is not None]:
            self._idle.remove(worker)
            self._count -= 1

    def _talk(
        self, worker: Worker, text: str, heard: Callable[[Answer], None], cancelled: Callable[[], bool], patience: float
    ) -> Answer:
        try:
            worker.send(text)
        except OSError as error:
            worker.kill()
            raise Broken(f"the worker process ended: {worker.last_words()}") from error
        deadline = time.monotonic() + patience
        asked: float | None = None
        while True:
            lines = worker.lines(TICK)
            if lines is None:
                worker.kill()
                if asked is not None or self._closed:
                    raise Cancelled("stopped on request")
                raise Broken(_death(worker))
            for line in lines:
                if "progress" in line:
                    heard(line)
                    if line.get("waiting"):
                        deadline = time.monotonic() + patience
                elif "failure" in line:
                    raise _failure(line)
                else:
                    return line
            now = time.monotonic()
            if asked is None and cancelled():
                asked = now
                with suppress(OSError):
                    worker.send('{"do":"cancel"}')
            if asked is not None and now - asked > GRACE:
                worker.kill()
                raise Cancelled("stopped on request")
            if now > deadline:
                worker.kill()
                raise Broken(f"did not finish within {patience:.0f} s and was stopped")


def _spoken(progress: Progress) -> Callable[[Answer], None]:
    return lambda line: progress(float(str(line["progress"])), str(line.get("words", "")))


def _spoken_of(progress: BatchProgress) -> Callable[[Answer], None]:
    return lambda line: progress(
        int(str(line.get("order", 0))), float(str(line["progress"])), str(line.get("words", ""))
    )


def _start() -> Worker:
    errors = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the worker
    process = subprocess.Popen(
        [sys.executable, "-m", "flows.child"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=errors,
        cwd=tempfile.gettempdir(),
        env={**os.environ, **QUIET, "CUTAWAY_PARENT": str(os.getpid()), "PYTHONPATH": _python_path()},
        start_new_session=True,
        bufsize=0,
    )
    return Worker(process, errors)


def _python_path() -> str:
    """Children import what this process imports, wherever it was started."""
    here = str(Path(__file__).resolve().parent.parent)
    return os.pathsep.join([here, *filter(None, [os.environ.get("PYTHONPATH", "")])])


def _death(worker: Worker) -> str:
    code = worker.process.returncode
    how = f"was killed by signal {-code}" if code and code < 0 else f"ended with code {code}"
    words = worker.last_words()
    return f"the worker process {how}" + (f": {words}" if words else "")


def _failure(line: Answer) -> Exception:
    name, message = str(line["failure"]), str(line.get("message", ""))
    if name == "StoreTrouble":
        return StoreTrouble(message, "free some space (cutaway gc helps), then run again")
    if name == "EnvironmentLacks":
        return EnvironmentLacks(message, str(line.get("remedy", "")))
    if name == "Transient":
        return Transient(message, float(str(line.get("after", 0.0))))
    return FAILURES.get(name, Failure)(message)
