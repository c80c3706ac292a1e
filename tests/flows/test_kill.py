"""Kill -9 at random moments of a render's life: run again, and the film is the very same, with nothing left over."""

from __future__ import annotations

import random
import shutil
import time
from pathlib import Path

import pytest

from tests.flows.stage import HEAD, ROOT, Shell, settled, store_of, write_film

FILM = """\
segments:
  - title: open
    text: Open
    duration: 12f
    params: {fault: slow, seconds: 0.4}
  - talk: hello
    who: ann
    say: Every coastline starts as a single still, and more follows it.
    engine: mock/parts
    params: {fault: slow, seconds: 0.5}
  - cutaway: coast
    image: still.png
    over: hello
    from: {word: coastline}
    duration: 20f
    takes: 2
    params: {fault: slow, seconds: 0.5}
  - title: name
    text: Ann
    style: lower_third
    over: hello
    from: 50f
    duration: 20f
  - narrate: story
    who: bob
    say: A voice without a face.
  - cutaway: long
    image: still.png
    engine: mock/chained
    join: chain
    over: story
    params: {fault: slow, seconds: 0.3}
  - loop: idle
    who: ann
    duration: 15f
    params: {fault: slow, seconds: 0.6}
  - talk: bye
    who: bob
    say: And here it ends.
    params: {fault: once}
  - title: end
    text: The end
    duration: 10f
"""
SEED = 20261122


def copy(film: Path, folder: Path) -> Path:
    """A fresh copy of the project, with nothing made."""
    shutil.copytree(film.parent, folder, ignore=shutil.ignore_patterns(".cutaway", "out"))
    return folder / film.name


def master(file: Path) -> bytes:
    return (file.parent / "out" / "master.mp4").read_bytes()


def rehearse(cutaway: Shell, film: Path, folder: Path) -> tuple[bytes, float]:
    """An undisturbed run: its master, and how long its life is."""
    file = copy(film, folder)
    ran = cutaway("render", file)
    return master(file), ran.seconds


def kill_and_go_on(cutaway: Shell, film: Path, folder: Path, after: float, reference: bytes) -> bool:
    """Kill a fresh render after so many seconds, go on, and compare; whether it was still alive when killed."""
    file = copy(film, folder)
    process = cutaway.start("render", file)
    time.sleep(after)
    alive = process.poll() is None
    process.kill()
    process.communicate()
    cutaway.all_gone()
    old = file.parent / "out" / "master.mp4"
    assert not old.exists() or old.read_bytes() == reference  # whole or not at all
    cutaway("render", file)
    assert master(file) == reference
    settled(store_of(file))
    assert not [path for path in (file.parent / "out").iterdir() if path.name.startswith(".")]
    cutaway.all_gone()
    shutil.rmtree(folder)
    return alive


def moments(count: int, length: float, seed: int = SEED) -> list[float]:
    """Moments spread evenly over a life, each at random within its share of it."""
    dice = random.Random(seed)
    return [length * (number + dice.random()) / count for number in range(count)]


def survive(cutaway: Shell, film: Path, folder: Path, count: int) -> None:
    reference, length = rehearse(cutaway, film, folder / "reference")
    killed = [
        kill_and_go_on(cutaway, film, folder / f"try{number}", after, reference)
        for number, after in enumerate(moments(count, length))
    ]
    assert sum(killed) >= count / 2  # most kills met a living render


@pytest.mark.timeout(600)
def test_a_render_survives_kill_9(cutaway, film, tmp_path):
    survive(cutaway, film(FILM), tmp_path, 4)


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_a_render_survives_kill_9_at_25_moments(cutaway, film, tmp_path):
    survive(cutaway, film(FILM), tmp_path, 25)


@pytest.mark.slow
@pytest.mark.timeout(1200)
def test_a_render_with_its_own_server_survives_kill_9(bare, film, tmp_path):
    survive(bare, film(FILM), tmp_path, 6)


REAL = """\
cutaway: 1
title: The real engines
output: {width: 320, height: 180, fps: 25, label: {text: AI-animated}}
cast: {host: {portrait: assets/host.jpg, voice: voice/hibari}}
segments:
  - title: open
    text: Open
    duration: 15f
  - talk: hello
    who: host
    say: Every coastline starts as a still.
  - cutaway: stars
    image: assets/earth.jpg
    camera: push_in
    over: hello
    from: {word: coastline}
    duration: 15f
"""


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_the_real_engines_survive_kill_9(bare, tmp_path):
    folder = tmp_path / "film"
    folder.mkdir()
    shutil.copytree(ROOT / "projects" / "demo" / "assets", folder / "assets")
    (folder / "project.yaml").write_text(REAL, encoding="utf-8")
    survive(bare, folder / "project.yaml", tmp_path, 3)


def test_the_film_has_every_shape(tmp_path):
    """What is killed above makes voices, cues, parts, chained parts, takes, runs, pieces of sound and a master."""
    from tests.flows.stage import Desk

    studio = Desk(write_film(tmp_path / "film", FILM))
    found = studio.make()
    assert {step.kind.value for step in found.steps} == {"voice", "cue", "take", "fit", "mix", "sound", "master"}
    assert {"take:hello/1#2", "take:coast/2"} <= {step.id for step in found.steps}
    assert HEAD.startswith("cutaway: 1")
