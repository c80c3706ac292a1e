"""Composites the inside of the mouth into a frame, clipped by the inner lips and shaded as if it lay behind them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.animator.rig import topology as top
from engines.animator.rig.curves import smoothstep
from engines.animator.rig.mesh import Mesh, Points
from engines.animator.rig.plates import LEFT, TOP, Layer, Pixels, Plates

Matrix = NDArray[np.float64]

FEATHER, NEAR, DROP = 0.012, 0.035, 0.045  # mouth widths: mask edge, shade by the lips, shade from above
FADE = (0.012, 0.042)  # gap, in mouth widths, over which the inside appears: hairlines stay hidden
SUBPIXEL = 4  # bits of the polygon's coordinates


@cache
def spline_matrix(knots: int = 11, samples: int = 40) -> Matrix:
    """samples x knots: natural cubic spline through evenly numbered knots, ends kept."""
    from scipy.interpolate import CubicSpline

    return np.asarray(CubicSpline(np.arange(knots), np.eye(knots), bc_type="natural")(np.linspace(0, knots - 1, samples)))


@dataclass(frozen=True)
class Opening:
    """The inner lips of one frame. ``jaw``: how far the lower lip fell, mouth widths; ``puck``, ``tongue`` and ``tuck``
    0 to 1."""

    moved: Points  # all vertices, pixels of the region
    head: Matrix  # 2 x 3: mouth space to pixels of the region
    jaw: float
    puck: float
    tongue: float
    tuck: float


def paint_mouth(region: Pixels, opening: Opening, plates: Plates, mesh: Mesh) -> None:
    """Draw the inside of the mouth into ``region`` (uint8 RGB) in place; a closed mouth changes nothing."""
    unit = mesh.mouth_width * mesh.frame.iod
    curve = spline_matrix()
    upper, lower = curve @ opening.moved[list(top.INNER_UPPER)], curve @ opening.moved[list(top.INNER_LOWER)]
    gap = float(np.max(lower[:, 1] - upper[:, 1])) / unit
    fade = float(smoothstep((gap - FADE[0]) / (FADE[1] - FADE[0])))
    if fade <= 0:
        return
    lower = np.maximum(lower, np.column_stack([np.full(len(upper), -np.inf), np.interp(lower[:, 0], upper[:, 0], upper[:, 1])]))
    outline = np.concatenate([upper, lower[::-1]])
    box = _box(outline, 0.12 * unit, region.shape)
    if box is None:
        return
    x0, y0, x1, y1 = box
    mask = _mask(outline - [x0, y0], (y1 - y0, x1 - x0))
    inside = _inside(opening, plates, np.array([x0, y0]), mask.shape)
    near = _blur(mask, NEAR * unit)
    above = _lowered(near, DROP * unit)
    floor = 0.30 + 0.40 * opening.tuck  # teeth that touch the lower lip stand in the light
    shade = (floor + (1 - floor) * np.clip((near - 0.30) / 0.60, 0, 1)) * (0.55 + 0.45 * np.clip((above - 0.2) / 0.7, 0, 1))
    alpha = (_blur(mask, FEATHER * unit) * fade)[..., None]
    under = region[y0:y1, x0:x1].astype(np.float32)
    region[y0:y1, x0:x1] = np.rint(under + alpha * (inside * shade[..., None] - under)).astype(np.uint8)


def _box(outline: Points, pad: float, shape: tuple[int, ...]) -> tuple[int, int, int, int] | None:
    x0, y0 = (int(v) for v in np.floor(outline.min(axis=0) - pad))
    x1, y1 = (int(v) for v in np.ceil(outline.max(axis=0) + pad))
    x0, y0, x1, y1 = max(0, x0), max(0, y0), min(shape[1], x1), min(shape[0], y1)
    return (x0, y0, x1, y1) if x1 > x0 and y1 > y0 else None


def _mask(outline: Points, shape: tuple[int, int]) -> Layer:
    filled = np.zeros(shape, np.uint8)
    corners = np.rint(outline * (1 << SUBPIXEL)).astype(np.int32)
    cv2.fillPoly(filled, [corners], 255, lineType=cv2.LINE_AA, shift=SUBPIXEL)
    return filled.astype(np.float32) / 255


def _blur(mask: Layer, sigma: float) -> Layer:
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), max(0.35, sigma)), np.float32)


def _lowered(mask: Layer, pixels: float) -> Layer:
    shift = np.array([[1, 0, 0], [0, 1, pixels]], np.float64)
    return np.asarray(cv2.warpAffine(mask, shift, (mask.shape[1], mask.shape[0]), flags=cv2.INTER_LINEAR), np.float32)


def _inside(opening: Opening, plates: Plates, corner: NDArray[np.int64], shape: tuple[int, ...]) -> Layer:
    """Cavity, tongue and teeth on top of one another, RGB 0 to 255."""
    picture = np.empty((shape[0], shape[1], 3), np.float32)
    picture[:] = plates.cavity
    fall = 0.82 * opening.jaw - 0.10 * opening.tongue
    tongue = _placed(plates.tongue, plates, opening.head, corner, shape, fall)
    picture = picture * (1 - tongue[..., 3:]) + tongue[..., :3]
    teeth = _placed(plates.teeth, plates, opening.head, corner, shape, -0.035 * opening.puck)
    dim = 1 - 0.45 * opening.puck
    return np.asarray(picture * (1 - teeth[..., 3:]) + teeth[..., :3] * dim, np.float32)


def _placed(
    layer: Layer, plates: Plates, head: Matrix, corner: NDArray[np.int64], shape: tuple[int, ...], down: float
) -> Layer:
    """A plate's layer in the mouth's box, moved down by ``down`` mouth widths."""
    to_mouth = np.array([[1 / plates.scale, 0, LEFT + 0.5 / plates.scale], [0, 1 / plates.scale, TOP + down + 0.5 / plates.scale], [0, 0, 1]])
    matrix = head @ to_mouth
    matrix[:, 2] -= corner
    return np.asarray(cv2.warpAffine(layer, matrix, (shape[1], shape[0]), flags=cv2.INTER_LINEAR), np.float32)
