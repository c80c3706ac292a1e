"""A provider of generated shots on the loopback address, for ``mock/paid`` and for tests of clients.

    python -m engines.mock._provider --state FOLDER --port 0

prints its address, then serves until it is stopped. Jobs are files in the state folder and outlive the process.

    POST /jobs           {width, height, fps, frames, wish}, header Idempotency-Key -> {id, state}
    GET  /jobs/ID        -> {id, state, result, error}; queued, running, then done, refused or failed
    GET  /results/ID?key=KEY -> the file; a key that expired answers 410, a new look at the job gives a new one
    POST /faults         {name: how many times} -> what is to come, names in ``Faults``
    GET  /counts         -> {created, paid, dollars}

The same idempotency key never makes a second job. A job is paid when it is done.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from pydantic import BaseModel, ConfigDict, JsonValue, ValidationError

from edl.recipe import native_from
from engines.contract import Order, Params

PRICE = 0.05  # US dollars a second
LOOKS_QUEUED, LOOKS_RUNNING = 1, 2  # how often a job is looked at before it runs, and before it is done
MOST_BODY = 1_000_000  # bytes


class Faults(BaseModel):
    """How many times each trouble is still to come; ``delay`` is seconds for every answer."""

    model_config = ConfigDict(extra="forbid", validate_assignment=True)

    create_error: int = 0  # 500 before a job is created
    create_busy: int = 0  # 429 with Retry-After
    drop: int = 0  # the job is created, the connection breaks before the answer
    poll_error: int = 0
    poll_busy: int = 0
    poll_drop: int = 0
    expire: int = 0  # result links that are no longer good
    cut: int = 0  # results that end in the middle
    refuse: int = 0  # jobs that end as refused
    fail: int = 0  # jobs that end as failed
    retry_after: float = 0.1  # seconds, with every 429
    delay: float = 0.0
    longer: int = 0  # frames that every result has more than were ordered; fewer where below 0


@dataclass(frozen=True)
class Job:
    """One job, kept as JSON in the state folder."""

    id: str
    wish: Mapping[str, JsonValue]
    looks: int = 0
    state: str = "queued"
    error: str = ""
    key: int = 0  # which result link is the newest


class Desk:
    """Keeps the jobs. Every method may be called from any thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self.faults = Faults()
        folder.mkdir(parents=True, exist_ok=True)

    def trouble(self, name: str) -> bool:
        """Whether this trouble is due now; uses up one."""
        with self._lock:
            left = int(getattr(self.faults, name))
            if left > 0:
                setattr(self.faults, name, left - 1)
            return left > 0

    def create(self, token: str, wish: Mapping[str, JsonValue]) -> Job:
        """The job of that token, new only when the token is.

        :raises ValueError: when the token was used for another wish, or the wish names no shape
        """
        native_from(wish)
        job_id = hashlib.sha256(token.encode()).hexdigest()[:16]
        with self._lock:
            job = self._find(job_id)
            if job is None:
                job = Job(job_id, wish)
                self._keep(job)
            elif job.wish != wish:
                raise ValueError("this key was used for another wish")
            return job

    def look(self, job_id: str) -> Job | None:
        """One poll: the job moves on by being looked at, so that tests need no clock."""
        with self._lock:
            job = self._find(job_id)
            if job is None or job.state in ("refused", "failed"):
                return job
            job = replace(job, looks=job.looks + 1, key=job.key + 1)
            if job.state != "done" and job.looks > LOOKS_RUNNING:
                job = self._finish(job)
            elif job.looks > LOOKS_QUEUED and job.state == "queued":
                job = replace(job, state="running")
            self._keep(job)
        return job

    def result(self, job_id: str, key: int) -> bytes | None:
        """The file of a job that is done; None for an older link."""
        with self._lock:
            job = self._find(job_id)
            good = job is not None and job.state == "done" and job.key == key
            return (self._folder / f"{job_id}.mp4").read_bytes() if good else None

    def counts(self) -> dict[str, JsonValue]:
        """How many jobs were created, how many were paid, and the sum in US dollars."""
        with self._lock:
            jobs = [self._find(path.stem) for path in sorted(self._folder.glob("*.json"))]
        done = [job for job in jobs if job and job.state == "done"]
        dollars = sum(float(native_from(job.wish).seconds) * PRICE for job in done)
        return {"created": len(jobs), "paid": len(done), "dollars": round(dollars, 6)}

    def _finish(self, job: Job) -> Job:
        if self.faults.refuse > 0:
            self.faults.refuse -= 1
            return replace(job, state="refused", error="the picture shows what we do not animate")
        if self.faults.fail > 0:
            self.faults.fail -= 1
            return replace(job, state="failed", error="the machine lost power")
        frames = max(1, int(str(job.wish["frames"])) + self.faults.longer)
        make({**job.wish, "frames": frames}, self._folder, job.id)
        return replace(job, state="done")

    def _find(self, job_id: str) -> Job | None:
        path = self._folder / f"{Path(job_id).name}.json"
        return Job(**json.loads(path.read_text("utf-8"))) if path.is_file() else None

    def _keep(self, job: Job) -> None:
        path = self._folder / f"{job.id}.json"
        fresh = path.with_suffix(".new")
        fresh.write_text(json.dumps(job.__dict__), encoding="utf-8")
        fresh.replace(path)


