"""What is seen inside an open mouth, drawn once a portrait: cavity, upper teeth, tongue, as layers in mouth space.

Mouth space has its origin midway between the mouth corners, y down, and the mouth's width as its unit. A plate covers
x from -.75 to .75 and y from -.5 to 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.animator.rig import topology as top
from engines.animator.rig.curves import smoothstep
from engines.animator.rig.lips import Outline, lip_curves
from engines.animator.rig.mesh import Mesh

Pixels = NDArray[np.uint8]
Region = NDArray[Any]  # uint8, or float32 where a small face is drawn at twice its size
Layer = NDArray[np.float32]
Colour = NDArray[np.float64]

LEFT, TOP, SIDE = -0.75, -0.5, 1.5  # of a plate, mouth widths

# Half a row from the mid-line outwards: width and length of each tooth in mouth widths. The lateral incisor is
# shorter than its neighbours, the canine pointed; uneven values keep the row from looking like a ruler.
# A central incisor is about 8.5 mm wide, a mouth about 52 mm; towards the side the row turns away.
TEETH = ((0.124, 0.150), (0.095, 0.140), (0.085, 0.147), (0.064, 0.135), (0.052, 0.126), (0.044, 0.116))
WARMTH = (0.0, 0.2, 0.8, 0.5, 0.6, 0.6)  # how much yellower than the first
TEETH_ABOVE = 0.070  # how far the row starts above the upper inner lip: 4 mm of the incisors show below it
ENAMEL = (234.0, 223.0, 207.0)
TONGUE = (176.0, 88.0, 92.0)
CAVITY = (48.0, 18.0, 22.0)


@dataclass(frozen=True)
class Plates:
    """``cavity``: RGB 0 to 255; ``teeth`` and ``tongue``: float32 RGBA, premultiplied; ``scale``: plate pixels for a
    mouth width; ``seam``: colour of the line between closed lips; ``own_teeth``: they are the photograph's."""

    cavity: Colour
    teeth: Layer
    tongue: Layer
    scale: float
    seam: Colour
    own_teeth: bool


def draw_plates(still: Pixels, mesh: Mesh, smiles: bool) -> Plates:
    """Plates for one portrait, tinted by its light.

    :param still: the picture that the mesh lies on, uint8 RGB
    :param smiles: the still shows its own teeth, which are taken instead of drawn ones
    """
    scale = float(np.clip(mesh.mouth_width * mesh.frame.iod * 1.25, 48, 400))
    skin, lips = _skin(still, mesh), _mean(still, mesh, (*top.LOWER_LIP[1], *top.UPPER_LIP[1]))
    light = float(skin @ [0.299, 0.587, 0.114]) / 255
    tint = (skin / max(1.0, skin.mean())) ** 0.35
    cavity = (np.array(CAVITY) * 0.6 + 0.10 * lips) * (0.35 + 0.65 * light)
    x, y = _grid(scale)
    upper = float(mesh.face[13, 1]) / mesh.mouth_width
    lower = float(mesh.face[14, 1]) / mesh.mouth_width
    teeth = _teeth(x, y - (upper - TEETH_ABOVE), tint * (0.68 + 0.42 * light))
    tongue = _tongue(x, y - (lower + 0.03), 0.8 * (0.25 + 0.55 * light))
    if smiles:
        teeth = _own_teeth(still, mesh, scale)
    return Plates(cavity, teeth, tongue, scale, lips * np.array([0.62, 0.50, 0.50]), smiles)


def _grid(scale: float) -> tuple[Layer, Layer]:
    steps = ((np.arange(round(SIDE * scale)) + 0.5) / scale).astype(np.float32)
    x, y = np.meshgrid(steps + LEFT, steps + TOP)
    return x, y


def _skin(still: Pixels, mesh: Mesh) -> Colour:
    return _mean(still, mesh, (50, 280, 205, 425, 118, 347, 101, 330))


def _mean(still: Pixels, mesh: Mesh, points: tuple[int, ...]) -> Colour:
    """Mean colour of small patches round landmarks."""
    radius = max(1, round(0.02 * mesh.frame.iod))
    patches = []
    for index in points:
        x, y = (int(value) for value in mesh.rest[index].round())
        patch = still[max(0, y - radius) : y + radius + 1, max(0, x - radius) : x + radius + 1]
        if patch.size:
            patches.append(patch.reshape(-1, 3).mean(axis=0))
    return np.asarray(np.mean(patches, axis=0) if patches else np.full(3, 128.0))


