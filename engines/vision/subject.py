"""What stands out in a still, and the person in it: hand-made cues and the models inside mediapipe."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.kernels import kernel

Pixels = NDArray[np.uint8]
Plane = NDArray[np.float32]

SIDE = 160  # pixels of the longer side on which things are told from their surroundings
PASSES = 4
SKIN_SHARE = 0.01  # less skin colour than this: no look for a person, which costs the loading of two models


def standing_out(small: Pixels) -> Plane:
    """How far each place is from the borders above and beside it, in colour that must be crossed on the way.

    The minimum barrier distance (Zhang et al., "Minimum Barrier Salient Object Detection at 80 FPS", ICCV 2015). The
    lower border does not count, because things stand on the ground.

    :param small: uint8 RGB
    :return: float32 of the same size, 0 (surroundings) to 1 (a thing of its own)
    """
    height, width = small.shape[:2]
    scale = min(1.0, SIDE / max(height, width))
    size = max(2, round(width * scale)), max(2, round(height * scale))
    lab = cv2.cvtColor(cv2.resize(small, size, interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2LAB)
    lab = cv2.GaussianBlur(lab, (0, 0), 1.0).astype(np.float32) / 255
    far = np.zeros(lab.shape[:2], np.float32)
    for channel, weight in enumerate((0.5, 1.0, 1.0)):  # colour tells things apart better than light and shade
        far += np.float32(weight) * _barriers(np.ascontiguousarray(lab[:, :, channel]))
    low, high = (float(value) for value in np.percentile(far, (20, 97)))
    if high - low < 0.03:
        return np.zeros((height, width), np.float32)
    level = np.clip((far - low) / (high - low), 0, 1)
    return np.asarray(cv2.resize(level, (width, height), interpolation=cv2.INTER_LINEAR), np.float32)


@kernel()
def _barriers(plane: Plane) -> Plane:
    height, width = plane.shape
    cost = np.full((height, width), np.float32(1e9))
    highest, lowest = plane.copy(), plane.copy()
    cost[0, :], cost[:, 0], cost[:, width - 1] = 0.0, 0.0, 0.0
    for turn in range(PASSES):
        forth = turn % 2 == 0
        step = 1 if forth else -1
        for i in range(height):
            row = i if forth else height - 1 - i
            for j in range(width):
                column = j if forth else width - 1 - j
                for way in range(2):
                    before_row, before_column = (row - step, column) if way == 0 else (row, column - step)
                    if not (0 <= before_row < height and 0 <= before_column < width):
                        continue
                    high = max(highest[before_row, before_column], plane[row, column])
                    low = min(lowest[before_row, before_column], plane[row, column])
                    if high - low < cost[row, column]:
                        cost[row, column] = high - low
                        highest[row, column], lowest[row, column] = high, low
    return cost


def person(small: Pixels) -> Plane | None:
    """The body of a person whose face is seen, 0 to 1; None where there is none."""
    chroma = cv2.cvtColor(small, cv2.COLOR_RGB2YCrCb)
    if float((cv2.inRange(chroma, (30, 135, 80), (255, 180, 130)) > 0).mean()) < SKIN_SHARE:
        return None
    from mediapipe.python.solutions import face_detection, selfie_segmentation

    with face_detection.FaceDetection(model_selection=1, min_detection_confidence=0.6) as finder:
        if not finder.process(small).detections:
            return None
    with selfie_segmentation.SelfieSegmentation(model_selection=0) as cutter:
        mask = np.asarray(cutter.process(small).segmentation_mask, dtype=np.float32)
    return matte(small, np.clip(mask, 0.0, 1.0))


def matte(small: Pixels, mask: Plane) -> Plane:
    """A mask whose edge follows that of the picture (guided filter: He, Sun, Tang, 2010)."""
    reach = max(2, max(small.shape[:2]) // 60)
    guided = cv2.ximgproc.guidedFilter(small, mask.astype(np.float32), reach, 60.0)
    return np.asarray(np.clip((guided - 0.1) / 0.8, 0.0, 1.0), np.float32)


def relief(small: Pixels) -> Plane:
    """How far the parts of a face stand out, 0 (its outline and what lies around) to 1 (the tip of the nose)."""
    from scipy.interpolate import LinearNDInterpolator

    from engines.vision.landmarks import landmarker

    points = landmarker().find(small).points
    height, width = small.shape[:2]
    flat = np.zeros((height, width), np.float32)
    if points is None:
        return flat
    near = -points[:, 2]
    low, high = (float(value) for value in np.percentile(near, (20, 100)))
    x, y = np.meshgrid(np.arange(width), np.arange(height))
    found = LinearNDInterpolator(points[:, :2], np.clip((near - low) / max(high - low, 1e-6), 0, 1), 0.0)(x, y)
    return np.asarray(cv2.GaussianBlur(found.astype(np.float32), (0, 0), 1.5), np.float32)
