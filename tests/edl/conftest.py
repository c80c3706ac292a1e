"""A folder with a small project in it, for tests that read files."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from edl.errors import ProjectInvalid
from edl.findings import Finding
from edl.loader import Loaded, load

GOOD = """\
cutaway: 1
title: One still, two camps
use: commercial
output:
  width: 1280
  height: 720
  fps: 25
  loudness: -16
  variants: [{name: vertical, width: 720, height: 1280}]
cast:
  host:
    portrait: assets/host.jpg
    voice: voice/hibari
    release: assets/release.md
engines:
  cutaway: [diffusion/local, graphics/parallax]
draft: {engines: {cutaway: [graphics/parallax]}, scale: 0.5}
music:
  - {file: assets/bed.flac, gain: -18, duck: 12}
vars: {thing: coastline}
defaults:
  cutaway: {takes: 3, params: {steps: 30, strength: 0.5}}
segments:
  - talk: hello
    who: host
    say: "Every ${thing} starts as a single still."
  - cutaway: coast
    image: assets/coast.jpg
    prompt: slow camera push forward
    camera: push_in
    duration: 1s
    takes: 4
    params: {steps: 20}
    over: hello
    from: {word: coastline}
  - talk: recorded
    who: host
    audio: assets/line.wav
    say: "No matter on or off, yes."
  - narrate: story
    who: host
    say: "Here is a story."
  - clip: shot
    file: assets/shot.mp4
    in: 1s
    duration: 2s
    over: story
  - loop: idle
    who: host
    duration: 4s
  - title: end
    text: Made with cutaway
    duration: 2s
"""
FILES = ("host.jpg", "release.md", "bed.flac", "coast.jpg", "line.wav", "shot.mp4")


@pytest.fixture
def film() -> str:
    """The text of a project without mistakes."""
    return GOOD


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A project's folder with the files that ``GOOD`` names and ``GOOD`` itself as project.yaml."""
    (tmp_path / "film" / "assets").mkdir(parents=True)
    for name in FILES:
        (tmp_path / "film" / "assets" / name).write_bytes(b"content")
    (tmp_path / "film" / "project.yaml").write_text(GOOD, encoding="utf-8")
    return tmp_path / "film"


@pytest.fixture
def good(folder: Path) -> Loaded:
    return load(folder / "project.yaml")


Says = Callable[..., tuple[Finding, ...]]


@pytest.fixture
def says(folder: Path) -> Says:
    """What the loader says of a project: ``says(text, (old, new), ..., **options of load)``."""

    def findings(text: str | bytes, *changes: tuple[str, str], **options: object) -> tuple[Finding, ...]:
        for old, new in changes:
            assert isinstance(text, str)
            assert old in text
            text = text.replace(old, new, 1)
        path = folder / "project.yaml"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        try:
            return load(path, **options).warnings  # type: ignore[arg-type]
        except ProjectInvalid as error:
            return error.findings

    return findings
