"""The frame sink: where engines of ours hand their frames.

It counts frames, reports progress, honours cancel, and writes a visually lossless intra-only mezzanine: H.264 with
every frame a keyframe (4:2:0 for even sizes, 4:4:4 for odd ones), BT.709 limited range, or FFV1 with alpha in
Matroska where the order asks for alpha.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from types import TracebackType
from typing import TYPE_CHECKING, Any

from edl.errors import Broken
from engines.contract import Made, Order

if TYPE_CHECKING:
    import numpy as np
    from av import VideoFrame
    from numpy.typing import NDArray

    from engines.media.canvas import Canvas

    Pixels = NDArray[np.uint8]

MEZZANINE = {"preset": "ultrafast", "crf": "8", "g": "1", "x264-params": "keyint=1:bframes=0:threads=1"}


class FrameSink:
    """Takes RGB (or RGBA) frames of one native shape and writes them to ``order.folder``.

    Use as a context manager; leaving it normally closes the file and asserts the number of frames.

    :param watch: called with each frame before it is encoded; tests use it to compare raw frames
    :param still: RGB, what :meth:`write_patch` lays its patches on
    """

    def __init__(
        self,
        order: Order,
        name: str = "take",
        watch: Callable[[Pixels], None] | None = None,
        still: Pixels | None = None,
    ) -> None:
        self._order = order
        self._native = order.shape()
        self._watch = watch
        self._still = still
        self._canvas: Canvas | None = None
        self._count = 0
        self.media = f"{name}.mkv" if self._native.alpha else f"{name}.mp4"
        self._container: Any = None
        self._stream: Any = None

    @property
    def count(self) -> int:
        """Frames written so far."""
        return self._count

    def __enter__(self) -> FrameSink:
        import av

        native = self._native
        options = {} if native.alpha else {"fflags": "+bitexact"}
        self._container = av.open(str(self._order.folder / self.media), "w", options=options)
        self._container.flags |= 0x0400  # AVFMT_FLAG_BITEXACT: no writer name, no date
        codec = "ffv1" if native.alpha else "libx264"
        self._stream = self._container.add_stream(codec, rate=native.fps)
        self._stream.width, self._stream.height = native.width, native.height
        self._stream.pix_fmt = mezzanine_format(native.width, native.height, native.alpha)
        self._stream.codec_context.time_base = Fraction(1) / native.fps
        self._stream.time_base = Fraction(1) / native.fps
        self._stream.thread_count = 1
        if not native.alpha:
            self._stream.options = dict(MEZZANINE)
            context = self._stream.codec_context
            context.color_range = 1  # limited
            context.colorspace = context.color_primaries = context.color_trc = 1  # BT.709
        if self._still is not None and self._stream.pix_fmt == "yuv420p":
            from engines.media.canvas import Canvas

            self._canvas = Canvas(self._still)
        return self

    def write(self, frame: Pixels) -> None:
        """Take one frame.

        :param frame: uint8, height x width x 3 (RGB), or x 4 (RGBA, straight alpha) where the order asks for alpha
        :raises Broken: for another shape, or more frames than ordered
        :raises Cancelled: when the run is to stop
        """
        import av

        native = self._native
        self._check(frame, (native.height, native.width, 4 if native.alpha else 3))
        if self._watch:
            self._watch(frame)
        picture = av.VideoFrame.from_ndarray(frame, format="rgba" if native.alpha else "rgb24")
        if not native.alpha:
            picture = picture.reformat(format=self._stream.pix_fmt, dst_colorspace="ITU709", dst_color_range="MPEG")
        self._encode(picture)

    def write_planes(self, frame: Pixels) -> None:
        """Take one frame in the mezzanine's own 4:2:0, so that it needs no conversion; for even sizes without alpha.

        :param frame: uint8, height x 3/2 rows of width, the planes of BT.709 limited range below one another
        :raises Broken: for another shape, or more frames than ordered
        :raises Cancelled: when the run is to stop
        """
        import av

        native = self._native
        self._check(frame, (native.height * 3 // 2, native.width))
        self._encode(av.VideoFrame.from_ndarray(frame, format="yuv420p"))

    def write_patch(self, patch: Pixels, left: int, top: int) -> None:
        """Take one frame that is the still but for a patch; only the patch is converted. The colours are those of
        :meth:`write` to a level, but use one of the two throughout a file.

        :param patch: uint8, height x width x 4, RGB and one byte that is not used; ``left``, ``top``: where its first
            pixel lies. For frames of even size, sizes and places of patches are even too
        :raises Broken: without a still, and as :meth:`write`
        :raises Cancelled: when the run is to stop
        """
        import av

        if self._canvas is None:
            self.write(self._patched(patch, left, top))
            return
        if self._watch:
            self._watch(self._patched(patch, left, top))
        self._admit()
        self._canvas.lay(patch, left, top)
        # A copy: PyAV drops rows of a borrowed picture whose height is no multiple of 4.
        self._encode(av.VideoFrame.from_ndarray(self._canvas.picture, format="yuv420p"))

    def _patched(self, patch: Pixels, left: int, top: int) -> Pixels:
        if self._still is None:
            raise Broken("a patch lies on a still, and this sink was given none")
        whole = self._still.copy()
        whole[top : top + patch.shape[0], left : left + patch.shape[1]] = patch[..., :3]
        return whole

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                self._mux(None)
        finally:
            self._container.close()
        if kind is None and self._count != self._native.frames:
            raise Broken(f"{self._count} frames were made, {self._native.frames} were ordered")

    def made(self, **facts: Any) -> Made:
        """What the order became, for an engine to return."""
        return Made(self.media, facts)

    def _check(self, frame: Pixels, shape: tuple[int, ...]) -> None:
        native = self._native
        if frame.shape != shape or str(frame.dtype) != "uint8":
            raise Broken(f"a frame has shape {frame.shape} {frame.dtype}, ordered {native.width}x{native.height}")
        self._admit()

    def _admit(self) -> None:
        self._order.stop_if_cancelled()
        if self._count >= self._native.frames:
            raise Broken(f"more frames than the {self._native.frames} that were ordered")

    def _encode(self, picture: VideoFrame) -> None:
        picture.pts = self._count
        picture.time_base = Fraction(1) / self._native.fps
        self._mux(picture)
        self._count += 1
        self._order.progress(self._count / self._native.frames, "")

    def _mux(self, picture: Any) -> None:
        for packet in self._stream.encode(picture):
            self._container.mux(packet)


def mezzanine_format(width: int, height: int, alpha: bool) -> str:
    """The pixel format of a mezzanine: 4:2:0 needs even sizes."""
    if alpha:
        return "bgra"
    return "yuv420p" if width % 2 == 0 and height % 2 == 0 else "yuv444p"
