"""Decoded frames by the time at which they are shown, and fitting them into a shape without stretching."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from edl.errors import Broken
from engines.media.container import open_media, picture_stream
from engines.media.damage import mended
from engines.media.hdr import DEEP, is_wide, narrowed
from engines.media.probe import Tempo
from engines.media.turn import UPRIGHT, Turn, turn_of

if TYPE_CHECKING:
    from av import VideoFrame
    from av.container import InputContainer
    from av.filter import Graph
    from av.video.stream import VideoStream
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]

BT709, UNSPECIFIED, SMPTE240M, FCC, BT2020 = 1, 2, 7, 4, (9, 10)
FULL_RANGE = 2
HIGH_DEFINITION = 720  # lines from which an untagged file is taken as BT.709, as players do


@dataclass(frozen=True)
class Moment:
    """What a file shows at a time: the frame on screen, the one after it (None at the end), and how far the time is on
    the way from one to the other, from 0 to under 1."""

    now: VideoFrame
    following: VideoFrame | None
    share: Fraction


def shown_at(path: Path, tempo: Tempo, times: Iterable[Fraction]) -> Iterator[VideoFrame]:
    """For each time the frame that is on screen then.

    :param times: seconds from the first frame, never falling
    :returns: the same frame object again where it is still shown; the last one for times beyond the end
    :raises Broken: for a file that cannot be decoded
    """
    return (moment.now for moment in moments(path, tempo, times))


def moments(path: Path, tempo: Tempo, times: Iterable[Fraction]) -> Iterator[Moment]:
    """As :func:`shown_at`, with the frame that follows."""
    wanted = iter(times)
    try:
        time = next(wanted)
    except StopIteration:
        return
    frames = _timed(path, tempo, time)
    now = next(frames, None)
    if now is None:
        raise Broken(f"{path.name} holds no picture that can be decoded")
    following = next(frames, None)
    while True:
        while following is not None and following[0] <= time:
            now, following = following, next(frames, None)
        if following is None:
            yield Moment(now[1], None, Fraction(0))
        else:
            yield Moment(now[1], following[1], max(Fraction(0), (time - now[0]) / (following[0] - now[0])))
        try:
            time = next(wanted)
        except StopIteration:
            return


def _timed(path: Path, tempo: Tempo, since: Fraction) -> Iterator[tuple[Fraction, VideoFrame]]:
    """Frames with their times, from the one shown at ``since`` or an earlier one on."""
    import av

    reached: Fraction | None = None
    for back in (Fraction(0), Fraction(10), None):  # some formats seek too far
        with open_media(path) as container:
            stream = picture_stream(container, path)
            stream.thread_type = "NONE"
            if back is not None and since > back:
                target = tempo.start + max(Fraction(0), since - back)
                container.seek(int(target / tempo.tick), stream=stream)
            try:
                frames = _stamped(_decoded(container, stream), tempo)
                first = next(frames, None)
                if back is not None and since > 0 and (first is None or first[0] > since):
                    continue
                while first is not None:
                    reached = first[0]
                    yield first
                    first = next(frames, None)
                return
            except (av.FFmpegError, OSError) as error:
                where = f"{float(since if reached is None else reached):.2f} s"
                words = f"the picture of {path.name} cannot be decoded from about {where} of it on: {error.strerror}"
                raise Broken(f"{words}; {mended(path.name)}") from error


def _stamped(frames: Iterator[VideoFrame], tempo: Tempo) -> Iterator[tuple[Fraction, VideoFrame]]:
    """Frames with their times; where a file says none, a frame is shown after the one before it. Only what is decoded
    from the start of a file can lack a time: nothing can be sought without."""
    last: Fraction | None = None
    for frame in frames:
        if frame.pts is not None:
            last = _snapped(frame.pts * (frame.time_base or tempo.tick), tempo)
        else:
            last = Fraction(0) if last is None else last + 1 / tempo.fps
        yield last, frame


def _snapped(stamp: Fraction, tempo: Tempo) -> Fraction:
    time = stamp - tempo.start
    return Fraction(round(time * tempo.fps)) / tempo.fps if tempo.steady else time


def _decoded(container: InputContainer, stream: VideoStream) -> Iterator[VideoFrame]:
    """All frames; interlaced ones with their lines interpolated (bwdif), one picture a frame."""
    graph: Graph | None = None
    for frame in container.decode(stream):
        if graph is None and frame.interlaced_frame:
            graph = _deinterlacer(stream)
        if graph is None:
            yield frame
            continue
        graph.push(frame)
        yield from _pulled(graph)
    if graph is not None:
        graph.push(None)
        yield from _pulled(graph)


def _deinterlacer(stream: VideoStream) -> Graph:
    from av.filter import Graph

    graph = Graph()
    graph.link_nodes(
        graph.add_buffer(template=stream),
        graph.add("bwdif", "mode=send_frame:deint=interlaced"),
        graph.add("buffersink"),
    ).configure()
    return graph


def _pulled(graph: Graph) -> Iterator[VideoFrame]:
    import av

    while True:
        try:
            yield graph.vpull()
        except (av.BlockingIOError, av.EOFError):
            return


class Fitter:
    """Scales frames to cover ``width`` x ``height`` and crops around the centre; turns them upright; never stretches.
    High dynamic range and wide colour come out as BT.709 (:mod:`engines.media.hdr`).

    :param layout: ``rgb24`` or ``yuv420p`` (BT.709, limited range)
    :param aspect: width of a pixel over its height in the source
    """

    def __init__(self, width: int, height: int, layout: str, aspect: Fraction | None = None) -> None:
        self._width, self._height, self._layout = width, height, layout
        self._aspect = aspect or Fraction(1)

    def fit(self, frame: VideoFrame) -> Pixels:
        """One frame as an array: height x width x 3, or the planes of 4:2:0 below one another."""
        turn = turn_of(frame)
        width, height = (self._height, self._width) if turn.aside else (self._width, self._height)
        if turn == UPRIGHT and self._fits(frame):
            return np.asarray(frame.to_ndarray(), dtype=np.uint8)
        return self._cropped(self._scaled(frame, width, height), width, height, turn)

    def _fits(self, frame: VideoFrame) -> bool:
        """Whether the frame can be taken as it is."""
        return (
            self._layout == frame.format.name == "yuv420p"
            and (frame.width, frame.height) == (self._width, self._height)
            and self._aspect == 1
            and _matrix(frame) == BT709
            and frame.color_range != FULL_RANGE
            and not is_wide(frame)
        )

    def _scaled(self, frame: VideoFrame, width: int, height: int) -> Pixels:
        shown = frame.width * self._aspect
        scale = max(width / shown, Fraction(height, frame.height))
        size = max(width, _even(shown * scale)), max(height, _even(frame.height * scale))
        if is_wide(frame):
            frame = narrowed(_reformatted(frame, *size, DEEP), int(frame.color_trc))
        return np.asarray(_reformatted(frame, *size, self._layout).to_ndarray(), dtype=np.uint8)

    def _cropped(self, scaled: Pixels, width: int, height: int, turn: Turn) -> Pixels:
        if self._layout == "rgb24":
            return np.ascontiguousarray(turn.turned(_centre(scaled, width, height)))
        planes = planes_of(scaled)
        luma = turn.turned(_centre(planes[0], width, height))
        chroma = [turn.turned(_centre(plane, width // 2, height // 2)) for plane in planes[1:]]
        return np.concatenate([luma.ravel(), *(plane.ravel() for plane in chroma)]).reshape(-1, luma.shape[1])


def _reformatted(frame: VideoFrame, width: int, height: int, layout: str) -> VideoFrame:
    """A frame scaled into another layout, BT.709 where that is no RGB, by rounding that is the same everywhere."""
    from av.video.reformatter import ColorRange, Interpolation

    full = frame.format.is_rgb or frame.color_range == FULL_RANGE or frame.format.name.startswith("yuvj")
    colour = {} if frame.format.is_rgb else {"src_colorspace": _matrix(frame)}
    return frame.reformat(
        width=width,
        height=height,
        format=layout,
        **colour,
        dst_colorspace=BT709,
        src_color_range=ColorRange.JPEG if full else ColorRange.MPEG,
        dst_color_range=ColorRange.MPEG if layout == "yuv420p" else ColorRange.JPEG,
        interpolation=Interpolation.LANCZOS
        | Interpolation.ACCURATE_RND
        | Interpolation.FULL_CHR_H_INT
        | Interpolation.BITEXACT,
        threads=1,
    )


def planes_of(picture: Pixels) -> tuple[Pixels, Pixels, Pixels]:
    """Views of Y, Cb and Cr of a 4:2:0 picture given as one array of height x 3/2 rows."""
    width, height = picture.shape[1], picture.shape[0] * 2 // 3
    flat = picture.reshape(-1)
    luma, quarter = width * height, width * height // 4
    return (
        flat[:luma].reshape(height, width),
        flat[luma : luma + quarter].reshape(height // 2, width // 2),
        flat[luma + quarter :].reshape(height // 2, width // 2),
    )


def _centre(plane: Pixels, width: int, height: int) -> Pixels:
    top, left = (plane.shape[0] - height) // 2, (plane.shape[1] - width) // 2
    return plane[top : top + height, left : left + width]


def _even(length: Fraction) -> int:
    return round(length / 2) * 2


def _matrix(frame: VideoFrame) -> int:
    """The YCbCr matrix of a frame as swscale numbers it; guessed by size where the file does not say."""
    tagged = int(frame.colorspace)
    if tagged in (BT709, FCC, SMPTE240M):
        return tagged
    if tagged in BT2020:
        return BT2020[0]
    high = min(frame.width, frame.height) >= HIGH_DEFINITION
    return BT709 if high and tagged in (0, UNSPECIFIED) else 5
