"""Output of our engines is what it was: if it changes, ``pixels`` must be raised, and then the golden facts renewed.

    GOLDEN=write python -m pytest tests/engines/test_golden.py      after raising pixels

Fingerprints are coarse (a 16 x 9 grey thumbnail of three frames, loudness in eight windows), so that another machine
passes; a change that a viewer could see does not.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image
from pydantic import JsonValue

from edl.facts import Phone, VoiceFacts
from edl.recipe import Native
from engines import registry
from engines.contract import Made, Order
from engines.media.pieces import AFTER, BEFORE
from engines.media.sound import read_sound, write_float, write_wav

GOLDEN = Path(__file__).with_name("golden.json")
HOST = Path(__file__).parents[2] / "projects/demo/assets/host.jpg"
FILM = Native(320, 180, Fraction(25), 20)
LEVELS = 3  # of 255, largest difference of a thumbnail's pixel
DECIBELS = 1.0
PHONES = ("SIL", "M", "AA", "M", "IY", "F", "OW", "SIL")

MakeOrder = Callable[..., Order]


@dataclass(frozen=True)
class Sample:
    """What an engine is asked for: settings, and files by input name, made in a folder."""

    params: dict[str, JsonValue] = field(default_factory=dict)
    native: Native | None = FILM
    inputs: Callable[[Path], dict[str, Path]] = lambda folder: {}


def still(folder: Path) -> dict[str, Path]:
    y, x = np.mgrid[0:360, 0:640]
    picture = np.stack([x * 255 // 640, y * 255 // 360, (x // 40 + y // 40) % 2 * 160], -1).astype(np.uint8)
    Image.fromarray(picture).save(folder / "still.png")
    return {"image": folder / "still.png"}


def voice(folder: Path) -> dict[str, Path]:
    seconds, rate = 0.8, 16000
    step = seconds / len(PHONES)
    times = np.arange(round(seconds * rate)) / rate
    loud = np.array([0.0 if name == "SIL" else 0.3 for name in PHONES])[(times / step).astype(int)]
    write_wav(folder / "voice.wav", (loud * np.sin(2 * np.pi * 180 * times)).astype(np.float32), rate)
    phones = tuple(Phone(name=name, start=at * step, end=(at + 1) * step) for at, name in enumerate(PHONES))
    facts = VoiceFacts(samples=len(times), rate=rate, phones=phones)
    (folder / "timings.json").write_text(facts.model_dump_json())
    return {"voice": folder / "voice.wav", "sound": folder / "voice.wav", "timings": folder / "timings.json"}


def film(folder: Path) -> Path:
    """Eleven frames of a moving bar, lossless, at a size and rate that no delivery has."""
    path = folder / "film.mkv"
    with av.open(str(path), "w") as container:
        stream = container.add_stream("ffv1", rate=10)
        stream.width, stream.height, stream.pix_fmt = 300, 200, "yuv420p"
        for at in range(11):
            frame = np.full((200, 300, 3), 60, np.uint8)
            frame[:, at * 25 : at * 25 + 30] = (230, 120, 40)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(frame, "rgb24")))
        container.mux(stream.encode(None))
    return path


def summed(folder: Path) -> dict[str, Path]:
    """A tone as long as the smallest piece with its surroundings."""
    times = np.arange(BEFORE + 38_400 + AFTER) / 48_000
    tone = (0.3 * np.sin(2 * np.pi * 330 * times) * (0.6 + 0.4 * np.sin(2 * np.pi * times))).astype(np.float32)
    write_float(folder / "mix.w64", np.stack([tone, tone], axis=1), 48_000)
    return {"mix": folder / "mix.w64"}


SAMPLES: dict[str, Sample] = {
    "animator/portrait": Sample(inputs=lambda folder: {"portrait": HOST, **voice(folder)}),
    "graphics/parallax": Sample({"camera": "pan_left"}, inputs=still),
    "graphics/title": Sample({"text": "Golden", "subtitle": "as ever"}),
    "footage/clip": Sample({"in_": "200ms"}, inputs=lambda folder: {"file": film(folder)}),
    "conformer/fit": Sample({"label": "AI-animated"}, inputs=lambda folder: {"base0": film(folder)}),
    "conformer/cue": Sample({"lead": 3, "first": 2, "frames": 18, "fps": "25"}, None, voice),
    "conformer/mix": Sample(
        {"samples": 57_600, "sounds": [{"input": "sound", "start": 3_840, "end": 42_240, "fall": 4_800}]},
        None,
        lambda folder: {"sound": voice(folder)["sound"]},
    ),
    "conformer/sound": Sample({"samples": 38_400, "gain": 3.0, "first": True}, None, summed),
    "conformer/track": Sample({}, None, lambda folder: {"file": voice(folder)["sound"]}),
    "conformer/poster": Sample({"frame": 5}, None, lambda folder: {"run": film(folder)}),
    "conformer/sheet": Sample(
        {"title": "Golden", "cells": [{"input": "run0", "frame": 5, "name": "film", "time": "00:00:00:05"}]},
        None,
        lambda folder: {"run0": film(folder)},
    ),
    "conformer/dub": Sample(
        {"start": 0.1, "ppm": 200.0, "frames": 20},
        None,
        lambda folder: {"clean": voice(folder)["sound"]},
    ),
    "voice/hibari": Sample({"say": "Nothing is made twice."}, None),
}


def fingerprint(order: Order, made: Made) -> dict[str, JsonValue]:
    path = order.folder / made.media
    return (
        {"thumbnails": list(_thumbnails(path))}
        if order.native or path.suffix == ".jpg"
        else {"loudness": _loudness(path)}
    )


def _thumbnails(path: Path) -> Iterator[JsonValue]:
    with av.open(str(path)) as container:
        frames = [frame.to_image() for frame in container.decode(video=0)]
    for at in (0, len(frames) // 2, len(frames) - 1):
        small = frames[at].convert("L").resize((16, 9), Image.Resampling.BOX)
        yield np.asarray(small).ravel().tolist()


def _loudness(path: Path) -> JsonValue:
    samples, rate = read_sound(path)
    windows = np.array_split(samples.mean(axis=1), 8)
    power = [10 * np.log10(float(np.mean(window**2)) + 1e-7) for window in windows]
    return [rate, len(samples), *(round(value, 2) for value in power)]


def difference(new: dict[str, JsonValue], old: dict[str, JsonValue]) -> float:
    """The largest difference in units of what is tolerated."""
    key, unit = ("thumbnails", LEVELS) if "thumbnails" in new else ("loudness", DECIBELS)
    one, other = np.array(new[key], dtype=float), np.array(old[key], dtype=float)
    return float(np.abs(one - other).max() / unit) if one.shape == other.shape else np.inf


@pytest.mark.parametrize("name", SAMPLES)
def test_output_is_what_it_was(name: str, make_order: MakeOrder, tmp_path: Path) -> None:
    engine, sample = registry.engine(name), SAMPLES[name]
    order = make_order(engine.params.model_validate(sample.params), sample.native, sample.inputs(tmp_path))
    session = engine.open("cpu")
    try:
        now = fingerprint(order, session.render(order))
    finally:
        session.close()
    golden = json.loads(GOLDEN.read_text()) if GOLDEN.exists() else {}
    if os.environ.get("GOLDEN") == "write":
        golden[name] = {"pixels": engine.pixels, **now}
        lines = ",\n".join(f"{json.dumps(name)}: {json.dumps(golden[name], sort_keys=True)}" for name in sorted(golden))
        GOLDEN.write_text(f"{{\n{lines}\n}}\n")
        return
    kept = golden[name]
    assert kept["pixels"] == engine.pixels, f"{name} was raised to pixels {engine.pixels}: renew the golden facts"
    assert difference(now, kept) <= 1, f"the output of {name} changed: raise its pixels, then renew the golden facts"


def test_a_visible_change_is_noticed() -> None:
    golden = json.loads(GOLDEN.read_text())["graphics/title"]
    brighter = {"thumbnails": [[min(255, level + 9) for level in frame] for frame in golden["thumbnails"]]}
    assert difference(brighter, golden) > 1


def test_every_engine_of_ours_that_is_deterministic_has_a_sample() -> None:
    ours = {name for name in registry.names() if not name.startswith("mock/")}
    # These copy packets, copy a file, write a text, or only look.
    copying = {"conformer/stitch", "voice/recording", "conformer/captions"}
    # What programs of the operating system say depends on their version.
    copying |= {"voice/flite", "voice/espeak"}
    left_out = copying | {"conformer/subject", "conformer/sync"}
    wanted = {name for name in ours - left_out if registry.engine(name).limits.deterministic}
    assert wanted - {"diffusion/local"} <= set(SAMPLES)
