"""Renders from the command line, in processes of their own, through the real Prefect flow."""

from __future__ import annotations

import os
import signal
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.flows.stage import HEAD, SHORT, settled, store_of, wait_until

MUTE = """
import sys, runpy
sys.argv = ["cutaway", "render", sys.argv[1]]
try:
    runpy.run_module("flows.cli.app", run_name="__main__")
except SystemExit as leave:
    print(leave.code, sorted({name.split(".")[0] for name in sys.modules}))
"""


def changed(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new))


def test_a_second_render_does_nothing(cutaway, film):
    file = film()
    first = cutaway("render", file, "--json").json
    assert first["failed"] == []
    assert first["master"] == "out/master.mp4"
    assert (file.parent / "out/master.mp4").is_file()
    calls, lines = cutaway.calls(), cutaway.lines()
    assert len(lines) == len(set(lines))  # no recipe was asked for twice
    assert calls["mock/voice"] == calls["mock/animator"] == 2
    second = cutaway("render", file, "--json").json
    assert second["rendered"] == 0
    assert second["reused"] == first["rendered"] + first["reused"]
    assert second["frames"] == first["frames"] == cutaway("plan", file, "--json").json["frames"]
    assert cutaway.calls() == calls
    settled(store_of(file))
    cutaway.all_gone()


def test_nothing_to_do_imports_neither_prefect_nor_torch(cutaway, film):
    import subprocess

    file = film()
    cutaway("render", file)
    found = subprocess.run(
        [sys.executable, "-c", MUTE, str(file)], env=cutaway.env, capture_output=True, text=True, cwd="/", check=True
    )
    assert "nothing to do" in found.stdout
    assert found.stdout.splitlines()[-1].startswith("0 ")
    for heavy in ("prefect", "torch", "numpy", "av", "cv2", "mediapipe", "moviepy", "PIL", "rich", "httpx"):
        assert f"'{heavy}'" not in found.stdout, heavy


def test_one_changed_text_renders_that_voice_and_what_shows_it(cutaway, film):
    file = film()
    cutaway("render", file)
    before = {step["id"]: step["recipe"] for step in cutaway("plan", file, "--json").json["steps"]}
    cutaway.forget()
    changed(file, "And here it ends.", "And here it ends, at last.")
    plan = cutaway("plan", file, "--json").json
    assert [step["id"] for step in plan["steps"] if step["action"] == "render"] == ["voice:bye"]
    assert plan["exact"] is False
    ran = cutaway("render", file, "--json").json
    assert cutaway.calls() == Counter({"mock/voice": 1, "mock/animator": 1})
    after = {step["id"]: step["recipe"] for step in cutaway("plan", file, "--json").json["steps"]}
    made = {step for step, recipe in after.items() if recipe not in before.values()}
    assert {step.split("@")[0] for step in made} == {
        "voice:bye",
        "cue:bye#1",
        "take:bye/1",
        "fit:master/bye",
        "mix:1",
        "sound:1",
        "master:master",
    }
    assert ran["rendered"] == len(made)
    back = file.read_text().replace(", at last", "")
    file.write_text(back)
    assert cutaway("render", file, "--json").json["rendered"] == 0  # the old parts are still there
    cutaway.all_gone()


@pytest.mark.slow
def test_one_changed_pixel_of_a_still_renders_what_shows_it(cutaway, film):
    from PIL import Image

    file = film()
    cutaway("render", file)
    cutaway.forget()
    Image.new("RGB", (64, 48), (1, 2, 3)).save(file.parent / "still.png")
    ran = cutaway("render", file, "--json").json
    assert cutaway.calls() == Counter({"mock/shot": 1})
    assert ran["rendered"] == 3  # the shot, its run, the master: the sound stays


def test_a_failing_segment_leaves_the_others_alone(cutaway, film):
    file = film()
    cutaway("render", file)
    old = (file.parent / "out/master.mp4").read_bytes()
    changed(file, "here it ends.", "here it fails.\n    params: {fault: always}")
    changed(file, "text: Open", "text: Opened")
    cutaway.forget()
    ran = cutaway("render", file, "--json", code=3).json
    (failed,) = ran["failed"]
    assert (failed["segment"], failed["step"]) == ("bye", "take:bye/1")
    assert "asked to fail" in failed["error"]
    assert ran["master"] is None
    assert ran["stale"] == ["out/master.mp4"]
    assert (file.parent / "out/master.mp4").read_bytes() == old
    assert cutaway.calls() == Counter({"mock/voice": 1, "mock/animator": 2, "mock/title": 1})  # broken: tried twice
    status = cutaway("status", file, "--json").json
    assert status["stale"] == ["out/master.mp4"]
    assert {row["segment"]: row["state"] for row in status["segments"]}["open"] == "made"
    words = cutaway("render", file, code=3)
    assert "take:bye/1" in words.err
    assert "stale" in words.err
    cutaway.forget()
    changed(file, "\n    params: {fault: always}", "")
    ran = cutaway("render", file, "--json").json
    assert ran["stale"] == []
    assert cutaway.calls() == Counter({"mock/animator": 1})
    assert (file.parent / "out/master.mp4").read_bytes() != old
    settled(store_of(file))
    cutaway.all_gone()


