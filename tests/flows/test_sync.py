"""Clips that belong to a clean recording: what is planned, what is said, and what a viewer hears and sees."""

from __future__ import annotations

import subprocess
from pathlib import Path

import imageio_ffmpeg
import numpy as np
import pytest
from scipy import signal

from bench.offsets import speechlike
from edl.errors import ProjectInvalid
from edl.loader import load
from engines.conformer.dub import ENGINE as DUB
from engines.conformer.dub import DubParams
from engines.contract import Order
from engines.media.offset import RATE, find
from engines.media.sound import read_sound, resample, to_mono, write_wav
from flows.plan import Action, Plan
from tests.flows.stage import HEAD, Desk, write_film

FILE = """\
segments:
  - clip: shot
    file: cam.mp4
    in: 1s
    duration: 4s
    engine: footage/clip
    sync_to: clean.wav
"""
VOICE = """\
segments:
  - narrate: story
    who: ann
    say: Every coastline starts as a still.
    before: 10f
  - clip: cam
    file: cam.mp4
    over: story
    from: 500ms
    duration: 500ms
    engine: footage/clip
    sync_to: story
"""
FACTS = {"offset": 2.5, "ppm": 100.0, "confidence": 0.9, "windows": 9, "spread": 0.0, "clip": 9.0, "clean": 60.0}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    write_wav(tmp_path / "clean.wav", np.zeros((48_000, 1), np.float32), 48_000)
    arguments = ["-f", "lavfi", "-i", "testsrc2=s=64x48:r=25:d=9", "-f", "lavfi", "-i", "anoisesrc=r=16000:d=9:seed=1"]
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *arguments, "-preset", "ultrafast", "-shortest"]
    subprocess.run([*command, str(tmp_path / "cam.mp4")], check=True)
    return Desk(write_film(tmp_path, FILE))


def measured(desk: Desk, **changes: float) -> Plan:
    """The plan once the clip was measured, with these facts."""
    for _ in range(3):
        for step in desk.plan().ready:
            part = desk.shelf.put(step)
            if step.engine == "conformer/sync":
                desk.shelf.parts[part.name] = part.model_copy(update={"facts": {"sync": FACTS | changes}})
        if any(step.engine == "conformer/sync" and step.action is Action.REUSE for step in desk.plan().steps):
            break
    return desk.plan()


def test_the_recording_is_cut_to_the_sample_that_belongs_to_the_first_frame(desk: Desk) -> None:
    plan = measured(desk)
    recipe = plan.step("dub:shot").recipe
    assert recipe is not None
    assert dict(recipe.params) == {"start": 3.5001, "ppm": 100.0, "frames": 100}
    assert plan.remarks == ()
    step = measured(desk).step("take:shot/1")
    assert step.recipe is not None
    assert "shift" not in step.recipe.params  # its picture does not hang on the recording
    little = measured(Desk(desk.file), ppm=10.0).step("dub:shot").recipe
    assert little is not None
    assert dict(little.params) == {"start": 3.50003, "frames": 100}  # 40 us of drift: samples are copied as they are


def test_low_confidence_is_refused_until_it_is_allowed(desk: Desk) -> None:
    plan = measured(desk, confidence=0.2)
    assert [(finding.code, finding.severity.value) for finding in plan.remarks] == [("sync-unsure", "refused")]
    assert plan.remarks[0].place.path == "shot.sync_to"
    assert plan.step("dub:shot").action is Action.WAIT
    assert plan.step("take:shot/1").action is not Action.WAIT
    desk.file.write_text(desk.file.read_text() + "    allow: [sync-unsure]\n")
    allowed = measured(desk, confidence=0.2)
    assert [(finding.code, finding.severity.value) for finding in allowed.remarks] == [("sync-unsure", "warning")]
    assert allowed.step("dub:shot").recipe is not None


def test_a_recording_that_ends_early_is_said(desk: Desk) -> None:
    remark = measured(desk, clean=5.0).remarks[0]
    assert (remark.code, "from 3.50 s to 7.50 s" in remark.message) == ("sync-gap", True)


def test_the_picture_follows_the_voice(desk: Desk) -> None:
    desk.file.write_text(HEAD + VOICE)
    assert desk.plan().step("sync:cam").action is Action.WAIT  # the voice does not exist yet
    found = measured(desk, offset=-3.0).step("take:cam/1").recipe
    assert found is not None
    # Frame 12 of the narration is frame 2 of its voice, 80 ms: 3.08 s of the clip, whose clock is slower.
    assert found.params["shift"] == pytest.approx(3.08 / 1.0001, abs=1e-6)
    assert found.params["clock"] == pytest.approx(-99.99, abs=0.001)
    short = measured(Desk(desk.file)).remarks[0]
    assert (short.code, short.severity.value) == ("sync-short", "error")


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("    over: story\n    from: 500ms\n", "", "sync-host"),
        ("    from: 500ms\n", "    in: 1s\n", "sync-start"),
        ("    sync_to: story", "    sync_to: cam", "sync-host"),
        ("    sync_to: story", "    sync_to: stori", "file-missing"),
    ],
)
def test_what_cannot_be_meant_is_said(desk: Desk, old: str, new: str, code: str) -> None:
    from flows.digests import DigestBook
    from flows.gather import gather
    from flows.local_store import LocalStore

    assert old in VOICE
    desk.file.write_text(HEAD + VOICE.replace(old, new))
    try:
        loaded = load(desk.file)
        store = LocalStore(desk.file.parent / ".cutaway")
        codes = [finding.code for finding in gather(loaded, store, DigestBook(store.root / "d.json")).findings]
    except ProjectInvalid as error:
        codes = [finding.code for finding in error.findings]
    assert code in codes


@pytest.mark.parametrize("ppm", [0.0, 200.0])
def test_a_dub_begins_on_its_sample_and_keeps_the_clips_clock(tmp_path: Path, ppm: float) -> None:
    clean = signal.resample_poly(speechlike(14, seed=1), 3, 1).astype(np.float32)
    write_wav(tmp_path / "clean.wav", clean[:, None], 48_000)
    (tmp_path / "made").mkdir()
    params = DubParams(start=1.25, ppm=ppm, frames=250, fps="25")
    order = Order("0" * 64, params, None, 0, {"clean": tmp_path / "clean.wav"}, tmp_path / "made", None)  # type: ignore[arg-type]
    made = DUB.open("cpu").render(order)
    heard, rate = read_sound(tmp_path / "made" / made.media)
    assert (len(heard), rate, [path.name for path in order.folder.iterdir()]) == (480_000, 48_000, ["sound.wav"])
    if not ppm:
        assert np.array_equal(heard[:, 0], read_sound(tmp_path / "clean.wav")[0][60_000 : 60_000 + 480_000, 0])
    small = resample(to_mono(heard), 48_000, RATE)
    for second in (0, 8):
        lag = find(small[second * RATE : (second + 2) * RATE], resample(clean, 48_000, RATE))
        assert abs(lag.at / RATE - (1.25 + (second + 1) * (1 + ppm / 1e6) - 1)) < 0.0005


def test_a_recording_sounds_as_long_as_its_clip(desk: Desk) -> None:
    desk.file.write_text(HEAD + FILE + "    sound: {lead: 5f}\n")
    with pytest.raises(ProjectInvalid) as caught:
        load(desk.file)
    assert [(finding.code, "lead:" in finding.message) for finding in caught.value.findings] == [("sync-lead", True)]
