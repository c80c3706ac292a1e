"""Emphasis in sound that was spoken without it. Stress is heard by length and pitch before loudness (Fry 1958,
"Experiments in the perception of stress"), so a stressed stretch gets all three, and its phones move along."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

from engines.media.sound import resample
from engines.media.timings import Run

if TYPE_CHECKING:
    from engines.voice._speech import Utterance

Samples = NDArray[np.float32]
Times = NDArray[np.float64]

LOUDER = 10 ** (3 / 20)
_RAMP = 0.03  # seconds in which loudness and pitch come and go
_FINER = 4  # times as many samples, of which the raised stretch is read
_AROUND = 256  # samples read beside a stretch, so that its ends are interpolated as its middle


@dataclass(frozen=True)
class Stress:
    """What is still to be done to a stressed stretch; some voices lengthen and raise it themselves. ``higher``: the
    factor of its pitch; it is played so much faster, so the voice must have spoken it longer by as much."""

    higher: float = 1.0


def stressed(spoken: Utterance, words: tuple[bool, ...], rate: int, stress: Stress) -> Utterance:
    """A sentence with its stressed stretches as they are to be.

    :param words: for each word of the sentence whether it is stressed; ``spoken.owners`` are indices of it
    """
    for first, last in reversed(list(_stretches(spoken, words))):
        spoken = replace(spoken, samples=louder(spoken.samples, first, last, rate))
        if stress.higher != 1.0:
            spoken = _moved(spoken, *raised(spoken.samples, first, last, rate, stress.higher), first)
    return spoken


def _stretches(spoken: Utterance, words: tuple[bool, ...]) -> Iterator[tuple[int, int]]:
    """First and one behind the last sample of each run of stressed words."""
    begin = end = -1
    for phone, owner in zip(spoken.phones, spoken.owners, strict=True):
        if words[owner]:
            begin, end = (begin if begin >= 0 else phone.first), phone.last
        elif begin >= 0:
            yield begin, end
            begin = -1
    if begin >= 0:
        yield begin, end


def louder(samples: Samples, first: int, last: int, rate: int) -> Samples:
    """A stretch made louder, without a step at its ends and without clipping."""
    ramp = round(_RAMP * rate)
    shape = np.zeros(len(samples), np.float32)
    shape[max(0, first - ramp) : last + ramp] = 1.0
    shape = np.convolve(shape, np.full(ramp, 1 / ramp, np.float32), mode="same").astype(np.float32)
    peak = float(np.abs(samples[first:last]).max(initial=0.0))
    gain = min(LOUDER, 0.97 / peak) if peak else 1.0
    return np.asarray(samples * (1.0 + max(0.0, gain - 1.0) * shape), np.float32)


def raised(samples: Samples, first: int, last: int, rate: int, factor: float) -> tuple[Samples, Times]:
    """A stretch played faster, and so higher: the pace rises within 30 ms and falls again, so that the waveform has no
    seam. Formants move by as much, which is no more than from one speaker to the next.

    :return: all samples, and where in the new stretch each edge between two old samples lies
    """
    count = last - first
    ramp = max(1, min(round(_RAMP * rate), count // 3))
    rise = 0.5 - 0.5 * np.cos(np.pi * (np.arange(ramp) + 0.5) / ramp)
    pace = np.full(count, factor)
    pace[:ramp] = 1.0 + (factor - 1.0) * rise
    pace[count - ramp :] = 1.0 + (factor - 1.0) * rise[::-1]
    times = np.concatenate([[0.0], np.cumsum(1.0 / pace)])
    length = round(times[-1])
    times *= length / times[-1]
    around = np.pad(samples, _AROUND)[first : last + 2 * _AROUND]
    places = np.interp(np.arange(length), times, np.arange(count + 1.0)) + _AROUND
    finer = resample(around, rate, _FINER * rate).astype(np.float64)
    heard = map_coordinates(finer, [places * _FINER], order=3, mode="nearest").astype(np.float32)
    return np.concatenate([samples[:first], heard, samples[last:]]), times


def _moved(spoken: Utterance, samples: Samples, times: Times, first: int) -> Utterance:
    """An utterance with the samples of which one stretch was warped, and its phones where they sound now."""
    count = len(times) - 1

    def moved(edge: int) -> int:
        inside = min(max(edge - first, 0), count)
        return edge - inside + round(float(times[inside]))

    phones = tuple(Run(phone.name, moved(phone.first), moved(phone.last)) for phone in spoken.phones)
    return replace(spoken, samples=samples, phones=phones)
