"""Mocks misbehave exactly as asked, and every call is counted."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from edl.errors import Broken, Cancelled, Failure, OutOfMemory, ProviderDown, Refused, Transient
from edl.recipe import Native
from engines import registry
from engines.contract import Made, Order
from engines.media.sound import read_sound
from engines.mock._faults import LOG

ROOT = Path(__file__).parents[3]
SMALL = Native(96, 54, Fraction(10), 5)
MakeOrder = Callable[..., Order]


@pytest.fixture
def still(tmp_path: Path) -> Path:
    (tmp_path / "still.png").write_bytes(b"any bytes will do")
    return tmp_path / "still.png"


def ask(make_order: MakeOrder, still: Path, **params: object) -> Order:
    return make_order(registry.engine("mock/shot").params.model_validate(params), SMALL, {"image": still})


def render(order: Order, name: str = "mock/shot") -> Made:
    return registry.engine(name).open("cpu").render(order)


def frames(path: Path) -> int:
    import av

    with av.open(str(path)) as container:
        return sum(1 for _ in container.decode(video=0))


@pytest.mark.parametrize(
    ("fault", "failure"),
    [("always", Broken), ("refuse", Refused), ("down", ProviderDown), ("memory", OutOfMemory), ("once", Transient)],
)
def test_raises_what_was_asked(make_order: MakeOrder, still: Path, fault: str, failure: type[Failure]) -> None:
    with pytest.raises(failure):
        render(ask(make_order, still, fault=fault))


def test_once_fails_only_the_first_time(make_order: MakeOrder, still: Path) -> None:
    order = ask(make_order, still, fault="once")
    with pytest.raises(Transient):
        render(order)
    assert frames(order.folder / render(order).media) == 5


def test_a_fault_does_not_change_the_picture(make_order: MakeOrder, still: Path) -> None:
    plain, slow = ask(make_order, still), ask(make_order, still, fault="slow", seconds=0.1)
    files = [order.folder / render(order).media for order in (plain, slow)]
    assert files[0].read_bytes() == files[1].read_bytes()


def test_short_leaves_out_one_frame(make_order: MakeOrder, still: Path) -> None:
    order = ask(make_order, still, fault="short")
    assert frames(order.folder / render(order).media) == 4


def test_short_leaves_out_one_sample(make_order: MakeOrder) -> None:
    order = make_order(registry.engine("mock/voice").params.model_validate({"say": "word", "fault": "short"}))
    made = render(order, "mock/voice")
    voice = made.facts["voice"]
    assert isinstance(voice, dict)
    assert len(read_sound(order.folder / made.media)[0]) + 1 == voice["samples"]


def test_slow_takes_its_time_and_honours_cancel(make_order: MakeOrder, still: Path) -> None:
    start, stop = time.monotonic(), threading.Event()
    render(ask(make_order, still, fault="slow", seconds=0.3))
    assert time.monotonic() - start >= 0.3

    threading.Timer(0.2, stop.set).start()
    order = replace(ask(make_order, still, fault="slow", seconds=60), cancelled=stop.is_set)
    start = time.monotonic()
    with pytest.raises(Cancelled):
        render(order)
    assert time.monotonic() - start < 5


def test_deaf_does_not_hear_cancel(make_order: MakeOrder, still: Path) -> None:
    start, stop = time.monotonic(), threading.Event()
    threading.Timer(0.05, stop.set).start()
    with pytest.raises(Cancelled):
        render(replace(ask(make_order, still, fault="deaf", seconds=0.4), cancelled=stop.is_set))
    assert time.monotonic() - start >= 0.4


CHILD = """
import sys
from fractions import Fraction
from pathlib import Path
from edl.recipe import Native
from engines import registry
from engines.contract import Order
from file_journal import FileJournal

name, fault, folder = sys.argv[1], sys.argv[2], Path(sys.argv[3])
engine = registry.engine(name)
folder.mkdir(exist_ok=True)
order = Order("a" * 64, engine.params(fault=fault), Native(96, 54, Fraction(10), 5), 1, {},
              folder, FileJournal(folder.parent / "journal"))
engine.open("cpu").render(order)
"""


def child(journals: Path, fault: str, folder: Path, **env: str) -> int:
    command = [sys.executable, "-c", CHILD, "mock/animator", fault, str(folder)]
    paths = {"PYTHONPATH": f"{ROOT}:{journals}", "PYTHONHASHSEED": "random"}
    return subprocess.run(command, env={**paths, **env}, timeout=60, check=False).returncode


def test_die_kills_the_process_once(tmp_path: Path, file_journal: Path) -> None:
    assert child(file_journal, "die", tmp_path / "order") == -9
    assert child(file_journal, "die", tmp_path / "order") == 0


def test_calls_of_several_processes_are_counted_in_one_file(
    tmp_path: Path, file_journal: Path, make_order: MakeOrder, still: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "calls.log"
    monkeypatch.setenv(LOG, str(log))
    order = ask(make_order, still, fault="always")
    with pytest.raises(Broken):
        render(order)
    assert child(file_journal, "none", tmp_path / "order", CUTAWAY_MOCK_LOG=str(log)) == 0
    assert log.read_text().splitlines() == [f"mock/shot {order.recipe}", f"mock/animator {'a' * 64}"]


def test_two_processes_give_the_same_bytes(tmp_path: Path, file_journal: Path) -> None:
    for folder in ("one", "two"):
        assert child(file_journal, "none", tmp_path / folder) == 0
    assert (tmp_path / "one/take.mp4").read_bytes() == (tmp_path / "two/take.mp4").read_bytes()
