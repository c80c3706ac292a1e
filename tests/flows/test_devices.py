"""GPUs in turns: one worker of one run at a time."""

from __future__ import annotations

import threading
import time

import pytest

from edl.errors import Cancelled, EnvironmentLacks
from flows.crew import Crew
from flows.devices import hold
from flows.local_store import LocalStore
from flows.perform import Shop, perform
from tests.flows.stage import SHORT, wait_until

GPU = SHORT.replace("duration: 15f", "duration: 15f\n    params: {device: gpu0}")


@pytest.fixture(autouse=True)
def own_folder(tmp_path, monkeypatch):
    monkeypatch.setenv("CUTAWAY_RUNTIME", str(tmp_path / "runtime"))


@pytest.fixture
def crew():
    crew = Crew(2)
    yield crew
    crew.close()


def shot(studio):
    return next(step for step in studio.plan().ready if step.id == "take:coast/1")


def free(device="gpu0") -> bool:
    try:
        hold(device, 0, lambda: None, lambda: False).release()
    except EnvironmentLacks:
        return False
    return True


def test_a_device_is_held_until_it_is_let_go():
    lock = hold("cuda:0", 0, lambda: None, lambda: False)
    with pytest.raises(EnvironmentLacks, match="cuda:0 was in use by another run") as caught:
        hold("cuda:0", 0.3, lambda: None, lambda: False)
    assert "gpu_wait" in caught.value.remedy
    hold("cuda:1", 0, lambda: None, lambda: False).release()
    lock.release()
    hold("cuda:0", 0, lambda: None, lambda: False).release()


def test_who_waits_says_so_and_hears_a_cancel():
    lock = hold("gpu0", 0, lambda: None, lambda: False)
    said: list[str] = []
    with pytest.raises(Cancelled):
        hold("gpu0", 60, lambda: said.append("waiting"), lambda: len(said) > 1)
    assert said
    lock.release()


def test_a_worker_holds_the_gpu_while_its_session_is_open(desk, crew, tmp_path):
    step = shot(desk(GPU))
    assert step.device == "gpu0"
    perform(step, Shop(LocalStore(tmp_path / "store"), crew))
    assert not free()
    crew.keep_devices(frozenset({"gpu0"}))
    assert not free()
    crew.keep_devices(frozenset())
    wait_until(free, 5)


def test_what_needs_no_gpu_holds_none(desk, crew, tmp_path):
    perform(shot(desk()), Shop(LocalStore(tmp_path / "store"), crew))
    assert free()
    assert free("cpu")


def test_the_limit_is_a_lack_and_not_a_failure(desk, crew, tmp_path):
    lock = hold("gpu0", 0, lambda: None, lambda: False)
    with pytest.raises(EnvironmentLacks, match="gpu0 was in use"):
        perform(shot(desk(GPU)), Shop(LocalStore(tmp_path / "store"), crew, gpu_wait=0.3))
    lock.release()
    assert perform(shot(desk(GPU)), Shop(LocalStore(tmp_path / "store"), crew, gpu_wait=0.3)).media


def test_waiting_does_not_count_against_the_deadline(desk, crew, tmp_path, monkeypatch):
    monkeypatch.setattr("flows.perform.patience", lambda engine, step: 6.0)
    lock = hold("gpu0", 0, lambda: None, lambda: False)
    threading.Timer(7.5, lock.release).start()
    said: list[str] = []
    began = time.monotonic()
    perform(
        shot(desk(GPU)),
        Shop(LocalStore(tmp_path / "store"), crew, gpu_wait=60),
        lambda share, words: said.append(words),
    )
    assert time.monotonic() - began > 7
    assert "waiting for gpu0, which another run uses" in said


def test_a_run_waits_for_the_gpu_of_another_one_and_says_so(cutaway, film, tmp_path):
    file, lock = film(GPU), hold("gpu0", 0, lambda: None, lambda: False)
    running = cutaway.start("render", file, CUTAWAY_RUNTIME=str(tmp_path / "runtime"))
    wait_until(lambda: cutaway.calls()["mock/voice"] == 2)
    time.sleep(2)
    assert cutaway.calls()["mock/shot"] == 0
    lock.release()
    ran = cutaway.end(running)
    assert ran.err.count("waiting for gpu0, which another run uses") == 1
    assert (file.parent / "out/master.mp4").exists()


def test_two_crews_take_turns(desk, crew, tmp_path):
    """As two runs do: the second gets the GPU when the first needs it no more."""
    other, store = Crew(1), LocalStore(tmp_path / "store")
    try:
        perform(shot(desk(GPU)), Shop(store, crew))
        waiter = threading.Thread(
            target=perform, args=(shot(desk(GPU)), Shop(LocalStore(tmp_path / "other"), other, gpu_wait=60))
        )
        waiter.start()
        waiter.join(3)
        assert waiter.is_alive()
        crew.keep_devices(frozenset())
        waiter.join(20)
        assert not waiter.is_alive()
    finally:
        other.close()


def test_a_run_that_waited_too_long_keeps_what_it_made(cutaway, film, tmp_path):
    file = film(GPU)
    (tmp_path / "settings.yaml").write_text("gpu_wait: 0.5\n")
    lock = hold("gpu0", 0, lambda: None, lambda: False)
    env = {"CUTAWAY_RUNTIME": str(tmp_path / "runtime")}
    ran = cutaway("render", file, code=4, **env)
    assert "gpu0 was in use by another run" in ran.err
    lock.release()
    cutaway.forget()
    cutaway("render", file, **env)
    assert cutaway.calls()["mock/shot"] == 1
    assert cutaway.calls()["mock/voice"] <= 1
