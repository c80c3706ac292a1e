"""A still as a stage: a backdrop, and what stands before it as a layer with an edge of its own.

Where the camera looks round the layer in front, the backdrop is filled with what lies beside it; nothing is stretched
across the edge.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.graphics._camera import Room, Stand
from engines.graphics._figure import Figure, Sheet, lay, seen_before
from engines.graphics._fill import diffused, fill_behind
from engines.graphics._warp import Places, Warp, without_folds
from engines.motion.living import Texture
from engines.vision.depth import Scene

Pixels = NDArray[np.uint8]
Plane = NDArray[np.float32]
Bits = NDArray[np.bool_]
Paint = Callable[[Pixels, Texture, Places], None]

HIDDEN = 0.03  # of the front layer's matte: what shows more of it is no backdrop
FRINGE = 0.012  # of the longer side: how far loose hair reaches beyond the matte
FITTED = 1280  # pixels of the longer side on which a matte is fitted to the picture's edges
LEAST = 0.002  # of the picture that a front layer must cover


@dataclass(frozen=True)
class Front:
    """What stands before the backdrop: its depth everywhere (grown outward), and its matte at the picture's size."""

    near: Plane
    matte: Plane


@dataclass(frozen=True)
class Layers:
    """A picture taken apart: the backdrop without what stands before it, with its depth, and that."""

    backdrop: Pixels
    near: Plane
    front: Front | None


def taken_apart(picture: Pixels, scene: Scene, rim: float) -> Layers:
    """:param rim: pixels of the backdrop that the camera sees behind the front layer, at most"""
    if float(scene.front.mean()) < LEAST:
        return Layers(picture, scene.near, None)
    matte = _matte(picture, scene.front)
    edge = 2 * ceil(FRINGE * max(matte.shape)) + 1
    hidden = cv2.dilate((matte > HIDDEN).astype(np.uint8), np.ones((edge, edge), np.uint8)) > 0
    if hidden.all():
        return Layers(picture, scene.near, None)
    behind = (cv2.dilate(scene.front, np.ones((3, 3), np.uint8)) < HIDDEN).astype(np.float32)
    inside = (scene.front > 0.9).astype(np.float32)
    near = diffused(scene.near, behind) if behind.any() else scene.near
    front = diffused(scene.near, inside) if inside.any() else scene.near
    return Layers(fill_behind(picture, hidden, rim), near, Front(front, matte))


def _matte(picture: Pixels, front: Plane) -> Plane:
    """The front layer's share of each pixel, its edge moved onto the picture's own (guided filter)."""
    scale = min(1.0, FITTED / max(picture.shape))
    guide = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    large = cv2.resize(front, guide.shape[1::-1], interpolation=cv2.INTER_LINEAR)
    reach = max(2, ceil(max(large.shape) / max(front.shape) * 1.5))
    fitted = np.clip((cv2.ximgproc.guidedFilter(guide, large, reach, 40.0) - 0.15) / 0.7, 0.0, 1.0)
    size = picture.shape[1], picture.shape[0]
    return np.asarray(cv2.resize(fitted.astype(np.float32), size, interpolation=cv2.INTER_LINEAR), np.float32)


class Stage:
    """A picture in layers, seen by a moving camera.

    :param picture: uint8 RGB of the room's size; :param finer: enlargement of what is sampled
    :param moving: which of its pixels ``paint`` may change; left out, all
    """

    def __init__(
        self, picture: Pixels, scene: Scene, room: Room, view: tuple[int, int], finer: int, moving: Bits | None = None
    ) -> None:
        travel = max(*room.aside, room.forward * max(room.width, room.height) / 2)
        layers = taken_apart(picture, scene, 2 * room.parallax * travel + 8)

        def sheet(pixels: Pixels, near: Plane) -> Sheet:
            warp = Warp(*view, room, without_folds(near, room), finer)
            return Sheet(warp, Texture.of(enlarged(pixels, finer), finer))

        self._backdrop = sheet(layers.backdrop, layers.near)
        self._front = Figure(sheet(picture, layers.front.near), layers.front.matte) if layers.front else None
        matte = layers.front.matte if layers.front else None
        self._painted = matte is not None and (moving is None or bool((moving & (matte > 0)).any()))

    def seen(self, stand: Stand, paint: Paint | None = None) -> Pixels:
        """What the camera sees from a place.

        :param paint: called with the picture of each layer (to be changed), its texture, and where in that texture each
            pixel comes from
        """
        back, view = self._backdrop, self._backdrop.warp.view(stand)
        if self._front is not None and paint is None:
            return seen_before(back, view, self._front, self._front.extent(stand))
        places = view.places(np.s_[:, :])
        frame = back.read(places)
        if paint is not None:
            paint(frame, back.texture, places)
            if self._front is not None:
                self._add_front(frame, self._front, stand, paint)
        return frame

    def _add_front(self, frame: Pixels, front: Figure, stand: Stand, paint: Paint) -> None:
        extent = front.extent(stand)
        if not extent.some.any():
            return
        places = extent.view.places(extent.box)
        drawn = front.sheet.read(places)
        if self._painted:
            paint(drawn, front.sheet.texture, places)
        lay(frame, extent.box, drawn, front.share(places))


def pivot_of(scene: Scene, room: Room) -> float:
    """The gain of the subject, round which the camera turns: of what stands in front, or of the nearer half."""
    weight = scene.front if float(scene.front.mean()) >= LEAST else (scene.near > 0.5).astype(np.float32)
    total = float(weight.sum())
    near = float((scene.near * weight).sum()) / total if total else 0.5
    return 1.0 + room.parallax * (2.0 * near - 1.0)


def enlarged(picture: Pixels, finer: int) -> Pixels:
    """The picture with so many times as many pixels each way (Lanczos)."""
    size = picture.shape[1] * finer, picture.shape[0] * finer
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_LANCZOS4), np.uint8)
