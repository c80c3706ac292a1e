"""A paid job is created once and paid once, wherever the run is killed and whatever the network does."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import av
import pytest

from edl.errors import Broken, Cancelled, EnvironmentLacks, ProviderDown, Refused, Transient
from edl.project import Cutaway
from edl.recipe import Native
from engines import registry
from engines.contract import Made, Order, Shape, Wish
from engines.mock import _client
from engines.mock._provider import serve
from engines.mock._scene import read_stamp

ROOT = Path(__file__).parents[3]
SMALL = Native(64, 36, Fraction(8), 8)
PHASES = ["before-create", "unwritten", "created", "poll", "fetch", "return"]
MakeOrder = Callable[..., Order]


@dataclass(frozen=True)
class Provider:
    """The loopback provider, running in this process."""

    url: str

    def counts(self) -> dict[str, float]:
        with urllib.request.urlopen(f"{self.url}/counts", timeout=5) as answer:
            return dict(json.load(answer))

    def plan(self, **faults: float) -> None:
        request = urllib.request.Request(f"{self.url}/faults", json.dumps(faults).encode(), method="POST")
        urllib.request.urlopen(request, timeout=5).close()


@pytest.fixture
def provider(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Provider]:
    server = serve(tmp_path / "provider")
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
    url = f"http://127.0.0.1:{server.server_address[1]}"
    monkeypatch.setenv("CUTAWAY_MOCK_PROVIDER", url)
    yield Provider(url)
    server.shutdown()
    server.server_close()


@pytest.fixture
def order(make_order: MakeOrder, tmp_path: Path) -> Order:
    (tmp_path / "still.png").write_bytes(b"any bytes will do")
    engine = registry.engine("mock/paid")
    return make_order(engine.params.model_validate({"prompt": "waves"}), SMALL, {"image": tmp_path / "still.png"})


def render(order: Order) -> Made:
    return registry.engine("mock/paid").open("cpu").render(order)


def numbers(path: Path) -> list[int | None]:
    with av.open(str(path)) as container:
        stamps = [read_stamp(frame.to_ndarray(format="rgb24")) for frame in container.decode(video=0)]
    return [stamp.number if stamp else None for stamp in stamps]


def test_buys_a_shot(order: Order, provider: Provider) -> None:
    made = render(order)
    assert numbers(order.folder / made.media) == list(range(8))
    assert provider.counts() == {"created": 1, "paid": 1, "dollars": 0.05}


def test_the_price_is_what_the_provider_takes() -> None:
    engine = registry.engine("mock/paid")
    segment = Cutaway(cutaway="a", image="still.png", duration="3s")
    native = engine.native(Wish(segment, Fraction(5, 2), 63, Shape(1280, 720, Fraction(25))), engine.params())
    assert native == Native(320, 180, Fraction(24), 72)
    assert engine.price * float(native.seconds) == pytest.approx(0.15)


def test_a_damaged_part_is_fetched_again_not_bought_again(order: Order, provider: Provider) -> None:
    first = (order.folder / render(order).media).read_bytes()
    (order.folder / "take.mp4").unlink()
    assert (order.folder / render(order).media).read_bytes() == first
    assert provider.counts()["created"] == 1


@pytest.mark.parametrize(
    "faults",
    [
        {"create_error": 2},
        {"create_busy": 2, "retry_after": 0.1},
        {"drop": 1},
        {"poll_error": 3},
        {"poll_busy": 2, "retry_after": 0.1},
        {"poll_drop": 2},
        {"expire": 2},
        {"cut": 1},
        {"delay": 0.05},
    ],
    ids=lambda faults: next(iter(faults)),
)
def test_trouble_on_the_way_costs_nothing_more(order: Order, provider: Provider, faults: dict[str, float]) -> None:
    provider.plan(**faults)
    assert len(numbers(order.folder / render(order).media)) == 8
    assert provider.counts()["created"] == 1
    assert provider.counts()["paid"] == 1


def test_a_provider_that_stays_away_keeps_the_job(
    order: Order, provider: Provider, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(_client, "PATIENCE", 0.2)
    provider.plan(poll_error=1000)
    with pytest.raises(ProviderDown):
        render(order)
    provider.plan()
    render(order)
    assert provider.counts()["created"] == 1


def test_a_busy_provider_says_when_to_come_back(order: Order, provider: Provider) -> None:
    provider.plan(create_busy=1, retry_after=90)
    with pytest.raises(Transient) as raised:
        render(order)
    assert raised.value.after == 90


def test_nobody_at_the_address_is_provider_down(order: Order, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_client, "PATIENCE", 0.2)
    monkeypatch.setenv("CUTAWAY_MOCK_PROVIDER", "http://127.0.0.1:9")
    with pytest.raises(ProviderDown):
        render(order)


def test_without_an_address_the_environment_lacks_something(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CUTAWAY_MOCK_PROVIDER", raising=False)
    with pytest.raises(EnvironmentLacks):
        registry.engine("mock/paid").open("cpu")


def test_a_refusal_carries_the_providers_words_and_is_not_paid(order: Order, provider: Provider) -> None:
    provider.plan(refuse=1)
    with pytest.raises(Refused, match="we do not animate"):
        render(order)
    assert provider.counts() == {"created": 1, "paid": 0, "dollars": 0}


def test_a_job_that_failed_is_tried_again_as_a_new_one(order: Order, provider: Provider) -> None:
    provider.plan(fail=1)
    with pytest.raises(Transient, match="lost power"):
        render(order)
    render(order)
    assert provider.counts() == {"created": 2, "paid": 1, "dollars": 0.05}


def test_a_job_that_the_provider_forgot_is_not_bought_again(order: Order, provider: Provider, tmp_path: Path) -> None:
    render(order)
    for kept in (tmp_path / "provider").iterdir():
        kept.unlink()
    with pytest.raises(Broken, match="does not know"):
        render(order)
    assert provider.counts()["created"] == 0


def test_cancel_leaves_the_job_to_be_fetched_later(order: Order, provider: Provider) -> None:
    stop = threading.Event()
    order = replace(order, progress=lambda share, words: stop.set(), cancelled=stop.is_set)
    with pytest.raises(Cancelled):
        render(order)
    assert provider.counts() == {"created": 1, "paid": 0, "dollars": 0}
    render(replace(order, cancelled=lambda: False))
    assert provider.counts()["created"] == 1


def test_cancel_is_heard_while_the_provider_asks_to_wait(order: Order, provider: Provider) -> None:
    provider.plan(create_busy=1, retry_after=8)
    stop = threading.Event()
    threading.Timer(0.2, stop.set).start()
    start = time.monotonic()
    with pytest.raises(Cancelled):
        render(replace(order, cancelled=stop.is_set))
    assert time.monotonic() - start < 5


CHILD = """
import sys
from fractions import Fraction
from pathlib import Path
from edl.recipe import Native
from engines import registry
from engines.contract import Order
from file_journal import FileJournal

