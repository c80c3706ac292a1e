"""Features together, in real renders: what each does alone it does beside the others."""

from __future__ import annotations

import json
import subprocess
from fractions import Fraction
from pathlib import Path

import av
import imageio_ffmpeg
import numpy as np
import pytest
from numpy.typing import NDArray
from scipy import signal

from bench.offsets import speechlike
from engines.media.offset import RATE, find
from engines.media.sound import read_sound, resample, to_mono, write_wav
from tests.flows.stage import HEAD

BITS, WIDTH, HEIGHT = 8, 128, 72
CAMERA = Fraction(24000, 1001)
ALL = HEAD.replace("fps: 25}", "fps: 25, variants: [{name: tall, width: 72, height: 128}]}") + (
    "captions: {burn: words, style: {at: top}}\n"
)
TOGETHER = """\
segments:
  - clip: a
    file: film.mp4
    duration: 40f
    engine: footage/clip
  - talk: corner
    who: ann
    say: In the corner.
    over: a
    layout: {pip: bottom-right}
  - talk: hello
    who: ann
    say: Every coastline starts as a still.
    transition: {kind: dissolve, duration: 6f}
    PARAMS
"""
SYNCED = """\
segments:
  - title: open
    text: Open
    duration: 25f
  - clip: shot
    file: film.mp4
    in: 500ms
    duration: 75f
    engine: footage/clip
    sync_to: clean.wav
    transition: {kind: dissolve, duration: 10f}
    freeze: {end: 6f}
  - title: end
    text: End
    duration: 25f
    transition: {kind: wipe, duration: 4f}
"""
SNAPPED = """\
music: [{file: beat.wav, gain: -6}]
segments:
  - clip: a
    file: film.mp4
    duration: 2s
    engine: footage/clip
    snap: beat
  - clip: b
    file: film.mp4
    in: 1s
    duration: 2s
    engine: footage/clip
    transition: {kind: dissolve, duration: 6f}
    snap: beat
"""


