"""Emphasis in sound that was spoken without it. Stress is heard by length and pitch before loudness (Fry 1958,
"Experiments in the perception of stress"), so a stressed stretch gets all three, and its phones move along."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy.ndimage import map_coordinates

from engines.media.sound import resample
from engines.media.tempo import slower
from engines.media.timings import Run

if TYPE_CHECKING:
    from engines.voice._speech import Utterance

Samples = NDArray[np.float32]
Times = NDArray[np.float64]

LOUDER = 10 ** (3 / 20)
_RAMP = 0.03  # seconds in which loudness and pitch come and go
_FINER = 4  # times as many samples, of which the raised stretch is read
_BESIDE = 0.1  # seconds beside a stretch that are slowed as well, so that it can be joined anywhere there
_JOINT = 0.01  # seconds to each side of a joint in which one waveform becomes the other
_AROUND = 256  # samples read beside a stretch, so that its ends are interpolated as its middle


@dataclass(frozen=True)
class Stress:
    """What is still to be done to a stressed stretch; some voices lengthen and raise it themselves. ``longer``: the
    factor by which it is stretched. ``higher``: the factor of its pitch; it is played so much faster, so that it must
    have become longer by more than that."""

    longer: float = 1.0
    higher: float = 1.0


AS_SPOKEN = Stress()
LONGER, HIGHER = 1.18, 1.08  # a stressed stretch as it is heard


def stressed(spoken: Utterance, words: tuple[bool, ...], rate: int, stress: Stress) -> Utterance:
    """A sentence with its stressed stretches as they are to be.

    :param words: for each word of the sentence whether it is stressed; ``spoken.owners`` are indices of it
    """
    joint = round(_JOINT * rate)
    for first, last in reversed(list(_stretches(spoken, words, joint))):
        spoken = replace(spoken, samples=louder(spoken.samples, first, last, rate))
        if last - first >= 4 * joint:
            spoken = _reshaped(spoken, first, last, rate, stress)
    return spoken


def _stretches(spoken: Utterance, words: tuple[bool, ...], margin: int) -> Iterator[tuple[int, int]]:
    """First and one behind the last sample of each run of stressed words, a margin away from both ends of the sound."""
    pairs = zip(spoken.owners, spoken.phones, strict=True)
    for wanted, found in groupby(pairs, key=lambda pair: words[pair[0]]):
        if wanted:
            phones = [phone for _, phone in found]
            yield max(phones[0].first, margin), min(phones[-1].last, len(spoken.samples) - margin)


def _reshaped(spoken: Utterance, first: int, last: int, rate: int, stress: Stress) -> Utterance:
    """An utterance of which one stretch is longer and higher."""
    if stress.longer != 1.0:
        samples, times = lengthened(spoken.samples, first, last, rate, stress.longer)
        spoken, last = _moved(spoken, samples, times, first), first + round(float(times[-1]))
    if stress.higher != 1.0:
        samples, times = raised(spoken.samples, first, last, rate, stress.higher)
        spoken = _moved(spoken, samples, times, first)
    return spoken


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


def lengthened(samples: Samples, first: int, last: int, rate: int, factor: float) -> tuple[Samples, Times]:
    """A stretch played slower at the same pitch. It is joined to what lies beside it where the waveforms agree best.

    :param first: with ``last`` of a stretch of at least 40 ms, with 10 ms before and behind it
    :return: as of :func:`raised`
    """
    around, half = round(_BESIDE * rate), round(_JOINT * rate)
    slow = slower(np.pad(samples, around)[first : last + 2 * around], rate, factor)
    before, behind = samples[first - half : first + half], samples[last - half : last + half]
    begin = _joint(slow, round(around * factor), before)
    end = _joint(slow, round((around + last - first) * factor), behind)
    fade = (0.5 - 0.5 * np.cos(np.pi * (np.arange(2 * half) + 0.5) / (2 * half))).astype(np.float32)
    piece = slow[begin - half : end + half].copy()
    piece[: 2 * half] = before * (1 - fade) + piece[: 2 * half] * fade
    piece[-2 * half :] = piece[-2 * half :] * (1 - fade) + behind * fade
    joined = np.concatenate([samples[: first - half], piece, samples[last + half :]])
    return joined, np.linspace(0.0, end - begin, last - first + 1)


def _joint(slow: Samples, near: int, wanted: Samples) -> int:
    """The place near a sample around which a sound is most like another one."""
    half = len(wanted) // 2
    found = sliding_window_view(slow[near - 2 * half : near + 2 * half], 2 * half)
    alike = found @ wanted / np.sqrt((found * found).sum(axis=1) + 1e-9)
    return near - half + int(np.argmax(alike))


def _moved(spoken: Utterance, samples: Samples, times: Times, first: int) -> Utterance:
    """An utterance with the samples of which one stretch was warped, and its phones where they sound now."""
    count = len(times) - 1

    def moved(edge: int) -> int:
        inside = min(max(edge - first, 0), count)
        return edge - inside + round(float(times[inside]))

    phones = tuple(Run(phone.name, moved(phone.first), moved(phone.last)) for phone in spoken.phones)
    return replace(spoken, samples=samples, phones=phones)
