"""``cutaway retake``, contact sheets, and picks among retakes, as their users meet them."""

from __future__ import annotations

import json

import pytest

from edl.picks import read_picks
from flows.cli.app import run
from tests.flows.stage import HEAD, SHORT

SEVERAL = SHORT.replace("duration: 15f", "duration: 15f\n    takes: 2")


@pytest.fixture
def say(capsys, monkeypatch, tmp_path):
    """Runs a command in this process: exit code, and what it said (``--json`` as a document)."""
    monkeypatch.setenv("CUTAWAY_SETTINGS", str(tmp_path / "settings.yaml"))

    def command(*arguments: object):
        code = run([str(argument) for argument in arguments])
        out, err = capsys.readouterr()
        return code, json.loads(out) if "--json" in arguments and out else out + " ".join(err.replace("│", " ").split())

    return command


def retakes(file):
    from edl.loader import load

    loaded = load(file)
    picks, findings = read_picks(loaded.folder, loaded.project)
    assert not findings
    return [(retake.seed, retake.params) for retake in picks.retakes]


def test_more_takes_have_the_next_seeds(say, film):
    file = film(SEVERAL)
    code, said = say("retake", file, "coast", "--takes", "2", "--json")
    assert (code, said) == (0, {"segment": "coast", "seeds": [3, 4], "params": {}, "file": "picks.yaml"})
    assert say("retake", file, "coast")[0] == 0
    assert retakes(file) == [(3, {}), (4, {}), (5, {})]
    _, listed = say("takes", file, "coast", "--json")
    assert [(take["number"], take["seed"], take["retake"]) for take in listed["takes"]] == [
        (1, 1, False),
        (2, 2, False),
        (3, 3, True),
        (4, 4, True),
        (5, 5, True),
    ]


def test_other_settings_and_named_seeds(say, film):
    file = film(SEVERAL)
    assert (
        say("retake", file, "coast", "--seed", 7, "--seed", 9, "--set", "prompt=calm: 7 seas", "--set", "seconds=3")[0]
        == 0
    )
    assert retakes(file) == [(seed, {"prompt": "calm: 7 seas", "seconds": 3}) for seed in (7, 9)]
    assert say("retake", file, "coast", "--set", "prompt=storm", "--takes", 2)[0] == 0
    assert [seed for seed, params in retakes(file) if params == {"prompt": "storm"}] == [1, 2]
    _, table = say("takes", file, "coast")
    assert "storm" in table


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("coast", "--seed", 2), "has a take of seed 2 with these settings already"),
        (("coast", "--set", "promt=x"), 'Did you mean "prompt"'),
        (("coast", "--set", "prompt"), "NAME=VALUE"),
        (("coast", "--set", "seconds=-3"), "seconds does not fit mock/shot"),
        (("open",), "makes the same every time"),
        (("nothing",), "has no takes"),
    ],
)
def test_what_cannot_be_asked_for_is_said(say, film, arguments, words):
    file = film(SEVERAL)
    code, said = say("retake", file, *arguments)
    assert code == 2
    assert words in said
    assert not (file.parent / "picks.yaml").exists()


def test_an_engine_without_seeds_numbers_its_retakes(say, film):
    file = film(SHORT.replace("duration: 15f", "duration: 15f\n    engine: mock/seedless"))
    assert say("retake", file, "coast", "--takes", 2)[0] == 0
    _, listed = say("takes", file, "coast", "--json")
    assert [take["seed"] for take in listed["takes"]] == [1, 2, 3]


def test_a_retake_is_rendered_drawn_and_picked(cutaway, film):
    from PIL import Image

    file = film(SEVERAL)
    cutaway("render", file)
    sheet = file.parent / "out/takes/coast.jpg"
    small = Image.open(sheet).size
    cutaway.forget()
    ran = cutaway("retake", file, "coast", "--seed", 9, "--set", "prompt=storm", "--render", "--json").json
    assert cutaway.calls() == {"mock/shot": 1}
    assert ran["rendered"] == 1
    assert Image.open(sheet).size[1] > small[1]
    drawn = sheet.read_bytes()
    cutaway("takes", file, "coast", "--sheet")
    assert sheet.read_bytes() == drawn

    cutaway("pick", file, "coast", 3)
    assert cutaway("takes", file, "coast", "--sheet", "--json").json["sheet"] == "out/takes/coast.jpg"
    assert sheet.read_bytes() != drawn
    assert cutaway("render", file, "--json").json["failed"] == []
    report = json.loads((file.parent / "out/report.json").read_text())
    assert report["draft"] is False
    (take,) = [take for take in report["takes"] if take["segment"] == "coast"]
    assert (take["seed"], take["params"]) == (9, {"prompt": "storm"})

    file.write_text(file.read_text().replace("image: still.png", "image: face.png"))
    for command in ("check", "status"):
        assert "pick-stale" in [each["code"] for each in cutaway(command, file, "--json").json["findings"]]
    assert "pick-stale" in [each["code"] for each in cutaway("plan", file, "--json").json["findings"]]
    ran = cutaway("render", file, "--json").json
    assert [each["code"] for each in ran["findings"]] == ["pick-stale"]
    assert cutaway("takes", file, "coast", "--json").json["takes"][0]["stands"] is True


def test_a_draft_is_kept_apart(cutaway, film):
    file = film(SEVERAL, HEAD + "draft: {engines: {cutaway: [mock/seedless]}}\n")
    ran = cutaway("render", file, "--draft", "--json").json
    assert (ran["draft"], ran["master"]) == (True, "out/draft/master.mp4")
    assert json.loads((file.parent / "out/draft/report.json").read_text())["draft"] is True
    assert not (file.parent / "out/master.mp4").exists()
    assert cutaway.calls()["mock/seedless"] == 1
    assert cutaway.calls()["mock/shot"] == 0
    status = cutaway("status", file, "--json").json["segments"]
    assert {row["segment"]: row["takes"] for row in status}["coast"] == "0/2"
    plan = cutaway("plan", file, "--json").json
    assert plan["draft_seconds"] == 0
    assert plan["final_seconds"] == plan["seconds"] > 0
    assert "mock/shot" in plan["final_guessed"]
    assert "mock/voice" not in plan["final_guessed"]
    assert "the draft would take: nothing to do" in cutaway("plan", file).out
    assert "the final would take: about" in cutaway("plan", file, "--draft").out


def test_a_camera_that_shakes_by_its_seed(say, film):
    text = "segments:\n  - cutaway: h\n    image: still.png\n    duration: 1s\n    engine: graphics/parallax\n{}"
    code, said = say("retake", film(text.format("    camera: handheld\n")), "h", "--seed", "21")
    assert (code, "seed 21" in said) == (0, True)
    code, said = say("retake", film(text.format("")), "h", "--seed", "21")
    assert (code, "makes the same every time" in said) == (2, True)
