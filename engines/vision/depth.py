"""A hand-made guess at depth from one still, for camera moves that let near parts travel further than far ones.

No learned depth model is embedded. The scene is read like a stage:

* **ground**: from the horizon down, lower is nearer, as on a flat floor; above it is the backdrop, of which a clean
  sky or wall is farthest and what is rich and sharp a little nearer (:mod:`engines.vision.layout`)
* **things**: what stands out from its surroundings stands upright where its foot is, all of it as near as the
  ground there (:mod:`engines.vision.subject`)
* **a person** whose face is seen is nearest (MediaPipe face detection and selfie segmentation), with the relief of the
  face mesh

and the result follows the picture's edges by a guided filter.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]
    Plane = NDArray[np.float32]

LONG_SIDE = 320
PERSON_RESTS = 0.6  # how near the nearest of the rest may be beside a person
SMALLEST = 0.004  # of the picture: a thing that stands by itself


@dataclass(frozen=True)
class Scene:
    """``near``: 0 (far) to 1 (near); ``front``: 0 to 1, what stands before the rest with an edge of its own (a person,
    a thing), empty where nothing does. Both float32, rows x columns, of the still's aspect."""

    near: Plane
    front: Plane


def guess_depth(pixels: Pixels, long_side: int = LONG_SIDE) -> Plane:
    """How near each part of a still seems, 0 (far) to 1 (near): :attr:`Scene.near`."""
    return read_scene(pixels, long_side).near


def read_scene(pixels: Pixels, long_side: int = LONG_SIDE) -> Scene:
    """How a still seems to be arranged in depth.

    :param pixels: uint8 RGB, height x width x 3
    :param long_side: pixels of the result's longer side, at most
    """
    import cv2
    import numpy as np

    from engines.vision import layout, subject

    small = _shrunk(pixels, long_side)
    luma = cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.float32) / 255.0
    height, width = luma.shape
    if min(height, width) < 8 or float(luma.std()) < 1e-3:
        return Scene(np.full_like(luma, 0.5), np.zeros_like(luma))
    reach = max(2, max(height, width) // 40)
    line = layout.horizon(small)
    floor = layout.ground(height, width, line)
    backdrop = layout.occupied(luma, reach) * (0.35 + 0.65 * layout.detail(luma, reach))
    near = np.asarray(0.78 * floor + 0.22 * backdrop, np.float32)
    things = subject.matte(small, _firm(subject.standing_out(small)))
    near, front = _standing(near, floor, things)
    near = np.asarray(cv2.ximgproc.guidedFilter(small, near, reach * 2, 200.0), np.float32)
    near = _spread(near)
    body = subject.person(small)
    if body is not None:
        own = 0.86 + 0.14 * subject.relief(small)
        near = np.asarray(near * PERSON_RESTS * (1 - body) + own * body, np.float32)
        front = body
    return Scene(np.clip(near, 0.0, 1.0), front)


def _firm(level: Plane) -> Plane:
    """What stands out, told apart from what does not (Otsu, 1979), with a soft edge."""
    import cv2
    import numpy as np

    if float(level.max()) <= 0:
        return level
    cut, _ = cv2.threshold((level * 255).astype(np.uint8), 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    return np.asarray(np.clip((level - cut / 255) / 0.2 + 0.5, 0.0, 1.0), np.float32)


def _standing(near: Plane, floor: Plane, things: Plane) -> tuple[Plane, Plane]:
    """Each thing put upright where its foot is. Gives how near all is, and the things that were found."""
    import cv2
    import numpy as np

    height, width = near.shape
    count, labels, stats, _ = cv2.connectedComponentsWithStats((things > 0.5).astype(np.uint8))
    near, front = near.copy(), np.zeros_like(near)
    for number in range(1, count):
        across, high, area = (int(stats[number, what]) for what in (2, 3, 4))
        if area < SMALLEST * height * width or (across > 0.95 * width and high < 0.6 * height):
            continue  # a speck, or a band of the ground itself
        inside = labels == number
        foot = int(np.percentile(np.nonzero(inside)[0], 92))
        around = cv2.dilate(inside.astype(np.uint8), np.ones((5, 5), np.uint8)).astype(np.float32)
        weight = things * around
        stands = min(1.0, 0.25 + 0.7 * float(floor[min(foot, height - 1), 0]))
        near = near * (1 - weight) + np.maximum(near, np.float32(stands)) * weight
        front = np.maximum(front, weight)
    return np.asarray(near, np.float32), np.asarray(front, np.float32)


def _shrunk(pixels: Pixels, long_side: int) -> Pixels:
    import cv2
    import numpy as np

    height, width = pixels.shape[:2]
    scale = min(1.0, long_side / max(height, width))
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return np.asarray(cv2.resize(pixels, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _spread(near: Plane) -> Plane:
    """Stretched to 0..1 between the 2nd and 98th percentile; a flat plane becomes 0.5 throughout."""
    import numpy as np

    low, high = (float(value) for value in np.percentile(near, (2, 98)))
    if high - low < 1e-4:
        return np.full_like(near, 0.5)
    return np.asarray(np.clip((near - low) / (high - low), 0.0, 1.0), dtype=np.float32)
