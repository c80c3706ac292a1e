"""Measures the largest face of a still: pose, size, light, sharpness, mouth. All from landmarks, nothing learned."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from edl.facts import FaceFacts

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from engines.vision.landmarks import Box

    Pixels = NDArray[np.uint8]
    Points = NDArray[np.float64]
    Mask = NDArray[np.bool_]

LEVEL = 7.0  # degrees that the line from chin to forehead leans back in heads held level (mean of five portraits)
EYE_RIGHT, EYE_LEFT, CHIN, BROW_TOP = 33, 263, 152, 10
MOUTH_RIGHT, MOUTH_LEFT, LIP_UPPER, LIP_LOWER = 61, 291, 13, 14
LIDS = ((159, 145, 33, 133), (386, 374, 263, 362))  # upper, lower, outer corner, inner corner
OVAL = (
    *(10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377),
    *(152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109),
)
FOREHEAD = (9, 107, 66, 69, 108, 151, 337, 299, 296, 336)
LOWER_FACE = (164, 92, 57, 43, 204, 194, 201, 200, 421, 418, 424, 273, 287, 322)
EYES = (70, 63, 105, 66, 107, 336, 296, 334, 293, 300, 348, 347, 346, 345, 116, 117, 118, 119)


def measure_faces(path: Path) -> FaceFacts:
    """Facts about the largest face of a still; ``faces`` counts those at least half as wide.

    :raises edl.errors.Broken: when the file is no picture that can be read
    """
    from engines.media.still import read_still
    from engines.vision.landmarks import landmarker

    pixels = read_still(path)
    found = landmarker().find(pixels)
    if found.points is None:
        return FaceFacts(faces=0)
    yaw, pitch, roll = pose(found.points)
    return FaceFacts(
        faces=_count(found.boxes),
        yaw=round(yaw, 2),
        pitch=round(pitch, 2),
        roll=round(roll, 2),
        eye_distance=round(_distance(found.points, EYE_RIGHT, EYE_LEFT), 2),
        box=_bounds(found.points),
        mouth_gap=round(mouth_gap(found.points), 4),
        cropped=_cropped(found.points, pixels.shape[1], pixels.shape[0]),
        **_light(pixels, found.points),
    )


def pose(points: Points) -> tuple[float, float, float]:
    """Yaw, pitch and roll in degrees: the head's axes are the outer eye corners and chin to forehead.

    :param points: at least 468 x 3, all three coordinates in one unit
    """
    import numpy as np

    across = points[EYE_LEFT] - points[EYE_RIGHT]
    across = across / np.linalg.norm(across)
    down = points[CHIN] - points[BROW_TOP]
    down = down - across * float(down @ across)
    down = down / np.linalg.norm(down)
    out = np.cross(across, down)
    yaw, pitch = np.arctan2(out[0], out[2]), np.arcsin(np.clip(-out[1], -1, 1))
    nod = float(np.degrees(pitch)) - LEVEL
    return float(np.degrees(yaw)), nod, float(np.degrees(np.arctan2(across[1], across[0])))


def mouth_gap(points: Points) -> float:
    """Gap between the inner lips over the mouth's width."""
    return _distance(points, LIP_UPPER, LIP_LOWER) / max(1e-6, _distance(points, MOUTH_RIGHT, MOUTH_LEFT))


def eye_opening(points: Points) -> float:
    """Gap between the lids over the eye's width, mean of both eyes; about .3 is open, under .15 is shut."""
    gaps = [
        _distance(points, upper, lower) / max(1e-6, _distance(points, outer, inner))
        for upper, lower, outer, inner in LIDS
    ]
    return sum(gaps) / len(gaps)


def _distance(points: Points, one: int, other: int) -> float:
    import numpy as np

    return float(np.linalg.norm(points[one, :2] - points[other, :2]))


def _count(boxes: tuple[Box, ...]) -> int:
    """Faces that compete with the largest: at least half as wide."""
    return max(1, sum(box.width > 0.5 * boxes[0].width for box in boxes))


def _bounds(points: Points) -> tuple[float, float, float, float]:
    left, top = (float(value) for value in points[:, :2].min(axis=0))
    right, bottom = (float(value) for value in points[:, :2].max(axis=0))
    return round(left, 2), round(top, 2), round(right - left, 2), round(bottom - top, 2)


def _cropped(points: Points, width: int, height: int) -> bool:
    slack = 0.01 * max(width, height)
    oval = points[list(OVAL), :2]
    return bool((oval < -slack).any() or (oval[:, 0] > width + slack).any() or (oval[:, 1] > height + slack).any())


def _light(pixels: Pixels, points: Points) -> dict[str, float]:
    """Light, sharpness and colour figures, on the neighbourhood of the face scaled to at most 160 pixels round the
    eyes, so that the figures hardly depend on the picture's size."""
    import cv2
    import numpy as np

    left, top, wide, high = _bounds(points)
    box = np.array([left - wide / 2, top - high / 2, left + wide * 1.5, top + high * 1.5])
    x0, y0, x1, y1 = np.clip(box, 0, [pixels.shape[1], pixels.shape[0]] * 2).astype(int)
    near = pixels[y0:y1, x0:x1]
    scale = min(1.0, 160 / max(1.0, wide))
    near = np.asarray(cv2.resize(near, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
    placed = (points[:, :2] - [x0, y0]) * scale
    luma = cv2.cvtColor(near, cv2.COLOR_RGB2GRAY).astype(np.float64)
    face = _mask(placed, OVAL, luma.shape)
    lab = cv2.cvtColor(near.astype(np.float32) / 255, cv2.COLOR_RGB2LAB) * [0.4, 1, 1]
    forehead, lower = (lab[_mask(placed, area, luma.shape)] for area in (FOREHEAD, LOWER_FACE))
    if not (face.any() and len(forehead) and len(lower)):
        return {}
    return {
        "sharpness": round(_sharpness(luma, placed), 4),
        "brightness": round(float(luma[face].mean()), 2),
        "surround": round(float(luma[~face].mean()) if (~face).any() else 0.0, 2),
        "overexposed": round(float((near.min(axis=2)[face] >= 250).mean()), 4),
        "covered": round(float(np.linalg.norm(np.median(lower, axis=0) - np.median(forehead, axis=0))), 2),
    }


def _sharpness(luma: Points, placed: Points) -> float:
    """Variance of the Laplacian over variance, round the eyes."""
    import cv2

    eyes = placed[list(EYES)]
    x0, y0 = (int(max(0, value)) for value in eyes.min(axis=0))
    x1, y1 = (int(value) + 1 for value in eyes.max(axis=0))
    patch = luma[y0:y1, x0:x1]
    if patch.size < 16 or patch.var() < 1e-6:
        return 0.0
    return float(cv2.Laplacian(patch, cv2.CV_64F).var() / patch.var())


def _mask(placed: Points, area: tuple[int, ...], shape: tuple[int, ...]) -> Mask:
    import cv2
    import numpy as np

    filled = np.zeros(shape, np.uint8)
    cv2.fillConvexPoly(filled, cv2.convexHull(placed[list(area)].round().astype(np.int32)), 1)
    return filled.astype(bool)
