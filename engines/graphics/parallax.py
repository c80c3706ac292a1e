"""A camera move over one still, in which near parts travel further than far ones. Nothing is invented.

The still is cropped around its ``focus`` to the wanted aspect and scaled once, with the room that the move needs kept
round the view, so that no sample ever leaves the picture. Each frame is then one backward warp: an output
pixel at ``u`` (from the middle of the view) shows the still at

* push and pull: ``middle + u * (1 - z * g)``, the view of a camera that has moved forward by ``z``
* pan and tilt: ``middle + u + x * g``, the view of a camera that has moved aside by ``x``

where ``g`` is 1 on average and grows with nearness (:mod:`engines.vision.depth`), read where the sample falls (a few
fixed-point steps), so that a thing keeps its shape while it moves. The depth is softened until that map has no
folds.

The scaled still holds about one pixel per output pixel, so that fine texture does not crawl; it is enlarged
twice (Lanczos) and read linearly, which keeps slow motion even: OpenCV's cubic kernel misplaces samples by up to a
twentieth of a pixel, depending on the phase, and costs more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, Field

from edl.errors import Broken
from edl.findings import Code, Finding, Place, Severity
from edl.project import Kind
from edl.recipe import Native
from edl.region import EngineRegions
from engines.contract import Does, Engine, Limits, Made, Order, Params, Plain, Wish
from engines.graphics._camera import HANDHELD, MOVES, PUSH, STILL, Move, Room, eased
from engines.graphics._camera import Path as CameraPath
from engines.media.packages import versions
from engines.motion.judge import judge_regions
from engines.motion.masks import Window

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from engines.motion.living import Living

    Pixels = NDArray[np.uint8]
    Frames = Callable[[float], Pixels]

Share = Annotated[float, Field(ge=0, le=1)]

PACE = 0.12  # amount a second where the project says none: an unhurried documentary move
PARALLAX = 0.6  # at depth 1 the nearest and the farthest travel 1 +- this much of the mean
MOST_ENLARGED = 2.0
FINER = 2  # pixels of the picture that is sampled, for one of the scaled still

UNKNOWN_CAMERA = Code(
    "parallax-camera",
    Severity.ERROR,
    "graphics/parallax knows a few camera moves and makes up nothing else.",
    f"Write one of {', '.join(MOVES)}, or leave camera out.",
)
SOFT_STILL = Code(
    "parallax-soft",
    Severity.WARNING,
    "A still that is enlarged more than twice looks soft, and a move towards it shows that more.",
    "Use a larger picture, or a smaller amount.",
)

OPEN_LOOP = Code(
    "parallax-loop",
    Severity.ERROR,
    "The last frame of a loop leads into its first one, so the camera must come back to where it began.",
    f"Use {', '.join(name for name, move in MOVES.items() if move.closed)}, or leave camera out.",
)
FOCUS_REGIONS = Code(
    "parallax-focus-regions",
    Severity.ERROR,
    "A shift of focus is drawn over one still picture; regions that move in it as well are not supported.",
    "Leave out regions, or choose another camera move.",
)
FLAT_ORBIT = Code(
    "parallax-flat",
    Severity.WARNING,
    "An orbit shows nothing but depth: in a flat picture nothing moves at all.",
    "Set depth to more than 0, or choose a pan.",
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
    regions: EngineRegions = ()


def check(wish: Wish, params: BaseModel) -> tuple[Finding, ...]:
    """Is the camera move known and possible here, is the still large enough for it, and do the regions lie in it?"""
    assert isinstance(params, ParallaxParams)
    name = "portrait" if "portrait" in wish.facts else "image"
    own = _for_loop(wish, params)
    assert isinstance(own, ParallaxParams)
    move = MOVES.get(_camera(own))
    if move is None:
        close = get_close_matches(str(params.camera).casefold().replace(" ", "_").replace("-", "_"), MOVES, 1, 0.5)
        remedy = f"Did you mean {close[0]}? Known are {', '.join(MOVES)}." if close else ""
        return (UNKNOWN_CAMERA.at(Place(path="camera"), f"{params.camera!r} is not a camera move", remedy),)
    return (*_impossible(wish, own, move), *_soft(wish, own, move, name), *judge_regions(wish, own.regions, name))


def _impossible(wish: Wish, params: ParallaxParams, move: Move) -> Iterator[Finding]:
    if wish.segment.kind is Kind.LOOP and not move.closed:
        yield OPEN_LOOP.at(Place(path="params.camera"), f"{params.camera} ends elsewhere than it begins")
    if move.focus and params.regions:
        yield FOCUS_REGIONS.at(Place(path="regions"), f"{params.camera} moves the focus, and regions move as well")
    if move.round and not params.depth:
        yield FLAT_ORBIT.at(Place(path="params.depth"), f"{params.camera} with a depth of 0")


def _soft(wish: Wish, params: ParallaxParams, move: Move, name: str) -> Iterator[Finding]:
    facts = wish.facts.get(name)
    if facts is None or facts.picture is None:
        return
    native = Native(wish.delivery.width, wish.delivery.height, wish.delivery.fps, wish.frames)
    room = _room(native, move, params)
    enlarged = max(room.width / facts.picture.width, room.height / facts.picture.height)
    if enlarged > MOST_ENLARGED:
        size = f"{facts.picture.width} x {facts.picture.height}"
        yield SOFT_STILL.at(Place(path=name), f"the still of {size} is enlarged {enlarged:.1f} times")


def render(order: Order) -> Made:
    """Make the shot."""
    from engines.media.canvas import converted
    from engines.media.sink import FrameSink
    from engines.media.still import read_still

    native, params = order.shape(), order.params
    assert isinstance(params, ParallaxParams)
    still = read_still(order.inputs.get("image") or order.inputs["portrait"])
    frames = moving(still, native, params, order.inputs, order.seed)
    even = native.width % 2 == 0 and native.height % 2 == 0
    with FrameSink(order) as sink:
        for number in range(native.frames):
            frame = frames((number + 0.5) / native.frames)
            if even:
                sink.write_planes(converted(frame))
            else:
                sink.write(frame)
    return sink.made()


def moving(
    still: Pixels, native: Native, params: ParallaxParams, files: Mapping[str, Path] | None = None, seed: int = 1
) -> Frames:
    """The shot as a function of time.

    :param still: uint8 RGB of any size
    :param files: the masks of regions by input name
    :return: takes 0 to 1 (start and end of the shot), gives uint8 RGB, native height x width x 3; each frame depends on
        its own time alone
    :raises Broken: for a camera move that is not known, and for a mask that cannot be read
    """
    import cv2

    from engines.motion.living import Living

    cv2.setNumThreads(1)
    move = MOVES.get(_camera(params))
    if move is None:
        raise Broken(f"graphics/parallax knows no camera move {params.camera!r}")
    room = _room(native, move, params)
    window = _window(still.shape[1], still.shape[0], room, params.focus)
    picture = _shown(still, window)
    if move.focus:
        return _focusing(picture, move, native, params)
    living = Living(params.regions, files or {}, window, float(native.seconds)) if params.regions else None
    if not move.moves:
        return _standing(picture, living)
    return _travelling(picture, living, Shot(move, room, native, params, seed))


@dataclass(frozen=True)
class Shot:
    """A camera that travels: its move, the room it has, and what was ordered."""

    move: Move
    room: Room
    native: Native
    params: ParallaxParams
    seed: int


def _travelling(picture: Pixels, living: Living | None, shot: Shot) -> Frames:
    """The view of a camera that changes its place."""
    from engines.graphics._stage import Stage, pivot_of
    from engines.vision.depth import read_scene

    scene, room, native = read_scene(picture), shot.room, shot.native
    moving = living.where if living else None
    stage = Stage(picture, scene, room, (native.width, native.height), FINER, moving)
    path = CameraPath(shot.move, room, float(native.seconds), shot.params.ease, pivot_of(scene, room), shot.seed)

    def at(time: float) -> Pixels:
        if living is None:
            return stage.seen(path.at(time))
        return stage.seen(path.at(time), lambda frame, texture, places: living.paint(frame, texture, time, places))

    return at


def _standing(picture: Pixels, living: Living | None) -> Frames:
    """The view of a camera that stands still, in which regions may move."""
    from engines.graphics._stage import enlarged
    from engines.motion.living import Texture

    texture = Texture.of(enlarged(picture, FINER), FINER) if living else None

    def at(time: float) -> Pixels:
        frame = picture.copy()
        if living is not None and texture is not None:
            living.paint(frame, texture, time)
        return frame

    return at


def _focusing(picture: Pixels, move: Move, native: Native, params: ParallaxParams) -> Frames:
    """The view of a camera that stands still while its focus goes from far to near, or back."""
    from engines.graphics._focus import Focus
    from engines.vision.depth import read_scene

    focus = Focus(picture, read_scene(picture), 1.0 if params.amount is None else params.amount)

    def at(time: float) -> Pixels:
        way = eased(time, params.ease)
        return focus.at(way if move.focus > 0 else 1.0 - way)

    return at


def _camera(params: ParallaxParams) -> str:
    """The camera move: where none is asked for, none beside regions, and else a gentle push."""
    return params.camera or (STILL if params.regions else PUSH)


def _for_loop(wish: Wish, params: BaseModel) -> BaseModel:
    """A loop without regions and without a camera move turns round its subject, which brings it back."""
    assert isinstance(params, ParallaxParams)
    if wish.segment.kind is Kind.LOOP and params.camera is None and not params.regions:
        return params.model_copy(update={"camera": "orbit"})
    return params


def _room(native: Native, move: Move, params: ParallaxParams) -> Room:
    return Room.around(native.width, native.height, move, _amount(native, move, params), PARALLAX * params.depth)


def _amount(native: Native, move: Move, params: ParallaxParams) -> float:
    if params.amount is not None:
        return params.amount
    if move.closed:
        return 0.5  # it covers the same way however long it takes
    amount = min(0.8, max(0.2, PACE * float(native.seconds)))
    return amount if params.camera else amount * 0.7


def _window(width: int, height: int, room: Room, focus: tuple[float, float]) -> Window:
    """The largest piece of the still that has the room's aspect and lies as near to the focus as it can."""
    from engines.media.still import cover

    _, _, box_width, box_height = cover(width, height, room.width, room.height)
    left, top = (
        float(round(min(max(share * size - box / 2, 0.0), size - box)))
        for share, size, box in zip(focus, (width, height), (box_width, box_height), strict=True)
    )
    left, top = min(left, width - box_width), min(top, height - box_height)
    return Window(left / width, top / height, box_width / width, box_height / height, room.width, room.height)


