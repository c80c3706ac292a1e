"""Faces and their 478 landmarks in a still, by the models inside the mediapipe wheel (see ``docs/animator.md``).

Detection runs at full and at short range, then over tiles; the largest face is cropped, scaled up and meshed
twice, so that a face of 60 pixels is found and measured as well as a close-up.
"""

from __future__ import annotations

import os
import sys
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]
    Points = NDArray[np.float64]

CONFIDENCE = 0.5
MESH_SIDE = 640  # pixels of the crop that the mesh model sees


@dataclass(frozen=True)
class Box:
    """A rectangle in pixels of the picture."""

    left: float
    top: float
    width: float
    height: float

    def overlap(self, other: Box) -> float:
        """Intersection over the smaller area, 0 to 1."""
        wide = min(self.left + self.width, other.left + other.width) - max(self.left, other.left)
        high = min(self.top + self.height, other.top + other.height) - max(self.top, other.top)
        smaller = min(self.width * self.height, other.width * other.height)
        return max(0.0, wide) * max(0.0, high) / smaller if smaller > 0 else 0.0


@dataclass(frozen=True)
class Found:
    """What was found in a still: boxes, largest first, and the landmarks of the largest face.

    ``points``: float64, 478 x 3; x and y in pixels (a pixel's centre is a whole number), z in the same unit, towards
    the viewer negative. None where no mesh could be laid.
    """

    boxes: tuple[Box, ...]
    points: Points | None


class Landmarker:
    """The loaded models. One caller at a time: a lock keeps threads apart."""

    def __init__(self) -> None:
        import numpy as np

        with _quiet():
            from mediapipe.python.solutions import face_detection, face_mesh

            self._mesh: Any = face_mesh.FaceMesh(
                static_image_mode=True, refine_landmarks=True, max_num_faces=1, min_detection_confidence=0.3
            )
            self._detectors: list[Any] = [
                face_detection.FaceDetection(model_selection=model, min_detection_confidence=CONFIDENCE)
                for model in (1, 0)
            ]
            for model in (self._mesh, *self._detectors):  # the first picture opens each graph, in threads that log
                model.process(np.zeros((64, 64, 3), np.uint8))
        self._lock = threading.Lock()

    def find(self, pixels: Pixels) -> Found:
        """All faces of an RGB picture (uint8, height x width x 3), and the landmarks of the largest."""
        with self._lock, _calm():
            boxes = self._boxes(pixels)
            for box in boxes[:1]:
                for factor in (2.0, 1.5, 3.0):
                    points = self._points(pixels, box, factor)
                    if points is not None:
                        again = self._points(pixels, _around(points), 1.6)
                        return Found(boxes, points if again is None else again)
            return Found(boxes, None)

    def boxes(self, pixels: Pixels, sure: float) -> tuple[Box, ...]:
        """The faces of an RGB picture, the widest first, without those that only a magnifier shows: for a film.

        :param sure: least confidence, 0.5 to 1
        """
        with self._lock, _calm():
            return self._apart([box for one in self._detectors for box in self._detect(one, pixels, 0, 0, sure)])

    def _boxes(self, pixels: Pixels) -> tuple[Box, ...]:
        height, width = pixels.shape[:2]
        found = [box for detector in self._detectors for box in self._detect(detector, pixels, 0, 0)]
        if not found and max(width, height) >= 400:
            for left, top, right, bottom in _tiles(width, height):
                found += self._detect(self._detectors[0], pixels[top:bottom, left:right], left, top)
        return self._apart(found)

    @staticmethod
    def _apart(found: list[Box]) -> tuple[Box, ...]:
        """Each face once, the widest first."""
        kept: list[Box] = []
        for box in sorted(found, key=lambda box: -box.width):
            if all(box.overlap(other) < 0.4 for other in kept):
                kept.append(box)
        return tuple(kept)

    def _detect(self, detector: Any, pixels: Pixels, left: int, top: int, sure: float = 0) -> list[Box]:
        import numpy as np

        height, width = pixels.shape[:2]
        result = detector.process(np.ascontiguousarray(pixels))
        sound = [found for found in result.detections or () if found.score[0] >= sure]
        relative = [found.location_data.relative_bounding_box for found in sound]
        return [Box(left + r.xmin * width, top + r.ymin * height, r.width * width, r.height * height) for r in relative]

    def _points(self, pixels: Pixels, box: Box, factor: float) -> Points | None:
        import cv2
        import numpy as np

        side = max(box.width, box.height) * factor
        if side < 8:
            return None
        left, top = box.left + box.width / 2 - side / 2, box.top + box.height / 2 - side / 2
        scale = MESH_SIDE / side
        shift = np.array([[scale, 0, -left * scale], [0, scale, -top * scale]])
        method = cv2.INTER_CUBIC if scale > 0.6 else cv2.INTER_AREA
        source = pixels
        if scale <= 0.6:  # an affine warp does not average, so shrink first
            source = np.asarray(cv2.resize(pixels, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA), np.uint8)
            shift[:, :2] = np.eye(2) * (scale * pixels.shape[1] / source.shape[1])
            shift[1, 1] = scale * pixels.shape[0] / source.shape[0]
            method = cv2.INTER_LINEAR
        crop = cv2.warpAffine(source, shift, (MESH_SIDE, MESH_SIDE), flags=method, borderMode=cv2.BORDER_REPLICATE)
        faces = self._mesh.process(crop).multi_face_landmarks
        if not faces:
            return None
        raw = np.array([(point.x, point.y, point.z) for point in faces[0].landmark]) * side
        return np.asarray(raw + np.array([left - 0.5, top - 0.5, 0.0]))


@cache
def landmarker() -> Landmarker:
    """The process's landmarker; loading it takes about two seconds."""
    return Landmarker()


def _around(points: Points) -> Box:
    left, top = points[:, :2].min(axis=0)
    right, bottom = points[:, :2].max(axis=0)
    return Box(float(left), float(top), float(right - left), float(bottom - top))


def _tiles(width: int, height: int) -> list[tuple[int, int, int, int]]:
    """Nine overlapping tiles of half the picture's size (left, top, right, bottom)."""
    wide, high = width // 2, height // 2
    return [
        (x * wide // 2, y * high // 2, x * wide // 2 + wide, y * high // 2 + high) for y in range(3) for x in range(3)
    ]


@contextmanager
def _calm() -> Iterator[None]:
    """mediapipe calls what its protobuf calls deprecated."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the models' C++ log lines off standard error; they bypass Python's own streams."""
    os.environ.setdefault("GLOG_minloglevel", "3")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    sys.stderr.flush()
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        with _calm():
            yield
    finally:
        os.dup2(kept, 2)
        os.close(nowhere)
        os.close(kept)
