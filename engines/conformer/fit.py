"""Fits one visible run into the delivery: picks its frames, crops and scales them, burns in what is drawn, and encodes.

This is the only encode that a delivered frame goes through; the master copies its packets.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import TYPE_CHECKING, Literal

from engines.conformer._captions import Caption, caption_inks
from engines.contract import Does, Engine, Limits, Made, Order, Params, Plain

if TYPE_CHECKING:
    from engines.conformer._ink import Ink, Pixels
    from engines.conformer._take import Strip


class FitParams(Params):
    """``first`` is the delivery frame inside the base take at which the run begins, ``drawn_first`` that inside what
    is drawn over it. ``label`` is burned into ``corner``; ``slate`` fills the gap of a partial master. ``retime``:
    how a take with fewer frames a second than the delivery is filled up, with its frames again or with frames between
    them that are made along their motion."""

    first: int = 0
    drawn_first: int = 0
    label: str = ""
    corner: Literal["top-left", "top-right", "bottom-left", "bottom-right"] = "bottom-left"
    slate: str = ""
    retime: Literal["repeat", "flow"] = "repeat"
    caption: Caption | None = None


def _render(order: Order) -> Made:
    from engines.media.encode import RunEncoder, headers_of

    params = order.params
    assert isinstance(params, FitParams)
    native = order.shape()
    target = order.folder / "run.mp4"
    marks = _marks(params, native.width, native.height)
    with RunEncoder(target, native.width, native.height, native.fps) as encoder:
        said = caption_inks(order, params.caption)
        shown = zip(_base(order, params), _drawn(order, params), said, strict=True)
        for count, (picture, drawn, caption) in enumerate(shown, 1):
            order.stop_if_cancelled()
            inks = [one for one in (drawn, *marks, caption) if one is not None]
            if inks:
                picture = picture.copy()  # noqa: PLW2901 - a frame that stays on screen is drawn over again
            for one in inks:
                one.lay(picture)
            encoder.write(picture)
            order.progress(count / native.frames, "")
    return Made(target.name, {"extradata": hashlib.sha256(headers_of(target)).hexdigest()})


def _marks(params: FitParams, width: int, height: int) -> list[Ink | None]:
    from engines.conformer._ink import ink
    from engines.media.lettering import label, slate

    marks = [ink(slate(params.slate, width, height))] if params.slate else []
    if params.label:
        marks.append(ink(label(params.label, params.corner, width, height)))
    return marks


def _base(order: Order, params: FitParams) -> Iterator[Pixels]:
    from engines.conformer._ink import black
    from engines.conformer._take import strip
    from engines.media.frames import Fitter

    native = order.shape()
    take = None if params.slate else strip(order.inputs, "base")
    if take is None:
        empty = black(native.width, native.height)
        for _ in range(native.frames):
            yield empty
        return
    fitter = Fitter(native.width, native.height, "yuv420p", take.aspect())
    if params.retime == "flow" and take.slower_than(native.fps):
        from engines.conformer._between import pictures

        yield from pictures(take.moments(params.first, native.frames, native.fps), fitter)
        return
    last, picture = None, None
    for frame in take.frames(params.first, native.frames, native.fps):
        if frame is not last or picture is None:
            last, picture = frame, fitter.fit(frame)
        yield picture


def _drawn(order: Order, params: FitParams) -> Iterator[Ink | None]:
    from engines.conformer._take import strip

    take = strip(order.inputs, "drawn")
    if take is None:
        for _ in range(order.shape().frames):
            yield None
        return
    yield from _inks(order, take, params.drawn_first)


def _inks(order: Order, take: Strip, first: int) -> Iterator[Ink | None]:
    import numpy as np

    from engines.conformer._ink import ink, stand_in_width

    native = order.shape()
    last, prepared = None, None
    for frame in take.frames(first, native.frames, native.fps):
        if frame is not last:
            drawn = np.asarray(frame.to_ndarray(format="rgba"), dtype=np.uint8)
            last, prepared = frame, ink(stand_in_width(drawn, native.width, native.height))
        yield prepared


ENGINE = Engine(
    name="conformer/fit",
    pixels=1,
    does=frozenset({Does.TOOL}),
    params=FitParams,
    open=lambda device: Plain(_render),
    says="Fits a visible run into the delivery format",
    limits=Limits(),
    requires=("av", "PIL"),
    pace=0.04,
)
