"""A new project that renders at once: a drawn still, a narration over it, cards at both ends."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from edl.errors import EnvironmentLacks, ProjectInvalid
from flows.local_store import trouble

HEAD = """# yaml-language-server: $schema=./cutaway.schema.json
# Render it with: cutaway render .
cutaway: 1
title: My first spot
use: private
output: {width: 1280, height: 720, fps: 25, loudness: -16, label: {text: AI-animated}}
cast:
  narrator: {voice: voice/hibari%(portrait)s}
segments:
  - title: open
    text: My first spot
    duration: 2s
"""
STORY = """  - narrate: story
    who: narrator
    say: >-
      Every film starts with a single picture.
      Replace mine with yours, change these words, and render again.
    after: 300ms
  - cutaway: landscape
    image: assets/landscape.png
    prompt: slow push towards the mountains
    camera: push_in
    over: story
"""
TALK = """  - talk: hello
    who: narrator
    say: And when you give me a face, I can say it to you myself.
    after: 300ms
  - loop: listening
    who: narrator
    duration: 3s
"""
LONGEST_SHOWN = 80  # letters of a path in a message
END = """  - title: end
    text: Made with cutaway
    duration: 2s
"""


def scaffold(folder: Path, portrait: Path | None = None) -> Path:
    """Write a new project.

    :param portrait: a picture to copy into it; the project then has a person who speaks
    :returns: the project file
    :raises EnvironmentLacks: when the folder holds something already or cannot be made, or the portrait cannot be used
    """
    with _possible(folder):
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise EnvironmentLacks(f"{folder} is not empty", "name a new folder; nothing is ever overwritten")
    if portrait is not None:
        _must_show_a_face(portrait)
    with _possible(folder), trouble(folder):
        (folder / "assets").mkdir(parents=True, exist_ok=True)
        draw_landscape(folder / "assets" / "landscape.png")
        (folder / ".gitignore").write_text(".cutaway/\nout/\n", encoding="utf-8")
        _write_schema(folder / "cutaway.schema.json")
        return _write_project(folder, STORY, portrait)


@contextmanager
def _possible(path: Path) -> Iterator[None]:
    """Tell names that no file can have here, and places that take none, apart from defects.

    :raises EnvironmentLacks: for such a path
    """
    try:
        yield
    except OSError as error:
        shown = str(path) if len(str(path)) < LONGEST_SHOWN else f"{str(path)[:LONGEST_SHOWN]}..."
        raise EnvironmentLacks(f"{shown}: {error.strerror}", "name another place") from error


def _write_project(folder: Path, story: str, portrait: Path | None) -> Path:
    """The project file, and the portrait that it names."""
    named = ""
    if portrait is not None:
        copy = folder / "assets" / f"portrait{portrait.suffix.lower()}"
        shutil.copyfile(portrait, copy)
        named, story = f", portrait: assets/{copy.name}", story + TALK
    file = folder / "project.yaml"
    file.write_text(HEAD % {"portrait": named} + story + END, encoding="utf-8")
    return file


def _must_show_a_face(portrait: Path) -> None:
    """Refuse what ``check`` would refuse as a portrait, before anything is written.

    :raises EnvironmentLacks: with the words of the first finding
    """
    from flows.workplace import Memory, examine, open_project, survey

    with _possible(portrait):
        if not portrait.is_file():
            raise EnvironmentLacks(f"there is no file {portrait}", "name a portrait that you may use")
    with TemporaryDirectory() as scratch:
        (Path(scratch) / "assets").mkdir()
        with _possible(portrait):
            file = _write_project(Path(scratch), "", portrait)
        try:
            place = open_project(file)
            _, findings = examine(place, survey(place), Memory(place.store))
        except ProjectInvalid as error:
            findings = error.findings
    for finding in findings:
        if finding.blocks and finding.place.path == "cast.narrator.portrait":
            said = finding.message.replace(f"portrait{portrait.suffix.lower()}", portrait.name)
            raise EnvironmentLacks(f"{portrait} cannot be the portrait: {said.replace('assets/', '')}", finding.remedy)


def _write_schema(path: Path) -> None:
    import json

    from edl.schema import json_schema

    path.write_text(json.dumps(json_schema(), indent=1), encoding="utf-8")


def draw_landscape(path: Path, width: int = 1920, height: int = 1080) -> None:
    """Draw mountains at dusk, in layers that a camera move can tell apart."""
    import numpy as np
    from PIL import Image

    random = np.random.default_rng(7)
    y, x = np.mgrid[0:height, 0:width].astype(np.float64)
    share = (y / height)[..., None]
    picture = np.array([34.0, 48, 92]) * (1 - share) + np.array([246.0, 178, 128]) * share
    sun = np.exp(-(((x - width * 0.68) / 90) ** 2 + ((y - height * 0.5) / 90) ** 2))[..., None]
    picture += sun * np.array([60.0, 60, 40])
    for layer in range(5):
        steps = random.normal(0, 1, width)
        ridge = np.cumsum(steps - steps.mean())
        ridge = np.convolve(np.pad(ridge, 40, "edge"), np.hanning(81) / 40, "valid")[:width]
        top = height * (0.52 + 0.09 * layer) + ridge * (3.0 + layer)
        shade = np.array([118.0, 96, 116]) * (1 - layer / 5) + np.array([14.0, 18, 30]) * layer / 5
        picture[y > top[None, :]] = shade
    picture += random.normal(0, 2.0, picture.shape)
    Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8)).save(path)
