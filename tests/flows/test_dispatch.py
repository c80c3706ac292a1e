"""The loop of a render, without Prefect and without engines."""

from __future__ import annotations

import threading
import time
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import pairwise

import pytest

from edl.errors import Broken, Cancelled, StoreTrouble
from flows.dispatch import Silent, dispatch, order_of_work
from flows.plan import Action, StepKind
from flows.store import Damaged
from tests.flows.stage import SHORT


class Room:
    """Starts steps in threads and notes what happened."""

    def __init__(self, studio, make=None):
        self.studio, self.pool = studio, ThreadPoolExecutor(8)
        self.make = make or (lambda step: None)
        self.started: list[str] = []
        self.now, self.most = 0, 0
        self.lock = threading.Lock()

    def replan(self, failures):
        with self.lock:
            return self.studio.plan(failed=failures)

    def start(self, step) -> Future:
        self.started.append(step.id)
        return self.pool.submit(self.work, step)

    def work(self, step):
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        try:
            self.make(step)
            with self.lock:
                return self.studio.shelf.put(step)
        finally:
            with self.lock:
                self.now -= 1

    def run(self, slots=2, listener=None, cancelled=lambda: False):
        with self.pool:
            return dispatch(self.replan, self.start, slots, listener or Silent(), cancelled)


def test_all_is_made_once(desk):
    room = Room(desk())
    outcome = room.run()
    assert outcome.plan.done
    assert len(room.started) == len(set(room.started)) == len(outcome.rendered) == len(outcome.plan.steps)
    assert not outcome.failed
    assert room.most <= 2


def test_steps_alike_are_started_once(desk):
    room = Room(desk("segments:\n" + "".join(f"  - title: {n}\n    text: same\n    duration: 5f\n" for n in "abc")))
    outcome = room.run(slots=4)
    assert outcome.plan.done
    assert sum(name.startswith("take:") for name in room.started) == 1


def test_what_others_wait_for_comes_first(desk):
    studio = desk()
    kinds = [step.kind for step in order_of_work(studio.plan())]
    assert kinds == [StepKind.VOICE, StepKind.VOICE, StepKind.TAKE, StepKind.TAKE]


def test_sessions_stay_together(desk):
    text = "segments:\n" + "".join(
        f"  - title: t{n}\n    text: t{n}\n    duration: 5f\n"
        f"  - cutaway: c{n}\n    image: still.png\n    duration: 5f\n"
        for n in range(4)
    )
    sessions = [step.session for step in order_of_work(desk(text).plan())]
    changes = sum(before != after for before, after in pairwise(sessions))
    assert changes == len(set(sessions)) - 1


def test_a_failure_leaves_the_others_alone(desk):
    def make(step):
        if step.id == "take:hello/1":
            raise Broken("no luck")

    outcome = Room(desk(), make).run()
    assert {step.id: words for step, words in outcome.failed.values()} == {"take:hello/1": "no luck"}
    actions = {step.id: step.action for step in outcome.plan.steps}
    assert actions["take:hello/1"] is actions["master:master"] is Action.WAIT
    assert all(actions[name] is Action.REUSE for name in ("take:coast/1", "take:bye/1", "take:open/1", "mix:1"))


def test_damaged_inputs_are_made_again(desk):
    studio = desk()
    damaged = []

    def make(step):
        if step.kind is StepKind.MIX and not damaged:
            name = studio.plan().step("voice:bye").name
            damaged.append(name)
            del studio.shelf.parts[name]
            raise Damaged(name)

    room = Room(studio, make)
    outcome = room.run(slots=1)
    assert outcome.plan.done
    assert not outcome.failed
    assert room.started.count("voice:bye") == 2
    assert room.started.count("mix:1") == 2


def test_a_disk_that_damages_everything_is_given_up(desk):
    studio = desk()

    def make(step):
        if step.kind is StepKind.MIX:
            raise Damaged(next(iter(studio.shelf.parts)))

    outcome = Room(studio, make).run()
    assert [step.id for step, _ in outcome.failed.values()] == ["mix:1"]


def test_a_full_disk_stops_the_run_after_what_is_running(desk):
    ended = []

    def make(step):
        if step.id == "voice:hello":
            raise StoreTrouble("the disk is full")
        time.sleep(0.3)
        ended.append(step.id)

    room = Room(desk(), make)
    with pytest.raises(StoreTrouble, match="full"):
        room.run()
    assert ended == ["voice:bye"]
    assert room.started == ["voice:hello", "voice:bye"]


def test_a_stop(desk):
    stop = threading.Event()

    def make(step):
        stop.set()
        time.sleep(0.1)
        if step.id == "voice:bye":
            raise Cancelled("stopped")

    room = Room(desk(), make)
    outcome = room.run(cancelled=stop.is_set)
    assert outcome.cancelled
    assert not outcome.failed
    assert set(room.started) <= {"voice:hello", "voice:bye"}


def test_the_listener_hears_everything(desk):
    heard: list[tuple[str, str]] = []

    class Ear(Silent):
        def started(self, step):
            heard.append(("started", step.id))

        def finished(self, step, part):
            heard.append(("finished", part.name))

        def failed(self, step, error):
            heard.append(("failed", step.id))

    def make(step):
        if step.id == "take:open/1":
            raise Broken("no luck")

    outcome = Room(desk(), make).run(listener=Ear())
    words = [word for word, _ in heard]
    assert words.count("started") == words.count("finished") + words.count("failed")
    assert words.count("failed") == 1
    assert words.count("finished") == len(outcome.rendered)


def test_a_defect_of_the_loop_is_not_hidden(desk):
    class Defect(BaseException):
        pass

    def make(step):
        raise Defect

    with pytest.raises(Defect):
        Room(desk(), make).run()


def test_the_short_film_is_what_these_tests_think(desk):
    assert SHORT.count("- ") == 4
    assert not desk().plan().done


def test_it_plans_again_only_where_something_may_have_become_ready(desk):
    """Three titles of different length: the film waits for all of them, so that two ends alone are no reason."""
    texts = "".join(f"  - title: {n}\n    text: {n}\n    duration: 5f\n" for n in "abc")
    room = Room(desk("segments:\n" + texts))
    plans: list[set[str]] = []
    replan = room.replan

    def counted(failures):
        found = replan(failures)
        plans.append({step.id for step in found.steps if step.action is Action.REUSE})
        return found

    room.replan = counted
    gate = threading.Event()
    waited: list[bool] = []

    def make(step):
        if step.id.startswith("fit:"):
            fits = [name for name in room.started if name.startswith("fit:")]
            if step.id == fits[0]:
                waited.append(gate.wait(2))  # the others end first; the master waits for this one as well
            elif len(fits) == 3:
                threading.Timer(0.5, gate.set).start()

    room.make = make
    outcome = room.run(slots=2)
    assert outcome.plan.done
    assert waited == [True]
    grown = [len(later - earlier) for earlier, later in pairwise(plans)]
    assert all(grown)  # no plan without news
    assert not any(0 < sum(name.startswith("fit:") for name in made) < 3 and _sounds(made, plans[-1]) for made in plans)


def _sounds(made: set[str], every: set[str]) -> bool:
    """Whether all of the sound is there."""
    return {name for name in every if name.startswith(("mix:", "sound:"))} <= made
