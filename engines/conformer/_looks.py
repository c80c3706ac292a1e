"""Looking at a take a few times a second: faces, the spot that draws the eye, and where it cuts.

The eye is drawn by what is unlike its surroundings (spectral residual, Hou and Zhang 2007, as in OpenCV's saliency
module) and by what moves; what lies near the edge counts less. Maps are averaged over time, so that the spot stays.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from edl.clock import rate_text
from edl.reframe import Look, SubjectFacts
from engines.media.frames import Fitter, shown_at
from engines.media.probe import measure_tempo, upright_size
from engines.vision.landmarks import landmarker

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from engines.contract import Order

    Pixels = NDArray[np.uint8]
    Map = NDArray[np.float32]

SIDE, DETAIL = 640, 96  # pixels of the longer side: for faces, for the eye
CUT = 0.16  # mean difference of two frames, of full scale, that only a cut makes
MOVES = 2.0  # weight of motion against stillness
PLAIN = 6.0  # grey levels a pixel; where less changes from pixel to pixel, motion is not seen
KEEP = 0.85  # how much of the last map stays at each look
CENTRE = 0.3  # standard deviation of the weight round the middle, of the picture
SPREAD = 0.06  # of the picture, over which the map is gathered into one spot
STAYS = 1.35  # so many times stronger must another spot be before the eye goes there
SURE = 0.65  # least confidence in a face; single stars and windows look like faces for less


class Eye:
    """The spot that draws the eye, remembering what it saw. Columns and rows are judged on their own, since a window is
    moved along one of them: a tower counts with all its height."""

    def __init__(self) -> None:
        self._map: Map | None = None
        self._before: Map | None = None
        self._spot: tuple[int | None, int | None] = None, None
        self._saliency = cv2.saliency.StaticSaliencySpectralResidual.create()

    def forget(self) -> None:
        """The take cuts here."""
        self._map = self._before = None
        self._spot = None, None

    def spot(self, pixels: Pixels) -> tuple[float, float]:
        """Where the eye goes in an RGB picture, in shares of it."""
        _, found = self._saliency.computeSaliency(pixels)
        drawn = _scaled(np.asarray(found, np.float32))
        grey = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.float32)
        if self._before is not None:
            drawn = drawn + MOVES * _scaled(_moved(self._before, grey))
        self._before = grey
        self._map = drawn if self._map is None else KEEP * self._map + (1 - KEEP) * drawn
        height, width = grey.shape
        column = _strongest(self._map.sum(axis=0), self._spot[0])
        row = _strongest(self._map.sum(axis=1), self._spot[1])
        self._spot = column, row
        return round((column + 0.5) / width, 3), round((row + 0.5) / height, 3)


def look_at(path: Path, every: float, order: Order) -> SubjectFacts:
    """Look at a take.

    :param every: seconds from one look to the next
    :raises Broken: when it cannot be decoded
    """
    cv2.setNumThreads(1)
    tempo, (width, height) = measure_tempo(path), upright_size(path)
    step = max(1, round(every * tempo.fps))
    scale = SIDE / max(width, height)
    fitter = Fitter(_even(width * scale), _even(height * scale), "rgb24", _aspect(path))
    small = (max(8, round(width * DETAIL / max(width, height))), max(8, round(height * DETAIL / max(width, height))))
    looks, cuts, eye, last = [], [], Eye(), None
    times = (Fraction(number) / tempo.fps for number in range(tempo.frames))
    for number, frame in enumerate(shown_at(path, tempo, times)):
        order.stop_if_cancelled()
        thumb = frame.reformat(width=32, height=18, format="gray", threads=1).to_ndarray().astype(np.float32)
        if last is not None and np.abs(thumb - last).mean() > CUT * 255:
            cuts.append(number)
            eye.forget()
        last = thumb
        if number % step == 0:
            pixels = fitter.fit(frame)
            detail = np.asarray(cv2.resize(pixels, small, interpolation=cv2.INTER_AREA), np.uint8)
            looks.append(Look(faces=_faces(pixels), salient=eye.spot(detail)))
        order.progress((number + 1) / tempo.frames, "")
    return SubjectFacts(
        width=width, height=height, fps=rate_text(tempo.fps), every=step, looks=tuple(looks), cuts=tuple(cuts)
    )


def _faces(pixels: Pixels) -> tuple[tuple[float, float, float, float], ...]:
    height, width = pixels.shape[:2]
    return tuple(
        (
            round(box.left / width, 3),
            round(box.top / height, 3),
            round(box.width / width, 3),
            round(box.height / height, 3),
        )
        for box in landmarker().boxes(pixels, SURE)[:4]
    )


def _aspect(path: Path) -> Fraction:
    from engines.conformer._take import aspect_of

    return aspect_of(path)


def _scaled(drawn: Map) -> Map:
    """A map whose mean is one; one that says nothing says nothing."""
    mean = float(drawn.mean())
    return drawn / np.float32(mean) if mean > 1e-6 else np.zeros_like(drawn)


def _moved(before: Map, now: Map) -> Map:
    """How much faster than the camera each point moves: change over slope, less what most points with a slope have."""
    slope = np.hypot(cv2.Sobel(now, cv2.CV_32F, 1, 0, scale=1 / 8), cv2.Sobel(now, cv2.CV_32F, 0, 1, scale=1 / 8))
    seen = slope > PLAIN
    speed = np.abs(now - before) / np.maximum(slope, PLAIN)
    camera = float(np.median(speed[seen])) if seen.any() else 0.0
    return np.asarray(np.maximum(speed - 2 * camera - 0.2, 0), np.float32)


def _strongest(profile: Map, last: int | None) -> int:
    """The strongest place of a profile, near the last one unless another is clearly stronger."""
    length = len(profile)
    places = (np.arange(length) + 0.5) / length - 0.5
    weighed = (profile * np.exp(-(places**2) / (2 * CENTRE**2))).astype(np.float32)
    gathered = cv2.GaussianBlur(weighed[None], (0, 0), SPREAD * length, borderType=cv2.BORDER_CONSTANT)[0]
    best = int(gathered.argmax())
    if last is None:
        return best
    reach = max(2, round(SPREAD * length))
    low = max(0, last - reach)
    near = low + int(gathered[low : last + reach + 1].argmax())
    return near if gathered[near] * STAYS >= gathered[best] else best


def _even(length: float) -> int:
    return max(16, round(length / 2) * 2)
