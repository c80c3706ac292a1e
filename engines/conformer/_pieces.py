"""What pieces of sound are kept as: float samples in a file, and what their loudness is made of as facts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray
from pydantic import JsonValue

from engines.media.loudness import step_energies, true_peak

Samples = NDArray[np.float32]


def read_samples(path: Path) -> Samples:
    samples: Samples = soundfile.read(path, dtype="float32", always_2d=True)[0]
    return samples


def facts_of(samples: Samples, before: int, count: int) -> dict[str, JsonValue]:
    """``energies``: K-weighted, one for each 100 ms of the ``count`` samples that follow the first ``before``;
    ``peak``: the true peak of it all, as a factor of full scale."""
    energies = step_energies(samples[: before + count], before)
    return {"energies": [float(f"{each:.8g}") for each in energies], "peak": float(f"{true_peak(samples):.6g}")}
