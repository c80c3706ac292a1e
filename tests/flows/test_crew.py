"""Worker processes: what they say, and what is left of them when something goes wrong (nothing)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from edl.errors import Broken, Cancelled, OutOfMemory, Refused, Transient
from edl.recipe import Native, native_document
from flows.child import MeasureJob, RenderJob
from flows.crew import Crew
from tests.flows.stage import ROOT, wait_until

NATIVE = Native(64, 48, Fraction(25), 3)


@pytest.fixture
def crew() -> Iterator[Crew]:
    found = Crew(2)
    yield found
    found.close()


class Jobs:
    """Orders titles of a crew."""

    def __init__(self, crew: Crew, folder: Path) -> None:
        self.crew, self.folder, self.count = crew, folder, 0

    def job(self, engine: str = "mock/title", **params: object) -> RenderJob:
        self.count += 1
        work = self.folder / f"work{self.count}"
        work.mkdir()
        return RenderJob(
            engine=engine,
            session=engine,
            recipe=f"{self.count:064x}",
            params=params,
            native=native_document(NATIVE),
            seed=0,
            inputs={},
            folder=str(work),
            journal=str(self.folder / f"journal{self.count}.jsonl"),
        )

    def __call__(self, patience: float = 30, cancelled=lambda: False, progress=lambda share, words: None, **params):
        return self.crew.render(self.job(**params), progress, cancelled, patience)


@pytest.fixture
def jobs(crew: Crew, tmp_path: Path) -> Jobs:
    return Jobs(crew, tmp_path)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def workers(crew: Crew) -> list[int]:
    return [worker.process.pid for worker in (*crew._idle, *crew._busy)]


def test_an_order_is_rendered_and_the_worker_stays_warm(crew, jobs):
    shares: list[float] = []
    answer = jobs(text="a", progress=lambda share, words: shares.append(share))
    assert answer["made"] == "take.mp4"
    assert float(str(answer["seconds"])) > 0
    assert shares[-1] == 1
    first = workers(crew)
    jobs(text="b")
    assert workers(crew) == first


def test_what_an_engine_raises_arrives(jobs):
    for fault, kind in (("refuse", Refused), ("memory", OutOfMemory), ("always", Broken)):
        with pytest.raises(kind, match="asked to fail"):
            jobs(fault=fault)
    with pytest.raises(Transient):
        jobs(fault="once")
    with pytest.raises(Broken, match="2 frames, 3 were ordered"):
        jobs(fault="short")
    assert len(workers(jobs.crew)) == 1  # none of this costs a worker


def test_a_worker_that_dies_is_replaced(crew, jobs):
    jobs(text="a")
    first = workers(crew)
    with pytest.raises(Broken, match="signal 9"):
        jobs(fault="die")
    jobs(text="b")
    assert workers(crew) != first
    assert len(workers(crew)) == 1
    assert not alive(first[0])


def test_a_worker_that_dies_between_orders_is_replaced(crew, jobs):
    jobs(text="a")
    (worker,) = crew._idle
    os.kill(worker.process.pid, signal.SIGKILL)
    wait_until(lambda: worker.process.poll() is not None, 5)
    assert jobs(text="b")["made"]


def test_a_deaf_worker_is_killed_two_seconds_after_a_cancel(crew, jobs):
    jobs(text="warm")  # one that is not yet up would hear the cancel before it goes deaf
    began = time.monotonic()
    with pytest.raises(Cancelled):
        jobs(fault="deaf", seconds=60, cancelled=lambda: time.monotonic() - began > 1)
    assert time.monotonic() - began < 40
    assert workers(crew) == []


def test_a_slow_engine_hears_a_cancel_and_stays(crew, jobs):
    jobs(text="warm")
    first = workers(crew)
    began = time.monotonic()
    with pytest.raises(Cancelled):
        jobs(fault="slow", seconds=60, cancelled=lambda: time.monotonic() - began > 0.3)
    assert time.monotonic() - began < 40
    assert workers(crew) == first


def test_a_cancel_does_not_reach_the_next_order(jobs):
    for _ in range(5):
        began = time.monotonic()
        with pytest.raises(Cancelled):
            jobs(fault="slow", seconds=60, cancelled=lambda began=began: time.monotonic() - began > 0.05)
        assert jobs(text="next")["made"]


def test_a_deadline_is_enforced(crew, jobs):
    jobs(text="warm")
    began = time.monotonic()
    with pytest.raises(Broken, match="did not finish"):
        jobs(fault="deaf", seconds=60, patience=0.5)
    assert time.monotonic() - began < 40
    assert workers(crew) == []


def test_two_at_once(crew, jobs):
    one, two = jobs.job(fault="slow", seconds=1), jobs.job(fault="slow", seconds=1)
    threads = [
        threading.Thread(target=crew.render, args=(job, lambda share, words: None, lambda: False, 30))
        for job in (one, two)
    ]
    for thread in threads:
        thread.start()
    wait_until(lambda: len(workers(crew)) == 2)
    for thread in threads:
        thread.join(30)
    assert all((Path(job.folder) / "take.mp4").is_file() for job in (one, two))


def test_closing_kills_all(jobs, crew):
    jobs(text="a")
    (pid,) = workers(crew)
    crew.close()
    assert not alive(pid)
    with pytest.raises(Cancelled):
        jobs(text="b")


def test_a_measure(crew, tmp_path):
    from PIL import Image

    Image.new("RGB", (64, 48)).save(tmp_path / "a.png")
    answer = crew.measure(MeasureJob(measure="picture", path=str(tmp_path / "a.png")))
    assert (answer["fact"]["width"], answer["fact"]["height"]) == (64, 48)
    (tmp_path / "b.png").write_bytes(b"no picture")
    with pytest.raises(Broken):
        crew.measure(MeasureJob(measure="picture", path=str(tmp_path / "b.png")))


PARENT = """
import sys, threading
from fractions import Fraction
from pathlib import Path
from flows.child import RenderJob
from flows.crew import Crew

