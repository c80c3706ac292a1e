"""A motion brush of a diffusion model against the portrait animator, on one talking portrait, by the same figures.

    python -m bench.brush                                  tiny random weights on the processor: the harness only
    python -m bench.brush --weights FOLDER --family ltx    a real model, brushed over the mouth

Both are given the same still. The animator hears the voice; no image-to-video model does, so all that a brush is told
is a prompt. All figures but the work are of the frames as they are handed to the encoder.
"""

# ruff: noqa: E402 - the numbers of threads must be set before numpy is loaded

from __future__ import annotations

import argparse
import os
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil, nan
from pathlib import Path
from unittest.mock import patch

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydantic import BaseModel, JsonValue

from bench.demo import best_lag, openness
from edl.facts import VoiceFacts
from edl.project import Cutaway
from edl.recipe import Native
from engines.animator.portrait import ENGINE as ANIMATOR
from engines.animator.portrait import PortraitParams, build_rig
from engines.contract import Order, Session, Shape, Wish
from engines.diffusion.local import ENGINE as BRUSH
from engines.diffusion.rig.region import soften
from engines.media.sink import FrameSink
from engines.media.still import cover_still, read_still
from engines.vision.faces import EYES, mouth_gap
from engines.vision.landmarks import landmarker
from engines.voice.hibari import ENGINE as VOICE

Pixels = NDArray[np.uint8]
Points = NDArray[np.float64]
Area = NDArray[np.bool_]

HOST = Path(__file__).parents[1] / "projects" / "demo" / "assets" / "host.jpg"
SAID = "Every word is seen."
PROMPT = "the person speaks to the camera, lips moving, head still"
TINY = "tiny random weights: shows that the harness works, not how good a model is"
SIDE, FPS = 384, Fraction(25)
ROOM = 1.8  # the crop's side over the face's height
FEATHER = 4.0  # pixels
MOUTH_ENDS, LIPS = (61, 291), (13, 14)
CHEEK = (50, 101, 118, 36, 205)
FEWEST_SEEN = 12  # frames with a face, below which no lag is told


@dataclass(frozen=True)
class Shot:
    """What one engine made: raw frames, where it may change pixels, CPU and wall seconds a frame."""

    name: str
    fps: Fraction
    frames: Pixels
    region: Area
    cpu: float
    wall: float


@dataclass(frozen=True)
class Figures:
    """The measures of a shot, in the order in which they are printed. ``outside``: pixels that differ from the still
    where nothing may, over all frames. ``lag`` in seconds, late is positive. ``identity``: mean Lab distance of the
    face to the still's. ``eyes``, ``skin``: Laplacian variance over the still's. ``flicker``: mean second difference
    of the face's mean luma, of 255."""

    frames: int
    region: float
    outside: int
    lost: int
    lag: float
    correlation: float
    identity: float
    eyes: float
    skin: float
    flicker: float
    cpu: float
    wall: float


class NoJournal:
    """Nothing is paid for here."""

    def entries(self) -> list[dict[str, JsonValue]]:
        return []

    def write(self, entry: Mapping[str, JsonValue]) -> None:
        raise AssertionError(f"an engine wrote {entry}")


def portrait(folder: Path, side: int) -> tuple[Path, Points]:
    """The demo's host cut to a square round the face, and the face's landmarks in it."""
    whole = read_still(HOST)
    points = landmarker().find(whole).points
    assert points is not None
    low, high = points[:, :2].min(axis=0), points[:, :2].max(axis=0)
    wide = min(round(ROOM * (high[1] - low[1])), *whole.shape[:2])
    left, top = (
        int(np.clip(at - wide / 2, 0, most - wide))
        for at, most in zip((low + high) / 2, whole.shape[1::-1], strict=True)
    )
    square = cv2.resize(whole[top : top + wide, left : left + wide], (side, side), interpolation=cv2.INTER_AREA)
    Image.fromarray(np.asarray(square, np.uint8)).save(folder / "host.png")
    found = landmarker().find(read_still(folder / "host.png")).points
    assert found is not None
    return folder / "host.png", found


def mouth_mask(folder: Path, points: Points, side: int) -> Path:
    """White over the mouth and as far down as lips go when they part."""
    centre = points[list(LIPS), :2].mean(axis=0)
    width = float(np.linalg.norm(points[MOUTH_ENDS[0], :2] - points[MOUTH_ENDS[1], :2]))
    drawn = np.zeros((side, side), np.uint8)
    axes = round(0.7 * width), round(0.55 * width)
    cv2.ellipse(drawn, (round(centre[0]), round(centre[1] + 0.1 * width)), axes, 0, 0, 360, 255, -1)
    Image.fromarray(drawn).save(folder / "mask.png")
    return folder / "mask.png"


