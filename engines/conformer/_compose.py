"""The pictures of a scene, one a frame: takes, blends and layouts, and what is drawn over them."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import islice, repeat
from typing import TYPE_CHECKING

import numpy as np

from engines.conformer._arrange import arrangement
from engines.conformer._blend import Wiper, dissolved
from engines.conformer._framing import framing_of
from engines.conformer._ink import Ink, black, filled, ink, stand_in_width
from engines.conformer._logo import stamped
from engines.conformer._take import strip
from engines.media.frames import Fitter
from engines.media.lettering import label, slate

if TYPE_CHECKING:
    from av import VideoFrame

    from engines.conformer._ink import Pixels
    from engines.conformer._scene import Blend, Drawn, Inset, Scene
    from engines.conformer._take import Strip
    from engines.contract import Order

Size = tuple[int, int]


def pictures(order: Order, scene: Scene, size: Size | None = None) -> Iterator[Pixels]:
    """All pictures of a scene, uint8, planes of 4:2:0 below one another. One that stands is the same array again: it
    must not be drawn into.

    :param size: width and height, even; left out: those of the order
    :raises Broken: when a take is too short or cannot be decoded
    """
    shape = order.shape()
    size = size or (shape.width, shape.height)
    filling = _shared(order, scene, scene.inset, size) if scene.inset else _filling(order, scene, size)
    drawn = [_inks(order, each, size) for each in scene.drawn]
    marks = _marks(scene, size)
    if not drawn and not marks:
        yield from filling
        return
    for picture, *inks in zip(filling, *drawn, strict=True):
        picture = picture.copy()  # noqa: PLW2901 - a picture that stands is drawn over again
        for one in (*inks, *marks):
            if one is not None:
                one.lay(picture)
        yield picture


def _filling(order: Order, scene: Scene, size: Size) -> Iterator[Pixels]:
    """What fills a scene."""
    if scene.blend is not None:
        return _blended(order, scene.blend, size)
    take = None if scene.slate or scene.fill else strip(order.inputs, scene.source)
    if take is None:
        return _standing(order, filled(scene.fill, *size) if scene.fill else black(*size))
    return _of_take(order, scene, take, size)


def _standing(order: Order, picture: Pixels) -> Iterator[Pixels]:
    return repeat(picture, order.shape().frames)


def _of_take(order: Order, scene: Scene, take: Strip, size: Size) -> Iterator[Pixels]:
    framing = framing_of(scene.crop, scene.shots, take.size(), *size)
    fitter = Fitter(*(framing.size if framing else size), "yuv420p", take.aspect())
    for number, picture in enumerate(_timed(order, scene, take, fitter)):
        yield framing.place(picture, number) if framing else picture


def _timed(order: Order, scene: Scene, take: Strip, fitter: Fitter) -> Iterator[Pixels]:
    """A take's pictures at the delivery's rate."""
    native = order.shape()
    if scene.still:
        frame = next(take.frames(scene.first, 1, native.fps))
        yield from _standing(order, fitter.fit(frame))
        return
    if scene.retime == "flow" and take.slower_than(native.fps):
        from engines.conformer import _between

        yield from _between.pictures(take.moments(scene.first, native.frames, native.fps), fitter)
        return
    last, picture = None, None
    for frame in take.frames(scene.first, native.frames, native.fps):
        if frame is not last or picture is None:
            last, picture = frame, fitter.fit(frame)
        yield picture


def _blended(order: Order, blend: Blend, size: Size) -> Iterator[Pixels]:
    wiper = Wiper(blend.edge.side, blend.edge.soft) if blend.edge else None
    mix = wiper.wiped if wiper else dissolved
    sides = zip(pictures(order, blend.earlier, size), pictures(order, blend.later, size), strict=True)
    for number, (earlier, later) in enumerate(sides):
        yield mix(earlier, later, min(Fraction(1), blend.share + number * blend.step))


def _shared(order: Order, scene: Scene, inset: Inset, size: Size) -> Iterator[Pixels]:
    """Two scenes in one picture."""
    plan = arrangement(inset.layout, *size)
    hosts = _filling(order, scene, (plan.host.width, plan.host.height))
    overlays = pictures(order, inset.scene, (plan.overlay.width, plan.overlay.height))
    for host, overlay in zip(hosts, overlays, strict=True):
        yield plan.of(host, overlay)


def _marks(scene: Scene, size: Size) -> list[Ink | None]:
    marks = [ink(slate(scene.slate, *size))] if scene.slate else []
    if scene.label:
        marks.append(ink(label(scene.label, scene.corner, *size)))
    return marks


def _inks(order: Order, drawn: Drawn, size: Size) -> Iterator[Ink | None]:
    if drawn.stamp is not None:
        return repeat(ink(stamped(order.inputs[f"{drawn.source}0"], drawn.stamp, *size)), order.shape().frames)
    take = strip(order.inputs, drawn.source)
    if take is None:
        return repeat(None, order.shape().frames)
    return islice(_drawn(order, take, drawn, size), order.shape().frames)


def _drawn(order: Order, take: Strip, drawn: Drawn, size: Size) -> Iterator[Ink | None]:
    last: VideoFrame | None = None
    prepared = None
    for frame in take.frames(drawn.first, order.shape().frames, order.shape().fps):
        if frame is not last:
            pixels = np.asarray(frame.to_ndarray(format="rgba"), dtype=np.uint8)
            last, prepared = frame, ink(_raised(stand_in_width(pixels, *size), drawn.raised))
        yield prepared


def _raised(pixels: Pixels, share: float) -> Pixels:
    """A drawn picture further up by a share of its height. Its lowest row goes on below it, so that a shade that
    reaches to the picture's lower edge still does."""
    up = round(share * pixels.shape[0])
    return np.pad(pixels[up:], ((0, up), (0, 0), (0, 0)), mode="edge") if up else pixels
