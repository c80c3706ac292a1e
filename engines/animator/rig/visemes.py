"""Speech to mouth: phones and loudness become control curves.

Coarticulation by dominance (after Cohen and Massaro, 1993): each phone pulls the mouth towards its viseme with a
weight that falls off around it. Closures (M B P, F V) come last, so that no smoothing can leave the lips open.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edl.facts import Phone
from engines.animator.rig.curves import RATE, Curve, smooth, smoothstep

REACH = 0.45  # seconds beyond which a phone has no pull
SHORTEST_RAMP, LONGEST_RAMP = 0.025, 0.060  # seconds in which lips close or open
SILENCE = "SIL"


@dataclass(frozen=True)
class Viseme:
    """Mouth shape of a phone; controls 0 to 1. ``pull`` is its dominance over its neighbours."""

    jaw: float = 0.0
    wide: float = 0.0
    puck: float = 0.0
    up: float = 0.0
    low: float = 0.0
    tongue: float = 0.0
    pull: float = 1.0

    def shape(self) -> tuple[float, ...]:
        return self.jaw, self.wide, self.puck, self.up, self.low, self.tongue


SHAPES = 6  # jaw, wide, puck, up, low, tongue

_TABLE: tuple[tuple[str, Viseme], ...] = (
    ("AA", Viseme(jaw=0.85, wide=0.05, up=0.10, low=0.25, pull=1.3)),
    ("AO", Viseme(jaw=0.75, puck=0.25, up=0.08, low=0.22, pull=1.4)),
    ("AE", Viseme(jaw=0.80, wide=0.25, up=0.18, low=0.30, pull=1.2)),
    ("AY AW", Viseme(jaw=0.85, wide=0.12, up=0.18, low=0.28, pull=1.3)),
    ("EH EY", Viseme(jaw=0.50, wide=0.45, up=0.22, low=0.32)),
    ("AH ER", Viseme(jaw=0.50, up=0.10, low=0.25)),
    ("IH", Viseme(jaw=0.32, wide=0.40, up=0.20, low=0.30)),
    ("IY", Viseme(jaw=0.20, wide=1.00, up=0.25, low=0.32, pull=1.6)),
    ("Y", Viseme(jaw=0.20, wide=0.70, up=0.22, low=0.30)),
    ("OW", Viseme(jaw=0.45, puck=0.90, up=0.10, low=0.10, pull=1.8)),
    ("OY", Viseme(jaw=0.50, puck=0.70, up=0.10, low=0.12)),
    ("UW", Viseme(jaw=0.25, puck=1.00, up=0.08, low=0.05, pull=1.8)),
    ("W", Viseme(jaw=0.22, puck=1.00, up=0.06, low=0.04, pull=1.9)),
    ("UH", Viseme(jaw=0.34, puck=0.50, low=0.15)),
    ("R", Viseme(jaw=0.28, puck=0.50, low=0.15, pull=0.8)),
    ("M B P", Viseme(pull=2.0)),
    ("F V", Viseme(jaw=0.08, up=0.22, pull=2.6)),
    ("TH", Viseme(jaw=0.25, up=0.15, low=0.25, tongue=1.0, pull=0.9)),
    ("DH", Viseme(jaw=0.25, up=0.15, low=0.25, tongue=1.0, pull=0.6)),
    ("L", Viseme(jaw=0.38, up=0.15, low=0.25, tongue=0.8, pull=0.7)),
    ("T D N", Viseme(jaw=0.20, up=0.18, low=0.30, tongue=0.4, pull=0.5)),
    ("S Z", Viseme(jaw=0.10, wide=0.30, up=0.25, low=0.40)),
    ("SH ZH CH JH", Viseme(jaw=0.14, puck=0.45, up=0.30, low=0.40, pull=1.6)),
    ("K G NG", Viseme(jaw=0.30, up=0.12, low=0.25, pull=0.4)),
    ("HH", Viseme(jaw=0.30, up=0.12, low=0.25, pull=0.3)),
    (SILENCE, Viseme(pull=0.8)),
)
VISEMES = {phone: viseme for phones, viseme in _TABLE for phone in phones.split()}
PRESSED = frozenset(("M", "B", "P"))
TUCKED = frozenset(("F", "V"))
UNKNOWN = Viseme(jaw=0.30, up=0.10, low=0.20, pull=0.5)


@dataclass(frozen=True)
class MouthTrack:
    """Control curves, one value a frame, each 0 to 1. ``speech`` says where the mouth is in use."""

    jaw: Curve
    wide: Curve
    puck: Curve
    up: Curve
    low: Curve
    tongue: Curve
    press: Curve
    tuck: Curve
    speech: Curve


def viseme_of(phone: str) -> Viseme:
    """The viseme of an ARPAbet phone; stress digits are ignored, unknown names open the mouth a little."""
    return VISEMES.get(phone.rstrip("012").upper(), UNKNOWN)


def mouth_track(phones: Sequence[Phone], envelope: Curve, times: Curve, frame: float) -> MouthTrack:
    """The mouth at given times.

    :param phones: in order, seconds
    :param envelope: loudness (RMS) at ``RATE`` samples a second from time 0
    :param times: seconds of each frame
    :param frame: seconds that one frame lasts
    """
    grid = np.arange(len(envelope)) / RATE
    shapes = smooth(_dominance(phones, len(grid)), 0.022 * RATE)
    gain = 0.35 + 0.65 * _loudness(envelope)
    jaw, wide, puck, up, low, tongue = shapes.T
    press, tuck = (_closure(phones, names, grid, frame) for names in (PRESSED, TUCKED))
    shut, rolled = 1 - 0.96 * press, 1 - tuck
    speech = smooth(_spoken(phones, len(grid)), 0.14 * RATE)
    curves = (
        jaw * gain * shut * (1 - 0.6 * tuck),
        wide * (1 - 0.3 * press),
        puck * (1 - 0.3 * press),
        up * gain * shut,
        low * gain * shut * rolled,
        tongue,
        press,
        tuck,
        speech,
    )
    shown = times + frame / 2  # a frame stands for the middle of the time that it is seen
    return MouthTrack(*(np.interp(shown, grid, curve) for curve in curves))


def _dominance(phones: Sequence[Phone], samples: int) -> NDArray[np.float64]:
    """Weighted mean of the phones' shapes, samples x shapes."""
    total = np.full((samples, 1), 1e-9)
    shapes = np.zeros((samples, SHAPES))
    for phone in phones:
        viseme, silent = viseme_of(phone.name), phone.name == SILENCE
        middle, half = (phone.start + phone.end) / 2, (phone.end - phone.start) / 2
        core, fall = (0.9 * half, 0.045) if silent else (0.5 * half, 0.055)
        first = max(0, int((phone.start - REACH) * RATE))
        last = min(samples, int((phone.end + REACH) * RATE) + 1)
        away = np.abs(np.arange(first, last) / RATE - middle) - core
        weight = viseme.pull * np.exp(-np.maximum(0, away) / fall)[:, None]
        shapes[first:last] += weight * np.array(viseme.shape())
        total[first:last] += weight
    return np.asarray(shapes / total)


