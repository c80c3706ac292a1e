"""Writing and checking a master: video packets with times counted in frames, AAC from one clock of samples."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from math import lcm
from pathlib import Path
from typing import TYPE_CHECKING, Any

import av
import numpy as np
import soundfile

from edl.clock import sample_at
from edl.errors import Broken
from engines.media.container import create_media, open_media, picture_stream
from engines.media.encode import SOUND_BITS, SOUND_RATE, headers_of, reorder_of

if TYPE_CHECKING:
    from av.packet import Packet as AnyPacket

    from edl.recipe import Native
    from engines.contract import Order

    Packet = AnyPacket[Any]

SOUND_FRAME = 1024


def write_master(target: Path, runs: list[Path], mix: Path, native: Native, order: Order) -> None:
    """Write the file. One run is open at a time, so memory does not grow with their number.

    :raises Broken: when runs were encoded differently, or do not have the wanted frames or sound
    """
    clock = str(lcm(native.fps.numerator, SOUND_RATE))  # edit lists end exactly on frames and samples
    with create_media(target, movflags="+faststart", movie_timescale=clock) as out, open_media(runs[0]) as first:
        video: Any = out.add_stream_from_template(picture_stream(first, runs[0]), opaque=True)
        video.time_base = 1 / native.fps
        sound: Any = out.add_stream("aac", rate=SOUND_RATE, layout="stereo", bit_rate=SOUND_BITS)
        sound.codec_context.flags |= 1 << 23  # AV_CODEC_FLAG_BITEXACT
        encoded = _sound_packets(sound, mix, sample_at(native.frames, SOUND_RATE, native.fps))
        waiting = next(encoded, None)
        for number, packet in enumerate(_video_packets(runs, native, video)):
            while waiting is not None and (waiting.pts or 0) * Fraction(waiting.time_base) * native.fps <= number:
                out.mux(waiting)
                waiting = next(encoded, None)
            out.mux(packet)
            order.stop_if_cancelled()
            order.progress((number + 1) / native.frames, "")
        while waiting is not None:
            out.mux(waiting)
            waiting = next(encoded, None)


def check_master(path: Path, native: Native) -> None:
    """Look at what was written: every frame once, evenly spaced from zero.

    :raises Broken: when it is not so
    """
    with open_media(path) as container:
        stream = picture_stream(container, path)
        tick = Fraction(stream.time_base or 1)
        shown = sorted(packet.pts * tick for packet in container.demux(stream) if packet.pts is not None)
    even = all(abs(time - number / native.fps) <= tick for number, time in enumerate(shown))
    if len(shown) != native.frames or not even:
        raise Broken(f"the master has {len(shown)} frames of {native.frames}" + ("" if even else ", unevenly spaced"))


def _video_packets(runs: list[Path], native: Native, stream: Any) -> Iterator[Packet]:
    """The packets of all runs in order, with the times that they have in the master."""
    headers, reorder = headers_of(runs[0]), reorder_of(runs[0])
    start = 0
    for path in runs:
        frames = 0
        with open_media(path) as container:
            run = picture_stream(container, path)
            if bytes(run.codec_context.extradata or b"") != headers:
                raise Broken(f"{path.name} was encoded with other settings than the first run; fit it again")
            tick = Fraction(run.time_base or 1)
            for packet in container.demux(run):
                if packet.pts is None:
                    continue
                packet.pts = start + round(packet.pts * tick * native.fps)
                packet.dts = start + frames - reorder
                packet.duration = 1
                packet.time_base = 1 / native.fps
                packet.stream = stream
                if packet.pts < packet.dts or (frames == 0 and not packet.is_keyframe):
                    raise Broken(f"{path.name} cannot be joined; fit it again")
                frames += 1
                yield packet
        if not frames:
            raise Broken(f"{path.name} holds no frames; fit it again")
        start += frames
    if start != native.frames:
        raise Broken(f"the runs have {start} frames, the programme has {native.frames}")


def _sound_packets(stream: Any, mix: Path, samples: int) -> Iterator[Packet]:
    with soundfile.SoundFile(mix) as file:
        if (file.samplerate, file.channels, file.frames) != (SOUND_RATE, 2, samples):
            raise Broken(
                f"the mix has {file.frames} samples at {file.samplerate} Hz in {file.channels} channels, "
                f"the programme needs {samples} at {SOUND_RATE} Hz in 2"
            )
        at = 0
        for block in file.blocks(SOUND_FRAME, dtype="float32", always_2d=True):
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block.T), format="fltp", layout="stereo")
            frame.sample_rate, frame.pts, frame.time_base = SOUND_RATE, at, Fraction(1, SOUND_RATE)
            at += len(block)
            yield from stream.encode(frame)
    yield from stream.encode(None)
