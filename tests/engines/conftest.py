"""Fixtures for the tests of engines: FFmpeg's program, as a maker of awkward files."""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from pathlib import Path

import imageio_ffmpeg
import pytest

Ffmpeg = Callable[..., Path]


@pytest.fixture
def ffmpeg(tmp_path: Path) -> Ffmpeg:
    """Runs FFmpeg's program: ``ffmpeg("name.mp4", "-f", "lavfi", ...)`` writes a file into the test's folder."""

    def run(name: str, *arguments: str) -> Path:
        target = tmp_path / name
        command = [imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-v", "error", *arguments, f"file:{target}"]
        subprocess.run(command, check=True, capture_output=True)
        return target

    return run
