"""Which part of a still is shown: the largest crop of the wanted shape that keeps the face well placed."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]
    Points = NDArray[np.float64]

FACE_HEIGHT = 0.45  # where the middle of the face should lie, as a share of the frame's height

CropBox = tuple[float, float, float, float]  # left, top, width, height


def frame_face(width: int, height: int, wanted: tuple[int, int], face: CropBox) -> CropBox:
    """The largest box of the wanted aspect inside a picture, its face in the middle and slightly above the centre.

    :param width: of the picture; :param height: likewise; :param wanted: width and height that give the aspect
    :param face: left, top, width, height of the face in the picture
    """
    scale = min(width / wanted[0], height / wanted[1])
    wide, high = wanted[0] * scale, wanted[1] * scale
    left = float(round(face[0] + face[2] / 2 - wide / 2))  # whole pixels: a still of the right size stays untouched
    top = float(round(face[1] + face[3] / 2 - high * FACE_HEIGHT))
    return min(max(0.0, left), width - wide), min(max(0.0, top), height - high), wide, high


def framed(pixels: Pixels, box: CropBox, width: int, height: int) -> Pixels:
    """The crop scaled to ``width`` x ``height``; untouched where it fits."""
    import numpy as np
    from PIL import Image

    left, top, wide, high = box
    if (wide, high) == (width, height) and left == int(left) and top == int(top):
        return np.ascontiguousarray(pixels[int(top) : int(top) + height, int(left) : int(left) + width])
    area = (left, top, left + wide, top + high)
    scaled = Image.fromarray(pixels).resize((width, height), Image.Resampling.LANCZOS, box=area)
    return np.ascontiguousarray(np.asarray(scaled, dtype=np.uint8))


def placed(points: Points, box: CropBox, width: int) -> Points:
    """Landmarks of the picture (n x 3, whole numbers are pixel centres) in the crop."""
    import numpy as np

    scale = width / box[2]
    moved = points.astype(np.float64) * scale
    moved[:, :2] = (points[:, :2] + 0.5 - [box[0], box[1]]) * scale - 0.5
    return np.asarray(moved)
