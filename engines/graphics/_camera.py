"""Camera moves over a still: which there are, the room that each needs round the view, and how it starts and stops."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, pi, sin, sqrt


@dataclass(frozen=True)
class Move:
    """A camera move: ``aside`` is the direction of travel (x right, y down), ``forward`` +1 in, -1 out."""

    aside: tuple[int, int] = (0, 0)
    forward: int = 0

    @property
    def moves(self) -> bool:
        """Whether the camera moves at all."""
        return bool(self.forward or any(self.aside))


STILL = "still"
MOVES = {
    STILL: Move(),
    "push_in": Move(forward=1),
    "pull_out": Move(forward=-1),
    "pan_left": Move((-1, 0)),
    "pan_right": Move((1, 0)),
    "tilt_up": Move((0, -1)),
    "tilt_down": Move((0, 1)),
}
FARTHEST_FORWARD = 0.26  # share of the distance to the subject at amount 1: it looms by 1 / (1 - 0.26) = 1.35
FARTHEST_ASIDE = 0.25  # share of the view's side at amount 1


@dataclass(frozen=True)
class Room:
    """The scaled still: its size, and how the view lies in it. Lengths in pixels of the scaled still.

    ``step``: from one output pixel to the next in the widest view. ``aside``: the mean travel of a pan or tilt.
    ``forward``: the share of the way to the subject that a push covers. ``parallax``: the nearest and the farthest
    parts travel 1 +- this much of the mean.
    """

    width: int
    height: int
    step: float
    aside: tuple[float, float]
    forward: float
    parallax: float

    @staticmethod
    def around(width: int, height: int, move: Move, amount: float, parallax: float) -> Room:
        """The room for a view of ``width`` x ``height`` output pixels and a move of ``amount`` (0 to 1)."""
        if move.forward:
            # The widest view is seen slightly reduced and the narrowest slightly enlarged, both by the same factor.
            forward = FARTHEST_FORWARD * amount
            finer = 1.0 / sqrt(1.0 - forward)
            whole = ceil(width * finer), ceil(height * finer)
            step = min(whole[0] / width, whole[1] / height)
            return Room(*whole, step, (0.0, 0.0), forward, parallax)
        side, most = FARTHEST_ASIDE * amount, 1.0 + parallax
        across, down = side * width * abs(move.aside[0]), side * height * abs(move.aside[1])
        return Room(ceil(width + across * most), ceil(height + down * most), 1.0, (across, down), 0.0, parallax)

    def travelled(self, move: Move, way: float) -> tuple[float, tuple[float, float]]:
        """``forward`` and ``aside`` when ``way`` (0 to 1) of the move is covered, counted from the widest view or the
        middle."""
        covered = way if move.forward > 0 else 1.0 - way
        across, down = (travel * sign * (way - 0.5) for travel, sign in zip(self.aside, move.aside, strict=True))
        return self.forward * covered, (across, down)


def eased(time: float, ease: float) -> float:
    """How much of the way is covered at ``time`` (both 0 to 1).

    The speed rises as a raised cosine over the first ``ease / 2`` of the time, holds, and falls likewise.
    """
    ramp = ease / 2
    if time > 0.5:
        return 1.0 - eased(1.0 - time, ease)
    top = 1.0 / (1.0 - ramp)
    if time >= ramp:
        return top * (time - ramp / 2)
    return top / 2 * (time - ramp / pi * sin(pi * time / ramp))