def test_a_partial_master_has_a_slate_in_the_gap(cutaway, film):
    file = film(SHORT.replace("duration: 15f", "duration: 15f\n    params: {fault: refuse}"))
    cutaway("render", file, code=3)
    assert not (file.parent / "out/master.mp4").exists()
    ran = cutaway("render", file, "--partial", "--json", code=3).json
    assert ran["master"] == "out/master.partial.mp4"
    assert not (file.parent / "out/master.mp4").exists()
    assert frames_of(file.parent / "out/master.partial.mp4") == ran["frames"]
    changed(file, "\n    params: {fault: refuse}", "")
    ran = cutaway("render", file, "--json").json
    assert ran["master"] == "out/master.mp4"
    assert cutaway("render", file, "--json").json["rendered"] == 0
    changed(file, "duration: 15f", "duration: 15f\n    params: {fault: refuse}")
    ran = cutaway("render", file, "--partial", "--json", code=3).json
    assert ran["stale"] == ["out/master.mp4"]


@pytest.mark.slow
def test_a_partial_master_without_a_voice(cutaway, film):
    file = film(SHORT.replace("say: And here it ends.", "audio: broken.wav\n    say: And here it ends."))
    (file.parent / "broken.wav").write_bytes(b"RIFF and nothing that follows")
    ran = cutaway("render", file, "--partial", code=None)
    assert ran.code in (1, 3)  # a finding, or a failed voice; never silence


def frames_of(path: Path) -> int:
    import av

    with av.open(str(path)) as container:
        return sum(1 for _ in container.decode(video=0))


def test_every_fault(cutaway, film):
    """All at once, for a film has many segments: each goes its own way."""
    kinds = ("once", "die", "short", "refuse", "memory")
    segments = "segments:\n" + "".join(
        f"  - title: {kind}\n    text: {kind}\n    duration: 8f\n    params: {{fault: {kind}}}\n" for kind in kinds
    )
    file = film(segments)
    ran = cutaway("render", file, "--json", code=3).json
    failed = {item["segment"]: item["error"] for item in ran["failed"]}
    assert set(failed) == {"short", "refuse", "memory"}
    assert "7 frames, 8 were ordered" in failed["short"]
    tries = Counter(line.split()[1] for line in cutaway.lines())
    planned = cutaway("plan", file, "--json").json["steps"]
    steps = {step["segment"]: step["recipe"] for step in planned if step["kind"] == "take"}
    assert {kind: tries[recipe] for kind, recipe in steps.items()} == {
        "once": 2,
        "die": 2,
        "short": 2,
        "refuse": 1,
        "memory": 1,
    }
    store = store_of(file)
    assert not list((store / "tmp").glob("*"))
    cutaway.all_gone()


def test_what_only_the_voice_shows_to_be_wrong_is_said_and_nothing_is_delivered(cutaway, film):
    file = film(
        """\
segments:
  - talk: hello
    who: ann
    say: Hi.
  - cutaway: shot
    image: still.png
    over: hello
    duration: 9s
"""
    )
    ran = cutaway("render", file, "--json", code=1).json
    assert ran["master"] is None
    assert ran["files"] == {}
    assert [finding["code"] for finding in ran["findings"] if finding["severity"] == "error"] == ["overlay-too-long"]
    assert not (file.parent / "out/master.mp4").exists()
    changed(file, "Hi.", "Hello.")
    told = cutaway("render", file, code=1)
    assert told.out.splitlines()[-1] == "nothing was written to out/: 1 error above"


def test_stopping_is_quick_and_the_next_run_goes_on(cutaway, film):
    segments = """\
segments:
  - title: quick
    text: quick
    duration: 8f
  - title: slow
    text: slow
    duration: 8f
    params: {fault: slow, seconds: 30}
  - title: deaf
    text: deaf
    duration: 8f
    params: {fault: deaf, seconds: 30}
"""
    file = film(segments)
    process = cutaway.start("render", file, "--json")
    wait_until(lambda: len(cutaway.lines()) >= 3)
    from time import monotonic

    began = monotonic()
    os.kill(process.pid, signal.SIGINT)
    ran = cutaway.end(process, code=130)
    assert monotonic() - began < 25  # it would have been deaf for 30 s
    assert isinstance(ran.json, dict)
    cutaway.all_gone()
    settled(store_of(file))
    cutaway.forget()
    changed(file, "seconds: 30", "seconds: 0.1")
    cutaway("render", file)
    assert cutaway.calls()["mock/title"] == 2  # the quick one was kept


