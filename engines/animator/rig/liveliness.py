"""What a face does besides speaking: it blinks, breathes, sways, nods with the voice. Seeded, from the still and
back to it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from engines.animator.rig.curves import Curve, smooth, smoothstep, window
from engines.animator.rig.visemes import RATE

CLOSING, SHUT, OPENING = 0.090, 0.040, 0.170  # seconds of a blink
EASE = 0.4  # seconds in which the head leaves the still and comes back to it

# amplitude (IOD or radians) and period in seconds
_SWAY: dict[str, tuple[tuple[float, float], ...]] = {
    "across": ((0.010, 6.1), (0.004, 3.3)),
    "down": ((0.006, 4.1), (0.003, 2.7), (0.004, 3.9)),  # the last is breath
    "roll": ((0.012, 5.2), (0.005, 3.1)),
    "yaw": ((0.045, 4.7), (0.020, 2.9)),
    "pitch": ((0.025, 5.7),),
}


@dataclass(frozen=True)
class HeadTrack:
    """One value a frame: shifts in IOD, angles in radians, ``brow`` and ``blink`` -.2 to 1."""

    across: Curve
    down: Curve
    roll: Curve
    yaw: Curve
    pitch: Curve
    brow: Curve
    blink: Curve


@dataclass(frozen=True)
class Manner:
    """How lively: ``sway`` as a share of the natural, ``blinks`` a minute, ``nod`` in radians at most."""

    sway: float
    blinks: float
    nod: float


def talking_head(manner: Manner, envelope: Curve, times: Curve, end: float, seed: int) -> HeadTrack:
    """The head of somebody who speaks. All curves are 0 at time 0 and at ``end``."""
    chance = np.random.default_rng([seed, 1])
    sway = _sway(chance, manner.sway, times, end)
    accent = np.interp(times, np.arange(len(envelope)) / RATE, _accents(envelope))
    brow = np.interp(times, np.arange(len(envelope)) / RATE, smooth(1.3 * _accents(envelope), 0.08 * RATE))
    ease = window(times, end, EASE)
    return HeadTrack(
        across=sway["across"] * ease,
        down=(sway["down"] + accent * 0.25 * manner.nod) * ease,
        roll=sway["roll"] * ease,
        yaw=sway["yaw"] * ease,
        pitch=(sway["pitch"] + accent * manner.nod) * ease,
        brow=np.clip(brow * min(1.0, manner.sway), -0.2, 1) * ease,
        blink=_blinks(np.random.default_rng([seed, 2]), manner.blinks, times, end),
    )


def living_photo(manner: Manner, times: Curve, period: float, seed: int) -> HeadTrack:
    """A silent head whose motion has the clip's length as its period: value and speed agree across the join."""
    sway = _sway(np.random.default_rng([seed, 1]), manner.sway, times, period)
    still = np.zeros_like(times)
    blink = _blinks(np.random.default_rng([seed, 2]), manner.blinks, times, period)
    return HeadTrack(**sway, brow=still, blink=blink)


def _sway(chance: np.random.Generator, strength: float, times: Curve, end: float) -> dict[str, Curve]:
    """Sums of sines with whole cycles, 0 at both ends; what is too slow for a short clip becomes smaller instead."""
    tracks: dict[str, Curve] = {}
    for name, waves in _SWAY.items():
        track = np.zeros_like(times)
        for amplitude, period in waves:
            cycles = max(1, round(end / period))
            sign = 1.0 if chance.random() < 0.5 else -1.0
            track = track + sign * amplitude * min(1.0, end / period) * np.sin(2 * np.pi * cycles * times / end)
        tracks[name] = track * strength
    return tracks


def _blinks(chance: np.random.Generator, a_minute: float, times: Curve, end: float) -> Curve:
    """Blinks at uneven intervals, none in the last half second; a short clip has its blink in the middle."""
    blink = np.zeros_like(times)
    if a_minute <= 0:
        return blink
    mean = 60.0 / a_minute
    length = CLOSING + SHUT + OPENING
    start = mean * chance.uniform(0.29, 0.55)
    if end > 2 * length and start + length > end - 0.5:
        start = (end - length) / 2 if end < mean + 1 else end
    while start + length < end - min(0.5, end / 4):
        blink = np.maximum(blink, _one_blink(times - start))
        start += mean * chance.uniform(0.65, 1.35)
    return blink


def _one_blink(since: Curve) -> NDArray[np.float64]:
    falling = smoothstep(since / CLOSING)
    rising = smoothstep((since - CLOSING - SHUT) / OPENING)
    return falling - rising


def _accents(envelope: Curve) -> Curve:
    """Where the voice is louder than around: about -.5 to 1."""
    loud = float(np.percentile(envelope, 95)) if len(envelope) else 0.0
    if loud <= 0:
        return np.zeros_like(envelope)
    level = envelope / loud
    return np.asarray(smooth(level, 0.12 * RATE) - smooth(level, 0.5 * RATE))
