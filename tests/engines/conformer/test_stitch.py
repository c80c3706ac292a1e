"""A master holds every frame of its runs, bit by bit, and its sound on the same clock."""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import av
import imageio_ffmpeg
import numpy as np
import pytest
from pydantic import ValidationError

from edl.clock import sample_at
from edl.errors import Broken, Cancelled
from engines.conformer import stitch
from engines.conformer._master import check_master
from engines.conformer._tracks import each_second
from engines.media.container import create_media

if TYPE_CHECKING:
    from conftest import Programme

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


@pytest.mark.parametrize("rate", ["24000/1001", "24", "25", "30000/1001", "30", "50", "60000/1001", "60", "375/8"])
def test_packets_are_written_second_by_second_whatever_the_length(rate: str) -> None:
    for samples in (*range(1, 700), *range(9_000, 9_100)):
        firsts = each_second(samples, Fraction(rate))
        assert firsts[0] == 0
        assert firsts[-1] < samples
        assert (np.diff(firsts) > 0).all()


@pytest.mark.parametrize("frames", [30, 59, 60])
def test_a_film_that_ends_with_the_first_frame_time_of_a_second(frames: int, make_programme: Callable) -> None:
    programme = make_programme([frames - 1, 1], Fraction(30000, 1001))
    assert len(pictures(programme.master)) == frames


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


def strictly_decoded(path: Path) -> subprocess.CompletedProcess[bytes]:
    """The picture, raw, and all that FFmpeg's program says of picture and sound at its strictest."""
    strict = ("-v", "warning", "-xerror", "-err_detect", "explode")
    command = [imageio_ffmpeg.get_ffmpeg_exe(), *strict, "-i", path, "-fps_mode", "passthrough"]
    outputs = ["-map", "0:v", "-f", "rawvideo", "-", "-map", "0:a", "-f", "null", "-"]
    return subprocess.run([*command, *outputs], capture_output=True, check=False)


@pytest.mark.parametrize("fps", RATES, ids=str)
def test_ffmpeg_has_nothing_to_say(fps: Fraction, make_programme: Callable) -> None:
    """FFmpeg's own program, at its strictest, shows every frame and finds no fault."""
    programme = make_programme(LENGTHS[:20], fps)
    done = strictly_decoded(programme.master)
    assert (done.returncode, done.stderr) == (0, b"")
    assert len(done.stdout) == programme.native.frames * 96 * 64 * 3 // 2


def inputs_of(programme: Programme) -> dict[str, Path]:
    runs = {f"run{number}": path for number, path in enumerate(programme.runs)}
    return runs | {f"sound{number}": path for number, path in enumerate(programme.sound)}


def test_same_inputs_same_bytes(make_programme: Callable, run_engine: Callable) -> None:
    programme = make_programme([5, 1, 9], RATES[1])
    made, order = run_engine(stitch.ENGINE, stitch.StitchParams(), programme.native, inputs_of(programme))
    again = order.folder / made.media
    assert again.read_bytes() == programme.master.read_bytes()
    assert b"Lavf" not in again.read_bytes()
    assert [path.name for path in order.folder.iterdir()] == [made.media]


def test_runs_of_other_settings_are_refused(
    make_programme: Callable, run_engine: Callable, make_take: Callable
) -> None:
    programme = make_programme([5, 4], RATES[0])
    inputs = inputs_of(programme) | {"run1": make_take(4, RATES[0])}
    with pytest.raises(Broken, match="other settings than the first run; fit it again"):
        run_engine(stitch.ENGINE, stitch.StitchParams(), programme.native, inputs)


def test_missing_frames_and_sound_are_refused(make_programme: Callable, run_engine: Callable) -> None:
    programme = make_programme([5, 34], RATES[0])
    whole = inputs_of(programme)
    less = {name: path for name, path in whole.items() if name != "run1"}
    with pytest.raises(Broken, match="the runs have 5 frames, the programme has 39"):
        run_engine(stitch.ENGINE, stitch.StitchParams(), programme.native, less)
    assert len(programme.sound) == 3
    del whole["sound2"]
    with pytest.raises(Broken, match="the sound has 61 packets at 48000 Hz, the programme needs 75"):
        run_engine(stitch.ENGINE, stitch.StitchParams(), programme.native, whole)


