"""Sounds of any length as 48 kHz stereo, read anywhere, without holding them in memory."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from edl.errors import Broken
from engines.media.container import open_media

Samples = NDArray[np.float32]

RATE = 48_000
BLOCK = 1 << 18


@dataclass(frozen=True)
class Source:
    """A WAV file at 48 kHz; ``samples`` is its length."""

    path: Path
    samples: int

    def read(self, start: int, count: int) -> Samples:
        """Samples from ``start`` on, shape (count, 2); silence beyond both ends."""
        out = np.zeros((count, 2), np.float32)
        first, last = max(0, start), min(self.samples, start + count)
        if last > first:
            with soundfile.SoundFile(self.path) as file:
                file.seek(first)
                heard = file.read(last - first, dtype="float32", always_2d=True)
            out[first - start : first - start + len(heard)] = heard
        return out


def source(path: Path, spare: Path) -> Source:
    """A sound ready to be read. A WAV at 48 kHz is taken as it is, anything else is converted into ``spare``.

    :raises Broken: when the file holds no sound that can be read
    """
    try:
        about = soundfile.info(path)
        if about.format == "WAV" and about.samplerate == RATE and about.channels <= 2:
            return Source(path, about.frames)
        if about.channels <= 2:
            with soundfile.SoundFile(path) as file:
                return _converted(file.blocks(BLOCK, dtype="float32", always_2d=True), file.samplerate, spare)
    except soundfile.LibsndfileError:
        pass  # not a format of libsndfile
    return _from_media(path, spare)


def _from_media(path: Path, spare: Path) -> Source:
    import av

    with open_media(path) as container:
        if not container.streams.audio:
            raise Broken(f"{path.name} holds no sound")
        stream = container.streams.audio[0]
        resampler = av.AudioResampler(format="fltp", layout="mono" if stream.channels == 1 else "stereo")
        try:
            pieces = (
                np.ascontiguousarray(piece.to_ndarray().T, dtype=np.float32)
                for frame in container.decode(stream)
                for piece in resampler.resample(frame)
            )
            return _converted(pieces, stream.rate, spare)
        except (av.FFmpegError, OSError) as error:
            raise Broken(f"{path.name} cannot be read as sound: {error.strerror}") from error


def _converted(pieces: Iterator[Samples], rate: int, spare: Path) -> Source:
    """Write pieces as stereo at 48 kHz; the length is floor(n x 48000 / rate), as of
    :func:`engines.media.sound.resample`."""
    heard = written = 0
    converter = soxr.ResampleStream(rate, RATE, 2, dtype="float32", quality="VHQ")
    with soundfile.SoundFile(spare, "w", RATE, 2, subtype="FLOAT", format="W64") as file:
        for piece in pieces:
            heard += len(piece)
            block = converter.resample_chunk(_stereo(piece))
            file.write(block)
            written += len(block)
        length = heard * RATE // rate
        last = converter.resample_chunk(np.zeros((0, 2), np.float32), last=True)
        file.write(np.concatenate([last, np.zeros((1, 2), np.float32)])[: max(0, length - written)])
    return Source(spare, length)


def _stereo(samples: Samples) -> Samples:
    return np.repeat(samples, 2, axis=1) if samples.shape[1] == 1 else samples


@dataclass(frozen=True)
class Span:
    """A stretch of a source in the programme: it sounds from ``start`` to ``end``, beginning ``skip`` samples into
    the source. Its edges are faded over 5 ms with equal power: across the cut where the source goes on beyond it,
    inside where it does not."""

    source: Source
    start: int
    end: int
    skip: int
    gain: float

    FADE = RATE * 5 // 1000

    @property
    def reach(self) -> tuple[int, int]:
        """First and last sample at which anything sounds."""
        half = self.FADE // 2
        before = half if self.skip >= half else 0
        after = half if self.skip + self.end - self.start + half <= self.source.samples else 0
        return self.start - before, self.end + after

    def read(self, start: int, count: int) -> Samples:
        """What sounds between two moments of the programme, shape (count, 2)."""
        first, last = self.reach
        if start + count <= first or start >= last:
            return np.zeros((count, 2), np.float32)
        at = np.arange(start, start + count)
        rise = np.clip((at - first + 0.5) / self.FADE, 0, 1)
        fall = np.clip((last - at - 0.5) / self.FADE, 0, 1)
        shape = np.sin(rise * np.pi / 2) * np.sin(fall * np.pi / 2) * self.gain
        heard = self.source.read(self.skip + start - self.start, count)
        return np.asarray(heard * shape[:, None], dtype=np.float32)


@dataclass(frozen=True)
class Loop:
    """A bed that is repeated with a cross-fade of equal power from its end into its start."""

    source: Source
    gain: float

    OVERLAP = RATE // 5

    def read(self, start: int, count: int) -> Samples:
        """What sounds between two moments of the programme, shape (count, 2)."""
        length = self.source.samples
        out = np.zeros((count, 2), np.float32)
        if not length:
            return out
        fade = min(self.OVERLAP, length // 4)
        period = length - fade
        for turn in range(max(0, (start - length) // period), (start + count) // period + 1):
            first, last = max(start, turn * period), min(start + count, turn * period + length)
            if last <= first:
                continue
            at = np.arange(first, last) - turn * period + 0.5
            shape = np.clip((length - at) / max(1, fade), 0, 1)
            if turn:
                shape = np.minimum(shape, np.clip(at / max(1, fade), 0, 1))
            heard = self.source.read(first - turn * period, last - first)
            out[first - start : last - start] += heard * (np.sin(shape * np.pi / 2) * self.gain)[:, None]
        return out


def samples_of(frames: int, fps: Fraction) -> int:
    """The first sample of a frame, from the programme's start."""
    return int(frames * RATE / fps)
