"""What lips do in a film, and what a voice's timings say they should: the measures of ``bench/lipsync.py``.

Nothing here knows how the animator drives a mouth. Lips are found again in decoded frames; the expectation comes from
the phones alone, by a table of vowel height and consonant closure as in any textbook of phonetics.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from edl.facts import Phone

Curve = NDArray[np.float64]

# How far a mouth stands open, 0 to 1: open, mid and close vowels, approximants, what is spoken between the teeth.
OPENNESS = {
    **dict.fromkeys(("AA", "AE", "AO", "AW", "AY"), 1.0),
    **dict.fromkeys(("EH", "EY", "AH", "ER", "OW", "OY"), 0.65),
    **dict.fromkeys(("IH", "UH", "IY"), 0.4),
    **dict.fromkeys(("K", "G", "NG", "HH", "L", "R", "Y"), 0.3),
    **dict.fromkeys(("UW", "W", "TH", "DH", "T", "D", "N", "S", "Z", "SH", "ZH", "CH", "JH"), 0.2),
    **dict.fromkeys(("F", "V"), 0.1),
}  # M, B, P and silence: 0
CLOSED = frozenset(("M", "B", "P"))
SHAPES = {
    **dict.fromkeys(("UW", "OW", "W"), "OO"),
    "IY": "EE",
    **dict.fromkeys(("AA", "AO", "AE", "AY", "AW"), "AA"),
    **dict.fromkeys(("F", "V"), "FV"),
}
SHORTEST = 0.05  # seconds; a shorter phone is reduced by every speaker
SLUR = 0.045  # seconds: lips do not jump, so the expectation is smoothed
FINE = 1000  # samples a second at which curves are compared


@dataclass(frozen=True)
class Lips:
    """One frame, lengths over the distance of the outer eye corners: gap between the inner lips, widths from corner
    to corner outside and inside, heights of the upper and the lower lip, and of the whole mouth."""

    gap: float
    width: float
    inner: float
    upper: float
    lower: float
    height: float

    def features(self) -> tuple[float, ...]:
        return self.gap, self.width, self.inner, self.upper, self.lower, self.height


def read_lips(film: Path) -> list[Lips]:
    """The lips in every frame.

    :raises ValueError: where a frame shows no face
    """
    import av

    from engines.vision.landmarks import landmarker

    found = []
    with av.open(str(film)) as container:
        for number, frame in enumerate(container.decode(video=0)):
            points = landmarker().find(np.asarray(frame.to_ndarray(format="rgb24"), np.uint8)).points
            if points is None:
                raise ValueError(f"no face in frame {number} of {film.name}")
            found.append(measured(points))
    return found


def measured(points: Curve) -> Lips:
    """The lips of 478 landmarks."""

    def apart(one: int, other: int) -> float:
        return float(np.linalg.norm(points[one, :2] - points[other, :2]))

    unit = apart(33, 263)
    values = apart(13, 14), apart(61, 291), apart(78, 308), apart(0, 13), apart(14, 17), apart(0, 17)
    return Lips(*(value / unit for value in values))


def expected(phones: Sequence[Phone], seconds: float) -> Curve:
    """How far the mouth should stand open, ``FINE`` values a second."""
    from scipy.ndimage import gaussian_filter1d

    curve = np.zeros(int(seconds * FINE) + 1)
    for phone in phones:
        curve[round(phone.start * FINE) : round(phone.end * FINE)] = OPENNESS.get(phone.name, 0.0)
    return np.asarray(gaussian_filter1d(curve, SLUR * FINE))


@dataclass(frozen=True)
class Lag:
    """``frames`` by which the picture comes after the sound, at the best correlation ``r``, from ``start`` seconds."""

    start: float
    frames: float
    r: float


def lags(seen: Curve, wanted: Curve, fps: float, window: float = 10.0, most: float = 6.0) -> list[Lag]:
    """The lag in each window. A frame stands for the middle of the time that it is shown.

    :param seen: one value a frame; :param wanted: :func:`expected`; :param most: frames looked at to both sides
    """
    found = []
    for start in np.arange(0, len(seen) / fps - window / 2, window):
        frames = np.arange(int(start * fps), min(len(seen), int((start + window) * fps)))
        shifts = np.arange(-most, most + 0.01, 0.05)
        moments = (frames + 0.5) / fps
        scores = [_correlation(seen[frames], _at(wanted, moments - shift / fps)) for shift in shifts]
        best = int(np.argmax(scores))
        found.append(Lag(float(start), float(shifts[best]), float(scores[best])))
    return found


def slope(found: Sequence[Lag]) -> float:
    """Frames a minute by which the lag grows."""
    return float(np.polyfit([lag.start for lag in found], [lag.frames for lag in found], 1)[0] * 60)


def _at(curve: Curve, moments: Curve) -> Curve:
    return np.interp(moments * FINE, np.arange(len(curve)), curve)


def _correlation(one: Curve, other: Curve) -> float:
    return float(np.corrcoef(one, other)[0, 1]) if one.std() > 0 and other.std() > 0 else 0.0


def middle(phone: Phone, fps: float, frames: int) -> int:
    """The frame that is shown at the middle of a phone."""
    return min(frames - 1, int((phone.start + phone.end) / 2 * fps))


def closures(
    lips: Sequence[Lips], phones: Sequence[Phone], fps: float, limit: float = 0.12
) -> list[tuple[Phone, float]]:
    """Each M, B and P with the gap of its middle frame, over the largest gap of all."""
    largest = max(one.gap for one in lips)
    return [(p, lips[middle(p, fps, len(lips))].gap / largest) for p in phones if p.name in CLOSED]


def told_apart(lips: Sequence[Lips], phones: Sequence[Phone], fps: float) -> tuple[float, dict[str, dict[str, int]]]:
    """How many of the phones of the four shapes are told from their middle frame alone.

    Each is judged by the others: nearest class mean in the metric of their pooled covariance (Fisher, 1936).

    :return: mean over the classes of the share told right, and counts of what was taken for what
    """
    chosen = [p for p in phones if p.name in SHAPES and p.end - p.start >= SHORTEST]
    truth = np.array([SHAPES[p.name] for p in chosen])
    values = np.array([lips[middle(p, fps, len(lips))].features() for p in chosen])
    names = sorted(set(truth))
    table = {name: dict.fromkeys(names, 0) for name in names}
    for at, name in enumerate(truth):
        others = np.arange(len(truth)) != at
        table[name][_nearest(values[at], values[others], truth[others], names)] += 1
    return float(np.mean([table[name][name] / sum(table[name].values()) for name in names])), table


def _nearest(value: Curve, known: Curve, truth: NDArray[np.str_], names: Sequence[str]) -> str:
    means = np.array([known[truth == name].mean(axis=0) for name in names])
    spread = known - means[np.searchsorted(names, truth)]
    metric = np.linalg.pinv(spread.T @ spread / len(known) + 1e-8 * np.eye(known.shape[1]))
    away = means - value
    return names[int(np.argmin(np.einsum("ij,jk,ik->i", away, metric, away)))]
