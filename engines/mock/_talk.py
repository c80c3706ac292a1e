"""The shared render of the mock animators: a bar that opens with the sound, or breathes."""

from __future__ import annotations

from itertools import pairwise
from math import cos, pi
from pathlib import Path
from typing import TYPE_CHECKING

from engines.contract import Made, Order
from engines.mock._look import look_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from edl.recipe import Native


def speak_or_loop(name: str, order: Order) -> Made:
    """A talk where the order has sound, else a loop; nothing but the number and the bar moves."""
    from engines.mock._film import film
    from engines.mock._scene import Scene

    native = order.shape()
    scene = Scene(native, look_of(name, order))
    if "sound" in order.inputs:
        levels = loudness(order.inputs["sound"], native)
        return film(order, lambda number: scene.frame(number, level=float(levels[number])))
    return film(order, lambda number: scene.frame(number, level=0.5 - 0.5 * cos(2 * pi * number / native.frames)))


def loudness(path: Path, native: Native) -> NDArray[np.float64]:
    """How loud each frame's stretch of sound is (RMS), shape (frames,), 1 for the loudest; 0 after its end."""
    import numpy as np

    from edl.clock import sample_at
    from engines.media.sound import read_sound, to_mono

    samples, rate = read_sound(path)
    mono = to_mono(samples).astype(np.float64)
    edges = [sample_at(frame, rate, native.fps) for frame in range(native.frames + 1)]
    stretches = [mono[first:last] for first, last in pairwise(edges)]
    levels = np.array([np.sqrt(np.mean(stretch**2)) if len(stretch) else 0.0 for stretch in stretches])
    return np.asarray(levels / max(1e-9, float(levels.max(initial=0.0))))
