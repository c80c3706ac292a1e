"""Portraits that nobody sat for: a face painted by a few shapes and brush strokes, with or without glasses.

python -m bench.drawing FOLDER        writes drawing.png and glasses.png
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Canvas = NDArray[np.float32]
Colour = tuple[float, float, float]

SIDE = 1024
FINER = 2  # drawn at twice the size and averaged down


@dataclass(frozen=True)
class Paint:
    """Colours, RGB 0 to 255."""

    wall: Colour = (126, 148, 150)
    skin: Colour = (214, 164, 132)
    hair: Colour = (74, 42, 28)
    iris: Colour = (70, 104, 84)
    lips: Colour = (176, 84, 78)
    coat: Colour = (58, 66, 104)


DARK = Paint(wall=(168, 150, 122), skin=(112, 70, 48), hair=(26, 20, 20), iris=(48, 30, 20), lips=(116, 54, 52))


def portrait(paint: Paint = Paint(), glasses: bool = False, seed: int = 1) -> Pixels:
    """A painted head and shoulders, 1024 x 1024, uint8 RGB, the same every time."""
    side = SIDE * FINER
    canvas: Canvas = np.empty((side, side, 3), np.float32)
    canvas[:] = paint.wall
    _blob(canvas, 512, 470, 500, 520, _lighter(paint.wall, 1.18), 0.6, 160)
    _hair(canvas, paint)
    _blob(canvas, 512, 1010, 400, 250, paint.coat, 1, 4)
    _blob(canvas, 512, 800, 104, 170, _lighter(paint.skin, 0.80), 1, 5)
    _blob(canvas, 512, 768, 120, 60, _lighter(paint.skin, 0.62), 0.8, 26)
    _head(canvas, paint)
    for middle in (410, 614):
        _eye(canvas, middle, 470, paint)
    _nose(canvas, paint)
    _mouth(canvas, paint)
    _locks(canvas, paint)
    if glasses:
        _glasses(canvas)
    small = cv2.resize(_brushed(canvas, seed), (SIDE, SIDE), interpolation=cv2.INTER_AREA)
    return np.asarray(np.clip(np.rint(small), 0, 255), np.uint8)


def _lighter(colour: Colour, times: float) -> Colour:
    red, green, blue = (min(255.0, value * times) for value in colour)
    return red, green, blue


def _lay(canvas: Canvas, mask: NDArray[np.uint8], colour: Colour, cover: float, soft: float) -> None:
    """Blend a colour over the canvas; ``soft`` is the blur of the mask's edge in pixels of the finished picture."""
    sigma, coarse = soft * FINER, max(1, int(soft * FINER) // 8)  # a wide blur needs few pixels
    x, y, wide, high = cv2.boundingRect(mask)
    pad = int(3 * sigma) + coarse
    x0, y0, x1, y1 = max(0, x - pad), max(0, y - pad), x + wide + pad, y + high + pad
    part = mask[y0:y1, x0:x1].astype(np.float32) / 255
    small = cv2.resize(part, None, fx=1 / coarse, fy=1 / coarse, interpolation=cv2.INTER_AREA)
    blurred = cv2.GaussianBlur(small, (0, 0), sigma / coarse, borderType=cv2.BORDER_REPLICATE)
    alpha = cv2.resize(blurred, part.shape[::-1], interpolation=cv2.INTER_LINEAR) * cover
    under = canvas[y0:y1, x0:x1]
    under += alpha[..., None] * (np.array(colour, np.float32) - under)


def _mask() -> NDArray[np.uint8]:
    return np.zeros((SIDE * FINER, SIDE * FINER), np.uint8)


def _blob(canvas: Canvas, x: float, y: float, a: float, b: float, colour: Colour, cover: float, soft: float) -> None:
    """A soft ellipse with half axes ``a`` and ``b``."""
    mask = _mask()
    centre, axes = (round(x * FINER), round(y * FINER)), (round(a * FINER), round(b * FINER))
    cv2.ellipse(mask, centre, axes, 0, 0, 360, 255, -1, cv2.LINE_AA)
    _lay(canvas, mask, colour, cover, soft)


def _shape(canvas: Canvas, points: Sequence[tuple[float, float]], colour: Colour, cover: float, soft: float) -> None:
    mask = _mask()
    cv2.fillPoly(mask, [np.rint(np.array(points) * FINER).astype(np.int32)], 255, cv2.LINE_AA)
    _lay(canvas, mask, colour, cover, soft)


def _curve(x: float, y: float, half: float, rise: float, count: int = 24) -> list[tuple[float, float]]:
    """A parabola from the left to the right end, ``rise`` high in the middle."""
    steps = np.linspace(-1, 1, count)
    return [(x + half * s, y - rise * (1 - s * s)) for s in steps]


def _stroke(canvas: Canvas, points: list[tuple[float, float]], colour: Colour, thick: float, soft: float) -> None:
    mask = _mask()
    line = np.rint(np.array(points) * FINER).astype(np.int32)
    cv2.polylines(mask, [line], False, 255, max(1, round(thick * FINER)), cv2.LINE_AA)
    _lay(canvas, mask, colour, 1, soft)


def _hair(canvas: Canvas, paint: Paint) -> None:
    _blob(canvas, 512, 430, 268, 330, paint.hair, 1, 5)
    for x in (292, 732):
        _blob(canvas, x, 640, 78, 260, paint.hair, 1, 8)
    _blob(canvas, 450, 250, 120, 60, _lighter(paint.hair, 1.7), 0.5, 40)


def _head(canvas: Canvas, paint: Paint) -> None:
    skin = paint.skin
    outline = [
        (
            512 + 214 * np.cos(t) * (1 - 0.16 * max(0.0, np.sin(t)) ** 2),
            500 + (292 if np.sin(t) > 0 else 270) * np.sin(t),
        )
        for t in np.linspace(0, 2 * np.pi, 160)
    ]
    _shape(canvas, outline, skin, 1, 3)
    _blob(canvas, 672, 540, 50, 190, _lighter(skin, 0.70), 0.55, 40)
    _blob(canvas, 350, 560, 36, 160, _lighter(skin, 0.80), 0.45, 36)
    _blob(canvas, 470, 330, 120, 60, _lighter(skin, 1.14), 0.6, 40)
    for x in (398, 622):
        _blob(canvas, x, 590, 52, 40, (skin[0], skin[1] * 0.84, skin[2] * 0.82), 0.5, 26)
    _blob(canvas, 512, 752, 52, 24, _lighter(skin, 1.10), 0.5, 18)


def _eye(canvas: Canvas, x: float, y: float, paint: Paint) -> None:
    skin, side = paint.skin, 1 if x > 512 else -1
    _blob(canvas, x, y - 14, 66, 34, _lighter(skin, 0.74), 0.6, 16)
    white = [*_curve(x, y + 2, 50, 24), *_curve(x, y + 2, 50, -15)[::-1]]
    _shape(canvas, white, (236, 230, 222), 1, 1.5)
    inside = canvas.copy()
    _blob(inside, x, y - 3, 21, 21, paint.iris, 1, 1.5)
    _blob(inside, x, y - 3, 10, 10, (16, 12, 12), 1, 1.5)
    _blob(inside, x - 6, y - 10, 4, 4, (250, 250, 250), 0.9, 1)
    mask = _mask()
    cv2.fillPoly(mask, [np.rint(np.array(white) * FINER).astype(np.int32)], 255, cv2.LINE_AA)
    np.copyto(canvas, inside, where=mask[..., None] > 127)
    _stroke(canvas, _curve(x, y + 2, 52, 25), (36, 22, 18), 6, 1.2)
    _stroke(canvas, _curve(x, y + 2, 48, -16), _lighter(skin, 0.6), 2, 1.2)
    _stroke(canvas, _curve(x, y - 14, 50, 22), _lighter(skin, 0.62), 3, 2)
    brow = [(x - side * 58, y - 58), (x - side * 10, y - 80), (x + side * 62, y - 58)]
    _stroke(canvas, brow, _lighter(paint.hair, 0.9), 15, 3)


def _nose(canvas: Canvas, paint: Paint) -> None:
    skin = paint.skin
    _blob(canvas, 532, 540, 12, 70, _lighter(skin, 0.80), 0.6, 12)
    _blob(canvas, 506, 530, 10, 80, _lighter(skin, 1.16), 0.7, 9)
    _blob(canvas, 512, 596, 36, 24, _lighter(skin, 1.04), 0.8, 8)
    _stroke(canvas, _curve(512, 606, 42, -16), _lighter(skin, 0.58), 4, 3)
    for x in (492, 532):
        _blob(canvas, x, 613, 11, 6, _lighter(skin, 0.36), 0.95, 2.5)


def _mouth(canvas: Canvas, paint: Paint) -> None:
    upper = [(432, 688), (478, 670), (500, 664), (512, 669), (524, 664), (546, 670), (592, 688), (512, 691)]
    lower = [*_curve(512, 688, 80, -2), *_curve(512, 688, 74, -36)[::-1]]
    _blob(canvas, 512, 734, 60, 12, _lighter(paint.skin, 0.74), 0.6, 9)
    _shape(canvas, lower, _lighter(paint.lips, 1.08), 1, 3)
    _shape(canvas, upper, _lighter(paint.lips, 0.86), 1, 2.5)
    _blob(canvas, 506, 706, 30, 6, _lighter(paint.lips, 1.4), 0.5, 5)
    _stroke(canvas, [(430, 687), (470, 689), (512, 692), (554, 689), (594, 687)], _lighter(paint.lips, 0.36), 3.5, 1.4)


def _locks(canvas: Canvas, paint: Paint) -> None:
    """Hair in front of the forehead and over the edge of one cheek."""
    fringe = [
        (300, 400),
        (330, 250),
        (512, 176),
        (700, 250),
        (726, 420),
        (668, 330),
        (560, 262),
        (430, 300),
        (344, 380),
    ]
    _shape(canvas, [(float(x), float(y)) for x, y in fringe], paint.hair, 1, 5)
    _shape(canvas, [(706, 300), (742, 480), (728, 700), (690, 640), (700, 480)], _lighter(paint.hair, 1.12), 1, 4)


def _glasses(canvas: Canvas) -> None:
    frame: Colour = (28, 26, 32)
    for x in (410, 614):
        rim = [(x + 82 * np.cos(t), 476 + 58 * np.sin(t)) for t in np.linspace(0, 2 * np.pi, 60)]
        _shape(canvas, rim, (220, 232, 240), 0.08, 1)
        _stroke(canvas, rim, frame, 8, 1)
    _stroke(canvas, _curve(512, 466, 21, 10), frame, 8, 1)
    _stroke(canvas, [(328, 466), (288, 458)], frame, 8, 1)
    _stroke(canvas, [(696, 466), (736, 458)], frame, 8, 1)


def _brushed(canvas: Canvas, seed: int) -> Canvas:
    """Brush marks: noise drawn out along a slowly turning direction."""
    chance = np.random.default_rng(seed)
    side = SIDE * FINER
    noise = chance.normal(0, 1, (side // 4, side // 4)).astype(np.float32)
    along, across = (cv2.GaussianBlur(noise, (0, 0), x, sigmaY=y) for x, y in ((9, 1), (1, 9)))
    turn = cv2.resize(
        chance.normal(0, 1, (6, 6)).astype(np.float32), (side // 4, side // 4), interpolation=cv2.INTER_CUBIC
    )
    marks = np.where(turn > 0, along / along.std(), across / across.std()).astype(np.float32)
    marks = cv2.resize(cv2.GaussianBlur(marks, (0, 0), 1), (side, side), interpolation=cv2.INTER_CUBIC)
    return np.asarray(canvas * (1 + 0.035 * marks[..., None]), np.float32)


def main() -> None:
    """Write both portraits."""
    folder = Path(sys.argv[1])
    for name, picture in (("drawing", portrait()), ("glasses", portrait(DARK, glasses=True, seed=2))):
        cv2.imwrite(str(folder / f"{name}.png"), picture[..., ::-1])


if __name__ == "__main__":
    main()