def order_in(home: Path, params: BaseModel, native: Native | None, inputs: Mapping[str, Path]) -> Order:
    """An order with an empty folder."""
    return Order("0" * 64, params, native, 1, inputs, Path(tempfile.mkdtemp(dir=home)), NoJournal())


def spoken(home: Path) -> tuple[VoiceFacts, dict[str, Path]]:
    """The sentence, and the files that the animator hears it by."""
    order = order_in(home, VOICE.params.model_validate({"say": SAID}), None, {})
    session = VOICE.open("cpu")
    made = session.render(order)
    session.close()
    facts = VoiceFacts.model_validate(made.facts["voice"])
    return facts, {"sound": order.folder / made.media, "timings": order.folder / "timings.json"}


def watched(session: Session, order: Order) -> tuple[Pixels, float, float]:
    """All frames that an order hands to the encoder, and CPU and wall seconds a frame, encoder included."""
    seen: list[Pixels] = []
    write = FrameSink.write

    def watching(sink: FrameSink, frame: Pixels) -> None:
        seen.append(frame.copy())
        write(sink, frame)

    with patch.object(FrameSink, "write", watching):
        cpu, wall = time.process_time(), time.perf_counter()
        session.render(order)
        spent = time.process_time() - cpu, time.perf_counter() - wall
    return np.stack(seen), spent[0] / len(seen), spent[1] / len(seen)


def animated(home: Path, still: Path, sound: Mapping[str, Path], native: Native) -> Shot:
    """The animator's talk; its session is warm."""
    session = ANIMATOR.open("cpu")
    order = order_in(home, PortraitParams(), native, {"portrait": still, **sound})
    session.render(replace(order, native=replace(native, frames=2), folder=Path(tempfile.mkdtemp(dir=home))))
    frames, cpu, wall = watched(session, order)
    x0, y0, x1, y1 = build_rig(still, native.width, native.height).roi
    region = np.zeros(frames.shape[1:3], bool)
    region[y0:y1, x0:x1] = True
    return Shot("animator", native.fps, frames, region, cpu, wall)


def brushed(home: Path, still: Path, mask: Path, seconds: Fraction, side: int, asked: Mapping[str, object]) -> Shot:
    """The shot of a diffusion model under a mask over the mouth; its pipeline is warm."""
    params = BRUSH.params.model_validate({"prompt": PROMPT, "feather": FEATHER, "width": side, "height": side, **asked})
    segment = Cutaway.model_validate({"cutaway": "a", "image": "host.png", "mask": "mask.png"})
    wish = Wish(segment, seconds, round(seconds * FPS), Shape(side, side, FPS))
    native = BRUSH.native(wish, params)
    order = replace(order_in(home, params, native, {"image": still, "mask": mask}), permitted=BRUSH.permitted)
    session = BRUSH.open("cpu")
    quick = params.model_copy(update={"steps": 1})
    short = BRUSH.native(replace(wish, seconds=1 / FPS, frames=1), quick)
    session.render(replace(order, params=quick, native=short, folder=Path(tempfile.mkdtemp(dir=home))))
    frames, cpu, wall = watched(session, order)
    session.close()
    drawn = cover_still(read_still(mask), native.width, native.height)[:, :, 0]
    return Shot("brush", native.fps, frames, soften(drawn, FEATHER) > 0, cpu, wall)


def measured(shot: Shot, still: Pixels, facts: VoiceFacts) -> Figures:
    """All figures of one shot against the still that it was made from."""
    base = landmarker().find(still).points
    assert base is not None
    found = [landmarker().find(frame).points for frame in shot.frames]
    places = [base if points is None else points for points in found]
    changed = (shot.frames != still).any(axis=3)
    lag, correlation = lips(found, facts, shot.fps)
    x0, y0, x1, y1 = _box(base, range(len(base)), still.shape)
    faces = shot.frames[:, y0:y1, x0:x1]
    return Figures(
        frames=len(shot.frames),
        region=float(shot.region.mean()),
        outside=int(changed[:, ~shot.region].sum()),
        lost=sum(points is None for points in found),
        lag=lag,
        correlation=correlation,
        identity=float(np.mean([colour_distance(face, still[y0:y1, x0:x1]) for face in faces])),
        eyes=sharpness(shot.frames, places, still, base, EYES),
        skin=sharpness(shot.frames, places, still, base, CHEEK),
        flicker=flicker(faces),
        cpu=shot.cpu,
        wall=shot.wall,
    )


def lips(found: Sequence[Points | None], facts: VoiceFacts, fps: Fraction) -> tuple[float, float]:
    """By how many seconds the lips that are seen lag the phones, and their correlation there; nan for too few."""
    seen = [(at, mouth_gap(points)) for at, points in enumerate(found) if points is not None]
    gaps = np.array([gap for _, gap in seen])
    if len(seen) < FEWEST_SEEN or float(gaps.std()) < 1e-6:
        return nan, nan
    lag, correlation = best_lag(gaps, openness(facts, float(fps), len(found), 0), [at for at, _ in seen])
    return lag / float(fps), correlation


