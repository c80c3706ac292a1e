"""When a face blinks: at uneven intervals, drawn to pauses and to the ends of phrases, away from stressed syllables
(as speakers do; Nakano and Kitazawa, 2010)."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from engines.animator.rig.curves import Curve, smoothstep
from engines.animator.rig.phrasing import Phrase

CLOSING, SHUT, OPENING = 0.090, 0.040, 0.170  # seconds of a blink
LENGTH = CLOSING + SHUT + OPENING
DRAWN = 0.45  # of the mean interval: as far a blink moves to meet the end of a phrase
STEP = 0.05  # seconds, in which it steps aside from a stressed syllable
QUIET = 0.5  # seconds without a blink before a clip's end


def blink_curve(
    chance: np.random.Generator, a_minute: float, times: Curve, end: float, phrases: Sequence[Phrase] = ()
) -> Curve:
    """0 (open) to 1 (shut), one value a frame."""
    blink = np.zeros_like(times)
    for start in blink_times(chance, a_minute, end, phrases):
        blink = np.maximum(blink, _blink(times - start))
    return blink


def blink_times(
    chance: np.random.Generator, a_minute: float, end: float, phrases: Sequence[Phrase] = ()
) -> tuple[float, ...]:
    """When each blink begins, seconds; none in the last half second. A short clip has its blink in the middle.

    :param a_minute: blinks a minute on average, 0 for none
    """
    if a_minute <= 0:
        return ()
    mean = 60.0 / a_minute
    last = end - min(QUIET, end / 4) - LENGTH
    due, begun = mean * chance.uniform(0.29, 0.55), -mean
    if 2 * LENGTH < end < mean + 1 and due > last:
        due = (end - LENGTH) / 2
    found: list[float] = []
    while due < last:
        start = _at_ease(due, max(begun + 0.4 * mean, 0.1), last, DRAWN * mean, phrases)
        found.append(start)
        begun = start
        due = start + mean * chance.uniform(0.65, 1.35)
    return tuple(found)


def _at_ease(due: float, first: float, last: float, reach: float, phrases: Sequence[Phrase]) -> float:
    """The nearest end of a phrase, where one is near; else the nearest moment beside stressed syllables."""
    ends = [phrase.end - 0.02 for phrase in phrases if abs(phrase.end - due) <= reach and first < phrase.end < last]
    if ends:
        return min(ends, key=lambda moment: abs(moment - due))
    accents = [accent for phrase in phrases for accent in phrase.accents]
    for aside in np.arange(0, reach, STEP):
        for moment in (due + aside, due - aside):
            free = all(moment + LENGTH <= accent.start or moment >= accent.end for accent in accents)
            if free and first <= moment <= last:
                return float(moment)
    return due


def _blink(since: Curve) -> Curve:
    return np.asarray(smoothstep(since / CLOSING) - smoothstep((since - CLOSING - SHUT) / OPENING))