def _shown(still: Pixels, window: Window) -> Pixels:
    """What the window shows of the still; its own pixels where it need not be scaled."""
    import numpy as np
    from PIL import Image

    height, width = still.shape[:2]
    left, top = window.left * width, window.top * height
    right, bottom = left + window.across * width, top + window.down * height
    if (round(right - left), round(bottom - top)) == (window.width, window.height):
        x, y = round(left), round(top)
        return np.ascontiguousarray(still[y : y + window.height, x : x + window.width])
    scaled = Image.fromarray(still).resize(
        (window.width, window.height), Image.Resampling.LANCZOS, box=(left, top, min(right, width), min(bottom, height))
    )
    return np.ascontiguousarray(np.asarray(scaled, dtype=np.uint8))


LIMITS = Limits(
    cameras=frozenset(MOVES),
    stand_in="a generated shot: a camera move over the still stands in for a generative engine, offline; "
    "nothing in the picture acts, and the prompt is not used",
)
STAND_IN_REGIONS = (
    "a generated shot: the regions named in it flow or sway and nothing else acts, offline; the prompt is not used"
)


def _limits(params: BaseModel) -> Limits:
    """A hand shakes in another way for each seed; regions are more than a camera move."""
    assert isinstance(params, ParallaxParams)
    words = STAND_IN_REGIONS if params.regions else LIMITS.stand_in
    return replace(LIMITS, seeded=params.camera == HANDHELD, stand_in=words)


ENGINE = Engine(
    name="graphics/parallax",
    pixels=5,
    does=frozenset({Does.SHOT, Does.LOOP}),
    params=ParallaxParams,
    open=lambda device: Plain(render),
    says="A camera move over a still; near parts travel further than far ones. Nothing is invented.",
    limits=LIMITS,
    limits_by=_limits,
    check=check,
    part=_for_loop,
    needs={"image": ("picture",), "portrait": ("picture",), "region": ("mask",)},
    weights=lambda params: versions("mediapipe"),
    requires=("cv2", "mediapipe", "numba", "scipy"),
    codes=(UNKNOWN_CAMERA, SOFT_STILL, OPEN_LOOP, FOCUS_REGIONS, FLAT_ORBIT),
    pace=0.025,
)