@dataclass
class _Notes:
    """A journal that is forgotten: the provider's own orders are never resumed."""

    written: list[dict[str, JsonValue]] = field(default_factory=list)

    def entries(self) -> list[dict[str, JsonValue]]:
        return list(self.written)

    def write(self, entry: Mapping[str, JsonValue]) -> None:
        self.written.append(dict(entry))


def make(wish: Mapping[str, JsonValue], folder: Path, job_id: str) -> None:
    """Draw what was wished for, as ``folder/job_id.mp4``."""
    from engines.mock._film import film_drifting
    from engines.mock._look import look_from

    work = folder / f"{job_id}.work"
    work.mkdir(exist_ok=True)
    order = Order(job_id, Params(), native_from(wish), 0, {}, work, _Notes())
    made = film_drifting(order, look_from(json.dumps(wish, sort_keys=True).encode()))
    (work / made.media).replace(folder / f"{job_id}.mp4")
    work.rmdir()


class Handler(BaseHTTPRequestHandler):
    """Answers one request."""

    protocol_version = "HTTP/1.1"
    desk: Desk

    def do_POST(self) -> None:
        """Create a job, or plan trouble."""
        time.sleep(self.desk.faults.delay)
        try:
            body = json.loads(self.rfile.read(min(MOST_BODY, int(self.headers.get("Content-Length", 0)))))
            if self.path == "/faults":
                self.desk.faults = Faults.model_validate(body)
                return self._answer(200, self.desk.faults.model_dump())
            if self.path == "/jobs":
                return self._create(body)
        except (ValueError, KeyError, TypeError, ValidationError) as error:
            return self._answer(422, {"error": f"that is no request: {error}"})
        return self._answer(404, {"error": "no such page"})

    def do_GET(self) -> None:
        """Look at a job, fetch its result, or count."""
        time.sleep(self.desk.faults.delay)
        where = urlsplit(self.path)
        kind, _, rest = where.path.strip("/").partition("/")
        if kind == "counts":
            return self._answer(200, self.desk.counts())
        if kind == "jobs":
            return self._look(rest)
        if kind == "results":
            return self._result(rest, int(parse_qs(where.query).get("key", ["0"])[0]))
        return self._answer(404, {"error": "no such page"})

    def _create(self, wish: Mapping[str, JsonValue]) -> None:
        token = self.headers.get("Idempotency-Key", "")
        if not token:
            return self._answer(422, {"error": "the header Idempotency-Key is missing"})
        if self.desk.trouble("create_error"):
            return self._answer(500, {"error": "something broke"})
        if self.desk.trouble("create_busy"):
            return self._busy()
        job = self.desk.create(token, wish)
        if self.desk.trouble("drop"):
            return self._drop()
        return self._answer(201, {"id": job.id, "state": job.state})

    def _look(self, job_id: str) -> None:
        if self.desk.trouble("poll_error"):
            return self._answer(500, {"error": "something broke"})
        if self.desk.trouble("poll_busy"):
            return self._busy()
        if self.desk.trouble("poll_drop"):
            return self._drop()
        job = self.desk.look(job_id)
        if job is None:
            return self._answer(404, {"error": "no such job"})
        result = f"/results/{job.id}?key={job.key}" if job.state == "done" else ""
        return self._answer(200, {"id": job.id, "state": job.state, "result": result, "error": job.error})

    def _result(self, job_id: str, key: int) -> None:
        data = None if self.desk.trouble("expire") else self.desk.result(job_id, key)
        if data is None:
            return self._answer(410, {"error": "this link has expired"})
        self.send_response(200)
        self.send_header("Content-Type", "video/mp4")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.desk.trouble("cut"):
            self.wfile.write(data[: len(data) // 2])
            return self._drop()
        self.wfile.write(data)
        return None

    def _busy(self) -> None:
        self._answer(429, {"error": "too many requests"}, {"Retry-After": f"{self.desk.faults.retry_after:g}"})

    def _drop(self) -> None:
        self.close_connection = True

    def _answer(self, status: int, document: JsonValue, headers: Mapping[str, str] | None = None) -> None:
        data = json.dumps(document).encode()
        self.send_response(status)
        for name, value in {"Content-Type": "application/json", **(headers or {})}.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: requests are counted, not narrated."""


def serve(folder: Path, port: int = 0) -> ThreadingHTTPServer:
    """A server on the loopback address, not yet running; port 0 takes a free one."""
    handler = type("DeskHandler", (Handler,), {"desk": Desk(folder)})
    return ThreadingHTTPServer(("127.0.0.1", port), handler)


def main() -> None:
    """Run until stopped."""
    parser = argparse.ArgumentParser(description="a provider of generated shots on the loopback address")
    parser.add_argument("--state", type=Path, required=True, help="folder for jobs and results")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    asked = parser.parse_args()
    server = serve(asked.state, asked.port)
    print(f"http://127.0.0.1:{server.server_address[1]}", flush=True)
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()


if __name__ == "__main__":
    main()
