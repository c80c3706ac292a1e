"""Sounds of any length, read anywhere on the programme's sample clock, without holding them in memory."""

from __future__ import annotations

from dataclasses import dataclass
from math import gcd
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from edl.errors import Broken
from engines.media.pieces import RATE

Samples = NDArray[np.float32]

SETTLE = RATE // 10  # samples read before and after, so that the resampler does not know where it was cut


@dataclass(frozen=True)
class Source:
    """A WAV or W64 file of one or two channels at ``rate`` Hz; ``samples`` is its length at 48 kHz."""

    path: Path
    rate: int
    samples: int

    def read(self, start: int, count: int) -> Samples:
        """Samples from ``start`` on at 48 kHz, shape (count, 2); silence beyond both ends. Wherever it is read, the
        same moment gives the same sample: resampling begins where a sample of the file and one at 48 kHz fall
        together."""
        if start >= self.samples or start + count <= 0:
            return np.zeros((count, 2), np.float32)
        if self.rate == RATE:
            return self._own(start, count)
        own, ours = self.rate // gcd(self.rate, RATE), RATE // gcd(self.rate, RATE)
        block = (start - SETTLE) // ours
        blocks = -(-(start + count + SETTLE) // ours) - block
        fine = soxr.resample(self._own(block * own, blocks * own), self.rate, RATE, quality="VHQ")
        first = start - block * ours
        out = np.asarray(fine[first : first + count], dtype=np.float32)
        out[max(0, self.samples - start) :] = 0
        return out

    def _own(self, start: int, count: int) -> Samples:
        out = np.zeros((count, 2), np.float32)
        with soundfile.SoundFile(self.path) as file:
            first, last = max(0, start), min(file.frames, start + count)
            if last > first:
                file.seek(first)
                out[first - start : last - start] = file.read(last - first, dtype="float32", always_2d=True)
        return out


def source(path: Path) -> Source:
    """A sound ready to be read.

    :raises Broken: when the file is none of ours
    """
    try:
        about = soundfile.info(path)
    except soundfile.LibsndfileError as error:
        raise Broken(f"{path.name} cannot be read as sound: {error}") from error
    if about.channels > 2:
        raise Broken(f"{path.name} has {about.channels} channels; they are mixed down before they get here")
    return Source(path, about.samplerate, about.frames * RATE // about.samplerate)


@dataclass(frozen=True)
class Span:
    """A stretch of a source in the programme: it sounds from ``start`` to ``end``, beginning ``skip`` samples into
    the source. ``rise`` and ``fall`` are the samples of its fades, of equal power. An edge without one is faded over
    5 ms: across the cut where the source goes on beyond it, inside where it does not."""

    source: Source
    start: int
    end: int
    skip: int
    gain: float
    rise: int = 0
    fall: int = 0

    FADE = RATE * 5 // 1000

    @property
    def reach(self) -> tuple[int, int]:
        """First and last sample at which anything sounds."""
        half = self.FADE // 2
        before = half if not self.rise and self.skip >= half else 0
        goes_on = self.skip + self.end - self.start + half <= self.source.samples
        return self.start - before, self.end + (half if goes_on and not self.fall else 0)

    def read(self, start: int, count: int) -> Samples:
        """What sounds between two moments of the programme, shape (count, 2)."""
        first, last = self.reach
        if start + count <= first or start >= last:
            return np.zeros((count, 2), np.float32)
        at = np.arange(start, start + count)
        shape = faded(at, first, last, self.rise or self.FADE, self.fall or self.FADE) * self.gain
        heard = self.source.read(self.skip + start - self.start, count)
        return np.asarray(heard * shape[:, None], dtype=np.float32)


@dataclass(frozen=True)
class Loop:
    """A stretch of a source, ``first`` to ``last``, that sounds from ``start`` on; where it is repeated, its end fades
    into its start with equal power."""

    source: Source
    start: int
    first: int
    last: int
    repeats: bool = True

    OVERLAP = RATE // 5

    def read(self, start: int, count: int) -> Samples:
        """What sounds between two moments of the programme, shape (count, 2)."""
        out = np.zeros((count, 2), np.float32)
        length = self.last - self.first
        fade = min(self.OVERLAP, length // 4) if self.repeats else 0
        period = length - fade
        begin = start - self.start
        turns = range(max(0, (begin - length) // period), (begin + count) // period + 1) if self.repeats else range(1)
        for turn in turns:
            low, high = max(begin, turn * period), min(begin + count, turn * period + length)
            if high <= low:
                continue
            at = np.arange(low, high) - turn * period
            rise = fade if turn else 0
            shape = faded(at, 0, length, rise, fade)
            heard = self.source.read(self.first + low - turn * period, high - low)
            out[low - begin : high - begin] += heard * shape[:, None].astype(np.float32)
        return out


def faded(at: NDArray[np.int64], start: int, end: int, rise: int, fall: int) -> NDArray[np.float64]:
    """Fades of equal power at both ends of a stretch: 0 to 1 for each moment ``at``; no fade is 0 samples long."""
    up = np.clip((at - start + 0.5) / rise, 0, 1) if rise else (at >= start).astype(np.float64)
    down = np.clip((end - at - 0.5) / fall, 0, 1) if fall else (at < end).astype(np.float64)
    return np.asarray(np.sin(up * np.pi / 2) * np.sin(down * np.pi / 2))
