"""Small curves over time that speech and liveliness share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Curve = NDArray[np.float64]
Values = NDArray[np.floating[Any]]

RATE = 200  # samples a second of curves that follow the sound


def smoothstep(x: Values | float) -> Curve:
    """0 below 0, 1 above 1, an S between."""
    t = np.clip(np.asarray(x, np.float64), 0.0, 1.0)
    return np.asarray(t * t * (3.0 - 2.0 * t))


def smooth(values: Curve, sigma: float) -> Curve:
    """Gaussian smoothing along the first axis; ``sigma`` in samples; ends hold their value."""
    from scipy.ndimage import gaussian_filter1d

    return np.asarray(gaussian_filter1d(values, sigma, axis=0, mode="nearest")) if sigma > 0 else values


def window(times: Curve, end: float, ramp: float) -> Curve:
    """0 at both ends, 1 from ``ramp`` seconds inside; shorter clips have shorter ramps."""
    ramp = max(1e-6, min(ramp, end / 2))
    return smoothstep(np.minimum(times, end - times) / ramp)


@dataclass(frozen=True)
class Span:
    """The time of a clip: seconds of each frame, and the ``end``. A part of a longer talk may go on from another
    ``before`` it, and into one ``after`` it; its other ends are the still."""

    times: Curve
    end: float
    before: bool = False
    after: bool = False

    def from_still(self, ramp: float) -> Curve:
        """0 where the clip begins or ends on the still, 1 from ``ramp`` seconds inside, and at joins."""
        inside = np.full_like(self.times, np.inf)
        for joined, away in ((self.before, self.times), (self.after, self.end - self.times)):
            inside = inside if joined else np.minimum(inside, away)
        return smoothstep(inside / max(1e-6, min(ramp, self.end / 2)))

    def inside(self, ramp: float) -> Curve:
        """0 at both ends, joined or not, 1 from ``ramp`` seconds inside."""
        return window(self.times, self.end, ramp)
