"""How a file wants its pictures turned before they are shown: by quarters, and mirrored where a camera says so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from av import VideoFrame
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]


@dataclass(frozen=True)
class Turn:
    """``aside``: rows and columns change places, first of all; then rows, then columns are taken from the other end."""

    aside: bool = False
    flip_rows: bool = False
    flip_columns: bool = False

    def turned(self, plane: Pixels) -> Pixels:
        """A plane (height x width, or with channels behind) as it is to be seen."""
        if self.aside:
            plane = plane.swapaxes(0, 1)
        return plane[:: -1 if self.flip_rows else 1, :: -1 if self.flip_columns else 1]


UPRIGHT = Turn()


def turn_of(frame: VideoFrame) -> Turn:
    """What the display matrix of a frame asks for, to the nearest quarter; a frame without one is upright.

    The matrix takes a point (x, y), counted down the picture, to (a x + c y, b x + d y).
    """
    found: Any = frame.side_data.get("DISPLAYMATRIX")
    if found is None:
        return UPRIGHT
    a, b, _, c, d = (int(value) for value in np.frombuffer(found, np.int32)[:5])
    if abs(a) + abs(d) >= abs(b) + abs(c):
        return Turn(False, d < 0, a < 0)
    return Turn(True, b < 0, c < 0)
