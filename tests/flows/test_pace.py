"""Estimates: measured here, or only guessed; for the draft and for the final."""

from __future__ import annotations

from dataclasses import replace

from edl.recipe import Native
from engines.contract import Pace
from engines.registry import engine
from flows.drafting import pace_keys
from flows.perform import work_units
from tests.flows.stage import HEAD, SHORT


def test_work_is_measured_by_engine_model_and_size():
    small = Native(640, 360, 25, 10)
    assert pace_keys("conformer/fit ", small) == ("conformer/fit@640x360", "conformer/fit")
    assert pace_keys("mock/voice ", None) == ("mock/voice",)
    (ltx,), (wan,) = pace_keys("diffusion/local ltx", small), pace_keys("diffusion/local wan", small)
    assert ltx.startswith("diffusion/local+")
    assert ltx.endswith("@640x360")
    assert ltx != wan


def test_the_pace_of_the_same_size_comes_first(desk):
    studio = desk()
    studio.shelf.paces["mock/shot"] = Pace(1.0, 3)
    assert studio.plan().step("take:coast/1").seconds == 5.0
    studio.shelf.paces["mock/shot@333x187"] = Pace(2.0, 3)
    assert studio.plan().step("take:coast/1").seconds == 10.0


def test_another_model_of_the_same_engine_is_only_guessed(desk):
    studio = desk()
    model = replace(engine("mock/shot"), session=lambda params: "large", pace=7.0)
    studio.shelf.paces["mock/shot"] = Pace(1.0, 3)
    found = studio.plan(find_engine=lambda name: model if name == "mock/shot" else engine(name))
    assert found.step("take:coast/1").seconds == 35.0
    assert "mock/shot" in found.guessed


def test_what_is_only_a_guess_is_said(desk):
    studio = desk()
    studio.shelf.paces |= {name: Pace(1.0, 1) for name in ("mock/shot", "conformer/fit")}
    guessed = studio.plan().as_json()["guessed"]
    assert "mock/title" in guessed
    assert not {"mock/shot", "conformer/fit"} & set(guessed)
    assert studio.make().guessed == ()


def test_a_project_without_a_draft_speaks_of_the_final_alone(desk, monkeypatch, tmp_path):
    from flows.forecast import forecast, look_ahead

    monkeypatch.setenv("CUTAWAY_SETTINGS", str(tmp_path / "settings.yaml"))
    place, found, _ = look_ahead(desk().file, (), False)
    said = forecast(place, ()).as_json(found)
    assert (said["draft_seconds"], said["final_seconds"]) == (None, round(found.seconds, 2))


def test_a_draft_makes_fewer_takes_by_its_own_engines(desk, monkeypatch, tmp_path):
    from flows.forecast import forecast, look_ahead
    from tests.flows.stage import HEAD

    monkeypatch.setenv("CUTAWAY_SETTINGS", str(tmp_path / "settings.yaml"))
    text = SHORT.replace("duration: 15f", "duration: 15f\n    seed: [4, 5, 6]\n    params: {seconds: 1}")
    head = HEAD + "draft: {engines: {cutaway: [mock/chained]}, takes: 2}\n"
    file = desk(text, head=head).file
    place, final, _ = look_ahead(file, (), False)
    _, draft, findings = look_ahead(file, (), True)
    assert [take.seed for take in draft.takes if take.segment == "coast"] == [4, 5]
    assert {take.engine for take in draft.takes if take.segment == "coast"} == {"mock/chained"}
    assert [take.seed for take in final.takes if take.segment == "coast"] == [4, 5, 6]
    assert not {take.parts for take in draft.takes if take.segment == "coast"} & {take.parts for take in final.takes}
    said = forecast(place, ()).as_json(final)
    assert said["draft_seconds"] == round(draft.seconds, 2)
    assert said["final_seconds"] == round(final.seconds, 2)
    assert "take-single" not in {finding.code for finding in findings}


def test_a_control_that_the_draft_has_not_does_not_stop_it(desk, monkeypatch, tmp_path):
    from flows.forecast import forecast, look_ahead

    monkeypatch.setenv("CUTAWAY_SETTINGS", str(tmp_path / "settings.yaml"))
    text = SHORT.replace("duration: 15f", "duration: 15f\n    negative: rain")
    place, draft, findings = look_ahead(desk(text).file, (), True)
    assert draft.steps
    (note,) = [finding for finding in findings if finding.code == "control-unsupported"]
    assert (note.severity, note.blocks) == ("note", False)
    assert forecast(place, ()).as_json(draft)["final_seconds"] is None


def test_a_look_for_the_subject_is_kept_by_the_units_it_was_planned_in(desk):
    variant = "fps: 25, variants: [{name: tall, width: 72, height: 128, crop: subject}]}"
    made = desk(SHORT, head=HEAD.replace("fps: 25}", variant)).make("voice", "take")
    (look,) = [step for step in made.ready if step.id == "subject:coast/1"]
    assert work_units(look, look.recipe, {}) == look.units == 5  # at the rate of mock/shot
