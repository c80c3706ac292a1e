"""A film's sound as it is heard: loudness and true peak by two other meters, music under speech and beside it."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import av
import imageio_ffmpeg
import numpy as np
import pyloudnorm
import pytest
import soundfile

from edl.recipe import Recipe
from engines.contract import Order
from engines.registry import engine
from flows.local_store import LocalStore
from flows.perform import locate
from flows.plan import Plan, Step, StepKind
from flows.planner import plan
from flows.store import Work
from tests.flows.stage import HEAD, Desk

RATE, PITCH = 48_000, 5_000
HEARD = frozenset({StepKind.VOICE, StepKind.TRACK, StepKind.MIX, StepKind.SOUND})
FILM = """\
segments:
  - title: open
    text: Open
    duration: 3s
  - narrate: one
    who: ann
    say: Every coastline starts as a single still and the sea does all the rest of the work.
  - title: middle
    text: Middle
    duration: 3s
  - narrate: two
    who: bob
    say: Nothing is made twice and nothing is lost.
    sound: {lead: 500ms, gain: 2}
  - title: end
    text: End
    duration: 3s
"""


class NoJournal:
    def entries(self) -> list[dict]:
        return []

    def write(self, entry: object) -> None:
        return None


def make_sound(desk: Desk) -> tuple[Plan, LocalStore]:
    """Really make everything that is heard, in this process."""
    store = LocalStore(desk.file.parent / ".cutaway")
    situation = replace(desk.situation(), store=store)  # type: ignore[arg-type]
    for _ in range(8):
        found = plan(situation)
        ready = [step for step in found.ready if step.kind in HEARD]
        if not ready:
            return found, store
        for step in ready:
            perform_here(step, store)
    raise AssertionError("the plan never comes to an end")


def perform_here(step: Step, store: LocalStore) -> None:
    recipe = step.recipe
    assert isinstance(recipe, Recipe)
    maker = engine(step.engine)
    inputs = {name: locate(store, source) for name, source in step.sources.items()}
    with store.lease(recipe.name), store.workspace(recipe.name) as folder:
        params = maker.params.model_validate(dict(recipe.params))
        order = Order(recipe.name, params, recipe.native, recipe.seed, inputs, folder, NoJournal())
        store.publish(recipe, folder, maker.open("cpu").render(order), Work(seconds=0.1))


def played(found: Plan, store: LocalStore) -> np.ndarray:
    """All pieces through one decoder, shape (n, 2)."""
    decoder = av.CodecContext.create("aac", "r")
    decoder.extradata = bytes.fromhex("1190")
    frames = []
    for step in found.steps:
        if step.kind is StepKind.SOUND and "@" not in step.id:
            part = store.find(step.name)
            assert part is not None
            with av.open(str(store.fetch(part, part.media))) as container:
                packets = [av.Packet(bytes(packet)) for packet in container.demux(audio=0) if packet.size]
            frames += [frame.to_ndarray() for packet in packets for frame in decoder.decode(packet)]
    return np.concatenate(frames, axis=1).T[1024:]


def metered(samples: np.ndarray, folder: Path) -> tuple[float, float]:
    """Integrated loudness and true peak by FFmpeg's ebur128."""
    soundfile.write(folder / "heard.wav", samples, RATE, subtype="FLOAT")
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-hide_banner", "-nostats", "-i", str(folder / "heard.wav")]
    command += ["-filter_complex", "ebur128=peak=true", "-f", "null", "-"]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stderr
    summary = said[said.rindex("Summary") :]
    numbers = [re.search(pattern, summary) for pattern in (r"I:\s+(-?[\d.]+) LUFS", r"Peak:\s+(-?[\d.]+) dBFS")]
    return float(numbers[0][1]), float(numbers[1][1])  # type: ignore[index]


