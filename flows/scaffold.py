"""A new project that renders at once: a drawn still, a narration over it, cards at both ends."""

from __future__ import annotations

import shutil
from pathlib import Path

from edl.errors import EnvironmentLacks
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
END = """  - title: end
    text: Made with cutaway
    duration: 2s
"""


def scaffold(folder: Path, portrait: Path | None = None) -> Path:
    """Write a new project.

    :param portrait: a picture to copy into it; the project then has a person who speaks
    :returns: the project file
    :raises EnvironmentLacks: when the folder holds something already, or the portrait is not there
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise EnvironmentLacks(f"{folder} is not empty", "name a new folder; nothing is ever overwritten")
    if portrait is not None and not portrait.is_file():
        raise EnvironmentLacks(f"there is no file {portrait}", "name a portrait that you may use")
    with trouble(folder):
        (folder / "assets").mkdir(parents=True, exist_ok=True)
        named = ""
        if portrait is not None:
            copy = folder / "assets" / f"portrait{portrait.suffix.lower()}"
            shutil.copyfile(portrait, copy)
            named = f", portrait: assets/{copy.name}"
        draw_landscape(folder / "assets" / "landscape.png")
        file = folder / "project.yaml"
        file.write_text(HEAD % {"portrait": named} + STORY + (TALK if portrait else "") + END, encoding="utf-8")
        (folder / ".gitignore").write_text(".cutaway/\nout/\n", encoding="utf-8")
        _write_schema(folder / "cutaway.schema.json")
    return file


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
