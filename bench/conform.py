"""What joining clips costs: ours, FFmpeg's concat demuxer, MoviePy, a plain copy of the files.

    python -m bench.conform [--no-moviepy] [CLIPS ...]

Left out, that is 10, 100 and 500 clips; MoviePy joins up to 100 of them, within ten minutes.

The clips (4 s of 1280x720 at 25 frames a second, with sound) are made once, twenty different ones and copies of them.
Then each way joins them in a process of its own: the picture is copied, the sound encoded once as AAC; no loudness, no
music. MoviePy encodes the picture again: once as it does when it is not told how (x264's preset "medium"), once with
the preset of ``conformer/fit`` ("veryfast"). CPU seconds (user and system, children included) are what to compare; for
Python's ways its start, with imports, is taken off. Memory is the largest sum over all processes of a way (their
proportional share of it).
"""

from __future__ import annotations

import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from bench.hour import speech, waves
from edl.recipe import Native
from engines.contract import Order, Params
from flows.local_store import FileJournal

FPS, WIDTH, HEIGHT, SECONDS, RATE = Fraction(25), 1280, 720, 4, 48_000
DIFFERENT = 20
LIMIT, MOST_FOR_MOVIEPY = 600, 100


def ffmpeg(*arguments: str | Path) -> None:
    import imageio_ffmpeg

    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-v", "error", *arguments], check=True)


def make_clips(folder: Path, count: int) -> None:
    """``clip0.mp4`` ...; their pictures are encoded as ``conformer/fit`` does."""
    from engines.media.encode import RunEncoder

    for number in range(min(count, DIFFERENT)):
        picture, sound = folder / "picture.mp4", folder / "sound.wav"
        with RunEncoder(picture, WIDTH, HEIGHT, FPS) as encoder:
            for frame in waves(number, int(SECONDS * FPS)):
                encoder.write(frame)
        speech(sound, number)
        ffmpeg("-i", picture, "-i", sound, "-c:v", "copy", "-c:a", "aac", "-b:a", "160k", folder / f"clip{number}.mp4")
    for number in range(DIFFERENT, count):
        shutil.copyfile(folder / f"clip{number % DIFFERENT}.mp4", folder / f"clip{number}.mp4")


def clips(folder: Path, count: int) -> list[Path]:
    return [folder / f"clip{number}.mp4" for number in range(count)]


def order(folder: Path, params: Params, frames: int | None, inputs: dict[str, Path]) -> Order:
    folder.mkdir(parents=True, exist_ok=True)
    native = Native(WIDTH, HEIGHT, FPS, frames) if frames else None
    return Order("0" * 64, params, native, 1, inputs, folder, FileJournal(folder / "journal.jsonl"))


def programme(folder: Path, count: int, before: int, behind: int, piece: int) -> Iterator[tuple[np.ndarray, int]]:
    """The sound of all clips in pieces: each with its surroundings, shape (n, 2), and its own number of samples."""
    from engines.media.range import sound_range

    held, start, total = np.zeros((before, 2), np.float32), 0, count * SECONDS * RATE
    waiting = iter(clips(folder, count))
    while start < total:
        samples = min(piece, total - start)
        while len(held) < before + samples + behind:
            path = next(waiting, None)
            more = sound_range(path, Fraction(0), SECONDS * RATE, RATE) if path else np.zeros((behind, 2), np.float32)
            held = np.concatenate([held, more])
        yield held[: before + samples + behind], samples
        held, start = held[samples:], start + samples


def by_ours(folder: Path, count: int) -> None:
    """A first master: every piece of sound is encoded."""
    from engines.conformer._aac import RUN_IN, RUN_OUT, encoded, write_piece
    from engines.media.pieces import PIECE, UNIT

    (folder / "pieces").mkdir(exist_ok=True)
    for number, (wide, samples) in enumerate(programme(folder, count, RUN_IN * UNIT, (RUN_OUT + 1) * UNIT, PIECE)):
        packets, _ = encoded(wide, samples)
        write_piece(folder / "pieces" / f"{number}.m4a", packets, samples, number == 0)
    by_kept(folder, count)


def by_levelled(folder: Path, count: int) -> None:
    """A first master as a project gets it: pieces are also measured and limited."""
    from engines.conformer import sound
    from engines.media.pieces import AFTER, BEFORE, PIECE
    from engines.media.sound import write_float

    for number, (wide, samples) in enumerate(programme(folder, count, BEFORE, AFTER, PIECE)):
        mix = folder / "mix.w64"
        write_float(mix, wide, RATE)
        params = sound.SoundParams(samples=samples, first=number == 0)
        made = order(folder / f"levelled{number}", params, None, {"mix": mix})
        sound.ENGINE.open("cpu").render(made)
        (made.folder / "sound.m4a").replace(folder / "pieces" / f"{number}.m4a")
    by_kept(folder, count)


