"""AAC in pieces that need no seam.

A packet holds 1024 samples and is decoded together with the one before it: their windows overlap, and what one folds
back the other cancels. Both come from the same signal, so it does not matter who encoded them, as long as both chose
windows that fit. FFmpeg's encoder chooses by what it heard in the last packets alone, so a few of them are encoded
before those that are kept. What does last is its rate control: aimed at a bit rate it learns over ten seconds, and
every piece would begin as badly as the programme. At constant quality it has nothing to learn.
"""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import numpy as np
from numpy.typing import NDArray

from engines.media.container import create_media
from engines.media.pieces import RATE, UNIT

if TYPE_CHECKING:
    from av.packet import Packet as AnyPacket

    Packet = AnyPacket[Any]

Samples = NDArray[np.float32]

RUN_IN, RUN_OUT = 64, 3  # packets encoded before and behind those that are kept
QUALITY = 118  # FFmpeg's ``-q:a 1``
CONSTANT_QUALITY, BITEXACT = 1 << 1, 1 << 23  # flags of a codec


def encoded(samples: Samples, count: int) -> tuple[list[Packet], bytes]:
    """The packets of a piece with those around it, and what a decoder has to know. Packet *k* holds samples from
    (*k* - 1) x 1024 on, with half of each neighbour.

    :param samples: shape (n, 2): ``RUN_IN`` packets of what goes before, the piece, what comes behind it
    :param count: samples of the piece
    """
    context = av.CodecContext.create("aac", "w")
    settle(context)
    packets: list[Packet] = []
    for start in range(0, (RUN_IN + units_of(count) + RUN_OUT) * UNIT, UNIT):
        block = np.zeros((2, UNIT), np.float32)
        found = samples[start : start + UNIT].T
        block[:, : found.shape[1]] = found
        frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="stereo")
        frame.sample_rate, frame.pts, frame.time_base = RATE, start, Fraction(1, RATE)
        packets += context.encode(frame)
    return packets, bytes(context.extradata or b"")


def decoded(packets: list[Packet], header: bytes) -> Samples:
    """What a player makes of packets, on the clock of the samples that went in; shape (n, 2)."""
    context: Any = av.CodecContext.create("aac", "r")
    context.extradata = header
    frames = [frame.to_ndarray() for packet in packets for frame in context.decode(av.Packet(bytes(packet)))]
    return np.asarray(np.concatenate(frames, axis=1).T[UNIT:], dtype=np.float32)


def write_piece(path: Path, packets: list[Packet], count: int, first: bool) -> None:
    """Write the packets of one piece of a programme.

    :param packets: as :func:`encoded` gives them
    :param first: keep the packet before the piece's own, too
    """
    wanted = range(RUN_IN + (not first), RUN_IN + units_of(count) + 1)
    with create_media(path) as out:
        stream: Any = out.add_stream("aac", rate=RATE, layout="stereo")
        settle(stream.codec_context)
        for place, number in enumerate(wanted):
            packet = av.Packet(bytes(packets[number]))
            packet.pts = packet.dts = place * UNIT
            packet.duration, packet.time_base, packet.stream = UNIT, Fraction(1, RATE), stream
            out.mux(packet)


def units_of(samples: int) -> int:
    """Packets that hold so many samples."""
    return -(-samples // UNIT)


def settle(context: Any) -> None:
    """Give an encoder or a stream the settings of all programmes."""
    context.sample_rate, context.layout, context.format = RATE, "stereo", "fltp"
    context.time_base = Fraction(1, RATE)
    context.flags |= CONSTANT_QUALITY | BITEXACT
    context.global_quality = QUALITY
    context.options = {"aac_pns": "0"}  # noise in place of the real one: the same bits, up to 27 dB more error
