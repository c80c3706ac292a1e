"""What the probe says of awkward files."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import pytest

from edl.errors import Broken
from engines.media.probe import measure_footage, measure_tempo

SMALL = ("-pix_fmt", "yuv420p", "-preset", "ultrafast")


def source(rate: str = "25", seconds: float = 1, size: str = "64x48") -> tuple[str, ...]:
    return ("-f", "lavfi", "-i", f"testsrc2=s={size}:r={rate}:d={seconds}")


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.mov", "a.ts", "a.avi", "a.webm"])
@pytest.mark.parametrize("rate", ["25", "30000/1001", "24000/1001", "60", "12"])
def test_rates(name: str, rate: str, ffmpeg: Callable) -> None:
    path = ffmpeg(name, *source(rate), *(("-pix_fmt", "yuv420p") if name.endswith("webm") else SMALL))
    facts = measure_footage(path)
    wanted = round(Fraction(rate))
    assert facts.steady
    assert Fraction(facts.fps) == Fraction(rate)
    assert facts.frames in (wanted, wanted - 1)
    assert (facts.width, facts.height, facts.has_sound) == (64, 48, False)
    assert facts.seconds == pytest.approx(facts.frames / Fraction(rate))
    tempo = measure_tempo(path)
    assert (tempo.fps, tempo.frames) == (Fraction(rate), facts.frames)


def test_sound_is_seen(ffmpeg: Callable) -> None:
    path = ffmpeg("a.mp4", *source(), "-f", "lavfi", "-i", "sine=440:d=1", *SMALL)
    assert measure_footage(path).has_sound


@pytest.mark.parametrize("turn", [90, -90, 180, 0])
def test_upright(turn: int, ffmpeg: Callable) -> None:
    flat = ffmpeg("flat.mp4", *source(), *SMALL)
    path = ffmpeg("turned.mp4", "-display_rotation", str(turn), "-i", str(flat), "-c", "copy")
    facts = measure_footage(path)
    assert (facts.width, facts.height) == ((48, 64) if turn in (90, -90) else (64, 48))


def test_square_pixels(ffmpeg: Callable) -> None:
    facts = measure_footage(ffmpeg("a.mp4", *source(), "-vf", "setsar=3/2", *SMALL))
    assert (facts.width, facts.height) == (96, 48)


def test_variable_rate(ffmpeg: Callable) -> None:
    """Frames 0 to 24 of 25, of every second ten the first four left out after the start."""
    chosen = "select='lt(n,10)+not(mod(n,5))',setpts=PTS"
    path = ffmpeg("a.mp4", *source(seconds=2), "-vf", chosen, "-fps_mode", "vfr", *SMALL)
    facts = measure_footage(path)
    assert not facts.steady
    assert facts.frames == 18
    assert measure_tempo(path).frames == 18
    assert Fraction(facts.fps) == pytest.approx(17 / 1.8, abs=0.1)


def test_cut_by_an_edit_list(ffmpeg: Callable) -> None:
    """A copy that starts between keyframes hides what comes before; hidden frames are not counted."""
    flat = ffmpeg("flat.mp4", *source(seconds=2), *SMALL, "-g", "25")
    path = ffmpeg("cut.mp4", "-ss", "0.4", "-i", str(flat), "-c", "copy")
    assert measure_footage(path).frames == measure_tempo(path).frames == 40


@pytest.mark.parametrize(
    "name", ["concat:a.mp4", "-i.mp4", "http:a.mp4", "a%d.mp4", "pipe:0", "subfile,,start,0,end,0,,:a", "ä öß 文.mp4"]
)
def test_names_are_only_names(name: str, ffmpeg: Callable, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plain = ffmpeg("plain.mp4", *source(), *SMALL)
    monkeypatch.chdir(tmp_path)
    shutil.copy(plain, tmp_path / name)
    assert measure_footage(Path(name)).frames == 25


@pytest.mark.parametrize(
    "text", ["ffconcat version 1.0\nfile plain.mp4\n", "#EXTM3U\n#EXTINF:1,\nplain.ts\n", "", "x" * 999]
)
def test_what_is_no_footage_is_broken(text: str, ffmpeg: Callable, tmp_path: Path) -> None:
    ffmpeg("plain.mp4", *source(), *SMALL)
    ffmpeg("plain.ts", *source(), *SMALL)
    path = tmp_path / "list.mp4"
    path.write_text(text)
    with pytest.raises(Broken, match=r"list\.mp4"):
        measure_footage(path)


def test_sound_alone_and_missing_files_are_broken(ffmpeg: Callable, tmp_path: Path) -> None:
    with pytest.raises(Broken, match="no picture"):
        measure_footage(ffmpeg("a.m4a", "-f", "lavfi", "-i", "sine=440:d=1"))
    with pytest.raises(Broken, match="none"):
        measure_footage(tmp_path / "none.mp4")
    with pytest.raises(Broken):
        measure_footage(tmp_path)


def test_truncated_is_broken(ffmpeg: Callable, tmp_path: Path) -> None:
    whole = ffmpeg("a.mp4", *source(), *SMALL).read_bytes()
    (tmp_path / "cut.mp4").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(Broken):
        measure_footage(tmp_path / "cut.mp4")
