"""Loudness of a sound over time, read block by block so that its length does not matter."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from edl.errors import Broken
from engines.animator.rig.curves import RATE, Curve, smooth


def envelope_of(path: Path, seconds: float) -> Curve:
    """RMS with a 20 ms Gaussian, ``RATE`` values a second, padded with silence to ``seconds`` and a little more.

    :raises Broken: when the file is no sound that can be read
    """
    import soundfile

    wanted = int(seconds * RATE) + RATE
    power = np.zeros(wanted)
    try:
        with soundfile.SoundFile(path) as file:
            rate, start = file.samplerate, 0
            for block in file.blocks(blocksize=rate * 10, dtype="float32", always_2d=True):
                places = (np.arange(start, start + len(block)) * RATE) // rate
                kept = places < wanted
                energy = (block.astype(np.float64) ** 2).mean(axis=1)
                power += np.bincount(places[kept], weights=energy[kept], minlength=wanted)
                start += len(block)
    except (soundfile.LibsndfileError, OSError) as error:
        raise Broken(f"{path.name} cannot be read as sound: {error}") from error
    return np.sqrt(smooth(power * RATE / rate, 0.020 * RATE))
