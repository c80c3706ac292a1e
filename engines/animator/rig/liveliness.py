"""What a face does besides speaking: it breathes, sways, turns a little from phrase to phrase, nods and lifts its brows
with stress, blinks and glances. Seeded. A clip begins and ends on the still; at a join of two parts of a talk the head
has a place and a speed that are the same for all parts, so that none needs to know its neighbour.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from engines.animator.rig.blinks import blink_curve
from engines.animator.rig.curves import Curve, Span, smoothstep
from engines.animator.rig.glances import Gaze, gaze, on_the_viewer
from engines.animator.rig.phrasing import Accent, Phrase, pauses_of

EASE = 0.7  # seconds in which the head leaves the still and comes back to it
MEETING = 1.5  # seconds before and after a join in which the sway becomes, and was, that of all joins

# amplitude (IOD or radians) and period in seconds
_SWAY: dict[str, tuple[tuple[float, float], ...]] = {
    "across": ((0.008, 6.1), (0.004, 3.3)),
    "down": ((0.005, 4.1), (0.003, 2.7), (0.004, 3.9)),  # the last is breath
    "roll": ((0.010, 5.2), (0.005, 3.1)),
    "yaw": ((0.032, 4.7), (0.016, 2.9)),
    "pitch": ((0.018, 5.7),),
}
_POSTURE = {"across": 0.010, "roll": 0.016, "yaw": 0.050, "pitch": 0.018}  # most that a phrase has of its own
TURNING = 0.9  # seconds from one phrase's posture to the next one's
LONG_PHRASE = 4.0  # seconds after which the posture changes within a phrase

BREATH, INHALING, BREATHS = 0.007, 0.40, 0.25  # IOD upwards; seconds; shortest pause that is a breath
SETTLE = 0.30  # of a nod's angle, downwards, in the middle of a pause


@dataclass(frozen=True)
class HeadTrack:
    """One value a frame: shifts in IOD, angles in radians, ``brow`` -.2 to 1, ``blink`` 0 to 1, ``gaze``."""

    across: Curve
    down: Curve
    roll: Curve
    yaw: Curve
    pitch: Curve
    brow: Curve
    blink: Curve
    gaze: Gaze


@dataclass(frozen=True)
class Manner:
    """How lively: ``sway`` as a share of the natural, ``blinks`` a minute, ``nod`` in radians at most, ``brows`` and
    ``gaze`` as shares of the natural."""

    sway: float
    blinks: float
    nod: float
    brows: float = 1.0
    gaze: float = 1.0


def talking_head(manner: Manner, phrases: Sequence[Phrase], span: Span, seed: int) -> HeadTrack:
    """The head of somebody who speaks."""
    chance = np.random.default_rng([seed, 1])
    ease, inside = span.from_still(EASE), span.inside(EASE)
    sway = _sway_on(chance, span)
    posture = _postures(chance, phrases, span)
    nod, brow = _beats(np.random.default_rng([seed, 3]), phrases, span.times)
    move = {name: manner.sway * (sway[name] + posture.get(name, 0.0) * inside) for name in _SWAY}
    move["down"] = move["down"] - manner.sway * _breaths(phrases, span)
    nod = manner.nod * (nod + SETTLE * _settling(phrases, span.times)) * inside
    yaw, pitch = move["yaw"] * ease, move["pitch"] * ease - nod
    glances = gaze(np.random.default_rng([seed, 4]), span.times, span.end, manner.gaze, phrases)
    return HeadTrack(
        across=move["across"] * ease,
        down=move["down"] * ease + 0.25 * nod,
        roll=move["roll"] * ease,
        yaw=yaw,
        pitch=pitch,
        brow=np.clip(manner.brows * brow * inside, -0.2, 1),
        blink=blink_curve(np.random.default_rng([seed, 2]), manner.blinks, span.times, span.end, phrases),
        gaze=_looking(glances, manner, yaw, pitch),
    )


def living_photo(manner: Manner, span: Span, seed: int) -> HeadTrack:
    """A silent head whose motion has the clip's length as its period: value and speed agree across the join."""
    sway = {name: manner.sway * track for name, track in _sway(np.random.default_rng([seed, 1]), span).items()}
    glances = gaze(np.random.default_rng([seed, 4]), span.times, span.end, manner.gaze)
    return HeadTrack(
        **sway,
        brow=np.zeros_like(span.times),
        blink=blink_curve(np.random.default_rng([seed, 2]), manner.blinks, span.times, span.end),
        gaze=_looking(glances, manner, sway["yaw"], sway["pitch"]),
    )


def _looking(glances: Gaze, manner: Manner, yaw: Curve, pitch: Curve) -> Gaze:
    held = min(1.0, manner.gaze)
    return on_the_viewer(glances, held * yaw, held * pitch)


