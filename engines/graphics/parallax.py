"""A camera move over one still, in which near parts travel further than far ones. Nothing is invented.

The still is cropped around its centre to the wanted aspect and scaled once, with the room that the move needs kept
round the view, so that no sample ever leaves the picture. Each frame is then one backward warp: an output
pixel at ``u`` (from the middle of the view) shows the still at

* push and pull: ``middle + u * (1 - z * g)``, the view of a camera that has moved forward by ``z``
* pan and tilt: ``middle + u + x * g``, the view of a camera that has moved aside by ``x``

where ``g`` is 1 on average and grows with nearness (:mod:`engines.vision.depth`), read where the sample falls (a few
fixed-point steps), so that a thing keeps its shape while it moves. The depth is softened until that map has no
folds. Sampling is bicubic, at about one pixel of the scaled still per pixel, which keeps fine texture from crawling.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from math import ceil, pi, sin, sqrt
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, Field

from edl.errors import Broken
from edl.findings import Code, Finding, Place, Severity
from edl.recipe import Native
from engines.contract import Does, Engine, Limits, Made, Order, Params, Plain, Wish

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]
    Plane = NDArray[np.float32]
    Frames = Callable[[float], Pixels]

Share = Annotated[float, Field(ge=0, le=1)]


@dataclass(frozen=True)
class Move:
    """A camera move: ``aside`` is the direction of travel (x right, y down), ``forward`` +1 in, -1 out."""

    aside: tuple[int, int] = (0, 0)
    forward: int = 0


MOVES = {
    "push_in": Move(forward=1),
    "pull_out": Move(forward=-1),
    "pan_left": Move((-1, 0)),
    "pan_right": Move((1, 0)),
    "tilt_up": Move((0, -1)),
    "tilt_down": Move((0, 1)),
}
FARTHEST_FORWARD = 0.26  # share of the distance to the subject at amount 1: it looms by 1 / (1 - 0.26) = 1.35
FARTHEST_ASIDE = 0.25  # share of the view's side at amount 1
PACE = 0.12  # amount a second where the project says none: an unhurried documentary move
PARALLAX = 0.6  # at depth 1 the nearest and the farthest travel 1 +- this much of the mean
STEEPEST = 0.45  # stretch between neighbouring pixels that the depth may cause; 1 would fold
MOST_ENLARGED = 2.0
FIXED_POINT_STEPS = 6

UNKNOWN_CAMERA = Code(
    "parallax-camera",
    Severity.ERROR,
    "graphics/parallax knows six camera moves and makes up nothing else.",
    f"Write one of {', '.join(MOVES)}, or leave camera out.",
)
SOFT_STILL = Code(
    "parallax-soft",
    Severity.WARNING,
    "A still that is enlarged more than twice looks soft, and a move towards it shows that more.",
    "Use a larger picture, or a smaller amount.",
)


class ParallaxParams(Params):
    """``camera`` comes from the segment; the others are set under ``params:``.

    ``amount``: how far the camera travels, 0 to 1 (1: 1.35 times closer, or a quarter of the view aside); left out,
    it grows with the length of the shot. ``depth``: how much near parts outrun far ones, 0 (a flat picture) to 1.
    ``ease``: the share of the shot spent on starting and stopping, 0 (even speed) to 1.
    ``focus``: the point of the still (across, down, 0 to 1) round which it is cropped and towards which a push goes;
    near a border the crop stays inside the still.
    """

    camera: str | None = None
    amount: Share | None = None
    depth: Share = 0.5
    ease: Share = 0.6
    focus: tuple[Share, Share] = (0.5, 0.5)


def check(wish: Wish, params: BaseModel) -> tuple[Finding, ...]:
    """Is the camera move known, and is the still large enough for it?"""
    assert isinstance(params, ParallaxParams)
    move = MOVES.get(params.camera or "push_in")
    if move is None:
        close = get_close_matches(str(params.camera).casefold().replace(" ", "_").replace("-", "_"), MOVES, 1, 0.5)
        remedy = f"Did you mean {close[0]}? Known are {', '.join(MOVES)}." if close else ""
        return (UNKNOWN_CAMERA.at(Place(path="camera"), f"{params.camera!r} is not a camera move", remedy),)
    facts = wish.facts.get("image")
    if facts is None or facts.picture is None:
        return ()
    native = Native(wish.delivery.width, wish.delivery.height, wish.delivery.fps, wish.frames)
    room = _Room.around(native, move, params)
    enlarged = max(room.width / facts.picture.width, room.height / facts.picture.height)
    if enlarged <= MOST_ENLARGED:
        return ()
    size = f"{facts.picture.width} x {facts.picture.height}"
    return (SOFT_STILL.at(Place(path="image"), f"the still of {size} is enlarged {enlarged:.1f} times"),)


def render(order: Order) -> Made:
    """Make the shot."""
    from engines.media.sink import FrameSink
    from engines.media.still import read_still

    native, params = order.shape(), order.params
    assert isinstance(params, ParallaxParams)
    frames = moving(read_still(order.inputs["image"]), native, params)
    with FrameSink(order) as sink:
        for number in range(native.frames):
            sink.write(frames((number + 0.5) / native.frames))
    return sink.made()


def moving(still: Pixels, native: Native, params: ParallaxParams) -> Frames:
    """The shot as a function of time.

    :param still: uint8 RGB of any size
    :return: takes 0 to 1 (start and end of the shot), gives uint8 RGB, native height x width x 3; each frame depends on
        its own time alone
    :raises Broken: for a camera move that is not known
    """
    import cv2
    import numpy as np

    from engines.media.still import cover_still
    from engines.vision.depth import guess_depth

    cv2.setNumThreads(1)
    move = MOVES.get(params.camera or "push_in")
    if move is None:
        raise Broken(f"graphics/parallax knows no camera move {params.camera!r}")
    room = _Room.around(native, move, params)
    picture = cover_still(_round_focus(still, room, params.focus), room.width, room.height)
    near = _without_folds(guess_depth(picture), room, PARALLAX * params.depth)
    warp = _Warp(native, room, near)

    def at(time: float) -> Pixels:
        columns, rows = warp.samples(move, eased(time, params.ease))
        frame = cv2.remap(picture, columns, rows, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REFLECT_101)
        return np.asarray(frame, dtype=np.uint8)

    return at


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


@dataclass(frozen=True)
class _Room:
    """The scaled still: its size, and how the view lies in it. Lengths in pixels of the scaled still.

    ``step``: from one output pixel to the next in the widest view. ``aside``: the mean travel of a pan or tilt.
    ``forward``: the share of the way to the subject that a push covers.
    """

    width: int
    height: int
    step: float
    aside: tuple[float, float]
    forward: float

    @staticmethod
    def around(native: Native, move: Move, params: ParallaxParams) -> _Room:
        amount = _amount(native, params)
        if move.forward:
            # The widest view is seen slightly reduced and the narrowest slightly enlarged, both by the same factor.
            forward = FARTHEST_FORWARD * amount
            finer = 1.0 / sqrt(1.0 - forward)
            width, height = ceil(native.width * finer), ceil(native.height * finer)
            step = min(width / native.width, height / native.height)
            return _Room(width, height, step, (0.0, 0.0), forward)
        side = FARTHEST_ASIDE * amount
        aside = side * native.width * abs(move.aside[0]), side * native.height * abs(move.aside[1])
        most = 1.0 + PARALLAX * params.depth
        width, height = (
            ceil(size + way * most) for size, way in zip((native.width, native.height), aside, strict=True)
        )
        return _Room(width, height, 1.0, aside, 0.0)


def _amount(native: Native, params: ParallaxParams) -> float:
    if params.amount is not None:
        return params.amount
    amount = min(0.8, max(0.2, PACE * float(native.seconds)))
    return amount if params.camera else amount * 0.7


def _round_focus(still: Pixels, room: _Room, focus: tuple[float, float]) -> Pixels:
    """The largest piece of the still that has the room's aspect and lies as near to the focus as it can."""
    from engines.media.still import cover

    height, width = still.shape[:2]
    _, _, box_width, box_height = cover(width, height, room.width, room.height)
    left, top = (
        round(min(max(share * size - box / 2, 0.0), size - box))
        for share, size, box in zip(focus, (width, height), (box_width, box_height), strict=True)
    )
    return still[top : top + ceil(box_height), left : left + ceil(box_width)]


