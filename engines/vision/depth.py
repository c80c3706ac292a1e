"""A hand-made guess at depth from one still, for camera moves that let near parts travel further than far ones.

No learned depth model: five cues that hold for most pictures are mixed, each cheap and explainable.

* *occupied*: how much contrast is met on the way down from the top edge; a clean sky or wall above is far
* *ground*: lower in the picture is nearer
* *detail*: what is sharp and rich is nearer than what is smooth or out of focus
* *centre*: a subject stands in the middle more often than at a side
* *person*: the body of a person whose face is seen is the nearest (MediaPipe face detection and selfie segmentation,
  both inside the package)

The mix is made to follow the picture's edges by a guided filter (He, Sun, Tang, "Guided Image Filtering", 2010).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]
    Plane = NDArray[np.float32]

LONG_SIDE = 320
PERSON_RESTS = 0.55  # how near the nearest of the rest may be beside a person
SKIN_SHARE = 0.01  # less skin colour than this: no look for a person, which costs the loading of two models


def guess_depth(pixels: Pixels, long_side: int = LONG_SIDE) -> Plane:
    """How near each part of a still seems.

    :param pixels: uint8 RGB, height x width x 3
    :param long_side: pixels of the result's longer side, at most
    :return: float32 of the same aspect, 0 (far) to 1 (near), smooth but for the picture's own edges
    """
    import cv2
    import numpy as np

    small = _shrunk(pixels, long_side)
    luma = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255.0
    height, width = luma.shape
    reach = max(2, max(height, width) // 40)
    down = np.linspace(0.0, 1.0, height, dtype=np.float32)[:, None]
    aside = np.linspace(-1.0, 1.0, width, dtype=np.float32)[None, :]
    mix = 0.4 + 0.25 * down + 0.2 * _detail(luma, reach) + 0.15 * (1.0 - aside**2)
    near = np.asarray(_occupied(luma, reach) * mix, dtype=np.float32)
    near = _spread(near)
    body = _person(small)
    if body is not None:
        near = np.maximum(near * PERSON_RESTS, body).astype(np.float32)
    return _spread(_guided(luma, near, reach * 2, 4e-3))


def _shrunk(pixels: Pixels, long_side: int) -> Pixels:
    import cv2
    import numpy as np

    height, width = pixels.shape[:2]
    scale = min(1.0, long_side / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _occupied(luma: Plane, reach: int) -> Plane:
    """0 where nothing but smooth tone lies between here and the top edge, towards 1 below the first contrast."""
    import cv2
    import numpy as np

    soft = cv2.GaussianBlur(luma, (0, 0), max(0.8, reach / 4))
    contrast = np.hypot(cv2.Sobel(soft, cv2.CV_32F, 1, 0), cv2.Sobel(soft, cv2.CV_32F, 0, 1))
    met = np.maximum.accumulate(contrast, axis=0)
    return np.asarray(cv2.GaussianBlur(1.0 - np.exp(-met / 0.15), (0, 0), reach / 2), dtype=np.float32)


def _detail(luma: Plane, reach: int) -> Plane:
    """Local contrast at a fine scale, spread over its surroundings, 0 to 1."""
    import cv2
    import numpy as np

    fine = np.abs(luma - cv2.GaussianBlur(luma, (0, 0), max(1.0, reach / 4)))
    spread = cv2.GaussianBlur(fine, (0, 0), reach)
    return np.asarray(np.clip(spread / max(1e-4, float(np.percentile(spread, 95))), 0.0, 1.0), dtype=np.float32)


def _spread(near: Plane) -> Plane:
    """Stretched to 0..1 between the 2nd and 98th percentile; a flat plane becomes 0.5 throughout."""
    import numpy as np

    low, high = (float(value) for value in np.percentile(near, (2, 98)))
    if high - low < 1e-4:
        return np.full_like(near, 0.5)
    return np.asarray(np.clip((near - low) / (high - low), 0.0, 1.0), dtype=np.float32)


def _guided(guide: Plane, plane: Plane, reach: int, smooth: float) -> Plane:
    """Guided filter: ``plane`` smoothed over ``reach`` pixels, its steps moved onto those of ``guide``."""
    import cv2
    import numpy as np

    def mean(values: Plane) -> Plane:
        side = 2 * reach + 1
        return np.asarray(cv2.blur(values, (side, side), borderType=cv2.BORDER_REFLECT), dtype=np.float32)

    centre, level = mean(guide), mean(plane)
    spread = mean(guide * guide) - centre * centre
    slope = np.asarray((mean(guide * plane) - centre * level) / (spread + smooth), dtype=np.float32)
    return np.asarray(mean(slope) * guide + mean(level - slope * centre), dtype=np.float32)


def _person(small: Pixels) -> Plane | None:
    """The body of a person whose face is seen, 0 to 1; None where there is none."""
    import cv2
    import numpy as np

    chroma = cv2.cvtColor(small, cv2.COLOR_RGB2YCrCb)
    if float((cv2.inRange(chroma, (30, 135, 80), (255, 180, 130)) > 0).mean()) < SKIN_SHARE:
        return None
    from mediapipe.python.solutions import face_detection, selfie_segmentation

    with face_detection.FaceDetection(model_selection=1, min_detection_confidence=0.6) as finder:
        if not finder.process(small).detections:
            return None
    with selfie_segmentation.SelfieSegmentation(model_selection=0) as cutter:
        mask = np.asarray(cutter.process(small).segmentation_mask, dtype=np.float32)
    return np.asarray(np.clip(mask, 0.0, 1.0), dtype=np.float32)
