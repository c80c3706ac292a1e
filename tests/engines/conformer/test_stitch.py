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
from engines.conformer import mix, stitch

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
    assert played_by_ffmpeg(programme.master) == expected_samples(programme.native)


def played_by_ffmpeg(path: Path) -> int:
    """Samples that FFmpeg's program plays; the last AAC frame is cut by its duration, as players do."""
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-i", path, "-map", "0:a", "-f", "s16le", "-"]
    return len(subprocess.run(command, capture_output=True, check=True).stdout) // 4


@pytest.mark.parametrize("fps", RATES, ids=str)
def test_ffmpeg_has_nothing_to_say(fps: Fraction, make_programme: Callable) -> None:
    """FFmpeg's own program, at its strictest, shows every frame and finds no fault."""
    programme = make_programme(LENGTHS[:20], fps)
    strict = ("-v", "error", "-xerror", "-err_detect", "explode")
    command = [imageio_ffmpeg.get_ffmpeg_exe(), *strict, "-i", programme.master, "-fps_mode", "passthrough"]
    outputs = ["-map", "0:v", "-f", "rawvideo", "-", "-map", "0:a", "-f", "null", "-"]
    done = subprocess.run([*command, *outputs], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert len(done.stdout) == programme.native.frames * 96 * 64 * 3 // 2


def test_same_inputs_same_bytes(make_programme: Callable, run_engine: Callable) -> None:
    programme = make_programme([5, 1, 9], RATES[1])
    inputs = {f"run{number}": path for number, path in enumerate(programme.runs)} | {"mix": programme.mix}
    made, order = run_engine(stitch.ENGINE, stitch.StitchParams(), programme.native, inputs)
    again = order.folder / made.media
    assert again.read_bytes() == programme.master.read_bytes()
    assert b"Lavf" not in again.read_bytes()


def test_runs_of_other_settings_are_refused(
    make_programme: Callable, run_engine: Callable, make_take: Callable
) -> None:
    programme = make_programme([5, 4], RATES[0])
    stranger = make_take(4, RATES[0])
    inputs = {"run0": programme.runs[0], "run1": stranger, "mix": programme.mix}
    with pytest.raises(Broken, match="fit it again"):
        run_engine(stitch.ENGINE, stitch.StitchParams(), programme.native, inputs)


def test_missing_frames_and_sound_are_refused(make_programme: Callable, run_engine: Callable) -> None:
    programme = make_programme([5, 4], RATES[0])
    native = Native(96, 64, RATES[0], 12)
    inputs = {"run0": programme.runs[0], "run1": programme.runs[1], "mix": programme.mix}
    with pytest.raises(Broken, match="the mix has"):
        run_engine(stitch.ENGINE, stitch.StitchParams(), native, inputs)
    with pytest.raises(Broken, match="5 frames, the programme has 9"):
        run_engine(
            stitch.ENGINE, stitch.StitchParams(), programme.native, {"run0": inputs["run0"], "mix": inputs["mix"]}
        )


@pytest.mark.slow
def test_a_thousand_runs(make_programme: Callable, run_engine: Callable) -> None:
    """No descriptor stays open and time grows with the number of runs."""
    programme = make_programme([2], RATES[0])
    inputs = {f"run{number}": programme.runs[0] for number in range(1000)}
    before = len(os.listdir("/proc/self/fd"))
    native = Native(96, 64, RATES[0], 2000)
    mixed, silence = run_engine(mix.ENGINE, mix.MixParams(frames=2000))
    inputs["mix"] = silence.folder / mixed.media
    made, order = run_engine(stitch.ENGINE, stitch.StitchParams(), native, inputs)
    assert len(os.listdir("/proc/self/fd")) <= before
    assert len(pictures(order.folder / made.media)) == 2000