def test_stopping_while_a_step_waits_to_be_tried_again(cutaway, film):
    file = film("segments:\n  - title: t\n    text: t\n    duration: 8f\n    params: {fault: down}\n")
    process = cutaway.start("render", file)
    wait_until(lambda: len(cutaway.lines()) >= 2, 60)
    from time import monotonic

    began = monotonic()  # now it waits 30 s for the provider to come back
    os.kill(process.pid, signal.SIGINT)
    cutaway.end(process, code=130)
    assert monotonic() - began < 25
    cutaway.all_gone()


def test_a_render_of_the_same_project_waits_for_the_first(cutaway, film):
    file = film("segments:\n  - title: t\n    text: t\n    duration: 8f\n    params: {fault: slow, seconds: 2}\n")
    first = cutaway.start("render", file)
    wait_until(cutaway.lines)
    second = cutaway("render", file)
    assert "waiting for it" in second.err
    cutaway.end(first)
    assert cutaway.calls() == Counter({"mock/title": 1})


def test_damage_is_noticed_and_mended_in_one_run(cutaway, film):
    file = film()
    cutaway("render", file)
    master = (file.parent / "out/master.mp4").read_bytes()
    steps = {step["id"]: step["recipe"] for step in cutaway("plan", file, "--json").json["steps"]}
    spoil(store_of(file), steps["take:coast/1"])  # same size, same time stamp: only its digest tells
    fit = next(recipe for step, recipe in steps.items() if step.startswith("fit:master/coast"))
    for name in (fit, steps["master:master"]):
        (store_of(file) / "parts" / name[:2] / name / "manifest.json").unlink()
    cutaway.forget()
    cutaway("render", file, "--json")
    assert cutaway.calls() == Counter({"mock/shot": 1})
    assert (file.parent / "out/master.mp4").read_bytes() == master
    settled(store_of(file))