def colour_distance(frame: Pixels, still: Pixels) -> float:
    """Mean Euclidean distance in Lab."""
    one, other = (cv2.cvtColor(part.astype(np.float32) / 255, cv2.COLOR_RGB2Lab) for part in (frame, still))
    return float(np.linalg.norm(one - other, axis=2).mean())


def sharpness(frames: Pixels, places: Sequence[Points], still: Pixels, base: Points, marks: Sequence[int]) -> float:
    """Median variance of the Laplacian round some landmarks, over the still's there."""
    ought = _detail(still, _box(base, marks, still.shape))
    found = [_detail(frame, _box(points, marks, still.shape)) for frame, points in zip(frames, places, strict=True)]
    return float(np.median(found)) / ought


def flicker(faces: Pixels) -> float:
    """Mean absolute second difference of the mean luma, frames x height x width x 3, of 255."""
    luma = (faces.astype(np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)).mean(axis=(1, 2))
    return float(np.abs(np.diff(luma, n=2)).mean()) if len(luma) > 2 else 0.0


def _detail(picture: Pixels, box: tuple[int, int, int, int]) -> float:
    x0, y0, x1, y1 = box
    return float(cv2.Laplacian(cv2.cvtColor(picture[y0:y1, x0:x1], cv2.COLOR_RGB2GRAY), cv2.CV_64F).var())


def _box(points: Points, marks: Sequence[int], shape: tuple[int, ...]) -> tuple[int, int, int, int]:
    area = points[list(marks), :2]
    x0, y0 = (int(np.clip(at, 0, most - 3)) for at, most in zip(area.min(axis=0), shape[1::-1], strict=True))
    x1, y1 = (int(np.clip(at + 1, 0, most)) for at, most in zip(area.max(axis=0), shape[1::-1], strict=True))
    return x0, y0, max(x1, x0 + 3), max(y1, y0 + 3)


ROWS = (
    ("frames", "frames", "{:.0f}"),
    ("share of the picture that may move", "region", "{:.1%}"),
    ("pixels changed elsewhere, all frames", "outside", "{:.0f}"),
    ("frames on which no face was found", "lost", "{:.0f}"),
    ("lips behind the voice, seconds", "lag", "{:+.3f}"),
    ("lips against phones, r", "correlation", "{:.2f}"),
    ("face to still, mean Lab distance", "identity", "{:.2f}"),
    ("sharpness of eyes over the still's", "eyes", "{:.2f}"),
    ("sharpness of a cheek over the still's", "skin", "{:.2f}"),
    ("flicker of the face, grey levels", "flicker", "{:.3f}"),
    ("CPU seconds a frame, with encoder", "cpu", "{:.3f}"),
    ("wall seconds a frame, with encoder", "wall", "{:.3f}"),
)


def table(columns: Mapping[str, Figures]) -> str:
    """The figures side by side, as a table of Markdown."""
    lines = [f"| figure | {' | '.join(columns)} |", "| --- |" + " ---: |" * len(columns)]
    for words, name, form in ROWS:
        lines.append(f"| {words} | {' | '.join(form.format(getattr(found, name)) for found in columns.values())} |")
    return "\n".join(lines)


def compare(home: Path, side: int, asked: Mapping[str, object]) -> dict[str, Figures]:
    """Render and measure both."""
    still, points = portrait(home, side)
    facts, sound = spoken(home)
    frames = ceil(facts.seconds * FPS / 8) * 8 + 1
    shots = (
        animated(home, still, sound, Native(side, side, FPS, frames)),
        brushed(home, still, mouth_mask(home, points, side), frames / FPS, side, asked),
    )
    return {
        shot.name: measured(shot, cover_still(read_still(still), *shot.frames.shape[2:0:-1]), facts) for shot in shots
    }


def main() -> None:
    parser = argparse.ArgumentParser(description="a motion brush against the portrait animator")
    parser.add_argument("--weights", default="", help="a diffusers folder, or the id of a downloaded model")
    parser.add_argument("--family", default="ltx")
    parser.add_argument("--steps", type=int, help="left out: the family's (tiny weights: 8)")
    parser.add_argument("--side", type=int, default=SIDE, help="of the square portrait, a multiple of 32")
    told = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        home, weights, steps = Path(folder), told.weights, told.steps
        if not weights:
            from tests.engines.diffusion.tiny import build

            weights, steps = str(build(told.family, home)), steps or 8
        asked = {"family": told.family, "weights": weights, **({"steps": steps} if steps else {})}
        found = compare(home, told.side, asked)
        print(f"{told.side}x{told.side}, {SAID!r}; brush: {told.family}, {told.weights or TINY}")
        print(table(found))


if __name__ == "__main__":
    main()
