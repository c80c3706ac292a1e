"""Reading, writing and resampling sound. Samples are float32, shape (n, channels), -1 to 1."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from edl.errors import Broken
from edl.facts import SoundFacts
from engines.media.container import open_media, sound_stream
from engines.media.downmix import to_stereo

if TYPE_CHECKING:
    import numpy as np
    from av.audio.frame import AudioFrame
    from numpy.typing import NDArray
    from soundfile import SoundFile

    Samples = NDArray[np.float32]

LONGEST_SECONDS = 4 * 3600
SILENT = 10 ** (-60 / 20)  # peak below which nothing is heard
MOST_MISSING = 0.1  # seconds at the end of a file; more was cut off


def read_sound(path: Path) -> tuple[Samples, int]:
    """All samples of a sound or video file's sound track (of several the default one), and its rate.

    WAV, FLAC, OGG and MP3 by libsndfile; anything else by FFmpeg's libraries.

    :raises Broken: when the file holds no sound that can be read, or more than four hours of it
    """
    import soundfile

    try:
        with soundfile.SoundFile(path) as file:
            if file.frames > LONGEST_SECONDS * file.samplerate:
                raise Broken(f"{path.name} is longer than {LONGEST_SECONDS // 3600} hours")
            return file.read(dtype="float32", always_2d=True), file.samplerate
    except soundfile.LibsndfileError:
        return _decode(path)


def read_mono(path: Path, rate: int) -> Samples:
    """All samples of a file as one channel at a rate: float32, shape (n,).

    :raises Broken: as :func:`read_sound`
    """
    samples, own = read_sound(path)
    return resample(to_mono(samples), own, rate)


def measure_sound(path: Path) -> SoundFacts:
    """How long a sound is, by its header where that says it, and whether there is anything to hear.

    :raises Broken: as :func:`read_sound`; when there is nothing in it, or less than its header says
    """
    import numpy as np
    import soundfile

    try:
        with _hushed(), soundfile.SoundFile(path) as file:
            if not file.frames:
                raise Broken(f"{path.name} holds no sound: its length is zero")
            _whole(path, file)
            silent = all(_quiet(block) for block in file.blocks(1 << 16, dtype="float32"))
            seconds, rate, channels = file.frames / file.samplerate, file.samplerate, file.channels
    except soundfile.LibsndfileError:
        samples, rate = _decode(path)
        seconds, channels, silent = len(samples) / rate, samples.shape[1], bool(np.all(_quiet(samples)))
    return SoundFacts(seconds=seconds, rate=rate, channels=channels, silent=silent)


def _quiet(samples: Samples) -> bool:
    import numpy as np

    return float(np.abs(np.nan_to_num(samples)).max(initial=0.0)) < SILENT


def _whole(path: Path, file: SoundFile) -> None:
    """Is the end of a file there that its header promises?

    :raises Broken: when more than a tenth of a second is missing
    """
    promised = _promised(path)
    missing = 0.0
    if promised is not None and file.format in ("WAV", "WAVEX"):
        written = file.frames * file.channels
        missing = 1 - path.stat().st_size / promised if written else 0.0
        missing *= file.frames / file.samplerate / max(1e-9, 1 - missing)
    elif file.format == "FLAC":
        file.seek(file.frames - 1)
        missing = 1.0 - len(file.read(1))
        file.seek(0)
    if missing > MOST_MISSING:
        raise Broken(f"{path.name} is cut short: its header promises more sound than it holds")


def _promised(path: Path) -> int | None:
    """The size in bytes that the header of a WAV file gives; None where it was written without knowing it."""
    with path.open("rb") as file:
        head = file.read(8)
    size = int.from_bytes(head[4:8], "little")
    return size + 8 if head[:4] == b"RIFF" and 0 < size < 0xFFFF_FF00 else None


@contextmanager
def _hushed() -> Iterator[None]:
    """Keep what the MP3 decoder (libmpg123) writes to standard error by itself from the user's terminal."""
    kept = os.dup(2)
    try:
        with open(os.devnull, "wb") as nowhere:
            os.dup2(nowhere.fileno(), 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(kept)


def _decode(path: Path) -> tuple[Samples, int]:
    import av
    import numpy as np

    try:
        with open_media(path) as container:
            stream = sound_stream(container)
            if stream is None:
                raise Broken(f"{path.name} holds no sound")
            rate, pieces = stream.rate, [block for _, block in decoded_blocks(container.decode(stream))]
    except (av.FFmpegError, OSError) as error:
        raise Broken(f"{path.name} cannot be read as sound: {error}") from error
    if not pieces:
        raise Broken(f"{path.name} holds no sound")
    return np.ascontiguousarray(np.concatenate(pieces)), rate


def decoded_blocks(frames: Iterable[AudioFrame]) -> Iterator[tuple[AudioFrame, Samples]]:
    """The samples of decoded frames, each with its frame: one or two channels, more are mixed down."""
    import av
    import numpy as np

    resampler = av.AudioResampler(format="flt")  # packed: PyAV looks for a ninth plane where there are eight
    for frame in frames:
        names = tuple(channel.name for channel in frame.layout.channels)
        for piece in resampler.resample(frame):
            block = np.array(piece.to_ndarray(), dtype=np.float32).reshape(piece.samples, -1)
            yield frame, block if block.shape[1] <= 2 else to_stereo(block, names)


def write_wav(path: Path, samples: Samples, rate: int, subtype: str = "PCM_16") -> None:
    """Write samples, shape (n,) or (n, channels), as WAV; values beyond -1 to 1 are clipped."""
    import numpy as np
    import soundfile

    soundfile.write(path, np.clip(samples, -1.0, 1.0), rate, subtype=subtype, format="WAV")


def write_float(path: Path, samples: Samples, rate: int) -> None:
    """Write float samples, shape (n, channels), as W64: nothing is clipped, and the same samples give the same bytes (a
    float WAV would hold the time)."""
    import soundfile

    soundfile.write(path, samples, rate, subtype="FLOAT", format="W64")


def resample(samples: Samples, rate: int, wanted: int) -> Samples:
    """Resample to ``wanted`` Hz (soxr, very high quality). The length is floor(n x wanted / rate), exactly."""
    import numpy as np
    import soxr

    if rate == wanted:
        return samples
    length = int(Fraction(len(samples)) * wanted / rate)
    out = np.asarray(soxr.resample(samples, rate, wanted, quality="VHQ"), dtype=np.float32)
    if len(out) < length:
        out = np.concatenate([out, np.zeros((length - len(out), *out.shape[1:]), np.float32)])
    return out[:length]


def to_mono(samples: Samples) -> Samples:
    """The mean of both sides, shape (n,); more than two channels are mixed down to two first."""
    import numpy as np

    if samples.ndim == 2 and samples.shape[1] > 2:
        samples = to_stereo(samples)
    return np.asarray(samples.mean(axis=1) if samples.ndim == 2 else samples, dtype=np.float32)