def _teeth(x: Layer, y: Layer, light: Colour) -> Layer:
    """The upper row; ``y`` counts from its top."""
    colour = np.zeros((*x.shape, 3), np.float32)
    cover = np.zeros_like(x, np.float64)
    soft = 0.008
    for side in (-1, 1):
        start = 0.0
        for number, ((width, length), warm) in enumerate(zip(TEETH, WARMTH, strict=True)):
            reach = length - 0.16 * start**2
            across = (side * x - start) / width  # 0 to 1 over this tooth
            bulge = np.abs(2 * across - 1)
            pointed = 0.12 if number == 2 else 0.02
            corner = 0.15 * np.clip((bulge - 0.50) / 0.50, 0, 1) ** 2.4 + pointed * bulge**1.4
            edge = reach * (1 - corner)
            inside = smoothstep((1.0 - bulge) * width / (2 * soft) + 0.78) * smoothstep((edge - y) / soft)
            inside = inside * ((across >= 0) & (across < 1))
            colour += (_enamel(bulge, y / reach, warm, abs(start + width / 2)) * inside[..., None]).astype(np.float32)
            cover = cover + inside
            start += width
    gum = smoothstep((0.01 - y) / 0.02)
    row = np.clip((sum(width for width, _ in TEETH) - np.abs(x)) / 0.06, 0, 1)
    alpha = np.clip(cover, 0, 1) * (1 - gum) * row
    return np.dstack([colour * light * (1 - gum)[..., None] * row[..., None], alpha]).astype(np.float32)


def _enamel(bulge: Layer, down: Layer, warm: float, from_middle: float) -> Layer:
    """Colour of one tooth: bright belly, darker sides, yellower neck, a translucent cool edge."""
    tone = np.array(ENAMEL) - warm * np.array([4.0, 9.0, 20.0])
    belly = 1.0 - 0.10 * bulge**2 - 0.22 * bulge**9
    neck = np.clip(1 - down, 0, 1)[..., None] * np.array([0.02, 0.05, 0.10])
    cool = np.clip((down - 0.72) / 0.28, 0, 1)[..., None] * np.array([0.07, 0.05, 0.03])
    depth = max(0.22, 1 - 2.1 * from_middle**1.7)
    shine = 0.07 * np.exp(-(((down - 0.45) / 0.22) ** 2) - (bulge / 0.5) ** 2)
    return np.asarray(tone * (belly * depth + shine * depth)[..., None] * (1 - neck - cool))


def _tongue(x: Layer, y: Layer, light: float) -> Layer:
    """A soft ellipse with a furrow; ``y`` counts from its centre."""
    away = np.sqrt((x / 0.30) ** 2 + (y / 0.15) ** 2)
    alpha = smoothstep((1.0 - away) / 0.45)
    shade = light * (1.08 - 0.35 * np.clip(y / 0.15, -1, 1) ** 2 - 0.12 * np.exp(-((x / 0.03) ** 2)))
    colour = np.array(TONGUE) * shade[..., None]
    return np.dstack([colour * alpha[..., None], alpha]).astype(np.float32)


def _own_teeth(still: Pixels, mesh: Mesh, scale: float) -> Layer:
    """The photograph's teeth, continued up and sideways under the lips by inpainting, and not below their edge."""
    side = round(SIDE * scale)
    unit = mesh.mouth_width * mesh.frame.iod
    to_plate = np.zeros((2, 3))
    to_plate[:, :2] = mesh.frame.turn.T * scale / unit
    to_plate[:, 2] = -to_plate[:, :2] @ mesh.frame.origin - np.array([LEFT, TOP]) * scale - 0.5
    photo = cv2.warpAffine(still, to_plate, (side, side), flags=cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    upper, lower = lip_curves(mesh.rest)
    outline = Outline(*((curve @ to_plate[:, :2].T + to_plate[:, 2]) for curve in (upper, lower)))
    shown = outline.filled((side, side))
    inner = cv2.erode(shown, _ellipse(0.018 * scale, 0.018 * scale))
    known = inner > 127
    wanted = cv2.dilate(inner, _ellipse(0.05 * scale, 0.015 * scale))
    reach = round(0.11 * scale)
    for _ in range(reach):
        wanted[:-1] = np.maximum(wanted[:-1], wanted[1:])
    wanted[~known & _below(known)] = 0
    filled = cv2.inpaint(photo, ((wanted > 127) & ~known).astype(np.uint8), 3, cv2.INPAINT_TELEA)
    alpha = cv2.GaussianBlur(wanted.astype(np.float32) / 255, (0, 0), max(0.5, 0.008 * scale))
    return np.dstack([filled * alpha[..., None], alpha]).astype(np.float32)


def _ellipse(x: float, y: float) -> Pixels:
    size = 2 * max(1, round(x)) + 1, 2 * max(1, round(y)) + 1
    return np.asarray(cv2.getStructuringElement(cv2.MORPH_ELLIPSE, size), np.uint8)


def _below(known: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Pixels that have a known one above them."""
    return np.asarray(np.maximum.accumulate(known, axis=0))
