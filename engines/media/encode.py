"""The one delivery encode. Every run and every join of a master goes through the same encoder with the same settings,
so that their packets can stand behind one another under one set of headers."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
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

GOP_SECONDS = 2


@dataclass(frozen=True)
class Coding:
    """How one codec is written. ``tag``: the sample entry, where it is not the container's own choice. ``qualities``:
    options that set how good it looks, by name. No frame needs a B-frame, so decoding order runs ahead of showing by as
    much in every run."""

    encoder: str
    layout: str
    suffix: str
    options: Mapping[str, str]
    qualities: Mapping[str, Mapping[str, str]]
    tag: str = ""


# mbtree=0: x264's macroblock tree reads memory that it never wrote, and the same pictures gave different bytes.
X264 = "stitchable=1:mbtree=0:bframes=3:b-pyramid=none:open-gop=0:threads=1:lookahead-threads=1"
# One thread everywhere: x265 chooses other bits with another number of frame threads.
X265 = "pools=none:frame-threads=1:wpp=0:pmode=0:pme=0:bframes=3:b-pyramid=0:open-gop=0:info=0:log-level=error"
CODINGS = {
    "h264": Coding(
        "libx264",
        "yuv420p",
        ".mp4",
        {"preset": "veryfast", "x264-params": X264},
        {"draft": {"crf": "26"}, "standard": {"crf": "18"}, "high": {"crf": "14"}},
    ),
    "hevc": Coding(
        "libx265",
        "yuv420p",
        ".mp4",
        {"preset": "veryfast", "x265-params": X265},
        {"draft": {"crf": "28"}, "standard": {"crf": "20"}, "high": {"crf": "16"}},
        "hvc1",  # Apple's players want the parameter sets in the sample entry
    ),
    "av1": Coding(
        "libsvtav1",
        "yuv420p",
        ".mp4",
        {"preset": "9", "svtav1-params": "lp=1:irefresh-type=2"},  # closed groups
        {"draft": {"crf": "38"}, "standard": {"crf": "24"}, "high": {"crf": "16"}},
        "av01",
    ),
    "prores": Coding(
        "prores_ks",
        "yuv422p10le",
        ".mov",
        {"vendor": "apl0"},
        {"draft": {"profile": "0"}, "standard": {"profile": "2"}, "high": {"profile": "3"}},
    ),
}


class RunEncoder:
    """Writes 4:2:0 pictures (BT.709, limited range): closed groups of at most two seconds, a keyframe first, the same
    bytes for the same pictures.

    Use as a context manager.

    :param codec: a key of ``CODINGS``
    :param quality: ``draft``, ``standard`` or ``high``
    """

    def __init__(
        self, path: Path, width: int, height: int, fps: Fraction, codec: str = "h264", quality: str = "standard"
    ) -> None:
        os.environ.setdefault("SVT_LOG", "1")  # errors only; the AV1 encoder writes to standard error by itself
        coding = CODINGS[codec]
        self._container = create_media(path)
        options = {**coding.options, **coding.qualities[quality]}
        stream: Any = self._container.add_stream(coding.encoder, rate=fps, options=options)
        stream.width, stream.height, stream.pix_fmt = width, height, coding.layout
        stream.time_base = stream.codec_context.time_base = 1 / fps
        stream.thread_count = 1
        context = stream.codec_context
        context.gop_size = int(GOP_SECONDS * fps)
        context.sample_aspect_ratio = Fraction(1)
        context.color_range = context.colorspace = context.color_primaries = context.color_trc = 1  # limited, BT.709
        if coding.tag:
            context.codec_tag = coding.tag
        self._stream = stream
        self._layout = coding.layout
        self._tick = 1 / fps
        self._count = 0

    def __enter__(self) -> RunEncoder:
        return self

    def write(self, picture: Pixels) -> None:
        """Take one picture: uint8, height x 3/2 rows of width, the planes below one another."""
        frame = av.VideoFrame.from_ndarray(picture, format="yuv420p")
        if self._layout != "yuv420p":
            frame = frame.reformat(format=self._layout)
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
            if frame is None and self._count == 1:
                # x265 learns how far decoding runs ahead from a second picture; without one it reads stray memory.
                packet.dts = packet.pts
            self._container.mux(packet)


def headers_of(path: Path) -> bytes:
    """The headers (parameter sets) of a file; ProRes has none, each frame says all."""
    with open_media(path) as container:
        return bytes(picture_stream(container, path).codec_context.extradata or b"")
