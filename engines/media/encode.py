"""The one delivery encode. Every run and every join of a master goes through the same encoder with the same settings,
so that their packets can stand behind one another under one set of H.264 headers."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

import av
import numpy as np

from engines.media.container import create_media, open_media, picture_stream

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]

REORDER = 1  # frames by which decoding order may run ahead: B-frames that no other frame needs
GOP_SECONDS = 2
# mbtree=0: x264's macroblock tree reads memory that it never wrote, and the same pictures gave different bytes.
X264 = "stitchable=1:mbtree=0:bframes=3:b-pyramid=none:open-gop=0:threads=1:lookahead-threads=1"
OPTIONS = {"preset": "veryfast", "crf": "18", "x264-params": X264}
SOUND_RATE, SOUND_BITS = 48_000, 160_000


class RunEncoder:
    """Writes 4:2:0 pictures (BT.709, limited range) as H.264 in MP4: closed groups of at most two seconds, a keyframe
    first, the same bytes for the same pictures.

    Use as a context manager.
    """

    def __init__(self, path: Path, width: int, height: int, fps: Fraction) -> None:
        self._container = create_media(path)
        stream = self._container.add_stream("libx264", rate=fps, options=OPTIONS)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        stream.time_base = stream.codec_context.time_base = 1 / fps
        stream.thread_count = 1
        context = stream.codec_context
        context.gop_size = int(GOP_SECONDS * fps)
        context.sample_aspect_ratio = Fraction(1)
        context.color_range = context.colorspace = context.color_primaries = context.color_trc = 1  # limited, BT.709
        self._stream: Any = stream
        self._tick = 1 / fps
        self._count = 0

    def __enter__(self) -> RunEncoder:
        return self

    def write(self, picture: Pixels) -> None:
        """Take one picture: uint8, height x 3/2 rows of width, the planes below one another."""
        frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
        frame.pts, frame.time_base = self._count, self._tick
        frame.color_range = frame.colorspace = 1
        self._count += 1
        self._mux(frame)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._mux(None)
        finally:
            self._container.close()

    def _mux(self, frame: av.VideoFrame | None) -> None:
        for packet in self._stream.encode(frame):
            packet.duration = 1
            self._container.mux(packet)


def headers_of(path: Path) -> bytes:
    """The H.264 headers (parameter sets) of a file."""
    with open_media(path) as container:
        return bytes(picture_stream(container, path).codec_context.extradata or b"")
