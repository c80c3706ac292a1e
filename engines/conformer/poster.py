"""Takes one frame of a fitted run as the film's poster; of several, the one with the most open eyes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from edl.errors import Broken
from engines.contract import Does, Engine, Made, Order, Params, Plain

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]

LOOKED_AT = 7  # frames among which the eyes are compared
QUALITY = 92


class PosterParams(Params):
    """``frame`` is the run's frame; ``search`` are frames to each side among which a better one may be taken."""

    frame: int = 0
    search: int = 0


def _render(order: Order) -> Made:
    from PIL import Image

    params = order.params
    assert isinstance(params, PosterParams)
    spread = params.search * 2 // max(1, LOOKED_AT - 1)
    wanted = (
        range(params.frame - params.search, params.frame + params.search + 1, spread) if spread else (params.frame,)
    )
    found = _frames(order, list(wanted))
    order.stop_if_cancelled()
    best = found[_most_awake(found, params.frame)]
    target = order.folder / "poster.jpg"
    Image.fromarray(best).save(target, "JPEG", quality=QUALITY, subsampling=0)
    order.progress(1, "")
    return Made(target.name, {"width": best.shape[1], "height": best.shape[0]})


def _frames(order: Order, wanted: list[int]) -> dict[int, Pixels]:
    from fractions import Fraction

    from engines.media.frames import Fitter, shown_at
    from engines.media.probe import measure_tempo, upright_size

    path = order.inputs["run"]
    tempo, (width, height) = measure_tempo(path), upright_size(path)
    inside = sorted({min(max(frame, 0), tempo.frames - 1) for frame in wanted})
    fitter = Fitter(width, height, "rgb24")
    times = (Fraction(frame) / tempo.fps for frame in inside)
    found = {frame: fitter.fit(shown) for frame, shown in zip(inside, shown_at(path, tempo, times), strict=True)}
    if not found:
        raise Broken(f"{path.name} holds no picture")
    return found


def _most_awake(frames: dict[int, Pixels], middle: int) -> int:
    """The frame with the most open eyes; of like ones, or where there is no face, the nearest to the middle."""
    from engines.vision.faces import eye_opening
    from engines.vision.landmarks import landmarker

    def score(number: int) -> tuple[float, int]:
        points = landmarker().find(frames[number]).points
        return (round(eye_opening(points), 2) if points is not None else 0.0), -abs(number - middle)

    return max(frames, key=score) if len(frames) > 1 else next(iter(frames))


ENGINE = Engine(
    name="conformer/poster",
    pixels=1,
    does=frozenset({Does.TOOL}),
    params=PosterParams,
    open=lambda device: Plain(_render),
    says="Takes a frame of the film as its poster",
    requires=("av", "PIL", "mediapipe"),
    pace=1.0,
)
