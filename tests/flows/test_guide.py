"""The decision guide: every code it can find, each provoked once by a small project, and its choices with reasons."""

from __future__ import annotations

from dataclasses import replace

import pytest

from edl.facts import FaceFacts, InputFacts
from edl.findings import Severity
from edl.loader import load
from engines.registry import engine as registered
from flows.choose import choose, choose_voice, params_for
from flows.guide import advise
from flows.planner import timeline_of
from flows.workplace import Memory, examine, open_project, situate, survey
from tests.flows.stage import HEAD, SHORT

TALK = "segments:\n  - talk: t\n    who: ann\n    say: One two three four five six seven eight nine ten eleven.\n{}"
SHOT = "segments:\n  - cutaway: c\n    image: still.png\n    duration: {}s\n{}"
LOOP = "segments:\n  - loop: l\n    who: ann\n    duration: 1s\n{}"
TITLE = "segments:\n  - title: t\n    text: t\n    duration: 1s\n{}"

CASES = {
    "speech-needs-animator": (TALK.format("    engine: mock/shot\n"), Severity.ERROR, "engine"),
    "cannot-loop": (LOOP.format("    engine: mock/shot\n"), Severity.ERROR, "engine"),
    "animator-cannot-move": (
        SHOT.format(1, "    engine: mock/animator\n    camera: push_in\n"),
        Severity.ERROR,
        "engine",
    ),
    "engine-unfit": (TITLE.format("    engine: mock/animator\n"), Severity.ERROR, "engine"),
    "engine-unknown": (TITLE.format("    engine: mock/titel\n"), Severity.ERROR, "engine"),
    "param-unknown": (TITLE.format("    params: {falut: once}\n"), Severity.ERROR, "params.falut"),
    "param-wrong": (TITLE.format("    params: {fault: twice}\n"), Severity.ERROR, "params.fault"),
    "control-unsupported": (SHOT.format(8, "    join: chain\n"), Severity.ERROR, "join"),
    "stand-in": (TITLE.format(""), Severity.NOTE, ""),
    "take-single": (SHOT.format(1, ""), Severity.WARNING, ""),
    "talk-split": (TALK.format("    engine: mock/parts\n"), Severity.NOTE, ""),
    "shot-too-long": (SHOT.format(8, ""), Severity.WARNING, "duration"),
    "chain-long": (SHOT.format(8, "    engine: mock/chained\n    join: chain\n"), Severity.WARNING, "duration"),
    "face-in-shot": (SHOT.format(1, ""), Severity.WARNING, "image"),
    "engine-missing": (TITLE.format(""), Severity.WARNING, ""),
}


@pytest.fixture
def guide(film, tmp_path, monkeypatch):
    """What the guide says of a film; every still may be given a face, and an engine may be changed."""
    monkeypatch.setenv("CUTAWAY_SETTINGS", str(tmp_path / "settings.yaml"))

    def ask(text, face=False, find=registered, head=HEAD):
        place = open_project(film(text, head=head))
        known = survey(place)
        if face:
            found = InputFacts(faces=FaceFacts(faces=1))
            known = replace(known, facts=dict.fromkeys(known.digests.values(), found))
        picks, _ = place.picks()
        timeline = timeline_of(situate(place, known, picks, Memory(place.store)), {}) if "say" not in text else None
        if timeline is None:
            return examine(place, known, Memory(place.store))[0]
        return advise(place.loaded, known, timeline, find)

    return ask


def lacking(name):
    """The registry on a machine where one thing is not installed."""
    return replace(registered(name), requires=("nothing_of_that_name",))


