"""Fixtures for the tests of flows; what they are made of stands in ``stage.py``."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.flows.stage import HEAD, ROOT, SHORT, Desk, Shell, make_shell, write_film


@pytest.fixture
def film(tmp_path: Path) -> Callable[..., Path]:
    """Writes a project: ``film(segments, head=..., folder=...)`` gives its file."""

    def write(segments: str = SHORT, head: str = HEAD, folder: str = "film", name: str = "project.yaml") -> Path:
        return write_film(tmp_path / folder, segments, head, name)

    return write


@pytest.fixture
def desk(film: Callable[..., Path]) -> Callable[..., Desk]:
    return lambda *texts, **named: Desk(film(*texts, **named))


@pytest.fixture
def bare(tmp_path: Path) -> Shell:
    """``cutaway`` on a machine where nobody runs a Prefect server: it starts its own."""
    return make_shell(tmp_path)


@pytest.fixture(scope="session")
def prefect_api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of one Prefect server for all tests, so that none has to wait for its own."""
    home = tmp_path_factory.mktemp("prefect")
    script = (
        "import os, sys, pathlib\n"
        "from flows.prefect_server import prefect_server\n"
        "with prefect_server(pathlib.Path(sys.argv[1])) as server:\n"
        "    server.ready()\n"
        "    print(os.environ['PREFECT_API_URL'], flush=True)\n"
        "    sys.stdin.read()\n"
    )
    env = {name: value for name, value in os.environ.items() if not name.startswith("PREFECT")}
    holder = subprocess.Popen(
        [sys.executable, "-c", script, str(home)],
        env={**env, "PYTHONPATH": str(ROOT)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert holder.stdout is not None
    assert holder.stdin is not None
    try:
        yield holder.stdout.readline().strip()
    finally:
        holder.stdin.close()
        holder.wait(timeout=30)
        holder.stdout.close()


@pytest.fixture
def cutaway(tmp_path: Path, prefect_api: str) -> Shell:
    """``cutaway`` with a Prefect server that runs already."""
    return make_shell(tmp_path, PREFECT_API_URL=prefect_api, PREFECT_HOME=str(tmp_path / "prefect-home"))
