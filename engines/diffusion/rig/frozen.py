"""Shots that stand still at their start or end, as CogVideoX now and then makes them."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from engines.diffusion.rig.decode import Picture

SAME = (
    0.25 / 255
)  # mean difference below which a frame repeats its neighbour; a film of a gentle scene has ten times it


def frozen(frames: Picture) -> tuple[int, int]:
    """How many frames at the start repeat the first, and at the end the last, one after another.

    :param frames: float32 RGB 0 to 1, frames x height x width x 3; all but one count at both ends of a still shot
    """
    moves = [float(np.abs(after - before).mean()) >= SAME for before, after in pairwise(frames)]
    if not any(moves):
        return len(moves), len(moves)
    return moves.index(True), moves[::-1].index(True)