@pytest.mark.parametrize("target", [-16, pytest.param(-9, marks=pytest.mark.slow)])
def test_loudness_peak_and_ducking(target: int, desk: Callable[..., Desk], tmp_path: Path) -> None:
    """At -9 LUFS the limiter has to work."""
    head = HEAD.replace("fps: 25}", f"fps: 25, loudness: {target}}}")
    room = desk(FILM, head + "music: [{file: bed.flac, gain: -10, duck: 12}]\n")
    times = np.arange(RATE * 2) / RATE
    soundfile.write(room.file.parent / "bed.flac", 0.3 * np.sin(2 * np.pi * PITCH * times), RATE)
    found, store = make_sound(room)
    heard = played(found, store)
    loudness, peak = metered(heard, tmp_path)
    assert loudness == pytest.approx(target, abs=0.5)
    assert pyloudnorm.Meter(RATE).integrated_loudness(heard.astype(float)) == pytest.approx(target, abs=0.5)
    assert peak < -1

    level = [tone_level(heard, second) for second in np.arange(0.2, len(heard) / RATE - 0.8, 0.1)]
    slots = [found.timeline.slot(name) for name in ("one", "two")]
    voices = [((slot.start + slot.voice) / 25, (slot.start + slot.voice + slot.frames) / 25) for slot in slots]
    under = [level[round((start + share * (end - start) - 0.2) * 10)] for start, end in voices for share in (0.3, 0.7)]
    free = [level[round((second - 0.2) * 10)] for second in (1.0, 2.0, voices[0][1] + 1.2, voices[1][1] + 1.2)]
    assert max(under) - min(under) < 1.5
    assert np.mean(free) - np.mean(under) == pytest.approx(12, abs=1.5)
    print(f"target {target}: ebur128 {loudness} LUFS, {peak} dBTP; music {np.mean(free):.1f} / {np.mean(under):.1f} dB")


def tone_level(heard: np.ndarray, second: float) -> float:
    """The level of the music's one pitch in a fifth of a second."""
    window = np.hanning(RATE // 5)
    block = heard[int(second * RATE) : int(second * RATE) + len(window), 0]
    wave = np.exp(-2j * np.pi * PITCH * np.arange(len(window)) / RATE)
    return float(20 * np.log10(np.abs((block * window * wave).sum()) / window.sum() + 1e-9))


def test_the_sound_of_footage_leads_and_lags(desk: Callable[..., Desk]) -> None:
    """A clip from 2 s to 5 s of a file whose tone rises by the second: heard from 1 s on to 5.5 s."""
    clip = """\
segments:
  - title: open
    text: Open
    duration: 3s
  - clip: shot
    file: shot.mkv
    in: 2s
    duration: 3s
    sound: {lead: 1s, lag: 500ms}
  - title: end
    text: End
    duration: 3s
"""
    room = desk(clip, HEAD.replace("[mock/clip]", "[footage/clip]"))
    write_steps(room.file.parent / "shot.mkv")
    found, store = make_sound_with_takes(room)
    heard = played(found, store)
    pitches = {second: loudest_pitch(heard, second) for second in (1.0, 2.3, 3.3, 4.3, 5.3, 6.1, 7.5)}
    assert pitches[1.0] == pitches[7.5] == 0
    assert [pitches[second] for second in (2.3, 3.3, 4.3, 5.3, 6.1)] == [400, 600, 800, 1000, 1200]


def make_sound_with_takes(room: Desk) -> tuple[Plan, LocalStore]:
    store = LocalStore(room.file.parent / ".cutaway")
    situation = replace(room.situation(), store=store)  # type: ignore[arg-type]
    for step in plan(situation).ready:
        if step.id == "take:shot/1":
            perform_here(step, store)
    return make_sound(room)


def write_steps(path: Path) -> None:
    """Seven seconds of grey, 25 frames a second; in second n a tone of 200 x (n + 1) Hz."""
    times = np.arange(7 * RATE) / RATE
    tones = 0.2 * np.sin(2 * np.pi * 200 * (np.floor(times) + 1) * times)
    with av.open(str(path), "w") as container:
        video = container.add_stream("ffv1", rate=25)
        video.width, video.height, video.pix_fmt = 64, 48, "yuv420p"
        sound = container.add_stream("pcm_s16le", rate=RATE, layout="mono")
        for number in range(175):
            container.mux(video.encode(av.VideoFrame.from_ndarray(np.full((72, 64), 128, np.uint8), "yuv420p")))
            block = (tones[number * 1920 : (number + 1) * 1920] * 32767).astype(np.int16)[None]
            frame = av.AudioFrame.from_ndarray(block, format="s16", layout="mono")
            frame.sample_rate, frame.pts = RATE, number * 1920
            container.mux(sound.encode(frame))
        for stream in (video, sound):
            container.mux(stream.encode(None))


def loudest_pitch(heard: np.ndarray, second: float) -> int:
    """The loudest tone at a moment, to 200 Hz; 0 for silence."""
    block = heard[int(second * RATE) : int(second * RATE) + RATE // 5, 0]
    spectrum = np.abs(np.fft.rfft(block * np.hanning(len(block))))
    return round(int(np.argmax(spectrum)) * 5 / 200) * 200 if spectrum.max() > 10 else 0