def _sway(chance: np.random.Generator, span: Span) -> dict[str, Curve]:
    """Sums of sines with whole cycles, 0 at both ends; what is too slow for a short clip becomes smaller instead."""
    tracks: dict[str, Curve] = {}
    for name, waves in _SWAY.items():
        track = np.zeros_like(span.times)
        for amplitude, period in waves:
            cycles = max(1, round(span.end / period))
            sign = 1.0 if chance.random() < 0.5 else -1.0
            wave = np.sin(2 * np.pi * cycles * span.times / span.end)
            track = track + sign * amplitude * min(1.0, span.end / period) * wave
        tracks[name] = track
    return tracks


def _sway_on(chance: np.random.Generator, span: Span) -> dict[str, Curve]:
    """The same for a part of a talk: near a join it is one and the same curve for every part. (Not through the still
    itself: it alone is not resampled, and one sharper frame is seen.)"""
    tracks = _sway(chance, span)
    ramp = min(MEETING, span.end / 2)
    for joined, since in ((span.before, span.times), (span.after, span.times - span.end)):
        if joined:
            own = smoothstep(np.abs(since) / ramp)
            for name, waves in _SWAY.items():
                common = sum(amplitude * np.sin(2 * np.pi * since / period + period) for amplitude, period in waves)
                tracks[name] = own * tracks[name] + (1 - own) * common
    return tracks


def _postures(chance: np.random.Generator, phrases: Sequence[Phrase], span: Span) -> dict[str, Curve]:
    """Where the head rests during each phrase: it turns in the pauses, and once within a long phrase."""
    tracks = {name: np.zeros_like(span.times) for name in _POSTURE}
    changes: list[tuple[float, float]] = []  # moment, share
    for number, phrase in enumerate(phrases):
        opening = (phrases[number - 1].end + phrase.start) / 2 if number else 0.0
        changes.append((opening, 1.0))
        if phrase.end - phrase.start > LONG_PHRASE:
            calm = [accent.end for accent in phrase.accents if not accent.chief] or [(phrase.start + phrase.end) / 2]
            changes.append((min(calm, key=lambda moment: abs(2 * moment - phrase.start - phrase.end)), 0.6))
    for name, most in _POSTURE.items():
        held = 0.0
        for moment, share in changes:
            wanted = most * share * chance.uniform(-1, 1)
            tracks[name] += (wanted - held) * smoothstep((span.times - moment) / TURNING + 0.5)
            held = wanted
    return tracks


def _beats(chance: np.random.Generator, phrases: Sequence[Phrase], times: Curve) -> tuple[Curve, Curve]:
    """Nods and brows, both up to about 1: the strongest syllable of a phrase has most of both."""
    nod, brow = np.zeros_like(times), np.zeros_like(times)
    for phrase in phrases:
        for accent in phrase.accents:
            depth = accent.strength * (chance.uniform(0.65, 1.0) if accent.chief else chance.uniform(0.15, 0.45))
            nod = _over(nod, depth * _beat(times, accent, 0.16, 0.04, 0.38))
            lifts = chance.random() < (0.75 if accent.chief else 0.15)
            height = accent.strength * chance.uniform(0.4, 0.9)
            if lifts:
                brow = _over(brow, height * _beat(times, accent, 0.16, 0.14, 0.45))
    return nod, brow


def _over(one: Curve, other: Curve) -> Curve:
    """Both at once, still at most 1, without a kink."""
    return np.asarray(1 - (1 - one) * (1 - other))


def _beat(times: Curve, accent: Accent, rise: float, hold: float, fall: float) -> Curve:
    """A stroke that is at its height in the middle of the vowel; seconds."""
    since = times - (accent.start + accent.end) / 2 + rise
    return np.asarray(smoothstep(since / rise) - smoothstep((since - rise - hold) / fall))


def _breaths(phrases: Sequence[Phrase], span: Span) -> Curve:
    """The lift of an in-breath in each longer pause; joins lie in such pauses."""
    moments = [(first + last) / 2 for first, last in pauses_of(phrases) if last - first >= BREATHS]
    moments += [0.0] * span.before + [span.end] * span.after
    lift = np.zeros_like(span.times)
    for moment in moments:
        lift = np.maximum(lift, smoothstep(1 - np.abs(span.times - moment) / (2 * INHALING)))
    return BREATH * lift


def _settling(phrases: Sequence[Phrase], times: Curve) -> Curve:
    """0 to 1: the chin comes to rest after the last word of a phrase, and is up again with the next."""
    rest = np.zeros_like(times)
    for first, last in pauses_of(phrases):
        down, up = smoothstep((times - first + 0.1) / 0.3), smoothstep((times - last + 0.05) / 0.3)
        rest = np.maximum(rest, (down - up) * min(1.0, (last - first) / 0.3))
    return rest
