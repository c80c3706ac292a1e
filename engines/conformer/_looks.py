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
LASTS = 1.5  # looks over which the map is averaged, standard deviation
CENTRE = 0.3  # standard deviation of the weight round the middle, of the picture
SPREAD = 0.06  # of the picture, over which the map is gathered into one spot
STAYS = 1.35  # so many times stronger must another spot be before the eye goes there
SURE = 0.65  # least confidence in a face; single stars and windows look like faces for less


class Eye:
    """The spots that draw the eye. Columns and rows are judged on their own, since a window is moved along one of them:
    a tower counts with all its height. What was seen is averaged over time to both sides, so that nothing lags."""

    def __init__(self) -> None:
        self._before: Map | None = None
        self._shots: list[list[tuple[Map, Map]]] = [[]]
        self._saliency = cv2.saliency.StaticSaliencySpectralResidual.create()

    def forget(self) -> None:
        """The take cuts here."""
        self._before = None
        self._shots.append([])

    def see(self, pixels: Pixels) -> None:
        """Look at an RGB picture."""
        _, found = self._saliency.computeSaliency(pixels)
        drawn = _scaled(np.asarray(found, np.float32))
        grey = np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY), np.float32)
        if self._before is not None:
            drawn = drawn + MOVES * _scaled(_moved(self._before, grey))
        self._before = grey
        self._shots[-1].append((drawn.sum(axis=0), drawn.sum(axis=1)))

    def spots(self) -> list[tuple[float, float]]:
        """Where the eye went in each picture, in shares of it."""
        found: list[tuple[float, float]] = []
        for shot in self._shots:
            if shot:
                columns, rows = (_strongest(np.stack(profiles)) for profiles in zip(*shot, strict=True))
                found += zip(columns, rows, strict=True)
        return found


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
    faces, cuts, eye, last = [], [], Eye(), None
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
            eye.see(detail)
            faces.append(_faces(pixels))
        order.progress((number + 1) / tempo.frames, "")
    looks = [Look(faces=found, salient=spot) for found, spot in zip(faces, eye.spots(), strict=True)]
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


def _strongest(profiles: Map) -> list[float]:
    """For each look the strongest place of its profile, 0 to 1: near the last one unless another is clearly stronger.

    :param profiles: looks x places
    """
    length = profiles.shape[1]
    places = (np.arange(length) + 0.5) / length - 0.5
    weighed = (profiles * np.exp(-(places**2) / (2 * CENTRE**2))).astype(np.float32)
    gathered = cv2.GaussianBlur(weighed, (0, 1), SPREAD * length, borderType=cv2.BORDER_CONSTANT)
    gathered = cv2.GaussianBlur(gathered, (1, 0), LASTS, sigmaY=LASTS, borderType=cv2.BORDER_REPLICATE)
    reach = max(2, round(SPREAD * length))
    found: list[int] = []
    for profile in gathered:
        best = int(profile.argmax())
        if found:
            low = max(0, found[-1] - reach)
            near = low + int(profile[low : found[-1] + reach + 1].argmax())
            best = near if profile[near] * STAYS >= profile[best] else best
        found.append(best)
    return [round((place + 0.5) / length, 3) for place in found]


def _even(length: float) -> int:
    return max(16, round(length / 2) * 2)