def footage(path: Path, frames: int, sound: Path | None = None) -> None:
    """Frames of 23.976 a second that hold their number as eight bars, white for one."""
    rate = f"{CAMERA.numerator}/{CAMERA.denominator}"
    picture = ["-f", "rawvideo", "-pix_fmt", "gray", "-s", f"{WIDTH}x{HEIGHT}", "-r", rate, "-i", "-"]
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *picture, *(["-i", str(sound)] if sound else [])]
    command += ["-c:v", "libx264", "-crf", "12", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "pcm_s16le"]
    film = np.zeros((frames, HEIGHT, BITS, WIDTH // BITS), np.uint8)
    film += np.array([[30 + 190 * (number >> bit & 1) for bit in range(BITS)] for number in range(frames)], np.uint8)[
        :, None, :, None
    ]
    subprocess.run([*command, str(path.with_suffix(".mov"))], input=film.tobytes(), check=True)
    path.with_suffix(".mov").rename(path)


def numbers(pictures: list[NDArray[np.uint8]]) -> list[int]:
    """What the bars of the upper half say."""
    middles = [bit * WIDTH // BITS + WIDTH // BITS // 2 for bit in range(BITS)]
    return [sum(int(picture[24, at] > 125) << bit for bit, at in enumerate(middles)) for picture in pictures]


def shown(path: Path) -> list[NDArray[np.uint8]]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray(format="gray") for frame in container.decode(video=0)]


def wanted(frames: range, begin: Fraction) -> list[int]:
    """The camera's frame that is on the screen at each frame of the film from ``begin`` seconds of the file on."""
    return [int((begin + Fraction(frame, 25)) * CAMERA) for frame in frames]


@pytest.mark.slow
def test_drafts_parts_and_variants_of_a_film_with_layouts_and_captions(cutaway, film):
    file = film(TOGETHER.replace("    PARAMS\n", "    params: {fault: refuse}\n"), ALL)
    footage(file.parent / "film.mp4", 60)
    ran = cutaway("render", file, "--partial", "--json", code=3).json
    assert {"out/master.partial.mp4", "out/tall.partial.mp4"} <= set(ran["files"].values())
    for name in ("master", "tall"):
        assert len(shown(file.parent / f"out/{name}.partial.mp4")) == ran["frames"]
    file.write_text(file.read_text().replace("    params: {fault: refuse}\n", ""))
    only = cutaway("render", file, "--only", "corner", "--json", code=None).json
    assert only["master"] is None
    assert cutaway("render", file, "--draft", "--json").json["files"]["master"] == "out/draft/master.mp4"
    whole = cutaway("render", file, "--json").json
    assert whole["files"]["tall"] == "out/tall.mp4"
    pictures = shown(file.parent / "out/master.mp4")
    assert numbers(pictures[:34]) == wanted(range(34), Fraction(0))  # under the talk, frame for frame
    corner = [picture[HEIGHT // 2 :, WIDTH // 2 :].astype(int) for picture in pictures]
    assert np.abs(corner[3] - corner[2]).mean() > 1  # where the speaker stands
    over = [np.abs(picture[:20].astype(int) - picture[24]).max() for picture in pictures[:30]]
    assert max(over) > 60  # a caption at the top; else the bars are the same in every row
    assert np.abs(pictures[2][:2].astype(int) - pictures[2][24]).max() < 20  # and inside its safe area
    assert cutaway("render", file, "--json").json["rendered"] == 0


@pytest.mark.slow
def test_a_synced_clip_between_joins_with_a_freeze_and_a_variant(cutaway, film):
    file = film(SYNCED, ALL.replace("captions: {burn: words, style: {at: top}}\n", ""))
    folder, offset = file.parent, 1.3
    clean = signal.resample_poly(speechlike(9, seed=4), 3, 1).astype(np.float32)
    write_wav(folder / "clean.wav", clean[:, None], 48_000)
    write_wav(folder / "cam.wav", clean[round(offset * 48_000) :, None] * 0.5, 48_000)
    footage(folder / "film.mp4", 150, folder / "cam.wav")
    ran = cutaway("render", file, "--json").json
    start = 25 - 10  # the clip comes in while the title is still there
    pictures = shown(folder / "out/master.mp4")
    moving = range(10, 75)
    assert numbers(pictures[start + 10 : start + 75]) == wanted(moving, Fraction(1, 2))
    held = numbers(pictures[start + 75 : start + 77])  # of six frames, four lie under the next join
    assert held == [wanted(range(74, 75), Fraction(1, 2))[0]] * 2
    assert len(shown(folder / "out/tall.mp4")) == len(pictures) == ran["frames"]
    heard, rate = read_sound(folder / "out/master.mp4")
    first = (start + 20) * rate // 25
    part = resample(to_mono(heard[first : first + rate]), rate, RATE)
    lag = find(part, resample(clean, 48_000, RATE))
    assert abs(lag.at / RATE - (offset + 0.5 + 20 / 25)) < 0.001


@pytest.mark.slow
def test_cuts_on_the_beat_with_a_join_between_them(cutaway, film):
    file = film(SNAPPED)
    footage(file.parent / "film.mp4", 120)
    rate, step = 48_000, 0.47
    clicks = np.zeros(rate * 8, np.float32)
    for beat in np.arange(0, 7.5, step):
        at, ring = int(beat * rate), np.arange(4000)
        clicks[at : at + 4000] += 0.8 * np.exp(-ring / 500) * np.sin(2 * np.pi * 180 * ring / rate)
    write_wav(file.parent / "beat.wav", clicks[:, None], rate)
    ran = cutaway("render", file, "--json").json
    slots = json.loads((file.parent / "out/manifest.json").read_text())["shown"]
    ends = {name: max(each["start"] + each["frames"] for each in slots if each["segment"] == name) for name in "ab"}
    for end in ends.values():
        assert abs(end / 25 / step - round(end / 25 / step)) * step < 0.03
    pictures = shown(file.parent / "out/master.mp4")
    assert len(pictures) == ran["frames"] == ends["b"]
    begin = ends["a"] - 6
    assert numbers(pictures[:begin]) == wanted(range(begin), Fraction(0))
    assert numbers(pictures[ends["a"] :]) == wanted(range(6, ends["b"] - begin), Fraction(1))
