"""What joining clips costs: ours, FFmpeg's concat demuxer, MoviePy. Run ``python bench/stitch.py [clips] [seconds]``.

Twelve clips of 640x360 at 25 frames a second, each with a beep, are made once; then each way joins them in a process of
its own. CPU seconds (user and system, children included) are what to compare; the start of the process is taken off.
"""

from __future__ import annotations

import resource
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import numpy as np
from pydantic import JsonValue

from edl.recipe import Native
from engines.conformer import fit, mix, stitch
from engines.contract import Engine, Order, Params
from engines.media.sink import FrameSink
from engines.media.sound import write_wav

FPS, WIDTH, HEIGHT, RATE = Fraction(25), 640, 360, 48_000


@dataclass
class Journal:
    """Nothing here is paid for."""

    written: list[Mapping[str, JsonValue]] = field(default_factory=list)

    def entries(self) -> list[dict[str, JsonValue]]:
        return [dict(entry) for entry in self.written]

    def write(self, entry: Mapping[str, JsonValue]) -> None:
        self.written.append(entry)


def order(folder: Path, params: Params, frames: int | None, **inputs: Path) -> Order:
    folder.mkdir(parents=True, exist_ok=True)
    native = Native(WIDTH, HEIGHT, FPS, frames) if frames else None
    return Order("0" * 64, params, native, 1, inputs, folder, Journal())


def render(engine: Engine, made_for: Order) -> Path:
    return made_for.folder / engine.open("cpu").render(made_for).media


def make_clips(folder: Path, count: int, frames: int) -> None:
    """Fitted runs and their sounds for us; the same as files with sound for the others."""
    rng = np.random.default_rng(1)
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    for number in range(count):
        take = order(folder / f"take{number}", Params(), frames)
        grain = rng.integers(0, 12, (HEIGHT, WIDTH, 3), dtype=np.uint8)
        with FrameSink(take) as sink:
            for frame in range(frames):
                wave = 110 + 90 * np.sin((x + 4 * frame) / 37 + y / 23 + number)
                sink.write(grain + wave[:, :, None].astype(np.uint8))
        run = order(folder / f"run{number}", fit.FitParams(), frames, base0=take.folder / sink.media)
        sound = folder / f"sound{number}.wav"
        time = np.arange(frames * RATE // 25) / RATE
        beep = 0.3 * np.sin(2 * np.pi * 440 * time) * (time < 0.2)
        write_wav(sound, np.stack([beep, beep], axis=1).astype(np.float32), RATE)
        ffmpeg("-i", render(fit.ENGINE, run), "-i", sound, "-c:v", "copy", "-c:a", "aac", folder / f"clip{number}.mp4")


def ffmpeg(*arguments: str | Path) -> None:
    import imageio_ffmpeg

    subprocess.run([imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-v", "error", *arguments], check=True)


def by_mix(folder: Path, count: int, frames: int) -> None:
    voices = tuple(mix.Voice(input=f"sound{number}", frame=number * frames) for number in range(count))
    sounds = {f"sound{number}": folder / f"sound{number}.wav" for number in range(count)}
    render(
        mix.ENGINE, order(folder / "mix", mix.MixParams(fps="25", frames=count * frames, voices=voices), None, **sounds)
    )


def by_stitch(folder: Path, count: int, frames: int) -> None:
    runs = {f"run{number}": folder / f"run{number}" / "run.mp4" for number in range(count)}
    inputs = runs | {"mix": folder / "mix" / "mix.wav"}
    render(stitch.ENGINE, order(folder / "master", stitch.StitchParams(), count * frames, **inputs))


def by_concat(folder: Path, count: int, frames: int) -> None:
    listing = folder / "list.txt"
    listing.write_text("".join(f"file clip{number}.mp4\n" for number in range(count)))
    ffmpeg("-f", "concat", "-i", listing, "-c:v", "copy", "-c:a", "aac", "-b:a", "160k", folder / "concat.mp4")


def by_moviepy(folder: Path, count: int, frames: int) -> None:
    from moviepy import VideoFileClip, concatenate_videoclips

    clips = [VideoFileClip(str(folder / f"clip{number}.mp4")) for number in range(count)]
    joined = concatenate_videoclips(clips)
    joined.write_videofile(str(folder / "moviepy.mp4"), preset="veryfast", threads=1, audio_codec="aac", logger=None)


def by_nothing(folder: Path, count: int, frames: int) -> None:
    """The start of a process and the imports of ours."""


WAYS = {
    "start": by_nothing,
    "mix": by_mix,
    "stitch": by_stitch,
    "concat": by_concat,
    "moviepy": by_moviepy,
}


def measured(way: str, folder: Path, count: int, frames: int) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([sys.executable, __file__, way, str(folder), str(count), str(frames)], check=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def main(count: int, seconds: int) -> None:
    frames = int(seconds * FPS)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        make_clips(folder, count, frames)
        cost = {way: measured(way, folder, count, frames) for way in WAYS}
    start = cost["start"]
    print(f"{count} clips of {seconds} s, {WIDTH}x{HEIGHT}, CPU seconds; starting Python ({start:.2f}) taken off")
    rows = {
        "ours: stitch": cost["stitch"] - start,
        "ours: mix, loudness and peak": cost["mix"] - start,
        "ffmpeg concat, picture copied, AAC encoded": cost["concat"] - start,
        "MoviePy concatenate": cost["moviepy"] - start,
    }
    for words, value in rows.items():
        print(f"{words:45} {value:7.2f}")


if __name__ == "__main__":
    if len(sys.argv) > 1 and sys.argv[1] in WAYS:
        WAYS[sys.argv[1]](Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
    else:
        main(*(int(value) for value in (sys.argv[1:] + ["12", "3"][len(sys.argv) - 1 :])))