root = Path(sys.argv[1])
engine = registry.engine("mock/paid")
folder = root / "order"
folder.mkdir(exist_ok=True)
order = Order("b" * 64, engine.params(prompt="waves"), Native(64, 36, Fraction(8), 8), 1,
              {"image": root / "still.png"}, folder, FileJournal(root / "journal"))
engine.open("cpu").render(order)
"""


@pytest.mark.parametrize("phase", PHASES)
def test_killed_in_any_phase_pays_once(phase: str, order: Order, provider: Provider, file_journal: Path) -> None:
    env = {"PYTHONPATH": f"{ROOT}:{file_journal}", "CUTAWAY_MOCK_PROVIDER": provider.url, "CUTAWAY_MOCK_DIE_AT": phase}
    command = [sys.executable, "-c", CHILD, str(file_journal.parent)]
    codes = [subprocess.run(command, env=env, timeout=60, check=False).returncode for _ in range(2)]
    assert codes == [-signal.SIGKILL, 0]
    assert provider.counts() == {"created": 1, "paid": 1, "dollars": 0.05}
    fetched = file_journal.parent / "order/take.mp4"
    assert numbers(fetched) == list(range(8))
    made = render(order)
    assert (order.folder / made.media).read_bytes() == fetched.read_bytes(), "the same wish, bought without trouble"


def test_the_provider_runs_as_a_program_and_remembers(tmp_path: Path, order: Order) -> None:
    command = [sys.executable, "-m", "engines.mock._provider", "--state", str(tmp_path / "state"), "--port", "0"]
    counted = []
    for _ in range(2):
        with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as process:
            assert process.stdout
            url = process.stdout.readline().strip()
            assert re.fullmatch(r"http://127\.0\.0\.1:\d+", url)
            with pytest.MonkeyPatch.context() as patch:
                patch.setitem(os.environ, "CUTAWAY_MOCK_PROVIDER", url)
                render(order)
            counted.append(Provider(url).counts())
            process.terminate()
    assert counted == [{"created": 1, "paid": 1, "dollars": 0.05}] * 2
