"""Layers of a title: masks of one colour each, and how they come and go. MoviePy lays them over one another.

Times are frames: a layer at rest has reached its place at a whole frame, and leaves it at one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal

import cv2
import numpy as np
from moviepy import ColorClip, CompositeVideoClip, ImageClip, VideoClip

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]
    Plane = NDArray[np.float32]

Colour = tuple[int, int, int]
Side = Literal["", "left", "right", "top", "bottom", "middle"]


@dataclass(frozen=True)
class Move:
    """How a layer comes or goes: ``after`` so many frames, for ``frames``, from (or to) ``across``, ``down`` pixels
    aside, by fractions of a pixel; what leaves the layer's own mask is not seen. ``wipe``: the side from which it is
    uncovered, and to which it is covered again. ``fades``: by its opacity too."""

    after: int = 0
    frames: int = 0
    across: float = 0.0
    down: float = 0.0
    wipe: Side = ""
    fades: bool = True


@dataclass(frozen=True)
class Layer:
    """A mask, float32, 0 to 1, of one colour, with its left upper corner in the picture; ``leave.after`` counts from
    the title's beginning. ``written``: it holds letters, which a mirror would spoil."""

    cover: Plane
    colour: Colour
    left: int
    top: int
    enter: Move = field(default=Move())
    leave: Move | None = None
    written: bool = False

    def mirrored(self, width: int) -> Layer:
        """The layer as a mirror shows it, for scripts that are written from right to left."""
        moves = {
            name: replace(move, across=-move.across, wipe=_MIRRORED[move.wipe])
            for name, move in (("enter", self.enter), ("leave", self.leave))
            if move is not None
        }
        cover = self.cover if self.written else np.ascontiguousarray(self.cover[:, ::-1])
        return replace(self, cover=cover, left=width - self.left - cover.shape[1], **moves)  # type: ignore[arg-type]

    def cover_at(self, frame: float) -> Plane:
        """The mask at a moment."""
        cover = _moved(self.cover, self.enter, _slowing(_share(self.enter, frame)))
        if self.leave is not None:
            cover = _moved(cover, self.leave, 1.0 - _quickening(_share(self.leave, frame)))
        return cover

    def rests(self, frame: float) -> bool:
        """Whether it stands still."""
        entered = frame >= self.enter.after + self.enter.frames
        return entered and (self.leave is None or frame < self.leave.after)


_MIRRORED: dict[Side, Side] = {"left": "right", "right": "left"} | {  # type: ignore[assignment]
    side: side for side in ("", "top", "bottom", "middle")
}


@dataclass(frozen=True)
class Scene:
    """A title: layers from the lowest to the highest, over a ground that fills the picture or over nothing."""

    layers: tuple[Layer, ...]
    ground: Pixels | None = None


def frames_of(scene: Scene, width: int, height: int, frames: int) -> Callable[[int], Pixels]:
    """The title as a function of the frame number; what stands still is drawn once.

    :return: gives uint8, height x width x 3 (RGB) over a ground, else x 4 (RGBA, straight alpha)
    """
    draw = _over_ground(scene, width, height, frames) if scene.ground is not None else _alone(scene, width, height)
    resting: list[Pixels] = []

    def at(number: int) -> Pixels:
        moment = number + 0.5
        if not all(layer.rests(moment) for layer in scene.layers):
            return draw(moment)
        if not resting:
            resting.append(draw(moment))
        return resting[0]

    return at


def _over_ground(scene: Scene, width: int, height: int, frames: int) -> Callable[[float], Pixels]:
    ground = ImageClip(scene.ground).with_duration(frames)
    layers = [_clip(layer, 0, 0).with_duration(frames) for layer in scene.layers]
    whole = CompositeVideoClip([ground, *layers], size=(width, height), use_bgclip=True)
    return lambda moment: np.ascontiguousarray(whole.get_frame(moment), dtype=np.uint8)


def _alone(scene: Scene, width: int, height: int) -> Callable[[float], Pixels]:
    """Only the part of the picture in which there is something is composed."""
    left, top, right, bottom = _box(scene.layers, width, height)
    whole = CompositeVideoClip([_clip(layer, left, top) for layer in scene.layers], size=(right - left, bottom - top))

    def draw(moment: float) -> Pixels:
        frame = np.zeros((height, width, 4), np.uint8)
        colour, cover = whole.get_frame(moment), whole.mask.get_frame(moment)
        place = frame[top:bottom, left:right]
        place[..., 3] = np.round(np.clip(cover, 0.0, 1.0) * 255.0)
        place[..., :3] = np.where(place[..., 3:] > 0, colour, 0)
        return frame

    return draw


def _clip(layer: Layer, left: int, top: int) -> VideoClip:
    """MoviePy cuts levels off where it should round them, hence the rounding here."""
    size = layer.cover.shape[1], layer.cover.shape[0]
    mask = VideoClip(lambda moment: np.round(layer.cover_at(moment) * 255) / 255 + 1e-6, is_mask=True)
    return ColorClip(size, color=layer.colour).with_mask(mask).with_position((layer.left - left, layer.top - top))


def _box(layers: Sequence[Layer], width: int, height: int) -> tuple[int, int, int, int]:
    left = min(layer.left for layer in layers)
    top = min(layer.top for layer in layers)
    right = max(layer.left + layer.cover.shape[1] for layer in layers)
    bottom = max(layer.top + layer.cover.shape[0] for layer in layers)
    return max(0, left), max(0, top), min(width, right), min(height, bottom)


def _share(move: Move, frame: float) -> float:
    """How much of a movement is done."""
    return min(1.0, max(0.0, (frame - move.after) / move.frames)) if move.frames else float(frame >= move.after)


def _slowing(share: float) -> float:
    return 1.0 - (1.0 - share) ** 3


def _quickening(share: float) -> float:
    return share**3 if share < 1 else 1.0


def _moved(cover: Plane, move: Move, done: float) -> Plane:
    """The mask when this share of a movement is done."""
    if done >= 1.0:
        return cover
    if done <= 0.0:
        return np.zeros_like(cover)
    if move.across or move.down:
        shift = np.array([[1, 0, move.across * (1 - done)], [0, 1, move.down * (1 - done)]], np.float64)
        cover = np.asarray(cv2.warpAffine(cover, shift, cover.shape[::-1], flags=cv2.INTER_LINEAR), np.float32)
    if move.wipe:
        cover = cover * _uncovered(cover.shape, move.wipe, done)
    return cover * np.float32(done) if move.fades else cover


def _uncovered(shape: tuple[int, ...], side: Side, done: float) -> Plane:
    """1 where a wipe has been, 0 where not; its edge lies between two pixels as it falls."""
    length = shape[1] if side in ("left", "right", "middle") else shape[0]
    places = np.arange(length, dtype=np.float32)
    if side == "middle":
        line = np.clip(done * length / 2 + 0.5 - np.abs(places + 0.5 - length / 2), 0.0, 1.0)
    else:
        line = np.clip(done * length - places, 0.0, 1.0)
    line = line[::-1] if side in ("right", "bottom") else line
    return np.asarray(line[None, :] if side in ("left", "right", "middle") else line[:, None], np.float32)
