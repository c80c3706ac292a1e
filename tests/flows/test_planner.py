"""Planning: what each step does and why, from a project, a store and picks alone."""

from __future__ import annotations

from fractions import Fraction

import pytest

from edl.picks import Pick, Picks
from engines.contract import Pace
from flows.plan import Action, StepKind
from flows.plan_takes import PART_SEED
from tests.flows.stage import HEAD, SHORT, actions

R, W, U = Action.RENDER, Action.WAIT, Action.REUSE
LONG = "One two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen."


def test_the_same_situation_gives_the_same_plan(desk):
    studio = desk()
    situation = studio.situation()
    from flows.planner import plan

    assert plan(situation) == plan(situation)
    assert studio.plan().as_json() == studio.plan().as_json()
    studio.make("voice:")
    assert studio.plan() == studio.plan()


def test_nothing_is_written_by_planning(desk):
    studio = desk()
    studio.plan()
    before = sorted(studio.file.parent.rglob("*"))
    studio.plan()
    assert sorted(studio.file.parent.rglob("*")) == before


def test_what_hangs_on_a_voice_waits_for_it(desk):
    found = desk().plan()
    assert actions(found) == {
        "voice:hello": R,
        "voice:bye": R,
        "take:open/1": R,
        "cue:hello#1": W,
        "take:hello/1": W,
        "take:coast/1": R,  # its length is written
        "cue:bye#1": W,
        "take:bye/1": W,
        "fit:master/open@0": W,
        **{step.id: W for step in found.steps if step.kind is StepKind.FIT},
        "mix:1": W,
        "sound:1": W,
        "master:master": W,
    }
    reasons = {step.id: step.reason for step in found.steps}
    assert reasons["cue:hello#1"] == "waits for voice:hello"
    assert reasons["take:hello/1"] == "waits for cue:hello#1 and 1 more"
    assert reasons["voice:hello"] == "new"
    assert all(step.recipe is None and step.name == "" for step in found.steps if step.action is W)
    assert all(step.seconds > 0 for step in found.steps)
    assert not found.done


