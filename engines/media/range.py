"""A stretch of a file's sound, placed by its time stamps."""

from __future__ import annotations

from fractions import Fraction
from math import floor
from pathlib import Path
from typing import TYPE_CHECKING

import av
import numpy as np

from edl.errors import Broken
from engines.media.container import open_media, sound_stream
from engines.media.sound import resample

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from numpy.typing import NDArray

    Samples = NDArray[np.float32]

LEAD_IN = Fraction(1, 4)  # seconds decoded before and after, so that codec and resampler have settled
SEEK_BACK = 2


def sound_range(path: Path, since: Fraction, samples: int, rate: int) -> Samples:
    """Stereo sound from a moment on; silence where the file has none.

    :param since: time stamp in seconds
    :returns: shape (samples, 2) at ``rate`` Hz
    :raises Broken: when the sound cannot be decoded
    """
    try:
        with open_media(path) as container:
            own = _track(container, path).rate
            first = floor((since - LEAD_IN) * own)  # on the file's own sample grid
            count = floor((Fraction(samples, rate) + 2 * LEAD_IN) * own) + 2
            heard = _decoded(container, _track(container, path), first, count)
    except (av.FFmpegError, OSError) as error:
        raise Broken(f"the sound of {path.name} cannot be decoded: {error.strerror}") from error
    converted = resample(heard, own, rate)
    skip = round((since - Fraction(first, own)) * rate)
    return converted[skip : skip + samples]


def _track(container: InputContainer, path: Path) -> AudioStream:
    stream = sound_stream(container)
    if stream is None:
        raise Broken(f"{path.name} holds no sound")
    return stream


def _decoded(container: InputContainer, stream: AudioStream, first: int, count: int) -> Samples:
    """Samples ``first`` to ``first + count`` of the file's own grid, shape (count, 2)."""
    mono = stream.channels == 1
    resampler = av.AudioResampler(format="fltp", layout="mono" if mono else "stereo")
    out = np.zeros((count, 2), np.float32)
    if first > SEEK_BACK * stream.rate:
        container.seek((first // stream.rate - SEEK_BACK) * 1_000_000)
    for frame in container.decode(stream):
        if frame.pts is None:
            continue
        at = round(frame.pts * Fraction(frame.time_base or 1) * stream.rate) - first
        if at >= count:
            break
        for piece in resampler.resample(frame):
            block = piece.to_ndarray().T
            begin, end = max(0, at), min(count, at + len(block))
            if end > begin:
                out[begin:end] = block[begin - at : end - at]
            at += len(block)
    return out
