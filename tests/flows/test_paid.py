"""What costs money is bought once, wherever a render is killed, and is never thrown away unasked."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.flows.stage import HEAD, ROOT, Shell, settled, store_of, wait_until
from tests.flows.test_render import spoil

FILM = """\
segments:
  - title: open
    text: Open
    duration: 5f
  - cutaway: bought
    image: still.png
    engine: mock/paid
    duration: 1s
    params: {}
"""
PHASES = ("before-create", "unwritten", "created", "poll", "fetch", "return")


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[str]:
    """A provider's address; it counts what it is paid."""
    server = subprocess.Popen(
        [sys.executable, "-m", "engines.mock._provider", "--state", str(tmp_path / "provider")],
        env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"},
        stdout=subprocess.PIPE,
        text=True,
    )
    assert server.stdout is not None
    yield server.stdout.readline().strip()
    server.kill()
    server.communicate()


@pytest.fixture
def shop(cutaway: Shell, provider: str) -> Shell:
    cutaway.env["CUTAWAY_MOCK_PROVIDER"] = provider
    return cutaway


@pytest.fixture
def counts(provider: str) -> Callable[[], tuple[int, int]]:
    def ask() -> tuple[int, int]:
        found = httpx.get(f"{provider}/counts", trust_env=False).json()
        return found["created"], found["paid"]

    return ask


def bought(shop: Shell, file: Path) -> str:
    steps = shop("plan", file, "--json").json["steps"]
    return next(step["recipe"] for step in steps if step["id"] == "take:bought/1")


def test_a_plan_names_the_price(shop, film):
    plan = shop("plan", film(FILM), "--json").json
    assert plan["cost"] == pytest.approx(0.05)
    assert shop("render", film(FILM), "--json").json["rendered"] > 0
    assert shop("plan", film(FILM), "--json").json["cost"] == 0


def test_a_worker_killed_in_every_phase_pays_once(shop, film, counts):
    """All phases in one film: each shot's worker dies in a phase of its own, through the whole flow."""
    for number, phase in enumerate(PHASES):
        file = film(FILM.replace("params: {}", f"prompt: {phase}"))
        shop("render", file, CUTAWAY_MOCK_DIE_AT=phase)
        assert counts() == (number + 1, number + 1), phase
    settled(store_of(file))


@pytest.mark.parametrize(
    "delay", [pytest.param(0.05, marks=pytest.mark.slow), 0.4, pytest.param(0.8, marks=pytest.mark.slow)]
)
def test_a_render_killed_while_it_buys_pays_once(shop, film, counts, provider, delay):
    """The whole render this time: the next one finds the job in the journal."""
    file = film(FILM)
    httpx.post(f"{provider}/faults", json={"delay": 0.25}, trust_env=False)
    process = shop.start("render", file)
    wait_until(lambda: any(line.startswith("mock/paid") for line in shop.lines()))
    import time

    time.sleep(delay)
    process.kill()
    process.communicate()
    shop.all_gone()
    httpx.post(f"{provider}/faults", json={}, trust_env=False)
    shop("render", file)
    assert counts() == (1, 1)
    settled(store_of(file))


@pytest.mark.slow
def test_trouble_with_the_provider(shop, film, counts, provider):
    httpx.post(f"{provider}/faults", json={"create_error": 1, "drop": 1, "poll_drop": 1, "cut": 1}, trust_env=False)
    shop("render", film(FILM))
    assert counts() == (1, 1)


def test_a_refusal_is_not_tried_again(shop, film, counts, provider):
    httpx.post(f"{provider}/faults", json={"refuse": 1}, trust_env=False)
    ran = shop("render", film(FILM), "--json", code=3).json
    assert "do not animate" in ran["failed"][0]["error"]
    assert counts() == (1, 0)


def test_without_a_provider(cutaway, film):
    file = film(FILM)
    ran = cutaway("render", file, code=4)
    assert "CUTAWAY_MOCK_PROVIDER" in ran.err


def test_damage_to_a_paid_part_is_fetched_again_from_its_job(shop, film, counts):
    file = film(FILM)
    shop("render", file)
    master = (file.parent / "out/master.mp4").read_bytes()
    spoil(store_of(file), bought(shop, file))
    for name in (store_of(file) / "parts").glob("*/*"):
        if name.name != bought(shop, file):
            shutil.rmtree(name)  # all else is made anew, and so the damage is met
    shop("render", file)
    assert (file.parent / "out/master.mp4").read_bytes() == master
    assert counts() == (1, 1)


def test_damage_when_the_job_is_gone_buys_nothing(shop, film, counts, tmp_path):
    file = film(FILM)
    shop("render", file)
    name = bought(shop, file)
    shutil.rmtree(store_of(file) / "parts" / name[:2] / name)
    for job in (tmp_path / "provider").glob("*.json"):
        job.unlink()
    ran = shop("render", file, "--json", code=3).json
    assert "does not know job" in ran["failed"][0]["error"]
    assert counts() == (0, 0)
    shop("render", file, "--again", "bought")
    assert counts() == (1, 1)


def test_only_again_buys_again(shop, film, counts):
    file = film(FILM)
    shop("render", file)
    shop("render", file)
    assert counts() == (1, 1)
    shop("render", file, "--again", "bought")
    assert counts() == (2, 2)


def test_gc_keeps_what_was_paid_for(shop, film, counts):
    file = film(FILM)
    shop("render", file)
    name = bought(shop, file)
    file.write_text(HEAD + "segments:\n  - title: t\n    text: t\n    duration: 5f\n")
    shop("render", file)
    gc = shop("gc", file, "--delete", "--json").json
    assert gc["kept_paid"] == [name]
    assert gc["freed"] > 0
    assert name not in gc["unused"]
    film(FILM)
    shop("render", file)
    assert counts() == (1, 1)
    file.write_text(HEAD + "segments:\n  - title: t\n    text: t\n    duration: 5f\n")
    assert name in shop("gc", file, "--delete", "--paid", name[:12], "--json").json["unused"]


@pytest.mark.slow
def test_gc_spares_the_picks_and_parts_of_other_projects_in_a_shared_store(shop, film, tmp_path):
    (tmp_path / "settings.yaml").write_text("store: shared\n")
    one, two = film(FILM, folder="one"), film(FILM.replace("text: Open", "text: Other"), folder="two")
    shop("render", one)
    shop("render", two)
    assert shop("gc", one, "--delete", "--json").json["unused"] == []
    assert shop("render", two, "--json").json["rendered"] == 0
    two.write_text("broken: [")
    shop("gc", one, "--delete", code=1)  # nobody knows what the other one needs
    two.unlink()
    assert shop("gc", one, "--delete", "--json").json["unused"] != []
    assert shop("render", one, "--json").json["rendered"] == 0


def test_another_rate_or_variant_buys_nothing(shop, film, counts):
    file = film(FILM)
    shop("render", file)
    film(FILM, head=HEAD.replace("fps: 25", 'fps: "30000/1001", variants: [{name: tall, width: 72, height: 128}]'))
    shop("render", file)
    assert counts() == (1, 1)