def by_kept(folder: Path, count: int) -> None:
    """A master of pieces that exist."""
    from engines.conformer import stitch
    from engines.media.pieces import PIECE

    pieces = -(-count * SECONDS * RATE // PIECE)
    inputs = {f"run{number}": path for number, path in enumerate(clips(folder, count))}
    inputs |= {f"sound{number}": folder / "pieces" / f"{number}.m4a" for number in range(pieces)}
    frames = int(count * SECONDS * FPS)
    stitch.ENGINE.open("cpu").render(order(folder / "ours", stitch.StitchParams(), frames, inputs))


def by_concat(folder: Path, count: int) -> None:
    listing = folder / "list.txt"
    listing.write_text("".join(f"file {path.name}\n" for path in clips(folder, count)))
    ffmpeg("-f", "concat", "-i", listing, "-c:v", "copy", "-c:a", "aac", "-b:a", "160k", folder / "concat.mp4")


def by_moviepy(folder: Path, count: int) -> None:
    """As its documentation shows it."""
    _joined_by_moviepy(folder, count).write_videofile(str(folder / "moviepy.mp4"), logger=None)


def by_moviepy_veryfast(folder: Path, count: int) -> None:
    joined = _joined_by_moviepy(folder, count)
    joined.write_videofile(str(folder / "moviepy.mp4"), preset="veryfast", threads=1, audio_codec="aac", logger=None)


def _joined_by_moviepy(folder: Path, count: int) -> Any:
    from moviepy import VideoFileClip, concatenate_videoclips

    return concatenate_videoclips([VideoFileClip(str(path)) for path in clips(folder, count)])


def by_copy(folder: Path, count: int) -> None:
    (folder / "copied").mkdir(exist_ok=True)
    subprocess.run(["cp", *clips(folder, count), folder / "copied"], check=True)


def by_start(folder: Path, count: int) -> None:
    """The start of a process and the imports of ours."""
    from engines.conformer import _aac, _master  # noqa: F401


def by_nothing(folder: Path, count: int) -> None:
    """The start of a process that calls a program."""


def by_moviepy_start(folder: Path, count: int) -> None:
    from moviepy import VideoFileClip  # noqa: F401


@dataclass(frozen=True)
class Way:
    """One way to join: its words, what it does, and the start that is taken off."""

    words: str
    run: Callable[[Path, int], None]
    start: str = ""


WAYS = {
    "start": Way("", by_start),
    "nothing": Way("", by_nothing),
    "moviepy-start": Way("", by_moviepy_start),
    "copy": Way("cp", by_copy, "nothing"),
    "ours": Way("ours, first master", by_ours, "start"),
    "levelled": Way("ours, first, measured and limited", by_levelled, "start"),
    "kept": Way("ours, sound pieces kept", by_kept, "start"),
    "concat": Way("ffmpeg concat, AAC encoded", by_concat, "nothing"),
    "moviepy": Way("MoviePy concatenate", by_moviepy, "moviepy-start"),
    "moviepy-veryfast": Way("MoviePy, preset veryfast", by_moviepy_veryfast, "moviepy-start"),
}


@dataclass(frozen=True)
class Cost:
    cpu: float
    wall: float
    megabytes: float


def measured(way: str, folder: Path, count: int) -> Cost | None:
    """What one way costs; None where it takes too long."""
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.monotonic()
    command = [sys.executable, "-m", "bench.conform", "--way", way, str(folder), str(count)]
    process = subprocess.Popen(command, start_new_session=True)
    most = 0.0
    while process.poll() is None:
        most = max(most, _memory(process.pid))
        if time.monotonic() - began > LIMIT:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            return None
        time.sleep(0.05)
    if process.returncode:
        raise SystemExit(f"{way} failed")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    return Cost(cpu, time.monotonic() - began, most)


def _memory(session: int) -> float:
    """Megabytes of all processes of a session, shared pages counted once."""
    total = 0
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError, ValueError, IndexError):
            if int(stat.read_text().rpartition(")")[2].split()[3]) == session:
                lines = (stat.parent / "smaps_rollup").read_text().splitlines()
                total += next(int(line.split()[1]) for line in lines if line.startswith("Pss:"))
    return total / 1024


def compare(folder: Path, count: int, moviepy: bool) -> None:
    found: dict[str, Cost | None] = {}
    for name, way in WAYS.items():
        skipped = name in ("moviepy", "moviepy-veryfast") and (count > MOST_FOR_MOVIEPY or not moviepy)
        tries = [None if skipped else measured(name, folder, count) for _ in range(1 if way.words else 3)]
        found[name] = min(tries, key=lambda cost: cost.cpu if cost else 0.0)
    print(f"\n{count} clips of {SECONDS} s, {WIDTH}x{HEIGHT}")
    print(f"  {'':36}{'CPU s':>8}{'wall s':>8}{'MB':>7}   x ffmpeg")
    yard = _net(found, "concat")
    for name, way in WAYS.items():
        cost, net = found[name], _net(found, name)
        if not way.words:
            continue
        if cost is None or net is None or yard is None:
            print(f"  {way.words:36}  left out: not asked for, over {LIMIT} s, or over {MOST_FOR_MOVIEPY} clips")
        else:
            print(f"  {way.words:36}{net:8.2f}{cost.wall:8.1f}{cost.megabytes:7.0f}{net / yard:11.2f}")


def _net(found: dict[str, Cost | None], name: str) -> float | None:
    cost, start = found[name], found.get(WAYS[name].start)
    return None if cost is None else max(0.0, cost.cpu - (start.cpu if start else 0.0))


def main(counts: list[int], moviepy: bool) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_clips(folder, max(counts))
        (folder / "pieces").mkdir()
        for count in counts:
            compare(folder, count, moviepy)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--way"]:
        WAYS[sys.argv[2]].run(Path(sys.argv[3]), int(sys.argv[4]))
    else:
        numbers = [int(value) for value in sys.argv[1:] if value.isdigit()]
        main(numbers or [10, 100, 500], "--no-moviepy" not in sys.argv)
