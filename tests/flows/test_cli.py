"""The command line as programs use it: one JSON document on standard output, exit codes, nothing else."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from flows.cli.app import run
from tests.flows.stage import ROOT, SHORT

FINDING = {"code", "severity", "file", "line", "path", "message", "why", "remedy"}
STEP = {"id", "segment", "kind", "engine", "recipe", "action", "reason", "seconds", "cost"}


@pytest.fixture
def document(capsys, tmp_path, monkeypatch):
    """Runs a command in this process: its exit code and the one document that it printed."""
    monkeypatch.setenv("CUTAWAY_SETTINGS", str(tmp_path / "settings.yaml"))

    def call(*arguments: object, code: int = 0) -> dict[str, object]:
        found = run([*map(str, arguments), "--json"])
        said = capsys.readouterr()
        assert found == code, said
        assert "Traceback" not in said.err
        answer = json.loads(said.out)
        assert isinstance(answer, dict)
        return answer

    return call


@pytest.fixture
def rendered(cutaway, film) -> Path:
    file = film(SHORT.replace("duration: 15f", "duration: 15f\n    takes: 2"))
    assert set(cutaway("render", file, "--json").json) >= {"master", "frames", "rendered", "reused", "failed"}
    return file


def inside(value: object) -> list[str]:
    """All texts of a document."""
    if isinstance(value, dict):
        return [text for each in value.values() for text in inside(each)]
    if isinstance(value, list):
        return [text for each in value for text in inside(each)]
    return [value] if isinstance(value, str) else []


def test_every_command_speaks_json(document, rendered):
    check = document("check", rendered)
    assert all(set(finding) == FINDING for finding in check["findings"])
    assert {finding["code"] for finding in check["findings"]} == {"stand-in"}
    plan = document("plan", rendered)
    assert {"frames", "exact", "fps", "steps"} <= set(plan)
    assert all(set(step) == STEP for step in plan["steps"])
    assert (plan["exact"], plan["fps"], plan["seconds"], plan["cost"]) == (True, "25", 0, 0)
    render = document("render", rendered)
    assert {"master", "frames", "rendered", "reused", "failed"} <= set(render)
    assert render["frames"] == plan["frames"]
    status = document("status", rendered)
    assert [row["segment"] for row in status["segments"]] == ["open", "hello", "coast", "bye"]
    assert all(row["state"] == "made" for row in status["segments"])
    takes = document("takes", rendered, "coast")
    assert [take["number"] for take in takes["takes"]] == [1, 2]
    assert [take["stands"] for take in takes["takes"]] == [True, False]
    gc = document("gc", rendered, "--verify")
    assert (gc["freed"], gc["damaged"], gc["unused"]) == (0, [], [])
    pick = document("pick", rendered, "coast", takes["takes"][1]["take"])
    assert pick["verdict"] == "pick"
    for answer in (check, plan, render, status, takes, pick, gc):
        assert str(rendered.parent) not in json.dumps(answer)  # paths count from the project's folder


def test_commands_about_the_machine_speak_json(document):
    engines = document("engines")["engines"]
    assert {"animator/portrait", "graphics/parallax", "voice/hibari"} <= {engine["name"] for engine in engines}
    assert not any(engine["name"].startswith("mock/") for engine in engines)
    one = document("engines", "mock/shot")
    assert one["name"] == "mock/shot"
    assert "fault" in one["params"]["properties"]
    doctor = document("doctor", code=0)
    assert all(set(check) == {"check", "ok", "words", "remedy"} for check in doctor["checks"])


def test_the_schema_is_json(capsys):
    import jsonschema

    assert run(["schema"]) == 0
    schema = json.loads(capsys.readouterr().out)
    jsonschema.validators.validator_for(schema).check_schema(schema)


@pytest.mark.parametrize(
    "arguments",
    [
        ["rendr"],
        ["render"],
        ["check"],
        ["check", "a", "b"],
        ["check", "a.yaml", "--fats"],
        ["takes", "FILE", "nobody"],
        ["pick", "FILE", "open", "99"],
        ["render", "FILE", "--only", "nobody"],
        ["render", "FILE", "--again", "nobody"],
        ["engines", "mock/nothing"],
        ["--nothing"],
    ],
)
def test_wrong_usage(arguments, film, capsys, monkeypatch, tmp_path):
    monkeypatch.setenv("CUTAWAY_SETTINGS", str(tmp_path / "settings.yaml"))
    words = [str(film()) if word == "FILE" else word for word in arguments]
    assert run(words) == 2
    said = capsys.readouterr()
    assert said.err
    assert not said.out
    assert run([*words, "--json"]) == 2
    out = capsys.readouterr().out
    assert not out or isinstance(json.loads(out), dict)


def test_help(capsys):
    for words in (["--help"], ["render", "--help"], ["check", "--help"]):
        assert run(words) == 0
        assert "Usage" in capsys.readouterr().out


def test_a_reader_that_goes_away_is_no_error(film, bare):
    """``cutaway check ... | head -1``"""
    command = " ".join(bare.command("check", film()))
    found = subprocess.run(
        ["bash", "-c", f"set -o pipefail; {command} | true"], env=bare.env, capture_output=True, text=True, check=False
    )
    assert "Traceback" not in found.stderr
    assert "BrokenPipe" not in found.stderr


def test_init_makes_a_project_that_passes(document, tmp_path, capsys):
    assert run(["init", str(tmp_path / "spot")]) == 0
    capsys.readouterr()
    found = document("check", tmp_path / "spot")
    assert not [finding for finding in found["findings"] if finding["severity"] in ("error", "refused")]
    assert run(["init", str(tmp_path / "spot")]) == 4
    assert "not empty" in capsys.readouterr().err
    assert run(["init", str(tmp_path / "other"), "--portrait", str(tmp_path / "none.jpg")]) == 4


@pytest.mark.parametrize("name", ["x" * 300, "x" * 5000, "no/such/folder/x.yaml", "film.yaml/x.yaml"])
@pytest.mark.parametrize("command", ["check", "plan", "render"])
def test_a_name_that_no_file_can_have_is_a_missing_file(command, name, document, tmp_path):
    (tmp_path / "film.yaml").touch()
    assert [each["code"] for each in document(command, tmp_path / name, code=1)["findings"]] == ["file-missing"]


@pytest.mark.parametrize(
    ("folder", "words"), [("/proc/x", "/proc/x: "), ("x" * 300, "..."), ("x" * 5000, "..."), ("file/x", "file/x ")]
)
def test_init_where_no_folder_can_be(folder, words, tmp_path, capsys):
    (tmp_path / "file").touch()
    assert run(["init", str(tmp_path / folder)]) == 4
    said = capsys.readouterr()
    assert words in said.err
    assert not said.out


def test_init_takes_only_a_portrait_that_can_speak(tmp_path, capsys):
    """Said by the first check or render once, of a project that init called ready."""
    Image.new("RGB", (400, 400), "#667788").save(tmp_path / "wall.png")
    (tmp_path / "line.wav").write_bytes(b"RIFF")
    for name, words in (("wall.png", "no face was found"), ("line.wav", "line.wav"), ("x" * 300, "too long")):
        assert run(["init", str(tmp_path / "spot"), "--portrait", str(tmp_path / name)]) == 4
        assert words in capsys.readouterr().err
        assert not (tmp_path / "spot").exists()
    assert run(["init", str(tmp_path / "spot"), "--portrait", str(ROOT / "projects/demo/assets/host.jpg")]) == 0
    assert (tmp_path / "spot/assets/portrait.jpg").is_file()


def test_check_imports_nothing_heavy(film, bare):
    script = (
        "import sys\n"
        "from flows.cli.app import run\n"
        f"run(['check', '--fast', {str(film())!r}])\n"
        "print('HEAVY', sorted({'prefect', 'torch', 'numpy', 'av', 'cv2', 'mediapipe', 'moviepy', 'librosa', 'PIL'}"
        " & set(sys.modules)))"
    )
    found = subprocess.run([sys.executable, "-c", script], env=bare.env, capture_output=True, text=True, check=True)
    assert found.stdout.splitlines()[-1] == "HEAVY []"
    assert ROOT.is_dir()
