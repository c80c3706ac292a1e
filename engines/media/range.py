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
from engines.media.damage import mended
from engines.media.sound import decoded_blocks, resample

if TYPE_CHECKING:
    from av.audio.frame import AudioFrame
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
        words = f"the sound of {path.name} cannot be decoded near {max(0.0, float(since)):.2f} s of it"
        raise Broken(f"{words}: {error.strerror}; {mended(path.name)}") from error
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
    out = np.zeros((count, 2), np.float32)
    if first > SEEK_BACK * stream.rate:
        container.seek((first // stream.rate - SEEK_BACK) * 1_000_000)
    at = -1
    last: AudioFrame | None = None
    for frame, block in decoded_blocks(container.decode(stream)):
        if frame.pts is None:
            continue
        if frame is not last:
            last, at = frame, round(frame.pts * Fraction(frame.time_base or 1) * stream.rate) - first
        if at >= count:
            break
        begin, end = max(0, at), min(count, at + len(block))
        if end > begin:
            out[begin:end] = block[begin - at : end - at]
        at += len(block)
    return out
