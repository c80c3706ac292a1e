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
from tests.flows.stage import HEAD, SHORT, Desk

TALK = "segments:\n  - talk: t\n    who: ann\n    say: One two three four five six seven eight nine ten eleven.\n{}"
SHOT = "segments:\n  - cutaway: c\n    image: still.png\n    duration: {}s\n{}"
LOOP = "segments:\n  - loop: l\n    who: ann\n    duration: 1s\n{}"
LIVING = """\
segments:
  - {loop: l, image: still.png, duration: 1s, regions: [{ellipse: [0, 0.5, 1, 0.5], direction: left}]}
"""
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
    "param-misplaced": (TITLE.format("    params: {text: other}\n"), Severity.ERROR, "params.text"),
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


MANY = "segments:\n" + "".join(f"  - {{title: t{number}, text: t, duration: 1s}}\n" for number in range(6))


@pytest.mark.parametrize(
    ("count", "words"), [(1, "t0 cannot"), (2, "t0 and t1 cannot"), (3, "t0, t1 and t2 "), (6, "t0, t1 and 4 more ")]
)
def test_a_missing_engine_names_the_segments_that_need_it(guide, count, words):
    text = "\n".join(MANY.splitlines()[: count + 1]) + "\n"
    (finding,) = guide(text, find=lacking).lacks
    assert finding.message.startswith(words)
    assert "mock/title needs nothing_of_that_name" in finding.message


def test_a_missing_program_is_told_with_its_package(guide):
    def without(name):
        return replace(registered(name), programs={"surely-no-such-program": "its-package"})

    (finding,) = guide(MANY, find=without).lacks
    assert "needs the program surely-no-such-program" in finding.message
    assert "apt-get install its-package" in finding.remedy


def test_what_an_engine_says_of_a_setting_stands_where_it_was_written(guide, monkeypatch):
    """A setting of a voice: with the person, or in the narration that overrules it."""
    monkeypatch.setattr("engines.voice.flite.told_by", lambda *asked: "Voices available: kal rms")
    head = HEAD.replace(
        "cast: {ann: {portrait: face.png, voice: mock/voice}",
        "cast: {ann: {portrait: face.png, voice: voice/flite, voice_params: {name: slt}}",
    )
    text = TALK.format("") + "  - {narrate: n, who: ann, say: Two., params: {name: awb}}\n"
    findings = [each for each in guide(text, head=head).findings if each.code == "flite-voice"]
    assert [each.place.path for each in findings] == ["cast.ann.voice_params.name", "segments[1].params.name"]
    assert "kal, rms" in findings[0].remedy


def test_a_misspelt_choice_is_guessed(guide):
    head = HEAD.replace("voice: mock/voice}", "voice: voice/flite, voice_params: {name: rsm}}", 1)
    (finding,) = [each for each in guide(TALK.format(""), head=head).findings if each.code == "param-wrong"]
    assert finding.remedy == 'Did you mean "rms"?'


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


def test_a_loop_of_a_still_without_a_face_is_not_for_the_animator(film):
    empty, face = (InputFacts(faces=FaceFacts(faces=count)) for count in (0, 1))
    bare = load(film(LIVING)).project.model_copy(update={"engines": {}})
    loop = bare.segment("l")
    chosen = choose(bare, loop, facts={"still.png": empty}.__getitem__)
    assert chosen.engine == "graphics/parallax"
    assert "without a face, as still.png is" in chosen.reason
    assert choose(bare, loop, facts=lambda written: face).engine == "animator/portrait"
    assert choose(bare, loop).engine == "animator/portrait"  # nobody looked yet
    someone = loop.model_copy(update={"image": None, "who": "ann"})
    assert choose(bare, someone, facts=lambda written: empty).engine == "animator/portrait"
    listed = bare.model_copy(update={"engines": {"loop": ("mock/animator",)}})
    assert choose(listed, loop, facts=lambda written: empty).engine == "mock/animator"


def test_a_living_landscape_is_planned_and_checked_as_one(film):
    project = film(LIVING, head=HEAD.replace("  loop: [mock/animator]\n", ""))
    assert Desk(project).plan().step("take:l/1").engine == "graphics/parallax"
    place = open_project(project)
    advice = examine(place, survey(place), Memory(place.store))[0]
    assert [chosen.choice.engine for chosen in advice.choices] == ["graphics/parallax"]
    assert not any(finding.severity in (Severity.ERROR, Severity.REFUSED) for finding in advice.findings)


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


def test_the_words_of_a_voice_are_no_settings_of_it(guide):
    head = HEAD.replace(
        "{portrait: face.png, voice: mock/voice}",
        "{portrait: face.png, voice: mock/voice, voice_params: {say: boo}}",
        1,
    )
    findings = [each for each in guide(TALK.format(""), head=head).findings if each.code == "param-misplaced"]
    assert [each.place.path for each in findings] == ["cast.ann.voice_params.say"]


def test_only_settings_are_offered(guide):
    (finding,) = [
        each for each in guide(TITLE.format("    params: {txet: x}\n")).findings if each.code == "param-unknown"
    ]
    assert "text" not in finding.remedy