def spoil(store: Path, name: str) -> None:
    """Change bytes of a part's media without changing its size or time stamp."""
    folder = store / "parts" / name[:2] / name
    media = max(
        (path for path in folder.iterdir() if path.name != "manifest.json"), key=lambda path: path.stat().st_size
    )
    before = media.stat()
    data = bytearray(media.read_bytes())
    data[len(data) // 2] ^= 0xFF
    media.write_bytes(data)
    os.utime(media, ns=(before.st_atime_ns, before.st_mtime_ns))


def test_a_deleted_master_is_delivered_again_without_work(cutaway, film):
    file = film()
    cutaway("render", file)
    master = file.parent / "out/master.mp4"
    data = master.read_bytes()
    master.unlink()
    cutaway.forget()
    ran = cutaway("render", file, "--json").json
    assert ran["rendered"] == 0
    assert master.read_bytes() == data
    master.write_bytes(b"spoilt")
    cutaway("render", file)
    assert master.read_bytes() == data
    assert not cutaway.calls()


def test_two_projects_on_one_store(cutaway, film, tmp_path):
    (tmp_path / "settings.yaml").write_text(f"store: {tmp_path / 'shared'}\njobs: 2\n")
    slow = SHORT.replace("text: Open", "text: Open\n    params: {fault: slow, seconds: 2}")
    one, two = film(slow, folder="one"), film(slow.replace("it ends", "two ends"), folder="two")
    first = cutaway.start("render", one, "--json")
    wait_until(cutaway.lines)
    second = cutaway.start("render", two, "--json")
    cutaway.end(first)
    cutaway.end(second)
    lines = cutaway.lines()
    assert len(lines) == len(set(lines))  # what both need was made once
    assert not (one.parent / ".cutaway").exists()
    for file in (one, two):
        assert (file.parent / "out/master.mp4").is_file()
        assert cutaway("render", file, "--json").json["rendered"] == 0
    settled(tmp_path / "shared")


def test_projects_of_the_same_name_do_not_wait_for_one_another(cutaway, film, tmp_path):
    (tmp_path / "settings.yaml").write_text(f"store: {tmp_path / 'shared'}\njobs: 1\n")
    slow = "segments:\n  - title: t\n    text: t\n    duration: 8f\n    params: {fault: slow, seconds: 60}\n"
    first = cutaway.start("render", film(slow, folder="one"))
    wait_until(cutaway.lines)
    quick = cutaway("render", film("segments:\n  - title: q\n    text: q\n    duration: 8f\n", folder="two"))
    assert "waiting" not in quick.err
    os.kill(first.pid, signal.SIGINT)
    cutaway.end(first, code=130)


def test_only_and_again(cutaway, film):
    file = film()
    cutaway("render", file, "--only", "open")
    assert cutaway.calls() == Counter({"mock/title": 1})
    assert not (file.parent / "out/master.mp4").exists()
    cutaway("render", file)
    cutaway.forget()
    cutaway("render", file, "--again", "coast")
    assert cutaway.calls() == Counter({"mock/shot": 1})
    assert cutaway("render", file, "--again", "nobody", code=2).out == ""


def test_picks_stand_and_are_kept(cutaway, film):
    file = film(SHORT.replace("duration: 15f", "duration: 15f\n    takes: 3"))
    cutaway("render", file)
    takes = cutaway("takes", file, "coast", "--json").json["takes"]
    assert [take["seed"] for take in takes] == [1, 2, 3]
    assert [take["stands"] for take in takes] == [True, False, False]
    first = (file.parent / "out/master.mp4").read_bytes()
    cutaway("pick", file, "coast", "2")
    cutaway.forget()
    assert cutaway("render", file, "--json").json["rendered"] == 2  # a run and the master
    assert not cutaway.calls()
    assert (file.parent / "out/master.mp4").read_bytes() != first
    assert cutaway("takes", file, "coast", "--json").json["takes"][1]["stands"] is True
    cutaway("pick", file, "coast", "2", "--reject")
    assert cutaway("render", file, "--json").json["rendered"] == 0
    assert (file.parent / "out/master.mp4").read_bytes() == first
    cutaway("pick", file, "coast", "9", code=2)


@pytest.mark.slow
def test_drafts_never_count_as_final(cutaway, film):
    head = HEAD + "draft: {scale: 0.5}\n"
    file = film(head=head)
    ran = cutaway("render", file, "--draft", "--json").json
    assert ran["master"] == "out/draft/master.mp4"
    assert not (file.parent / "out/master.mp4").exists()
    assert cutaway("status", file, "--json").json["exact"] is True  # the voices are shared
    cutaway.forget()
    cutaway("render", file)
    assert "mock/voice" not in cutaway.calls()


def test_without_a_network(bare, film):
    """Prefect's own server is on the loopback address; an unplugged machine has nothing else."""
    import shutil
    import subprocess

    wrap = ("unshare", "--net", "--map-root-user", "sh", "-c", 'ip link set lo up 2>/dev/null; exec "$@"', "sh")
    if shutil.which("unshare") is None or subprocess.run([*wrap, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine does not let a test unplug it")
    file = film("segments:\n  - title: t\n    text: t\n    duration: 8f\n")
    bare("render", file, wrap=wrap)
    assert (file.parent / "out/master.mp4").is_file()
    bare.all_gone()


def test_kill_9_leaves_no_process(bare, film):
    """With a Prefect server of its own, and with workers at work."""
    file = film("segments:\n  - title: t\n    text: t\n    duration: 8f\n    params: {fault: deaf, seconds: 60}\n")
    process = bare.start("render", file)
    wait_until(bare.lines)
    assert len(bare.survivors()) >= 3  # itself, the server, a worker
    os.kill(process.pid, signal.SIGKILL)
    process.communicate()
    bare.all_gone(within=3)
    changed(file, "seconds: 60", "seconds: 0.1")
    bare("render", file)
    settled(store_of(file))
    bare.all_gone()


def test_a_prefect_server_that_is_not_there(bare, film):
    ran = bare("render", film(), code=4, PREFECT_API_URL="http://127.0.0.1:9/api")
    assert "PREFECT_API_URL" in ran.err


@pytest.mark.slow  # Prefect takes its time to part with a server that is gone
def test_a_prefect_server_that_dies_never_loses_a_take(bare, film):
    text = "segments:\n  - title: t\n    text: t\n    duration: 8f\n    params: {fault: slow, seconds: 3}\n"
    file = film(text + "  - title: u\n    text: u\n    duration: 8f\n")
    process = bare.start("render", file)
    wait_until(bare.lines)
    (server,) = [line for line in bare.survivors() if "flows.prefect_server" in line]
    os.kill(int(server.split()[0]), signal.SIGKILL)
    ran = bare.end(process, code=None)
    assert ran.code in (0, 4)  # finished all the same, or said that the server was lost
    bare.all_gone()
    made = bare.lines()
    bare("render", file)
    assert len(set(bare.lines())) == len(bare.lines()) == 2
    assert bare.lines()[: len(made)] == made
    settled(store_of(file))
