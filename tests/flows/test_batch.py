"""Takes that differ only in the seed go to one worker in one go; each is published, and fails, for itself."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from edl.errors import Broken, Refused
from engines.registry import engine
from flows.crew import Crew
from flows.dispatch import Alone
from flows.local_store import LocalStore
from flows.perform import Shop, perform, perform_together
from flows.plan import Action
from tests.flows.stage import SHORT, settled
from tests.flows.test_dispatch import Room

SEVERAL = SHORT.replace("duration: 15f", "duration: 15f\n    takes: 4")


@pytest.fixture
def log(tmp_path, monkeypatch) -> Path:
    path = tmp_path / "calls.log"
    monkeypatch.setenv("CUTAWAY_MOCK_LOG", str(path))
    return path


@pytest.fixture
def crew(log):
    crew = Crew(2)
    yield crew
    crew.close()


def shots(studio, **changes):
    return tuple(step for step in studio.plan(**changes).ready if step.id.startswith("take:coast"))


def bytes_of(store: LocalStore, part) -> str:
    return hashlib.sha256(store.fetch(part, part.media).read_bytes()).hexdigest()


def test_a_batch_is_one_call_with_the_bytes_of_single_ones(desk, crew, log, tmp_path):
    steps = shots(desk(SEVERAL))
    assert [step.batch for step in steps] == [4] * 4
    together, single = LocalStore(tmp_path / "together"), LocalStore(tmp_path / "single")
    heard: list[tuple[str, float]] = []
    made = perform_together(steps, Shop(together, crew), lambda step, share, words: heard.append((step.id, share)))
    lines = log.read_text().splitlines()
    assert lines[0] == "batch:mock/shot 4"
    assert lines[1:] == [f"mock/shot {step.name}" for step in steps]
    for step in steps:
        alone = perform(step, Shop(single, crew))
        part = made[step.id]
        assert part.name == alone.name == step.name
        assert part.files[part.media].digest == alone.files[alone.media].digest
        assert bytes_of(together, part) == bytes_of(single, alone)
    assert {step for step, share in heard if share == 1} == {step.id for step in steps}
    settled(together.root)
    assert together.pace("mock/shot") is not None


def test_what_another_run_made_meanwhile_is_taken(desk, crew, log, tmp_path):
    steps = shots(desk(SEVERAL))
    shop = Shop(LocalStore(tmp_path / "store"), crew)
    perform(steps[1], shop)
    made = perform_together(steps, shop, lambda step, share, words: None)
    assert "batch:mock/shot 3" in log.read_text()
    assert {part.name for part in made.values()} == {step.name for step in steps}
    again = perform_together(steps, shop, lambda step, share, words: None)
    assert again.keys() == made.keys()
    assert log.read_text().count("batch:") == 1


def test_one_that_fails_leaves_the_others_alone(desk, crew, tmp_path):
    steps = shots(desk(SEVERAL.replace("takes: 4", "takes: 4\n    params: {fault: once}")))
    store = LocalStore(tmp_path / "store")
    for step in steps[:3]:
        store.journal(step.name).write({"fault": "once"})  # these had their failure
    made = perform_together(steps, Shop(store, crew), lambda step, share, words: None)
    assert [type(made[step.id]).__name__ for step in steps] == ["Part", "Part", "Part", "Transient"]
    settled(store.root)


def test_every_order_is_checked(desk, crew, tmp_path):
    steps = shots(desk(SEVERAL.replace("takes: 4", "takes: 2\n    params: {fault: short}")))
    made = perform_together(steps, Shop(LocalStore(tmp_path / "store"), crew), lambda step, share, words: None)
    assert all(isinstance(error, Broken) and "frames" in str(error) for error in made.values())


def test_an_engine_without_batches_gets_its_orders_one_by_one(desk, crew, log, tmp_path):
    text = SEVERAL.replace("takes: 4", "takes: 3\n    engine: mock/seedless")
    steps = shots(desk(text))
    assert [step.batch for step in steps] == [1] * 3
    made = perform_together(steps, Shop(LocalStore(tmp_path / "store"), crew), lambda step, share, words: None)
    assert {part.name for part in made.values()} == {step.name for step in steps}
    assert "batch:" not in log.read_text()


# Dispatch


class Hall(Room):
    """A room that can start steps together."""

    def __init__(self, studio, make=None):
        super().__init__(studio, make)
        self.batches: list[tuple[str, ...]] = []

    def start_together(self, steps):
        self.batches.append(tuple(step.id for step in steps))
        return [self.start(step) for step in steps]

    def run(self, slots=2, listener=None, cancelled=lambda: False):
        from flows.dispatch import Silent, dispatch

        with self.pool:
            return dispatch(self.replan, self.start, slots, listener or Silent(), cancelled, self.start_together)


def test_takes_alike_are_started_together_as_many_as_the_engine_allows(desk):
    hall = Hall(desk(SEVERAL.replace("takes: 4", "takes: 6")))
    outcome = hall.run(slots=1)
    assert outcome.plan.done
    assert hall.batches == [tuple(f"take:coast/{n}" for n in (1, 2, 3, 4)), ("take:coast/5", "take:coast/6")]


def test_takes_with_other_settings_are_not_put_together(desk):
    from edl.picks import Picks, Retake

    studio = desk(SEVERAL.replace("takes: 4", "takes: 2"))
    picks = Picks(retakes=(Retake(segment="coast", seed=5, params={"prompt": "x"}), Retake(segment="coast", seed=6)))
    hall = Hall(studio)
    hall.replan = lambda failures: studio.plan(failed=failures, picks=picks)
    assert hall.run(slots=1).plan.done
    assert hall.batches == [("take:coast/1", "take:coast/2", "take:coast/4")]
    assert "take:coast/3" in hall.started


def test_what_failed_in_a_batch_is_tried_by_itself(desk):
    tried: list[str] = []

    def make(step):
        if step.id == "take:coast/2":
            tried.append(step.id)
            if len(tried) == 1:
                raise Alone("out of memory")

    hall = Hall(desk(SEVERAL), make)
    outcome = hall.run()
    assert outcome.plan.done
    assert not outcome.failed
    assert tried == ["take:coast/2"] * 2
    assert len(hall.batches) == 1


def test_what_is_refused_in_a_batch_stays_refused(desk):
    def make(step):
        if step.id == "take:coast/3":
            raise Refused("no")

    outcome = Hall(desk(SEVERAL), make).run()
    assert [step.id for step, _ in outcome.failed.values()] == ["take:coast/3"]
    assert outcome.plan.step("master:master").action is Action.REUSE


def test_only_one_step_at_a_time_is_on_a_gpu(desk):
    gpu = replace(engine("mock/title"), device=lambda params: "gpu0")
    texts = "".join(f"  - title: t{n}\n    text: t{n}\n    duration: 5f\n" for n in range(5))
    studio = desk("segments:\n" + texts)
    busy: list[int] = []

    def make(step):
        if step.device == "gpu0":
            busy.append(1)
            assert len(busy) == 1
            busy.pop()

    room = Room(studio, make)
    room.replan = lambda failures: studio.plan(
        failed=failures, find_engine=lambda name: gpu if name == "mock/title" else engine(name)
    )
    outcome = room.run(slots=4)
    assert outcome.plan.done
    assert not outcome.failed


# A whole render


def test_a_render_batches_and_tries_failures_again_alone(cutaway, film):
    file = film(SEVERAL.replace("takes: 4", "takes: 4\n    params: {fault: once}"))
    ran = cutaway("render", file, "--json").json
    assert ran["failed"] == []
    lines = cutaway.lines()
    assert sum(line == "batch:mock/shot 4" for line in lines) == 1
    assert cutaway.calls()["mock/shot"] == 8
    assert ran["sheets"] == {"coast": "out/takes/coast.jpg"}
    assert (file.parent / "out/takes/coast.jpg").read_bytes()[:2] == b"\xff\xd8"


def test_a_batch_that_does_not_fit_is_made_one_by_one(cutaway, film):
    file = film(SEVERAL.replace("takes: 4", "takes: 2\n    params: {fault: memory}"))
    ran = cutaway("render", file, "--json", code=3).json
    assert len(ran["failed"]) == 2
    assert cutaway.calls() == cutaway.calls() | {"mock/shot": 4, "batch:mock/shot": 1}
