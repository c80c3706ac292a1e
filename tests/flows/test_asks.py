"""Which takes are planned: seeds of the project, retakes, and what is said of those that do not fit."""

from __future__ import annotations

from edl.findings import Place
from edl.picks import Pick, Picks, Retake
from engines.registry import engine
from flows.plan import Action
from tests.flows.stage import SHORT


def with_takes(lines: str) -> str:
    return SHORT.replace("duration: 15f", "duration: 15f\n" + "".join(f"    {line}\n" for line in lines.splitlines()))


def takes(found, segment="coast"):
    return [take for take in found.takes if take.segment == segment]


def asking(*retakes: Retake, **changes) -> Picks:
    picks = Picks(**changes).asking(retakes)
    return Picks(picks.choices, picks.places, picks.retakes, tuple(Place("picks.yaml", n) for n in range(3, 20)))


def test_listed_seeds_are_the_takes(desk):
    found = desk(with_takes("seed: [3, 7, 11]")).plan()
    assert [(take.number, take.seed) for take in takes(found)] == [(1, 3), (2, 7), (3, 11)]
    steps = [found.step(f"take:coast/{number}").recipe.seed for number in (1, 2, 3)]
    assert steps == [3, 7, 11]


def test_a_list_that_grows_keeps_the_takes_it_had(desk):
    studio = desk(with_takes("seed: [3, 7]"))
    studio.make()
    studio.file.write_text(studio.file.read_text().replace("[3, 7]", "[3, 9, 7]"))
    assert [step.id for step in studio.plan().ready] == ["take:coast/2"]


def test_retakes_are_numbered_on(desk):
    retakes = asking(Retake(segment="coast", seed=9), Retake(segment="coast", seed=1, params={"prompt": "waves"}))
    found = desk(with_takes("takes: 2")).plan(picks=retakes)
    assert [(take.number, take.seed, take.retake, dict(take.params)) for take in takes(found)] == [
        (1, 1, False, {}),
        (2, 2, False, {}),
        (3, 9, True, {}),
        (4, 1, True, {"prompt": "waves"}),
    ]
    assert found.step("take:coast/4").recipe.params == {"prompt": "waves"}
    assert found.step("take:coast/4").action is Action.RENDER
    assert not found.remarks


def test_a_retake_that_is_a_take_already_is_not_made_twice(desk):
    found = desk(with_takes("takes: 4")).plan(
        picks=asking(Retake(segment="coast", seed=3), Retake(segment="coast", seed=5))
    )
    assert [take.seed for take in takes(found)] == [1, 2, 3, 4, 5]


def test_an_engine_without_seeds_takes_other_settings_only(desk):
    picks = asking(Retake(segment="open", seed=8), Retake(segment="open", params={"text": "Other"}))
    found = desk().plan(picks=picks)
    assert [dict(take.params) for take in takes(found, "open")] == [{}, {"text": "Other"}]


def test_a_talk_taken_again_shares_its_sound(desk):
    studio = desk()
    found = studio.make("voice:", picks=asking(Retake(segment="hello", params={"seconds": 1.0})))
    assert len(takes(found, "hello")) == 2
    assert sum(step.id.startswith("cue:hello") for step in found.steps) == 1


def test_retakes_that_do_not_fit_are_left_out_and_said(desk):
    picks = asking(
        Retake(segment="coast", seed=5, params={"sharpness": 3}),
        Retake(segment="coast", seed=5, params={"seconds": -1}),
        Retake(segment="coast", seed=6),
    )
    found = desk().plan(picks=picks)
    assert [take.seed for take in takes(found)] == [1, 6]
    assert [(remark.code, remark.place.line) for remark in found.remarks] == [("retake-stale", 3), ("retake-stale", 4)]
    assert "mock/shot has no setting sharpness" in found.remarks[0].message
    assert "seconds does not fit mock/shot" in found.remarks[1].message
    assert not any(remark.blocks for remark in found.remarks)


def test_a_retake_that_the_engine_checks_and_refuses_is_left_out(desk):
    from dataclasses import replace

    from edl.codes import PARAM_WRONG

    def check(wish, params):
        assert wish.facts.keys() == {"image"}
        return (PARAM_WRONG.at(Place(path="prompt"), "no storms here"),) if params.prompt == "storm" else ()

    strict = replace(engine("mock/shot"), check=check)
    picks = asking(Retake(segment="coast", seed=5, params={"prompt": "storm"}))
    found = desk().plan(picks=picks, find_engine=lambda name: strict if name == "mock/shot" else engine(name))
    assert len(takes(found)) == 1
    assert "no storms here" in found.remarks[0].message


def test_a_retake_of_a_voice_alone_is_said(desk):
    text = "segments:\n  - narrate: story\n    who: ann\n    say: One two.\n"
    text += "  - cutaway: c\n    image: still.png\n    over: story\n"
    (remark,) = desk(text).plan(picks=asking(Retake(segment="story", seed=4))).remarks
    assert remark.code == "retake-stale"


def test_a_retake_may_be_picked(desk):
    studio = desk()
    picks = asking(Retake(segment="coast", seed=9))
    found = studio.make(picks=picks)
    name = takes(found)[1].parts[0][:12]
    chosen = studio.plan(picks=picks.having(Pick(segment="coast", take=name)))
    assert [take.chosen for take in takes(chosen)] == [False, True]
    assert not chosen.remarks


def test_a_pick_whose_recipe_changed_is_said_and_the_first_good_take_stands(desk):
    studio = desk(with_takes("takes: 2"))
    picked = Picks(
        (Pick(segment="coast", take=takes(studio.make())[1].parts[0][:12], seed=2),), (Place("picks.yaml", 3),)
    )
    assert not studio.plan(picks=picked).remarks
    studio.file.write_text(studio.file.read_text().replace("image: still.png", "image: still.png\n    prompt: new"))
    (remark,) = studio.plan(picks=picked).remarks
    assert (remark.code, remark.place.line, remark.blocks) == ("pick-stale", 3, False)
    assert "take 1, seed 1, stands instead" in remark.message
    assert [take.chosen for take in takes(studio.make(picks=picked))] == [True, False]
    assert not studio.plan(picks=picked, draft=True).remarks


def test_a_pick_of_a_take_that_is_not_known_yet_is_not_called_stale(desk):
    studio = desk()
    picked = Picks((Pick(segment="hello", take="abcdef"),))
    assert not studio.plan(picks=picked).remarks
    assert [remark.code for remark in studio.make("voice:", picks=picked).remarks] == []
    assert [remark.code for remark in studio.make(picks=picked).remarks] == ["pick-stale"]