def test_frames_are_exact_once_the_voices_exist(desk):
    studio = desk()
    assert not studio.plan().timeline.exact
    studio.make("voice:hello")
    assert not studio.plan().timeline.exact
    found = studio.make("voice:")
    assert found.timeline.exact
    hello, bye = len("Every coastline starts as a still."), len("And here it ends.")
    # 0.06 s a character at 25 frames a second, rounded up
    assert found.timeline.frames == 10 + -(-hello * 3 // 2) + -(-bye * 3 // 2)
    assert found.timeline.slot("coast").start == 10 + int(Fraction(6 * 6, 100) * 25)


def test_a_plan_comes_to_an_end(desk):
    studio = desk()
    found = studio.make()
    assert found.done
    assert {step.reason for step in found.steps} == {"made already"}
    assert found.seconds == found.cost == 0
    assert [delivery.file for delivery in found.deliveries] == ["out/master.mp4"]


def test_steps_stand_in_an_order_in_which_they_can_be_made(desk):
    studio = desk()
    found = studio.make()
    made: set[str] = set()
    for step in found.steps:
        assert all(source.part in made for source in step.sources.values() if source.part), step.id
        made.add(step.name)


def test_reasons_name_what_changed(desk):
    studio = desk()
    first = studio.make()
    before = {step.id: step.recipe.document() for step in first.steps}
    studio.file.write_text(studio.file.read_text().replace("it ends.", "it stops."))
    found = studio.plan(before=before)
    assert found.step("voice:bye").reason == "changed: say"
    studio.make("voice:", "cue:bye", before=before)
    assert studio.plan(before=before).step("take:bye/1").reason == "changed: frames, sound, timings"
    del studio.shelf.parts[first.step("take:open/1").name]
    assert studio.plan(before=before).step("take:open/1").reason == "missing or damaged in the store"


def test_what_failed_waits(desk):
    studio = desk()
    found = studio.plan()
    name = found.step("voice:hello").name
    again = studio.plan(failed={name: "no breath"})
    assert again.step("voice:hello").action is W
    assert again.step("voice:hello").reason == "failed: no breath"
    assert again.step("voice:bye").action is R


def test_only(desk):
    studio = desk()
    found = studio.plan(only=frozenset({"coast"}))
    assert [step.id for step in found.ready] == ["take:coast/1"]
    assert found.step("voice:hello").reason == "left out by --only"


def test_estimates_follow_the_store(desk):
    studio = desk()
    guessed = studio.plan().step("take:coast/1").seconds
    studio.shelf.paces["mock/shot"] = Pace(2.0, 3)
    found = studio.plan().step("take:coast/1")
    assert found.seconds == 2.0 * found.recipe.native.frames
    assert guessed < found.seconds


# overlays


def test_a_moved_overlay_fits_only_the_runs_beside_it(desk):
    studio = desk()
    first = studio.make()
    studio.file.write_text(studio.file.read_text().replace("word: coastline", "word: coastline, shift: 4f"))
    found = studio.plan()
    again = [step for step in found.steps if step.action is not U]
    # The overlay's own run shows the same frames of its take, elsewhere: nothing to make.
    assert [step.id.split("@")[0] for step in again] == ["fit:master/hello"] * 2 + ["master:master"]
    assert {step.name for step in found.steps if step.kind is StepKind.TAKE} == {
        step.name for step in first.steps if step.kind is StepKind.TAKE
    }


def test_words_are_found_where_they_are_spoken(desk):
    text = SHORT.replace("{word: coastline}", '{word: "a still", shift: -2f}').replace("    duration: 15f\n", "")
    found = desk(text).make()
    slot = found.timeline.slot("coast")
    spoken = "Every coastline starts as a still.".index("a still")
    assert slot.start == 10 + spoken * 3 // 2 - 2
    assert slot.end == found.timeline.slot("hello").end


def test_an_overlay_that_turns_out_too_long_keeps_the_master_back(desk):
    found = desk(SHORT.replace("duration: 15f", "duration: 90s")).make()
    assert found.timeline.exact
    assert [misfit.problem for misfit in found.timeline.misfits] == ["too-long"]
    assert found.step("master:master").reason == "waits for a place for coast"
    assert found.step("take:hello/1").action is U


def test_an_overlay_to_the_end_waits_for_the_voice(desk):
    found = desk(SHORT.replace("    duration: 15f\n", "")).plan()
    assert found.step("take:coast/1").reason == "waits for voice:hello"


# takes


def test_several_takes_have_seeds_in_a_row(desk):
    studio = desk(SHORT.replace("duration: 15f", "duration: 15f\n    takes: 3\n    seed: 7"))
    found = studio.make()
    assert [(take.number, take.seed) for take in found.takes if take.segment == "coast"] == [(1, 7), (2, 8), (3, 9)]
    assert [take.chosen for take in found.takes if take.segment == "coast"] == [True, False, False]
    shown = next(step for step in found.steps if step.id.startswith("fit:master/coast"))
    assert shown.sources["base0"].part == found.step("take:coast/1").name


def test_an_engine_without_seeds_makes_one_take(desk):
    found = desk(SHORT.replace("text: Open", "text: Open\n    takes: 4")).plan()
    assert [take.segment for take in found.takes].count("open") == 1


def test_an_engine_that_takes_no_seed_numbers_its_takes(desk):
    text = SHORT.replace("duration: 15f", "duration: 15f\n    engine: mock/seedless\n    takes: 2\n    seed: 9")
    found = desk(text).plan()
    assert [(take.number, take.seed) for take in found.takes if take.segment == "coast"] == [(1, 1), (2, 2)]
    assert found.step("take:coast/1").name != found.step("take:coast/2").name


def test_a_segment_moved_elsewhere_keeps_its_takes(desk):
    titles = [f"  - title: {name}\n    text: {name}\n    duration: 9f\n" for name in ("a", "b")]
    studio = desk("segments:\n" + "".join(titles))
    studio.make()
    studio.file.write_text(HEAD + "segments:\n" + "".join(reversed(titles)))
    found = studio.plan()
    assert [step.id for step in found.steps if step.action is not U] == ["master:master"]


def test_picks_and_rejects(desk):
    studio = desk(SHORT.replace("duration: 15f", "duration: 15f\n    takes: 3"))
    first = studio.make()
    names = [take.parts[0] for take in first.takes if take.segment == "coast"]

    def standing(*verdicts: tuple[int, str]) -> int | None:
        picks = Picks(tuple(Pick(segment="coast", take=names[at][:12], verdict=word) for at, word in verdicts))
        found = studio.plan(picks=picks)
        return next((take.number for take in found.takes if take.segment == "coast" and take.chosen), None)

    assert standing() == 1
    assert standing((2, "pick")) == 3
    assert standing((0, "reject")) == 2
    assert standing((0, "reject"), (1, "reject")) == 3
    assert standing((0, "reject"), (1, "reject"), (2, "reject")) is None  # and the master waits for another
    assert standing((1, "pick"), (1, "reject")) == 1
    changed = studio.plan(picks=Picks((Pick(segment="coast", take="0123456789ab"),)))  # of an older recipe
    assert next(take.number for take in changed.takes if take.segment == "coast" and take.chosen) == 1


def test_a_failed_first_take_gives_way_to_the_next(desk):
    studio = desk(SHORT.replace("duration: 15f", "duration: 15f\n    takes: 2"))
    failed = {studio.plan().step("take:coast/1").name: "asked to"}
    found = studio.make(failed=failed)
    chosen = next(take for take in found.takes if take.segment == "coast" and take.chosen)
    assert chosen.number == 2
    assert found.step("master:master").action is U


# parts


def test_a_long_talk_is_divided_at_pauses(desk):
    head = HEAD.replace("talk: [mock/animator]", "talk: [mock/parts]")
    studio = desk(f"segments:\n  - talk: t\n    who: ann\n    say: {LONG}\n    before: 4f\n    after: 6f\n", head=head)
    assert "take:t/1" in {step.id.split("#")[0] for step in studio.plan().steps}
    found = studio.make()
    parts = [step for step in found.steps if step.kind is StepKind.TAKE]
    cues = [step for step in found.steps if step.kind is StepKind.CUE]
    assert len(parts) == len(cues) > 2
    assert [step.id for step in parts] == [f"take:t/1#{at + 1}" for at in range(len(parts))]
    frames = [step.recipe.native.frames for step in parts]
    assert sum(frames) == found.timeline.frames == 4 + -(-len(LONG) * 3 // 2) + 6
    assert max(frames) <= 50
    firsts = [int(str(cue.recipe.params.get("first", 0))) for cue in cues]
    assert firsts == [sum(frames[:at]) for at in range(len(frames))]
    for first in firsts[1:]:  # a character lasts 1.5 frames; each division falls on a blank
        assert not LONG[int((first - 4) / 1.5)].isalnum()
    runs = [step for step in found.steps if step.kind is StepKind.FIT]
    assert [step.recipe.native.frames for step in runs] == frames


def test_parts_of_a_portrait_go_on_from_one_another_and_know_nothing_else(desk):
    head = HEAD.replace("talk: [mock/animator]", "talk: [animator/portrait]")
    studio = desk(f"segments:\n  - talk: t\n    who: ann\n    say: {' '.join([LONG] * 12)}\n", head=head)
    studio.make("voice:", "cue:")
    parts = [step for step in studio.plan().steps if step.kind is StepKind.TAKE]
    assert len(parts) > 2
    joins = [step.recipe.params.get("joins") for step in parts]
    assert joins == ["after", *["both"] * (len(parts) - 2), "before"]
    assert all(set(step.recipe.params) == {"joins"} for step in parts)


def test_one_changed_word_leaves_the_parts_before_it(desk):
    head = HEAD.replace("talk: [mock/animator]", "talk: [mock/parts]")
    studio = desk(f"segments:\n  - talk: t\n    who: ann\n    say: {LONG}\n", head=head)
    first = studio.make()
    studio.file.write_text(studio.file.read_text().replace("sixteen", "sixty"))
    studio.make("voice:", "cue:")
    again = studio.plan()
    assert again.step("voice:t").name != first.step("voice:t").name


def test_a_long_shot_becomes_several_with_other_seeds(desk):
    studio = desk("segments:\n  - cutaway: c\n    image: still.png\n    duration: 8s\n    takes: 2\n")
    found = studio.plan()  # mock/shot is stable for 3 s
    parts = {step.id: step for step in found.steps if step.kind is StepKind.TAKE}
    assert list(parts) == [f"take:c/{take}#{part}" for take in (1, 2) for part in (1, 2, 3)]
    assert [step.recipe.seed for step in parts.values()] == [
        seed + PART_SEED * at for seed in (1, 2) for at in range(3)
    ]
    assert all(step.action is R for step in parts.values())
    assert len({step.name for step in parts.values()}) == 6


def test_chained_parts_wait_for_the_one_before(desk):
    text = (
        "segments:\n  - cutaway: c\n    image: still.png\n    engine: mock/chained\n    join: chain\n    duration: 5s\n"
    )
    studio = desk(text)
    found = studio.plan()
    parts = [step for step in found.steps if step.kind is StepKind.TAKE]
    assert [step.action for step in parts] == [R, W, W]
    assert parts[1].reason == "waits for take:c/1#1"
    studio.shelf.put(parts[0])
    second = studio.plan().step("take:c/1#2")
    assert second.action is R
    assert second.sources["previous"].part == parts[0].name
    cut = desk(text.replace("join: chain", "join: cut"), folder="cut").plan()
    assert [step.action for step in cut.steps if step.kind is StepKind.TAKE] == [R, R, R]


# what is delivered


def test_a_variant_fits_again_and_renders_nothing(desk):
    studio = desk()
    studio.make()
    text = studio.file.read_text()
    studio.file.write_text(text.replace("fps: 25", "fps: 25, variants: [{name: tall, width: 72, height: 128}]"))
    found = studio.plan()
    again = {step.kind for step in found.steps if step.action is not U}
    assert again == {StepKind.FIT, StepKind.MASTER, StepKind.SUBJECT, StepKind.TAKE}
    redrawn = [step.id for step in found.steps if step.kind is StepKind.TAKE and step.action is not U]
    assert redrawn == ["take:open/1@tall"]  # a title is set anew in the variant's shape; all else is only cropped
    assert [delivery.file for delivery in found.deliveries] == ["out/master.mp4", "out/tall.mp4"]
    assert found.step("master:master").action is U


@pytest.mark.parametrize("fps", ['"30000/1001"', '"24000/1001"', "24", "30", "50", "60"])
def test_another_delivery_rate_never_buys_a_shot_again(desk, fps):
    long = "  - cutaway: long\n    image: still.png\n    duration: 9s\n"  # three times what the engine can
    studio = desk(SHORT.replace("duration: 15f", "duration: 1s") + long)
    first = studio.make()
    studio.file.write_text(studio.file.read_text().replace("fps: 25", f"fps: {fps}"))
    found = studio.plan()
    for shot in ("take:coast/1", "take:long/1#1", "take:long/1#2", "take:long/1#3"):
        assert found.step(shot).name == first.step(shot).name
    assert found.step("voice:hello").action is U
    assert found.step("take:open/1").action is R  # titles are drawn at the delivery rate


def test_slates_fill_the_gaps(desk):
    studio = desk()
    found = studio.plan()
    failed = {found.step("take:coast/1").name: "asked to"}
    stuck = studio.make(failed=failed)
    assert not stuck.done
    assert stuck.step("master:master").action is W
    slated = studio.make(failed=failed, slates=True)
    assert slated.step("master:master").action is U
    slate = next(step for step in slated.steps if step.id.startswith("fit:master/coast"))
    assert slate.recipe.params["slate"] == "coast is missing"
    assert studio.make().step("master:master").name != slated.step("master:master").name


def test_slates_without_a_voice_are_silent(desk):
    studio = desk()
    failed = {studio.plan().step("voice:hello").name: "no breath"}
    slated = studio.make(failed=failed, slates=True)
    assert slated.step("master:master").action is U
    assert [sound["input"] for sound in slated.step("mix:1").recipe.params["sounds"]] == ["sound0"]


def test_a_slate_under_a_lower_third_keeps_it(desk):
    text = (
        SHORT
        + "  - title: name\n    text: Bob\n    style: lower_third\n    over: bye\n    from: 2f\n    duration: 5f\n"
    )
    studio = desk(text)
    studio.make("voice:", "cue:", "take:open", "take:hello", "take:coast", "take:name")
    failed = {studio.plan().step("take:bye/1").name: "asked to"}
    slated = studio.make(failed=failed, slates=True)
    run = next(step for step in slated.steps if step.kind is StepKind.FIT and "drawn0" in step.sources)
    assert run.recipe.params["slate"] == "bye is missing"


def test_a_narration_without_a_picture_is_black(desk):
    found = desk("segments:\n  - narrate: n\n    who: ann\n    say: In the dark.\n").make()
    assert found.done
    assert [step.id for step in found.steps if step.kind is StepKind.FIT] == ["fit:master/black@0"]


def test_the_mark_is_on_people_and_on_inventions(desk):
    head = HEAD.replace("fps: 25", "fps: 25, label: {text: made up}")
    found = desk(head=head).make()
    marked = {step.segment for step in found.steps if step.kind is StepKind.FIT and "label" in step.recipe.params}
    assert marked == {"hello", "coast", "bye"}
    unmarked = desk(SHORT.replace("who: bob", "who: bob\n    label: false"), head=head, folder="without").make()
    assert "bye" not in {
        step.segment for step in unmarked.steps if step.kind is StepKind.FIT and "label" in step.recipe.params
    }


def test_two_segments_alike_share_their_parts(desk):
    studio = desk("segments:\n" + "".join(f"  - title: {n}\n    text: same\n    duration: 5f\n" for n in "ab"))
    found = studio.plan()
    assert found.step("take:a/1").name == found.step("take:b/1").name
    assert studio.make().done


def test_plans_speak_json(desk):
    document = desk().plan().as_json()
    assert set(document) >= {"frames", "exact", "fps", "steps"}
    for step in document["steps"]:
        assert set(step) == {"id", "segment", "kind", "engine", "recipe", "action", "reason", "seconds", "cost"}
    with pytest.raises(KeyError):
        desk(folder="other").plan().step("nothing")
