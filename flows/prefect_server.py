"""A Prefect server of one's own for the length of a render, with a private home. It cannot outlive its parent.

Where ``PREFECT_API_URL`` is set, that server is used and none is started.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from importlib import import_module
from pathlib import Path
from typing import IO

from filelock import FileLock, Timeout

from edl.errors import Cancelled, EnvironmentLacks, StoreTrouble
from flows.child import die_with
from flows.local_store import trouble

START_LIMIT = 300.0  # seconds; the usual 20 are too few on a busy machine
MOST_HOMES = 64
LEAST_FREE = 4 << 20  # bytes; with less, a server that does not start is no wonder
SETTINGS = {
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": str(int(START_LIMIT)),
    "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "true",
    "PREFECT_SERVER_CONCURRENCY_LEASE_STORAGE": "prefect.server.concurrency.lease_storage.filesystem",
    "PREFECT_FLOWS_HEARTBEAT_FREQUENCY": "30",
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "PREFECT_LOGGING_LEVEL": "CRITICAL",
    "PREFECT_LOGGING_INTERNAL_LEVEL": "CRITICAL",
    "PREFECT_LOGGING_TO_API_ENABLED": "false",
    "PREFECT_CLI_COLORS": "false",
    "PREFECT_CLIENT_MAX_RETRIES": "1",  # of each request, after 2 s: a server that is gone does not come back
    "DO_NOT_TRACK": "1",
}
SERVER_SETTINGS = {
    "PREFECT_SERVER_UI_ENABLED": "false",
    "PREFECT_UI_ENABLED": "0",
    "PREFECT__SERVER_EPHEMERAL": "1",
    "PREFECT__SERVER_FINAL": "1",
}


class Server:
    """The Prefect API of a run: the user's own, where one is named."""

    def start(self) -> None:
        """Have it come up, without waiting: that takes seconds, on another core."""

    def ready(self) -> None:
        """Wait until it answers.

        :raises EnvironmentLacks: when it does not
        """
        _must_answer(os.environ["PREFECT_API_URL"])

    def dismiss(self) -> None:
        """Say that it is needed no more, without waiting for its end."""


class OwnServer(Server):
    """A server of this run alone, in a private home."""

    def __init__(self, home: Path, cancelled: Callable[[], bool], starter: ThreadPoolExecutor) -> None:
        self._home, self._cancelled, self._starter = home, cancelled, starter
        self._process: subprocess.Popen[bytes] | None = None
        self._log = tempfile.TemporaryFile()  # noqa: SIM115 - lives as long as the server

    def start(self) -> None:
        if self._process is not None:
            return
        with socket.create_server(("127.0.0.1", 0)) as listener:
            # The kernel ties the server's life to the thread that starts it, so that thread stays.
            self._process = self._starter.submit(_start, listener.fileno(), self._log).result()
            os.environ["PREFECT_API_URL"] = f"http://127.0.0.1:{listener.getsockname()[1]}/api"

    def ready(self) -> None:
        self.start()
        assert self._process is not None
        import_module("flows.flow")  # Prefect takes seconds to import; the server starts meanwhile
        with full_disk(self._home):
            _await_health(os.environ["PREFECT_API_URL"], self._process, self._log, self._cancelled)

    def dismiss(self) -> None:
        if self._process is not None:
            self._process.terminate()

    def close(self) -> None:
        """End it and wait for its end."""
        self.dismiss()
        if self._process is not None:
            try:
                self._process.wait(timeout=3)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._log.close()


@contextmanager
def prefect_server(root: Path, cancelled: Callable[[], bool] = lambda: False) -> Iterator[Server]:
    """A Prefect API for as long as one is inside. Enter before Prefect is imported: it reads its settings then.

    :param root: the folder for private homes; each running render has one of its own
    """
    kept = dict(os.environ)
    if os.environ.get("PREFECT_API_URL"):
        os.environ.update({**SETTINGS, **kept})
        yield Server()
        return
    with _home(root) as home, ThreadPoolExecutor(1, thread_name_prefix="server") as starter:
        os.environ.update({**SETTINGS, **kept, "PREFECT_HOME": str(home)})
        server = OwnServer(home, cancelled, starter)
        try:
            yield server
        finally:
            os.environ.pop("PREFECT_API_URL", None)
            server.close()


def _must_answer(url: str) -> None:
    import httpx

    try:
        httpx.get(f"{url}/health", timeout=10.0).raise_for_status()
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        remedy = "start it, correct PREFECT_API_URL, or unset it to use a server of cutaway's own"
        raise EnvironmentLacks(f"Prefect at {url} does not answer: {error}", remedy) from error


@contextmanager
def full_disk(folder: Path) -> Iterator[None]:
    """Name a full disk as the reason, which a server that cannot write its database does not.

    :raises StoreTrouble: where the disk is full
    """
    try:
        yield
    except EnvironmentLacks as error:
        if shutil.disk_usage(folder).free >= LEAST_FREE:
            raise
        raise StoreTrouble(f"the disk of {folder} is full", "free some space, then run again") from error


@contextmanager
def _home(root: Path) -> Iterator[Path]:
    """The first private home that no other render uses; an old one starts faster than a new one."""
    with trouble(root):
        root.mkdir(parents=True, exist_ok=True)
    for number in range(MOST_HOMES):
        lock = FileLock(root / f"{number}.lock")
        try:
            with trouble(root):
                lock.acquire(timeout=0)
        except Timeout:
            continue
        try:
            home = root / str(number)
            with trouble(root):
                home.mkdir(exist_ok=True)
            yield home
        finally:
            lock.release()
        return
    raise EnvironmentLacks(f"{MOST_HOMES} renders use {root} already", "wait for one of them to end")


def _start(listener: int, log: IO[bytes]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "flows.prefect_server", str(listener)],
        env={
            **os.environ,
            **SERVER_SETTINGS,
            "CUTAWAY_PARENT": str(os.getpid()),
            "PYTHONPATH": str(Path(__file__).resolve().parent.parent),
        },
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        pass_fds=(listener,),
        start_new_session=True,
    )


def _await_health(url: str, server: subprocess.Popen[bytes], log: IO[bytes], cancelled: Callable[[], bool]) -> None:
    import httpx

    deadline = time.monotonic() + START_LIMIT
    with httpx.Client(trust_env=False) as client:
        while time.monotonic() < deadline:
            if cancelled():
                raise Cancelled("stopped on request")
            if server.poll() is not None:
                log.seek(0)
                lines = log.read().decode(errors="replace").strip().splitlines()
                raise EnvironmentLacks(f"Prefect's server did not start: {lines[-1] if lines else 'no word of it'}")
            with suppress(httpx.HTTPError):
                if client.get(f"{url}/health", timeout=1.0).status_code == 200:
                    return
            time.sleep(0.05)
    raise EnvironmentLacks(f"Prefect's server did not answer within {START_LIMIT:.0f} s")


def main() -> None:
    """The server process: Prefect's own application on an inherited socket."""
    die_with(int(os.environ["CUTAWAY_PARENT"]))
    import uvicorn

    uvicorn.run(
        "prefect.server.api.server:create_app",
        factory=True,
        fd=int(sys.argv[1]),
        log_level="error",
        lifespan="on",
        timeout_graceful_shutdown=1,
    )


if __name__ == "__main__":
    main()
