"""Small curves over time that speech and liveliness share."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Curve = NDArray[np.float64]
Values = NDArray[np.floating[Any]]


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
