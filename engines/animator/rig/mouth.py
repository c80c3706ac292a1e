"""Composites the inside of the mouth into a frame, clipped by the inner lips and shaded as if it lay behind them."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.animator.rig.curves import smoothstep
from engines.animator.rig.lips import Outline, lip_curves
from engines.animator.rig.mesh import Mesh, Points
from engines.animator.rig.plates import LEFT, TOP, Layer, Plates, Region

Matrix = NDArray[np.float64]

FEATHER, NEAR, DROP = 0.012, 0.035, 0.045  # mouth widths: mask edge, shade by the lips, shade from above
FADE = (0.010, 0.026)  # gap, in mouth widths, over which the inside appears: hairlines stay hidden
STIR = (0.006, 0.036)  # lip movement over which a smile's own mouth gives way to the composed one
SLIT = (0.004, 0.020)  # the same as FADE for a smile: between its lips is a seam, not skin
PARTED = (0.020, 0.050)  # gap over which that seam goes
WARM = np.array([0.85, 1.06, 1.12], np.float32)  # powers of the shade: light that comes through lips is red
SEAM = 0.016  # mouth widths: line between the lips of a smile that has closed
HIDES, HIDES_OWN = 0.08, 0.10  # mouth widths by which rounded lips, which protrude, cover more of the teeth
DIMS = np.array([0.22, 0.28, 0.32], np.float32)  # share of the light that they keep away, most of the blue


@dataclass(frozen=True)
class Opening:
    """The mouth of one frame. ``jaw``: how far the lower lip fell, ``stir``: how far any lip vertex moved, both in
    mouth widths; ``puck``, ``tongue`` and ``tuck`` 0 to 1."""

    moved: Points  # all vertices, pixels of the region
    head: Matrix  # 2 x 3: mouth space to pixels of the region
    jaw: float
    stir: float
    puck: float
    tongue: float
    tuck: float


def paint_mouth(region: Region, opening: Opening, plates: Plates, mesh: Mesh) -> None:
    """Draw the mouth's inside into ``region`` (RGB) in place; a closed mouth, and a smile at rest, change nothing."""
    unit = mesh.mouth_width * mesh.frame.iod
    outline = Outline(*lip_curves(opening.moved))
    gap = outline.gap / unit
    visible = _rise(opening.stir, STIR) if plates.own_teeth else 1.0
    shown = visible * _rise(gap, SLIT if plates.own_teeth else FADE)
    box = _box(outline.polygon(), 0.12 * unit, region.shape)
    if visible <= 0 or box is None or (shown <= 0 and not plates.own_teeth):
        return
    x0, y0, x1, y1 = box
    shape = y1 - y0, x1 - x0
    mask = np.asarray(outline.filled(shape, (x0, y0)) / 255, np.float32)
    inside = (
        _inside(opening, plates, np.array([x0, y0]), shape) * _shade(mask, opening, plates, unit)[..., None] ** WARM
    )
    picture = region[y0:y1, x0:x1].astype(np.float32)
    picture += (_blur(mask, FEATHER * unit) * shown)[..., None] * (inside - picture)
    if plates.own_teeth:
        line = np.asarray(outline.seam(shape, (x0, y0), SEAM * unit) / 255, np.float32)
        strength = visible * (1 - _rise(gap, PARTED))
        picture += (_blur(line, 0.008 * unit) * strength)[..., None] * (plates.seam.astype(np.float32) - picture)
    region[y0:y1, x0:x1] = np.rint(picture).astype(region.dtype)


def _rise(value: float, limits: tuple[float, float]) -> float:
    return float(smoothstep((value - limits[0]) / (limits[1] - limits[0])))


def _shade(mask: Layer, opening: Opening, plates: Plates, unit: float) -> Layer:
    """Light that the lips let in: less near them, less below the upper one. A photograph has its own shade already,
    and teeth that touch the lower lip stand in the light."""
    near = _blur(mask, NEAR * unit)
    above = _lowered(near, DROP * unit)
    floor = 0.48 + 0.24 * opening.tuck
    shade = (floor + (1 - floor) * np.clip((near - 0.30) / 0.60, 0, 1)) * (
        0.55 + 0.45 * np.clip((above - 0.2) / 0.7, 0, 1)
    )
    return np.asarray(0.70 + 0.30 * shade if plates.own_teeth else shade, np.float32)


def _box(outline: Points, pad: float, shape: tuple[int, ...]) -> tuple[int, int, int, int] | None:
    x0, y0 = (max(0, int(v)) for v in np.floor(outline.min(axis=0) - pad))
    x1, y1 = (int(v) for v in np.ceil(outline.max(axis=0) + pad))
    x1, y1 = min(shape[1], x1), min(shape[0], y1)
    return (x0, y0, x1, y1) if x1 > x0 and y1 > y0 else None


def _blur(mask: Layer, sigma: float) -> Layer:
    return np.asarray(cv2.GaussianBlur(mask, (0, 0), max(0.35, sigma)), np.float32)


def _lowered(mask: Layer, pixels: float) -> Layer:
    shift = np.array([[1, 0, 0], [0, 1, pixels]], np.float64)
    return np.asarray(cv2.warpAffine(mask, shift, (mask.shape[1], mask.shape[0]), flags=cv2.INTER_LINEAR), np.float32)


def _inside(opening: Opening, plates: Plates, corner: NDArray[np.int64], shape: tuple[int, int]) -> Layer:
    """Cavity, tongue and teeth on top of one another, RGB 0 to 255."""
    picture = np.empty((*shape, 3), np.float32)
    picture[:] = plates.cavity
    fall = 0.82 * opening.jaw - 0.10 * opening.tongue
    tongue = _placed(plates.tongue, plates, opening.head, corner, shape, fall)
    picture = picture * (1 - tongue[..., 3:]) + tongue[..., :3]
    lift = -(HIDES_OWN if plates.own_teeth else HIDES) * opening.puck
    teeth = _placed(plates.teeth, plates, opening.head, corner, shape, lift)
    lit = teeth[..., :3] * (1 - opening.puck * DIMS)
    return np.asarray(picture * (1 - teeth[..., 3:]) + lit, np.float32)


def _placed(
    layer: Layer, plates: Plates, head: Matrix, corner: NDArray[np.int64], shape: tuple[int, int], down: float
) -> Layer:
    """A plate's layer in the mouth's box, moved down by ``down`` mouth widths."""
    step = 1 / plates.scale
    to_mouth = np.array([[step, 0, LEFT + step / 2], [0, step, TOP + down + step / 2], [0, 0, 1]])
    matrix = head @ to_mouth
    matrix[:, 2] -= corner
    return np.asarray(cv2.warpAffine(layer, matrix, (shape[1], shape[0]), flags=cv2.INTER_LINEAR), np.float32)
