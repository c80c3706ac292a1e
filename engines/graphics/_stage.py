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
from engines.graphics._fill import diffused, fill_behind
from engines.graphics._warp import Warp, without_folds
from engines.media.still import cover_still
from engines.motion.living import Texture
from engines.vision.depth import Scene

Pixels = NDArray[np.uint8]
Plane = NDArray[np.float32]
Places = tuple[Plane, Plane]
Paint = Callable[[Pixels, Texture, Places], None]

HIDDEN = 0.03  # of the front layer's matte: what shows more of it is no backdrop
FRINGE = 0.012  # of the longer side: how far loose hair reaches beyond the matte
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
    size = picture.shape[1], picture.shape[0]
    large = cv2.resize(front, size, interpolation=cv2.INTER_LINEAR)
    reach = max(2, ceil(max(size) / max(front.shape) * 1.5))
    fitted = cv2.ximgproc.guidedFilter(picture, large, reach, 40.0)
    return np.asarray(np.clip((fitted - 0.15) / 0.7, 0.0, 1.0), np.float32)


@dataclass(frozen=True)
class Sheet:
    """One layer, as the camera sees it: how it is sampled, its picture enlarged, and its matte where it has one."""

    warp: Warp
    texture: Texture
    matte: Plane | None = None


class Stage:
    """A picture in layers, seen by a moving camera.

    :param picture: uint8 RGB of the room's size; :param finer: enlargement of what is sampled
    """

    def __init__(self, picture: Pixels, scene: Scene, room: Room, view: tuple[int, int], finer: int) -> None:
        travel = max(*room.aside, room.forward * max(room.width, room.height) / 2)
        layers = taken_apart(picture, scene, 2 * room.parallax * travel + 8)

        def sheet(pixels: Pixels, near: Plane, matte: Plane | None = None) -> Sheet:
            warp = Warp(*view, room, without_folds(near, room), finer)
            return Sheet(warp, Texture.of(enlarged(pixels, finer), finer), matte)

        self._backdrop = sheet(layers.backdrop, layers.near)
        self._front = sheet(picture, layers.front.near, layers.front.matte) if layers.front else None

    def seen(self, stand: Stand, paint: Paint | None = None) -> Pixels:
        """What the camera sees from a place.

        :param paint: called with the picture of each layer (to be changed), its texture, and where in that texture each
            pixel comes from
        """
        places = self._backdrop.warp.samples(stand)
        frame = _read(self._backdrop.texture.pixels, places)
        if paint is not None:
            paint(frame, self._backdrop.texture, places)
        if self._front is not None and self._front.matte is not None:
            self._add_front(frame, self._front, self._front.matte, stand, paint)
        return frame

    def _add_front(self, frame: Pixels, front: Sheet, matte: Plane, stand: Stand, paint: Paint | None) -> None:
        columns, rows = front.warp.samples(stand)
        finer = np.float32(front.texture.finer)
        half = (finer - 1) / 2
        share = cv2.remap(matte, (columns - half) / finer, (rows - half) / finer, cv2.INTER_LINEAR)
        there = share > 0
        if not there.any():
            return
        down, across = np.flatnonzero(there.any(axis=1)), np.flatnonzero(there.any(axis=0))
        box = slice(int(down[0]), int(down[-1]) + 1), slice(int(across[0]), int(across[-1]) + 1)
        if paint is not None:
            whole = _read(front.texture.pixels, (columns, rows))
            paint(whole, front.texture, (columns, rows))
            drawn = np.ascontiguousarray(whole[box])
        else:
            drawn = _read(front.texture.pixels, (columns[box], rows[box]))
        part = np.ascontiguousarray(share[box])
        frame[box] = cv2.blendLinear(drawn, np.ascontiguousarray(frame[box]), part, np.float32(1.0) - part)


def pivot_of(scene: Scene, room: Room) -> float:
    """The gain of the subject, round which the camera turns: of what stands in front, or of the nearer half."""
    weight = scene.front if float(scene.front.mean()) >= LEAST else (scene.near > 0.5).astype(np.float32)
    total = float(weight.sum())
    near = float((scene.near * weight).sum()) / total if total else 0.5
    return 1.0 + room.parallax * (2.0 * near - 1.0)


def _read(picture: Pixels, places: Places) -> Pixels:
    return np.asarray(cv2.remap(picture, *places, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE), np.uint8)


def enlarged(picture: Pixels, finer: int) -> Pixels:
    """The picture with so many times as many pixels each way (Lanczos)."""
    return cover_still(picture, picture.shape[1] * finer, picture.shape[0] * finer)
