"""Converting a whole sound file in pieces, so that an hour needs no more memory than a minute."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from edl.errors import Broken
from engines.contract import Order
from engines.media.container import open_media, sound_stream
from engines.media.downmix import to_stereo
from engines.media.pieces import RATE
from engines.media.sound import decoded_blocks

Samples = NDArray[np.float32]

BLOCK = 1 << 18


def convert(path: Path, target: Path, order: Order) -> None:
    """Write a file's sound (of several tracks the default one) as stereo at 48 kHz, float.

    Of n samples become floor(n x 48000 / rate).

    :raises Broken: when the file holds no sound that can be read
    """
    try:
        with soundfile.SoundFile(path) as file:
            blocks = file.blocks(BLOCK, dtype="float32", always_2d=True)
            _write((to_stereo(block) for block in blocks), file.samplerate, target, order)
    except soundfile.LibsndfileError:
        _from_media(path, target, order)  # not a format of libsndfile


def _from_media(path: Path, target: Path, order: Order) -> None:
    import av

    with open_media(path) as container:
        stream = sound_stream(container)
        if stream is None:
            raise Broken(f"{path.name} holds no sound")
        try:
            blocks = (to_stereo(block) for _, block in decoded_blocks(container.decode(stream)))
            _write(blocks, stream.rate, target, order)
        except (av.FFmpegError, OSError) as error:
            raise Broken(f"{path.name} cannot be read as sound: {error.strerror}") from error


def _write(pieces: Iterable[Samples], rate: int, target: Path, order: Order) -> None:
    heard = written = 0
    converter = soxr.ResampleStream(rate, RATE, 2, dtype="float32", quality="VHQ")
    with soundfile.SoundFile(target, "w", RATE, 2, subtype="FLOAT", format="W64") as file:
        for piece in pieces:
            order.stop_if_cancelled()
            heard += len(piece)
            block = converter.resample_chunk(np.ascontiguousarray(piece))
            file.write(block)
            written += len(block)
        length = heard * RATE // rate
        last = converter.resample_chunk(np.zeros((0, 2), np.float32), last=True)
        file.write(np.concatenate([last, np.zeros((1, 2), np.float32)])[: max(0, length - written)])