@pytest.mark.parametrize("code", CASES)
def test_a_code(code, guide):
    text, severity, path = CASES[code]
    find = lacking if code == "engine-missing" else registered
    advice = guide(text, face=code == "face-in-shot", find=find)
    found = [finding for finding in (*advice.findings, *advice.lacks) if finding.code == code]
    assert found, [finding.code for finding in advice.findings]
    (finding,) = found
    assert finding.severity is severity
    assert finding.place.file == "project.yaml"
    assert finding.place.line > 0
    assert finding.place.path.endswith(path)
    assert finding.message
    assert finding.why
    assert finding.remedy


def test_what_is_well_is_not_complained_of(guide):
    advice = guide(
        SHORT.replace("duration: 15f", "duration: 15f\n    takes: 3\n    camera: push_in\n    prompt: waves")
    )
    assert {finding.code for finding in advice.findings} == {"stand-in"}
    assert not advice.lacks


def test_misspelt_engines_and_settings_are_guessed(guide):
    (finding,) = [each for each in guide(CASES["engine-unknown"][0]).findings if each.code == "engine-unknown"]
    assert "mock/title" in finding.remedy
    (finding,) = [each for each in guide(CASES["param-unknown"][0]).findings if each.code == "param-unknown"]
    assert "fault" in finding.remedy


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("from: {word: coastline}\n    duration: 90s", "overlay-too-long"),
        ("from: 90s\n    duration: 1f", "overlay-outside"),
    ],
)
def test_what_only_the_voice_reveals_ends_the_render(film, cutaway, change, code):
    """Before the voice exists nobody can know; afterwards no master is made without what does not fit."""
    file = film(SHORT.replace("from: {word: coastline}\n    duration: 15f", change))
    for _ in range(2):
        ran = cutaway("render", file, code=1)
        assert code in ran.err
        assert "51 frames (2.04 s)" in ran.err  # of hello
        assert not (file.parent / "out/master.mp4").exists()
    assert cutaway.calls()["mock/voice"] == 2  # kept


# choices


def test_choices_follow_the_project_and_say_why(film):
    loaded = load(film(SHORT))
    project = loaded.project
    choice = choose(project, project.segment("coast"))
    assert (choice.engine, choice.reason) == ("mock/shot", "first of engines.cutaway that makes a shot")
    assert choose_voice(project, project.segment("hello")).engine == "mock/voice"
    bare = project.model_copy(update={"engines": {}})
    assert choose(bare, bare.segment("coast")).engine == "graphics/parallax"
    assert choose(bare, bare.segment("coast")).reason == "the embedded engine"
    named = bare.segment("coast").model_copy(update={"engine": "mock/seedless"})
    assert choose(bare, named).reason == "named by the segment"


def test_a_recording_gets_an_engine_that_hears(film):
    project = load(film(SHORT)).project
    recorded = project.segment("hello").model_copy(update={"audio": "line.wav"})
    assert choose_voice(project, recorded).engine == "mock/recording"
    bare = project.model_copy(update={"engines": {}})
    assert choose_voice(bare, recorded).engine == "voice/recording"


def test_choices_never_depend_on_what_is_installed(film):
    project = load(film(SHORT)).project
    assert choose(project, project.segment("coast"), lacking) == choose(project, project.segment("coast"))


def test_an_engine_that_does_something_else_is_passed_over(film):
    project = load(film(SHORT)).project
    listed = project.model_copy(update={"engines": {"cutaway": ("mock/animator", "mock/nothing", "mock/shot")}})
    assert choose(listed, listed.segment("coast")).engine == "mock/shot"
    unfit = project.model_copy(update={"engines": {"cutaway": ("mock/animator",)}})
    assert choose(unfit, unfit.segment("coast")).engine == "mock/animator"  # the guide says that it cannot


def test_params_come_from_the_segment_and_from_params(film):
    project = load(film(SHORT)).project
    coast = project.segment("coast").model_copy(update={"prompt": "waves"})
    engine = registered("mock/shot")
    assert params_for(engine, coast, {"seconds": 1.0}).model_dump(exclude_defaults=True) == {
        "prompt": "waves",
        "seconds": 1.0,
    }