def _without_folds(near: Plane, room: _Room, parallax: float) -> Plane:
    """``g`` of the module's text over the whole scaled still, softened until the warp stretches nowhere too much."""
    import cv2
    import numpy as np

    height, width = near.shape
    grain = room.width / width
    travel = max(*room.aside, room.forward * room.step * max(room.width, room.height) / 2)
    blur = 0.75
    while True:
        soft = cv2.GaussianBlur(near, (0, 0), blur, borderType=cv2.BORDER_REFLECT)
        gain = np.asarray(1.0 + parallax * (2.0 * np.clip(soft, 0.0, 1.0) - 1.0), dtype=np.float32)
        steps = [np.abs(np.diff(gain, axis=axis)).max(initial=0.0) for axis in (0, 1)]
        if travel / grain * max(steps) <= STEEPEST or blur > max(height, width):
            return gain
        blur *= 1.3


class _Warp:
    """Where each output pixel finds its colour, for one view size."""

    def __init__(self, native: Native, room: _Room, gain: Plane) -> None:
        self._room, self._gain = room, gain
        self._size = native.width, native.height
        self._across, self._down = (_offsets(size, room.step) for size in self._size)
        coarse = [max(2, ceil(size / 4)) for size in self._size]
        self._coarse_across, self._coarse_down = (
            _offsets(few, room.step * size / few) for few, size in zip(coarse, self._size, strict=True)
        )

    def samples(self, move: Move, way: float) -> tuple[Plane, Plane]:
        """Columns and rows of the scaled still, each native height x width, when ``way`` (0 to 1) is covered."""
        import numpy as np

        room = self._room
        covered = way if move.forward > 0 else 1.0 - way
        forward = room.forward * covered
        aside = tuple(travel * sign * (way - 0.5) for travel, sign in zip(room.aside, move.aside, strict=True))
        gain = self._gain_in_view(forward, aside)
        middle = (room.width - 1) / 2, (room.height - 1) / 2
        if move.forward:
            shrunk = np.float32(1.0) - np.float32(forward) * gain
            return shrunk * self._across[None, :] + np.float32(middle[0]), shrunk * self._down[:, None] + np.float32(
                middle[1]
            )
        columns = gain * np.float32(aside[0]) + (self._across + np.float32(middle[0]))[None, :]
        rows = gain * np.float32(aside[1]) + (self._down + np.float32(middle[1]))[:, None]
        return columns, rows

    def _gain_in_view(self, forward: float, aside: tuple[float, ...]) -> Plane:
        """``g`` for each output pixel, read where its sample falls: solved on a grid of every fourth pixel."""
        import cv2
        import numpy as np

        room, (height, width) = self._room, self._gain.shape
        per_column, per_row = np.float32(width / room.width), np.float32(height / room.height)
        across, down = self._coarse_across[None, :], self._coarse_down[:, None]
        gain: Plane = np.ones((down.shape[0], across.shape[1]), np.float32)
        for _ in range(FIXED_POINT_STEPS):
            shrunk = np.float32(1.0) - np.float32(forward) * gain
            columns = (shrunk * across + gain * np.float32(aside[0])) * per_column + np.float32((width - 1) / 2)
            rows = (shrunk * down + gain * np.float32(aside[1])) * per_row + np.float32((height - 1) / 2)
            found = cv2.remap(self._gain, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
            gain = np.asarray(found, dtype=np.float32)
        return np.asarray(cv2.resize(gain, self._size, interpolation=cv2.INTER_LINEAR), dtype=np.float32)


def _offsets(count: int, step: float) -> Plane:
    """Positions of ``count`` pixels around their middle."""
    import numpy as np

    return ((np.arange(count, dtype=np.float32) - np.float32((count - 1) / 2)) * np.float32(step)).astype(np.float32)


ENGINE = Engine(
    name="graphics/parallax",
    pixels=1,
    does=frozenset({Does.SHOT}),
    params=ParallaxParams,
    open=lambda device: Plain(render),
    says="A camera move over a still; near parts travel further than far ones. Nothing is invented.",
    limits=Limits(
        cameras=frozenset(MOVES),
        stand_in="a generated shot: a camera move over the still stands in for a generative engine, offline; "
        "nothing in the picture acts, and the prompt is not used",
    ),
    check=check,
    needs={"image": ("picture",)},
    requires=("cv2", "mediapipe"),
    codes=(UNKNOWN_CAMERA, SOFT_STILL),
    pace=0.03,
)
