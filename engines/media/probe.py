"""Looking at video files: size as seen, exact rate, counted frames. No ffprobe is needed."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from edl.clock import rate_text
from edl.errors import Broken
from edl.facts import FootageFacts
from engines.media.container import open_media, picture_stream, sound_stream

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer
    from av.video.stream import VideoStream

DISCARDED = 2  # AVINDEX_DISCARD_FRAME: outside the edit list
STILLS = frozenset({".png", ".jpg", ".jpeg", ".webp", ".tif", ".tiff", ".bmp"})  # GIF and APNG move
JITTER = Fraction(1, 4)  # of a frame; more is a variable rate


@dataclass(frozen=True)
class Tempo:
    """When the frames of a video track are shown.

    ``start`` is the time stamp of the first frame in seconds, ``tick`` the resolution of the time stamps.
    """

    fps: Fraction
    frames: int
    start: Fraction
    steady: bool
    tick: Fraction

    @property
    def seconds(self) -> Fraction:
        return self.frames / self.fps


def measure_footage(path: Path) -> FootageFacts:
    """Upright size with square pixels, rate (the average where it varies), counted frames, length.

    :raises Broken: for a file that cannot be read or holds no picture
    """
    import av

    _refuse_still(path)
    width, height = upright_size(path)
    with open_media(path) as container:
        stream = picture_stream(container, path)
        sound = sound_stream(container)
        try:
            tempo = _tempo(stream, _demuxed(container, stream, path), path)
            sound_end = _end_of(container, sound, tempo) if sound is not None else None
        except (av.FFmpegError, OSError) as error:
            raise Broken(f"{path.name} is damaged: {error.strerror}") from error
    return FootageFacts(
        width=width,
        height=height,
        fps=rate_text(tempo.fps),
        frames=tempo.frames,
        seconds=float(tempo.seconds),
        has_sound=sound is not None,
        sound_end=sound_end,
        steady=tempo.steady,
    )


def _end_of(container: InputContainer, sound: AudioStream, tempo: Tempo) -> float | None:
    """When the sound ends, in seconds from the first frame: as the header says, else by a look at every packet."""
    tick = Fraction(sound.time_base or Fraction(1, 90_000))
    if sound.duration:
        return float(((sound.start_time or 0) + sound.duration) * tick - tempo.start)
    container.seek(0)
    ends = (packet.pts + (packet.duration or 0) for packet in container.demux(sound) if packet.pts is not None)
    last = max(ends, default=None)
    return None if last is None else float(last * tick - tempo.start)


def measure_tempo(path: Path) -> Tempo:
    """The rate and length of a file's picture; for MP4 from the index alone, whatever the file's size.

    :raises Broken: for a file that cannot be read or holds no picture
    """
    import av

    with open_media(path) as container:
        stream = picture_stream(container, path)
        try:
            return _tempo(stream, _indexed(container, stream) or _demuxed(container, stream, path), path)
        except (av.FFmpegError, OSError) as error:
            raise Broken(f"{path.name} is damaged: {error.strerror}") from error


def upright_size(path: Path) -> tuple[int, int]:
    """Width and height as a viewer sees them: turned upright, with square pixels.

    :raises Broken: for a file that cannot be read or holds no picture
    """
    import av

    with open_media(path) as container:
        try:
            return _upright(container, picture_stream(container, path))
        except (av.FFmpegError, OSError) as error:
            raise Broken(f"{path.name} is damaged: {error.strerror}") from error


def _upright(container: InputContainer, stream: VideoStream) -> tuple[int, int]:
    aspect = stream.sample_aspect_ratio or 1
    width, height = round(stream.width * aspect) or 1, stream.height
    frame = next(container.decode(stream), None)
    return (height, width) if frame is not None and frame.rotation % 180 else (width, height)


def _indexed(container: InputContainer, stream: VideoStream) -> list[int]:
    """Time stamps in order of showing, from an MP4 index; empty where the file has none that is complete.

    The index holds decoding times; shifted to the first time shown they are the showing times, sorted.
    """
    if "mp4" not in container.format.name or stream.start_time is None:
        return []
    entries = [entry.timestamp for entry in stream.index_entries if not entry.flags & DISCARDED]
    if len(entries) != stream.frames:
        return []
    return [stamp - entries[0] + stream.start_time for stamp in entries]


def _demuxed(container: InputContainer, stream: VideoStream, path: Path) -> list[int]:
    stamps: list[int | None] = []
    first = last = None
    for packet in container.demux(stream):
        if not packet.size or packet.is_discard:
            continue
        if packet.dts is not None:
            first = packet.dts if first is None else first
            if last is not None and packet.dts < last:
                _refuse(path, float((last - first) * _tick(stream)))
            last = packet.dts
        stamps.append(packet.pts if packet.pts is not None else packet.dts)
    known = [stamp for stamp in stamps if stamp is not None]
    if len(known) != len(stamps):  # raw streams carry no times: count at the nominal rate
        ticks = 1 / ((stream.guessed_rate or 25) * _tick(stream))
        return [round(number * ticks) for number in range(len(stamps))]
    return sorted(known)


def _refuse_still(path: Path) -> None:
    """:raises Broken: for a picture, which FFmpeg would only call unreadable"""
    if path.suffix.casefold() in STILLS:
        raise Broken(
            f"{path.name} is a picture and does not move; make the segment a cutaway or a loop, "
            f"with image: in place of file:"
        )


def _refuse(path: Path, seconds: float) -> None:
    raise Broken(
        f"{path.name} runs back in time after {seconds:.2f} s, as if several recordings stood in one file; "
        f"write it anew with one clock (ffmpeg -i {path.name} -c:v libx264 new.mp4), or cut it apart"
    )


def _tick(stream: VideoStream) -> Fraction:
    return Fraction(stream.time_base or Fraction(1, 90_000))


def _tempo(stream: VideoStream, stamps: list[int], path: Path) -> Tempo:
    if not stamps:
        raise Broken(f"{path.name} holds no picture")
    tick = _tick(stream)
    times = [(stamp - stamps[0]) * tick for stamp in stamps]
    for rate in _candidates(stream, times):
        if all(abs(time * rate - number) <= JITTER + tick * rate for number, time in enumerate(times)):
            return Tempo(rate, len(times), stamps[0] * tick, True, tick)
    return Tempo(_average(times).limit_denominator(1001), len(times), stamps[0] * tick, False, tick)


def _candidates(stream: VideoStream, times: list[Fraction]) -> list[Fraction]:
    """Rates that the file may be meant to have: the simplest first, then what the header and the times say."""
    average = _average(times) if len(times) > 1 else Fraction(stream.average_rate or stream.guessed_rate or 25)
    whole = Fraction(round(average))
    drop = whole * 1000 / 1001
    near = [rate for rate in (whole, drop) if rate and abs(rate / average - 1) < Fraction(1, 2000)]
    near.sort(key=lambda rate: abs(rate - average))
    said = [Fraction(rate) for rate in (stream.average_rate, stream.guessed_rate) if rate]
    return [*near, *said, average.limit_denominator(1001)]


def _average(times: list[Fraction]) -> Fraction:
    return (len(times) - 1) / times[-1] if times[-1] else Fraction(25)