def _loudness(envelope: Curve) -> Curve:
    """Loudness against that of the louder quarter of the speech, square root, 0 to about 1.2."""
    loud = envelope[envelope > 0.1 * envelope.max()] if len(envelope) else envelope
    usual = float(np.percentile(loud, 60)) if len(loud) else 0.0
    if usual <= 0:
        return np.zeros_like(envelope)
    return smooth(np.sqrt(np.clip(envelope / usual, 0, 1.4)), 0.035 * RATE)


def _closure(phones: Sequence[Phone], names: frozenset[str], grid: Curve, frame: float) -> Curve:
    """1 over the middle half of each closing phone, never shorter than a frame can show. A ramp of 60 ms to each side
    is shorter where it would swallow the phone beside it."""
    closed = np.zeros_like(grid)
    for at, phone in enumerate(phones):
        if phone.name.rstrip("012").upper() not in names:
            continue
        middle, half = (phone.start + phone.end) / 2, max((phone.end - phone.start) / 4, 0.55 * frame)
        before, after = (_ramp(phones, at + step, names, middle, half) for step in (-1, 1))
        first = max(0, int((middle - half - before) * RATE))
        last = min(len(grid), int((middle + half + after) * RATE) + 2)
        away = grid[first:last] - middle
        ramp = np.where(away < 0, before, after)
        closed[first:last] = np.maximum(closed[first:last], smoothstep(1 - (np.abs(away) - half) / ramp))
    return closed


def _ramp(phones: Sequence[Phone], beside: int, names: frozenset[str], middle: float, half: float) -> float:
    """Seconds in which a closure opens towards the phone beside it, which is to be seen in its own middle."""
    if not 0 <= beside < len(phones) or phones[beside].name.rstrip("012").upper() in names:
        return LONGEST_RAMP
    other = phones[beside]
    return min(LONGEST_RAMP, max(SHORTEST_RAMP, abs((other.start + other.end) / 2 - middle) - half))


def _spoken(phones: Sequence[Phone], samples: int) -> Curve:
    spoken = np.zeros(samples)
    for phone in phones:
        if phone.name != SILENCE:
            spoken[max(0, int(phone.start * RATE)) : int(phone.end * RATE) + 1] = 1
    return spoken
