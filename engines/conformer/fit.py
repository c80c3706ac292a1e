"""Fits one visible run into the delivery: picks its frames, crops and scales them, blends and arranges where several
pictures show at once, burns in what is drawn, and encodes.

This is the only encode that a delivered frame goes through; the master copies its packets.
"""

from __future__ import annotations

import hashlib

from edl.delivery import Codec, Quality, suffix_of
from engines.conformer._captions import Caption, caption_inks
from engines.conformer._scene import Scene
from engines.contract import Does, Engine, Limits, Made, Order, Plain


class FitParams(Scene):
    """What the run shows: one scene, which may be made of others, and the caption over it. And how it is encoded."""

    codec: Codec = "h264"
    quality: Quality = "standard"
    caption: Caption | None = None


def _render(order: Order) -> Made:
    from engines.conformer._compose import pictures
    from engines.media.encode import RunEncoder, headers_of

    scene, native = order.params, order.shape()
    assert isinstance(scene, FitParams)
    target = order.folder / f"run{suffix_of(scene.codec)}"
    with RunEncoder(target, native.width, native.height, native.fps, scene.codec, scene.quality) as encoder:
        shown = zip(pictures(order, scene), caption_inks(order, scene.caption), strict=True)
        for count, (picture, caption) in enumerate(shown, 1):
            order.stop_if_cancelled()
            if caption is not None:
                picture = picture.copy()  # noqa: PLW2901 - one that stands is drawn over again
                caption.lay(picture)
            encoder.write(picture)
            order.progress(count / native.frames, "")
    return Made(target.name, {"extradata": hashlib.sha256(headers_of(target)).hexdigest()})


ENGINE = Engine(
    name="conformer/fit",
    pixels=1,
    does=frozenset({Does.TOOL}),
    params=FitParams,
    open=lambda device: Plain(_render),
    says="Fits a visible run into the delivery format, with its blends, layouts and logos",
    limits=Limits(),
    requires=("av", "PIL", "cv2"),
    pace=0.04,
)
