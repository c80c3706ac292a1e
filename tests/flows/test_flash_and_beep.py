"""A flash and a beep at each cut, out of sources of every rate, are together at the first cut and at the last.

Time stamps alone prove little: a file whose sound drifts can have perfect ones. So the sound is also decoded from its
first packet to its last and played without a look at the stamps, as a sound card plays it.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import imageio_ffmpeg
import numpy as np
import pytest
from scipy.signal import correlate

from tests.flows.stage import Shell

RATE = 48_000
CHIRP, FLASH, LENGTH = 0.06, 0.09, 3.2  # seconds
NEAR = 0.001  # seconds
UNEVEN = np.cumsum([0] + [20, 40, 60, 40, 20, 30, 50] * 15)  # milliseconds: 260 of them are whole rounds


@dataclass(frozen=True)
class Source:
    """A file with a flash and a beep every ``period``, both from the very same moment on."""

    name: str
    fps: Fraction | None  # None: uneven
    period: Fraction
    codec: str = "aac"
    rate: int = RATE

    def times(self) -> list[Fraction]:
        if self.fps is None:
            return [Fraction(int(time), 1000) for time in UNEVEN if time < LENGTH * 1000]
        return [number / self.fps for number in range(int(LENGTH * self.fps))]


SECOND, FILM = Fraction(1), Fraction(1001, 1000)
SOURCES = (
    Source("film.mp4", Fraction(24000, 1001), FILM),
    Source("pal.mov", Fraction(25), SECOND, "pcm_s16le"),
    Source("ntsc.mp4", Fraction(30000, 1001), FILM, "aac", 44_100),
    Source("web.mkv", Fraction(30), SECOND, "pcm_s16le", 44_100),
    Source("fast.mp4", Fraction(50), SECOND),
    Source("phone.mp4", None, Fraction(26, 25)),
)


def chirp(since: np.ndarray) -> np.ndarray:
    """A short sweep with a sharp correlation peak, at times since its start."""
    shape = np.clip(np.minimum(since, CHIRP - since) / 0.004, 0, 1)
    return 0.5 * shape * np.sin(2 * np.pi * (800 * since + 40_000 * since**2))


def write_source(folder: Path, source: Source) -> None:
    with av.open(str(folder / source.name), "w") as out:
        rate = source.fps or Fraction(25)
        picture = out.add_stream("libx264", rate=rate, options={"preset": "ultrafast", "crf": "10", "g": "12"})
        picture.width, picture.height, picture.pix_fmt = 128, 72, "yuv420p"
        tick = 1 / source.fps if source.fps else Fraction(1, 1000)
        picture.time_base = picture.codec_context.time_base = tick
        sound = out.add_stream(source.codec, rate=source.rate, layout="mono")
        for time in source.times():
            lit = time % source.period < FLASH
            frame = av.VideoFrame.from_ndarray(np.full((108, 128), 230 if lit else 40, np.uint8), "yuv420p")
            frame.pts, frame.time_base = int(time / tick), tick
            out.mux(picture.encode(frame))
        out.mux(picture.encode(None))
        at = np.arange(int(LENGTH * source.rate)) / source.rate
        heard = np.round(chirp(at % float(source.period)) * 32_000).astype(np.int16)
        for first in range(0, len(heard), 1024):
            block = av.AudioFrame.from_ndarray(heard[None, first : first + 1024].copy(), "s16", "mono")
            block.sample_rate, block.pts, block.time_base = source.rate, first, Fraction(1, source.rate)
            for whole in av.AudioResampler(format=sound.codec_context.format, layout="mono").resample(block):
                out.mux(sound.encode(whole))
        out.mux(sound.encode(None))


def segments(clips: int) -> tuple[str, list[int]]:
    """A film that cuts from source to source at every beep, and the length of each clip in frames."""
    text, lengths = "segments:\n", []
    for number in range(clips):
        source = number % len(SOURCES)
        begin = number // len(SOURCES) % 3 * SOURCES[source].period * 1000
        lengths.append(5 + source)
        text += f"  - clip: c{number}\n    file: {SOURCES[source].name}\n    in: {int(begin)}ms\n"
        text += f"    duration: {lengths[-1]}f\n"
    return text, lengths


def flashes(master: Path) -> list[Fraction]:
    """The moments, by time stamp, at which the picture turns bright."""
    with av.open(str(master)) as container:
        seen = [
            (frame.pts * frame.time_base, float(frame.to_ndarray()[:72].mean())) for frame in container.decode(video=0)
        ]
    before = [0.0, *(light for _, light in seen)]
    return [time for (time, light), last in zip(seen, before, strict=False) if light > 150 > last]


def stamped(master: Path) -> np.ndarray:
    """The sound with every frame where its time stamp says."""
    with av.open(str(master)) as container:
        frames = [
            (round(frame.pts * frame.time_base * RATE), frame.to_ndarray().mean(axis=0))
            for frame in container.decode(audio=0)
        ]
    heard = np.zeros(max(at + len(samples) for at, samples in frames))
    for at, samples in frames:
        heard[at : at + len(samples)] = samples
    return heard


def played(master: Path) -> np.ndarray:
    """The sound as FFmpeg's program plays it on, one packet after the other."""
    command = [
        imageio_ffmpeg.get_ffmpeg_exe(),
        "-v",
        "error",
        "-i",
        master,
        "-map",
        "0:a",
        "-ac",
        "1",
        "-f",
        "f32le",
        "-",
    ]
    return np.frombuffer(subprocess.run(command, capture_output=True, check=True).stdout, np.float32)


def lateness(heard: np.ndarray, times: Sequence[Fraction]) -> np.ndarray:
    """How many seconds after each time the chirp is heard, within 60 ms."""
    probe, reach = chirp(np.arange(int(CHIRP * RATE)) / RATE), int(0.06 * RATE)
    padded = np.concatenate([np.zeros(reach), heard, np.zeros(reach + len(probe))])
    found = []
    for time in times:
        at = round(time * RATE)
        likeness = correlate(padded[at : at + 2 * reach + len(probe)], probe, "valid")
        assert likeness.max() > 0.1 * (probe**2).sum(), f"no beep at {float(time):.3f} s"
        found.append((int(likeness.argmax()) - reach) / RATE)
    return np.array(found)


@pytest.mark.parametrize(
    ("clips", "fps"),
    [
        (31, "30000/1001"),
        pytest.param(501, "25", marks=pytest.mark.slow),
        pytest.param(501, "24000/1001", marks=pytest.mark.slow),
    ],
)
def test_flash_and_beep_stay_together(clips: int, fps: str, cutaway: Shell, film: Callable[..., Path]) -> None:
    text, lengths = segments(clips)
    head = f"cutaway: 1\ntitle: Cuts\noutput: {{width: 128, height: 72, fps: {fps}}}\n"
    file = film(text, head)
    for source in SOURCES:
        write_source(file.parent, source)
    assert cutaway("render", file, "--json").json["frames"] == sum(lengths)
    master = file.parent / "out" / "master.mp4"
    times = flashes(master)
    starts = [Fraction(sum(lengths[:number])) / Fraction(fps) for number in range(clips)]
    assert times == starts
    for heard in (stamped(master), played(master)):
        late = lateness(heard, times)
        assert np.abs(late).max() < NEAR, (late[0], late[-1], np.abs(late).max())
