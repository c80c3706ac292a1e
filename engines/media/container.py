"""Opening media files as plain files, whatever their names look like.

FFmpeg reads meaning into names (``concat:``, ``http:``, a leading dash) and into contents (play lists that name other
files). Here a name is always a path, nothing but local files is read, and formats that point elsewhere are not tried.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from edl.errors import Broken

if TYPE_CHECKING:
    from av.audio.stream import AudioStream
    from av.container import InputContainer, OutputContainer
    from av.video.stream import VideoStream

FORMATS = (
    "mov,mp4,m4a,3gp,3g2,mj2,matroska,webm,avi,mpegts,mpeg,mpegvideo,mxf,flv,asf,ogg,gif,apng,wav,flac,mp3,aac,ac3,"
    "aiff,caf,w64,amr,yuv4mpegpipe,ivf,h264,hevc,m4v,dv,nut"
)
BITEXACT = 0x0400  # AVFMT_FLAG_BITEXACT: no writer's name, no date


def open_media(path: Path) -> InputContainer:
    """Open a file for reading.

    :raises Broken: when it cannot be read as media
    """
    import av

    try:
        return av.open(_plain(path), options={"protocol_whitelist": "file", "format_whitelist": FORMATS})
    except (av.FFmpegError, OSError, ValueError) as error:
        raise Broken(f"{path.name} cannot be read as media: {_reason(error)}") from error


def create_media(path: Path, **options: str) -> OutputContainer:
    """Create a file; the same packets give the same bytes."""
    import av

    container = av.open(_plain(path), "w", options={"fflags": "+bitexact", **options})
    container.flags |= BITEXACT
    return container


def picture_stream(container: InputContainer, path: Path) -> VideoStream:
    """The first video track that is no cover picture.

    :raises Broken: when there is none
    """
    from av.stream import Disposition

    for stream in container.streams.video:
        if not stream.disposition & Disposition.attached_pic:
            return stream
    raise Broken(f"{path.name} holds no picture; name a video here, and a sound under music: or as audio: of a voice")


def sound_stream(container: InputContainer) -> AudioStream | None:
    """The sound track that players choose: the one flagged as default, else the first; None where there is none."""
    from av.stream import Disposition

    tracks = [stream for stream in container.streams.audio if stream.rate and stream.channels]
    return next(
        (stream for stream in tracks if stream.disposition & Disposition.default), tracks[0] if tracks else None
    )


def _plain(path: Path) -> str:
    return "file:" + str(path.absolute())


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)
