"""Camera moves over a still: which there are, the room that each needs round the view, and how each goes in time."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil, cos, pi, sin, sqrt
from random import Random


@dataclass(frozen=True)
class Move:
    """A camera move: ``aside`` is the direction of travel (x right, y down), ``forward`` +1 in, -1 out.

    ``round``: the camera turns round the subject, which stays where it is. ``closed``: it comes back to where it began,
    so that a loop may use it. ``shaken``: by a hand, in a way that depends on the seed. ``focus``: not the camera moves
    but its focus, +1 from far to near, -1 from near to far. ``farthest``: the share of the view's side that it travels
    at amount 1.
    """

    aside: tuple[float, float] = (0.0, 0.0)
    forward: int = 0
    round: bool = False
    closed: bool = False
    shaken: bool = False
    focus: int = 0
    farthest: float = 0.25

    @property
    def moves(self) -> bool:
        """Whether the camera changes its place."""
        return bool(self.forward or any(self.aside))


STILL, PUSH, HANDHELD = "still", "push_in", "handheld"
MOVES = {
    STILL: Move(closed=True),
    PUSH: Move(forward=1),
    "pull_out": Move(forward=-1),
    "pan_left": Move((-1, 0)),
    "pan_right": Move((1, 0)),
    "tilt_up": Move((0, -1)),
    "tilt_down": Move((0, 1)),
    "orbit": Move((1, 0.4), round=True, closed=True, farthest=0.45),
    "orbit_left": Move((-1, 0), round=True, farthest=0.45),
    "orbit_right": Move((1, 0), round=True, farthest=0.45),
    HANDHELD: Move((1, 0.8), closed=True, shaken=True, farthest=0.06),
    "focus_near": Move(focus=1),
    "focus_far": Move(focus=-1),
}
FARTHEST_FORWARD = 0.26  # share of the distance to the subject at amount 1: it looms by 1 / (1 - 0.26) = 1.35
TREMOR = ((0.35, 1.0), (0.8, 0.45), (1.7, 0.16), (3.1, 0.05))  # of a hand: turns a second, strength


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
        side = move.farthest * amount
        most = 2 * parallax if move.round else 1.0 + parallax
        across, down = side * width * abs(move.aside[0]), side * height * abs(move.aside[1])
        return Room(ceil(width + across * most), ceil(height + down * most), 1.0, (across, down), 0.0, parallax)


@dataclass(frozen=True)
class Stand:
    """Where the camera is. ``forward``: how much of the way to the subject is covered; ``aside``: in pixels of the
    scaled still from the middle; ``pivot``: what is as near as this (as a gain) keeps its place."""

    forward: float
    aside: tuple[float, float]
    pivot: float = 0.0


class Path:
    """A move in time.

    :param seconds: of the whole shot; :param ease: the share of it spent on starting and stopping
    :param pivot: gain of the subject, round which an orbit turns
    """

    def __init__(self, move: Move, room: Room, seconds: float, ease: float, pivot: float = 1.0, seed: int = 1) -> None:
        self._move, self._room, self._ease = move, room, ease
        self._pivot = pivot if move.round else 0.0
        drawn = Random(seed)
        self._tremor = [
            [(max(1, round(pace * seconds)), strength, drawn.random() * 2 * pi) for pace, strength in TREMOR]
            for _ in range(2)
        ]

    def at(self, time: float) -> Stand:
        """The camera at ``time``, 0 to 1."""
        move, way = self._move, eased(time, self._ease)
        if move.forward:
            covered = way if move.forward > 0 else 1.0 - way
            return Stand(self._room.forward * covered, (0.0, 0.0))
        if move.shaken:
            shares = _trembled(self._tremor[0], time), _trembled(self._tremor[1], time)
        elif move.closed:
            shares = 0.5 * sin(2 * pi * time), 0.5 * cos(2 * pi * time)
        else:
            shares = way - 0.5, way - 0.5
        across, down = (
            travel * (1 if sign >= 0 else -1) * share
            for travel, sign, share in zip(self._room.aside, move.aside, shares, strict=True)
        )
        return Stand(0.0, (across, down), self._pivot)


def _trembled(parts: list[tuple[int, float, float]], time: float) -> float:
    """-0.5 to 0.5; the same at time 0 and 1."""
    whole = sum(strength for _, strength, _ in parts)
    return 0.5 * sum(strength * sin(2 * pi * turns * time + phase) for turns, strength, phase in parts) / whole


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
