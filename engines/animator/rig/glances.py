"""Where the eyes look while the head moves: at the viewer, with the small jumps that living eyes make, and now and then
aside in a pause, as somebody who thinks of the next words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engines.animator.rig.curves import Curve, smoothstep
from engines.animator.rig.phrasing import Phrase, pauses_of

JUMP = 0.045  # seconds of a saccade
DWELL = (0.5, 1.9)  # seconds between two small ones
SMALL = 0.10  # a tenth of the gaze's reach: 1 % of an eye's width
LONG_PAUSE, OFTEN = 0.30, 0.4  # seconds; share of such pauses with a glance aside
ASIDE = (0.35, 0.60)
BACK = 0.25  # seconds into the next phrase at which the glance is back at the viewer
HELD = 4.0  # gaze that undoes a turn of the head by a radian (eyeball 12 mm, eye 30 mm wide)


@dataclass(frozen=True)
class Gaze:
    """One value a frame, -1 to 1: to the picture's right, and downwards."""

    across: Curve
    down: Curve


def gaze(
    chance: np.random.Generator, times: Curve, end: float, strength: float, phrases: Sequence[Phrase] = ()
) -> Gaze:
    """The jumps. Both curves are 0 in the first and the last third of a second.

    :param strength: share of the natural
    """
    across, down = np.zeros_like(times), np.zeros_like(times)
    place, moment = (0.0, 0.0), 0.35
    for start, target in _targets(chance, end, phrases):
        if moment <= start < end - 0.4:
            step = smoothstep((times - start) / JUMP)
            across += (target[0] - place[0]) * step
            down += (target[1] - place[1]) * step
            place, moment = target, start + 2 * JUMP
    home = smoothstep((times - (end - 0.4)) / JUMP)
    return Gaze((across - place[0] * home) * strength, (down - place[1] * home) * strength)


def on_the_viewer(glance: Gaze, yaw: Curve, pitch: Curve) -> Gaze:
    """The same while the head turns: eyes turn against it. Angles in radians, upwards and to the right positive."""
    return Gaze(np.clip(glance.across - HELD * yaw, -1, 1), np.clip(glance.down + HELD * pitch, -1, 1))


def _targets(
    chance: np.random.Generator, end: float, phrases: Sequence[Phrase]
) -> list[tuple[float, tuple[float, float]]]:
    """When the eyes jump, and where to."""
    aside: list[tuple[float, tuple[float, float]]] = []
    for first, last in pauses_of(phrases):
        if last - first >= LONG_PAUSE and chance.random() < OFTEN:
            far = chance.uniform(*ASIDE) * chance.choice([-1.0, 1.0])
            aside += [(first + 0.1, (far, chance.uniform(-0.35, 0.2))), (last + BACK, (0.0, 0.0))]
    small: list[tuple[float, tuple[float, float]]] = []
    moment = 0.35 + chance.uniform(*DWELL)
    while moment < end:
        small.append((moment, (chance.uniform(-1, 1) * SMALL, chance.uniform(-0.6, 0.6) * SMALL)))
        moment += chance.uniform(*DWELL)
    away = [(aside[at][0], aside[at + 1][0]) for at in range(0, len(aside), 2)]
    free = [jump for jump in small if not any(start <= jump[0] <= back for start, back in away)]
    return sorted(aside + free)