crew = Crew(1)
job = RenderJob.model_validate_json(sys.argv[1])
threading.Thread(target=crew.render, args=(job, lambda share, words: None, lambda: False, 600), daemon=True).start()
while not (crew._busy and crew._count):
    pass
print(next(iter(crew._busy)).process.pid, flush=True)
threading.Event().wait()
"""
ENGINE = """
import subprocess, time
from fractions import Fraction
from pathlib import Path
from engines.contract import Does, Engine, Made, Params, Plain

class P(Params):
    pass

def render(order):
    child = subprocess.Popen(["sleep", "600"])
    (order.folder.parent / "grandchild").write_text(str(child.pid))
    time.sleep(600)

ENGINE = Engine("odd/parent", 1, frozenset({Does.TITLE}), P, lambda device: Plain(render))
"""


@pytest.fixture
def stranger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """An engine of another distribution, whose render starts a process of its own and forgets it."""
    site = tmp_path / "site"
    info = site / "odd-1.dist-info"
    info.mkdir(parents=True)
    (site / "odd_parent.py").write_text(ENGINE)
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: odd\nVersion: 1\n")
    (info / "entry_points.txt").write_text("[cutaway.engines]\nodd/parent = odd_parent:ENGINE\n")
    monkeypatch.setenv("PYTHONPATH", f"{site}{os.pathsep}{ROOT}")
    return "odd/parent"


def grandchild(folder: Path) -> int:
    path = folder / "grandchild"
    wait_until(lambda: path.exists() and path.read_text())
    return int(path.read_text())


def test_the_deadline_kills_grandchildren(jobs, stranger, tmp_path):
    jobs(text="warm")
    with pytest.raises(Broken, match="did not finish"):
        jobs(engine=stranger, patience=5)
    pid = grandchild(tmp_path)
    wait_until(lambda: not alive(pid), 3)


@pytest.mark.parametrize("victim", ["parent", "worker"])
def test_a_kill_9_leaves_no_child_and_no_grandchild(jobs, stranger, tmp_path, victim):
    job = jobs.job(engine=stranger)
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, job.model_dump_json()], stdout=subprocess.PIPE, env=os.environ.copy(), text=True
    )
    try:
        assert parent.stdout is not None
        worker = int(parent.stdout.readline())
        pid = grandchild(tmp_path)
        os.kill(parent.pid if victim == "parent" else worker, signal.SIGKILL)
        wait_until(lambda: not alive(worker) and not alive(pid), 5)
    finally:
        parent.kill()
        parent.communicate()


def test_a_prepared_worker_takes_the_first_order(crew, jobs):
    crew.prepare()
    crew.prepare()
    wait_until(lambda: workers(crew))
    (first,) = workers(crew)
    jobs(text="a")
    other = jobs.job(text="b").model_copy(update={"session": "another"})
    crew.render(other, lambda share, words: None, lambda: False, 30)  # an idle worker is as good, and there at once
    assert workers(crew) == [first]


def test_preparing_ends_with_the_crew():
    crew = Crew(2)
    crew.prepare()
    crew.close()
    assert not [pid for pid in workers(crew) if alive(pid)]
