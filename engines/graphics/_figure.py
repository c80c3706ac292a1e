"""A figure in front of a backdrop: of either only what shows is read, in bands of a frame."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from engines.graphics._camera import Stand
from engines.graphics._warp import CELL, Axis, Box, Places, View, Warp
from engines.motion.living import Texture

Pixels = NDArray[np.uint8]
Plane = NDArray[np.float32]
Bits = NDArray[np.bool_]

BAND = 64  # rows of a frame
SOLID = 0.999  # of the matte: what lies behind shows nowhere
REACH = np.ones((4 * CELL + 1, 4 * CELL + 1), np.uint8)  # farther than the samples of neighbouring cells lie apart


@dataclass(frozen=True)
class Sheet:
    """One layer: how the camera samples it, and its picture enlarged."""

    warp: Warp
    texture: Texture

    def read(self, places: Places) -> Pixels:
        """Its colours at places in pixels of the texture."""
        found = cv2.remap(self.texture.pixels, *places, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(found, np.uint8)


@dataclass(frozen=True)
class Extent:
    """Where a figure shows in a frame, by cells of the coarse grid: ``some`` of it, or nothing else (``solid``)."""

    view: View
    some: Bits
    solid: Bits

    @property
    def box(self) -> Box:
        """The part of the frame in which it shows; empty where it does not."""
        down, across = np.any(self.some, axis=1), np.any(self.some, axis=0)
        return _whole(_either(down, self.view.down)), _whole(_either(across, self.view.across))

    def in_band(self, band: slice) -> tuple[slice, slice]:
        """Columns of a band in which it shows, and some of those in which nothing else does."""
        before = self.view.down.before[band]
        rows = slice(int(before[0]), int(before[-1]) + 2)
        some, solid = np.any(self.some[rows], axis=0), np.all(self.solid[rows], axis=0)
        return _whole(_either(some, self.view.across)), _run(~_either(~solid, self.view.across))


class Figure:
    """What stands in front.

    :param matte: its share of each pixel of the scaled still, 0 to 1
    """

    def __init__(self, sheet: Sheet, matte: Plane) -> None:
        self.sheet, self._matte = sheet, matte
        self._some = cv2.dilate((matte > 0).astype(np.uint8), REACH)
        self._solid = cv2.erode((matte > SOLID).astype(np.uint8), REACH)

    def extent(self, stand: Stand) -> Extent:
        """Where it shows from a place of the camera."""
        view = self.sheet.warp.view(stand)
        places = self.sheet.warp.coarse(view)
        some, solid = (
            cv2.remap(mask, *places, cv2.INTER_NEAREST, borderMode=cv2.BORDER_REPLICATE) > 0
            for mask in (self._some, self._solid)
        )
        return Extent(view, some, solid)

    def share(self, places: Places) -> Plane:
        """The matte at places in pixels of the texture; beyond the picture's border it goes on."""
        finer = np.float32(self.sheet.texture.finer)
        half = (finer - 1) / 2
        columns, rows = ((plane - half) / finer for plane in places)
        share = cv2.remap(self._matte, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return np.asarray(share, np.float32)


def seen_before(back: Sheet, view: View, figure: Figure, extent: Extent) -> Pixels:
    """The frame: height x width x 3."""
    height, width = len(view.down.offsets), len(view.across.offsets)
    frame: Pixels = np.empty((height, width, 3), np.uint8)
    for band in _bands(height):
        shown, solid = extent.in_band(band)
        for part in (slice(0, solid.start), slice(solid.stop, width)):
            if part.stop > part.start:
                frame[band, part] = back.read(view.places((band, part)))
        for part in (slice(shown.start, solid.start), slice(solid.stop, shown.stop)):
            if part.stop > part.start:
                places = extent.view.places((band, part))
                lay(frame, (band, part), figure.sheet.read(places), figure.share(places))
        if solid.stop > solid.start:
            frame[band, solid] = figure.sheet.read(extent.view.places((band, solid)))
    return frame


def lay(frame: Pixels, box: Box, drawn: Pixels, share: Plane) -> None:
    """Lay a picture over a part of a frame, by its share of each pixel."""
    frame[box] = cv2.blendLinear(drawn, np.ascontiguousarray(frame[box]), share, np.float32(1.0) - share)


def _bands(height: int) -> Iterator[slice]:
    return (slice(top, min(height, top + BAND)) for top in range(0, height, BAND))


def _either(cells: Bits, axis: Axis) -> Bits:
    """Which output pixels lie beside a cell that is set."""
    return np.asarray(cells[axis.before] | cells[axis.before + 1])


def _whole(there: Bits) -> slice:
    """From the first to the last; empty, at 0, where there is none."""
    found = np.flatnonzero(there)
    return slice(int(found[0]), int(found[-1]) + 1) if len(found) else slice(0, 0)


def _run(there: Bits) -> slice:
    """The longest run; empty, at 0, where there is none."""
    edges = np.flatnonzero(np.diff(there.astype(np.int8), prepend=0, append=0))
    if not len(edges):
        return slice(0, 0)
    longest = int(np.argmax(edges[1::2] - edges[::2]))
    return slice(int(edges[2 * longest]), int(edges[2 * longest + 1]))
