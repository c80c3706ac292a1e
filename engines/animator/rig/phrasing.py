"""How a talk is phrased: stretches of speech between pauses, and the syllables in them that are stressed.

Phones carry no stress, so it is heard: a syllable is stressed whose vowel is louder and longer than those around it
(the two strongest cues beside pitch; Fry, 1958).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from edl.facts import Phone
from engines.animator.rig.curves import RATE, Curve
from engines.media.phones import SILENCE, VOWELS

PAUSE = 0.15  # seconds; a shorter silence is a stop or a breath within the phrase
APART = 0.30  # seconds between two stressed syllables at least
STRESSED = 0.75  # prominence, of that of the talk's louder vowels
USUAL = 0.09  # seconds that a vowel usually lasts


@dataclass(frozen=True)
class Accent:
    """A stressed syllable: when its vowel sounds, how strong it is (0 to 1), whether it is its phrase's strongest."""

    start: float
    end: float
    strength: float
    chief: bool


@dataclass(frozen=True)
class Phrase:
    """Speech between two pauses, seconds."""

    start: float
    end: float
    accents: tuple[Accent, ...] = ()


def phrases_of(phones: Sequence[Phone], envelope: Curve) -> tuple[Phrase, ...]:
    """The phrases of a talk, in order; none where nobody speaks.

    :param envelope: loudness at ``RATE`` values a second from time 0
    """
    stretches: list[list[Phone]] = [[]]
    for phone in phones:
        if phone.name != SILENCE:
            stretches[-1].append(phone)
        elif phone.end - phone.start >= PAUSE:
            stretches.append([])
    spoken = [stretch for stretch in stretches if stretch]
    loud = _loud(envelope)
    return tuple(Phrase(part[0].start, part[-1].end, _accents(part, envelope, loud)) for part in spoken)


def pauses_of(phrases: Sequence[Phrase]) -> tuple[tuple[float, float], ...]:
    """Start and end of the silence between each two phrases."""
    return tuple((one.end, other.start) for one, other in pairwise(phrases))


def _accents(phones: Sequence[Phone], envelope: Curve, loud: float) -> tuple[Accent, ...]:
    vowels = [phone for phone in phones if phone.name.rstrip("012").upper() in VOWELS]
    weights = [_prominence(vowel, envelope, loud) for vowel in vowels]
    chosen: list[int] = []
    for at in sorted(range(len(vowels)), key=lambda at: -weights[at]):
        clear = all(abs(vowels[at].start - vowels[other].start) >= APART for other in chosen)
        if clear and (weights[at] >= STRESSED or not chosen):
            chosen.append(at)
    return tuple(
        Accent(vowels[at].start, vowels[at].end, float(np.clip(weights[at], 0, 1)), at == chosen[0])
        for at in sorted(chosen)
    )


def _prominence(vowel: Phone, envelope: Curve, loud: float) -> float:
    heard = envelope[int(vowel.start * RATE) : int(vowel.end * RATE) + 1]
    level = float(heard.mean()) / loud if len(heard) and loud > 0 else 0.0
    return level * float(np.clip((vowel.end - vowel.start) / USUAL, 0.6, 1.3))


def _loud(envelope: Curve) -> float:
    return float(np.percentile(envelope[envelope > 0.1 * envelope.max()], 80)) if envelope.any() else 0.0