def test_a_run_that_begins_inside_a_group_is_refused(make_programme: Callable, run_engine: Callable) -> None:
    """Its first frames were taken away, so nothing could be decoded after the join."""
    programme = make_programme([5, 60], RATES[0])
    cut = programme.runs[1].with_name("cut.mp4")
    with av.open(str(programme.runs[1])) as source, create_media(cut) as out:
        template = source.streams.video[0]
        stream = out.add_stream_from_template(template)
        for packet in [packet for packet in source.demux(template) if packet.size][1:]:
            packet.pts, packet.dts, packet.stream = packet.pts - packet.duration, packet.dts - packet.duration, stream
            out.mux(packet)
    with pytest.raises(Broken, match="cannot be joined; fit it again"):
        run_engine(stitch.ENGINE, stitch.StitchParams(), programme.native, inputs_of(programme) | {"run1": cut})


@pytest.mark.parametrize("suffix", [".mp4", ".mov"])
def test_chapters_are_where_they_should_be(suffix: str, make_programme: Callable, run_engine: Callable) -> None:
    programme = make_programme([50, 25, 30], RATES[1])
    params = stitch.StitchParams(chapters=((50, "Küste"), (75, "海岸")))
    inputs = inputs_of(programme)
    inputs["run0"] = inputs["run0"].rename(inputs["run0"].with_suffix(suffix))
    made, order = run_engine(stitch.ENGINE, params, programme.native, inputs)
    master = order.folder / made.media
    assert master.name == f"master{suffix}"
    with av.open(str(master)) as container:
        found = [
            (chapter["start"] * chapter["time_base"] * RATES[1], chapter["metadata"]["title"])
            for chapter in container.chapters()
        ]
    assert found == [(0, ""), (50, "Küste"), (75, "海岸")]
    assert pictures(master) == pictures(programme.master)
    assert np.array_equal(sound(master), sound(programme.master))
    assert strictly_decoded(master).stderr == b""


def test_chapters_out_of_order_are_refused() -> None:
    with pytest.raises(ValidationError, match="one after the other"):
        stitch.StitchParams(chapters=((9, "a"), (9, "b")))


def test_a_cancel_is_answered(make_programme: Callable, make_order: Callable) -> None:
    programme = make_programme([5, 9], RATES[0])
    order = make_order(stitch.StitchParams(), programme.native, inputs_of(programme), cancelled=lambda: True)
    with pytest.raises(Cancelled):
        stitch.ENGINE.open("cpu").render(order)


def test_a_damaged_master_is_noticed(make_programme: Callable) -> None:
    programme = make_programme([5, 9], RATES[0])
    whole = programme.master.read_bytes()
    programme.master.write_bytes(whole[:-1])
    with pytest.raises(Broken, match="outside of the file"):
        check_master(programme.master, programme.native)
    programme.master.write_bytes(whole)
    with pytest.raises(Broken, match="14 frames of 13"):
        check_master(programme.master, replace(programme.native, frames=13))


@pytest.mark.slow
def test_a_thousand_runs(make_programme: Callable, run_engine: Callable) -> None:
    """No descriptor stays open and time grows with the number of runs."""
    programme = make_programme([2], RATES[0])
    long = make_programme([2000], RATES[0])
    inputs = inputs_of(long) | {f"run{number}": programme.runs[0] for number in range(1000)}
    before = len(os.listdir("/proc/self/fd"))
    made, order = run_engine(stitch.ENGINE, stitch.StitchParams(), long.native, inputs)
    assert len(os.listdir("/proc/self/fd")) <= before
    assert len(pictures(order.folder / made.media)) == 2000
