"""A take of another shape in the delivery's: through a window that may move, or whole with something round it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

import cv2
import numpy as np

from edl.reframe import Shot, spot_at
from engines.conformer._ink import black
from engines.media.frames import planes_of

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]

SMALLER = 8  # times, at which the blurred copy is made
BLUR = 0.025  # of the picture's longer side, standard deviation
DIMMED = 0.6  # how bright the blurred copy is


class Framing(Protocol):
    """``size``: width and height at which the take's pictures are wanted, even."""

    @property
    def size(self) -> tuple[int, int]: ...

    def place(self, picture: Pixels, number: int) -> Pixels:
        """The delivery's picture (4:2:0, planes below one another).

        :param number: of the run's frame
        """


def framing_of(
    crop: Literal["centre", "blur", "pad"], shots: Sequence[Shot], size: tuple[int, int], width: int, height: int
) -> Framing | None:
    """How a take comes in; None where it is simply cropped around its centre.

    :param size: of the take as a viewer sees it
    """
    across, down = width / size[0], height / size[1]
    if shots:
        scale = max(across, down)
        covering = max(width, _even(size[0] * scale)), max(height, _even(size[1] * scale))
        return Window(covering, (width, height), tuple(shots))
    if crop == "centre":
        return None
    scale = min(across, down)
    whole = min(width, max(2, _even(size[0] * scale))), min(height, max(2, _even(size[1] * scale)))
    return Surrounded(whole, (width, height), crop == "blur")


@dataclass(frozen=True)
class Window:
    """A piece of a picture that covers more than the delivery. A window that moves is placed between pixels."""

    size: tuple[int, int]
    delivery: tuple[int, int]
    shots: tuple[Shot, ...]

    def place(self, picture: Pixels, number: int) -> Pixels:
        spot = spot_at(self.shots, number)
        left, top = (
            min(max(share * have - wanted / 2, 0), have - wanted)
            for share, have, wanted in zip(spot, self.size, self.delivery, strict=True)
        )
        if all(len(shot.x) == len(shot.y) == 1 for shot in self.shots):
            left, top = _even(left), _even(top)
        width, height = self.delivery
        cut = []
        for number_of, plane in enumerate(planes_of(picture)):
            part = 2 if number_of else 1
            cut.append(_shifted(plane, left / part, top / part, width // part, height // part))
        return _joined(cut, width)


@dataclass(frozen=True)
class Surrounded:
    """The whole picture, with a blurred copy of itself or black round it."""

    size: tuple[int, int]
    delivery: tuple[int, int]
    blurred: bool

    def place(self, picture: Pixels, number: int) -> Pixels:
        width, height = self.delivery
        out = _joined([_spread(plane, at, self) for at, plane in enumerate(planes_of(picture))], width)
        if not self.blurred:
            out = black(width, height)
        left, top = ((have - own) // 4 * 2 for have, own in zip(self.delivery, self.size, strict=True))
        for at, (plane, own) in enumerate(zip(planes_of(out), planes_of(picture), strict=True)):
            x, y = (left // 2, top // 2) if at else (left, top)
            plane[y : y + own.shape[0], x : x + own.shape[1]] = own
        return out


def _spread(plane: Pixels, at: int, framing: Surrounded) -> Pixels:
    """One plane, cropped to the delivery's shape, blurred and dimmed, at the delivery's size."""
    width, height = (length // (2 if at else 1) for length in framing.delivery)
    rows, columns = plane.shape
    scale = max(width / columns, height / rows)
    wide, high = min(columns, max(1, round(width / scale))), min(rows, max(1, round(height / scale)))
    top, left = (rows - high) // 2, (columns - wide) // 2
    small = max(8, width // SMALLER), max(8, height // SMALLER)
    piece = cv2.resize(plane[top : top + high, left : left + wide], small, interpolation=cv2.INTER_AREA)
    soft = cv2.GaussianBlur(piece.astype(np.float32), (0, 0), BLUR * max(small), borderType=cv2.BORDER_REPLICATE)
    rest = np.float32(128 if at else 16)
    dim = (soft - rest) * np.float32(DIMMED) + rest
    return np.asarray(np.rint(cv2.resize(dim, (width, height), interpolation=cv2.INTER_LINEAR)), np.uint8)


def _shifted(plane: Pixels, left: float, top: float, width: int, height: int) -> Pixels:
    if left == int(left) and top == int(top):
        return plane[int(top) : int(top) + height, int(left) : int(left) + width]
    move = np.array([[1, 0, left], [0, 1, top]], np.float64)
    flags = cv2.INTER_CUBIC | cv2.WARP_INVERSE_MAP
    found = cv2.warpAffine(plane, move, (width, height), flags=flags, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(found, np.uint8)


def _joined(planes: Sequence[Pixels], width: int) -> Pixels:
    return np.concatenate([np.ascontiguousarray(plane).ravel() for plane in planes]).reshape(-1, width)


def _even(length: float) -> int:
    return round(length / 2) * 2
