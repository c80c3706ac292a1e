"""AAC in pieces that need no seam.

A packet holds 1024 samples and is decoded together with the one before it: their windows overlap, and what one folds
back the other cancels. Both come from the same signal, so it does not matter who encoded them, as long as both chose
windows that fit. FFmpeg's encoder chooses by what it heard in the last packets alone, so a few of them are encoded
before those that are kept. What does last is its rate control: aimed at a bit rate it learns over ten seconds, and
every piece would begin as badly as the programme. At constant quality it has nothing to learn.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import numpy as np
from numpy.typing import NDArray

from engines.conformer.mix import UNIT
from engines.media.container import create_media
from engines.media.loudness import RATE

if TYPE_CHECKING:
    from av.packet import Packet as AnyPacket

    Packet = AnyPacket[Any]

Samples = NDArray[np.float32]

RUN_IN, RUN_OUT = 16, 3  # packets encoded before and behind those that are kept
QUALITY = 118  # FFmpeg's ``-q:a 1``
CONSTANT_QUALITY, BITEXACT = 1 << 1, 1 << 23  # flags of a codec


def write_piece(path: Path, samples: Samples, count: int, first: bool) -> None:
    """Encode one piece of a programme.

    :param samples: shape (n, 2): ``RUN_IN`` packets of what goes before, the piece, what comes behind it
    :param count: samples of the piece
    :param first: keep the packet before the piece's own, too
    """
    units = -(-count // UNIT)
    wanted = range(RUN_IN + (not first), RUN_IN + units + 1)
    with create_media(path) as out:
        stream: Any = out.add_stream("aac", rate=RATE, layout="stereo")
        context = stream.codec_context
        context.flags |= CONSTANT_QUALITY | BITEXACT
        context.global_quality = QUALITY
        for number, packet in enumerate(_packets(stream, samples[: (RUN_IN + units + RUN_OUT) * UNIT])):
            if number in wanted:
                packet.pts = packet.dts = (number - wanted.start) * UNIT
                packet.duration, packet.time_base = UNIT, Fraction(1, RATE)
                out.mux(packet)


def _packets(stream: Any, samples: Samples) -> Iterator[Packet]:
    """Packet *k* holds samples from (*k* - 1) x 1024 on, with half of each neighbour."""
    for start in range(0, len(samples), UNIT):
        block = np.zeros((2, UNIT), np.float32)
        found = samples[start : start + UNIT].T
        block[:, : found.shape[1]] = found
        frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = RATE, start, Fraction(1, RATE)
        yield from stream.encode(frame)
