"""A master holds every frame of its runs, bit by bit, and its sound on the same clock."""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import imageio_ffmpeg
import numpy as np
import pytest

from edl.clock import sample_at
from edl.errors import Broken
from edl.recipe import Native
from engines.conformer import fit, stitch
from engines.conformer.fit import FitParams

RATES = [Fraction(25), Fraction(30000, 1001)]
LENGTHS = [7, 1, 1, 13, 5, 1, 9, 3, 11, 17] * 5 + [1, 61, 1, 2, 1]


def pictures(path: Path) -> list[tuple[int, bytes]]:
    """Time stamp and digest of every decoded frame."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        return [
            (round(frame.pts * frame.time_base * stream.average_rate), hashlib.sha256(frame.to_ndarray()).digest())
            for frame in container.decode(stream)
        ]


def sound(path: Path) -> np.ndarray:
    """All samples as they play one after the other, mono."""
    with av.open(str(path)) as container:
        return np.concatenate([frame.to_ndarray().mean(axis=0) for frame in container.decode(audio=0)])


@pytest.mark.parametrize("fps", RATES, ids=str)
def test_many_cuts(fps: Fraction, make_programme: Callable, chirp_offset: Callable, expected_samples: Callable) -> None:
    programme = make_programme(LENGTHS, fps, marked=(0, 20, 54))
    shown = pictures(programme.master)
    assert [number for number, _ in shown] == list(range(sum(LENGTHS)))
    assert [digest for _, digest in shown] == [digest for run in programme.runs for _, digest in pictures(run)]
    with av.open(str(programme.master)) as container:
        frames = list(container.decode(video=0))
    assert frames[0].pts == 0
    bright = [number for number, frame in enumerate(frames) if frame.to_ndarray()[:64].mean() > 200]
    assert tuple(bright) == programme.flashes
    heard = sound(programme.master)
    for frame in programme.flashes:
        assert abs(chirp_offset(heard, sample_at(frame, 48_000, fps))) < 1
    assert abs(len(heard) - expected_samples(programme.native)) <= 1


def test_ffmpeg_has_nothing_to_say(make_programme: Callable) -> None:
    master = make_programme(LENGTHS[:20], RATES[1]).master
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-xerror", "-err_detect", "explode"]
    done = subprocess.run([*command, "-i", master, "-f", "null", "-"], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
