"""What a part must pass before it is published: it opens, and it is what was ordered."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from edl.errors import Broken
from edl.facts import VoiceFacts
from edl.recipe import Native
from engines.contract import Made, Order

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream


def assay(order: Order, made: Made, received: bool = False) -> None:
    """Check one finished order.

    :param received: a file from elsewhere, whose size is the provider's; its frames are counted all the same
    :raises Broken: naming what was ordered and what came
    """
    path = order.folder / made.media
    if not path.is_file() or path.stat().st_size == 0:
        raise Broken(f"{made.media} was promised and is not there")
    if "voice" in made.facts:
        _assay_voice(path, made)
    if order.native is not None:
        _assay_picture(path, order.native, received)


def _assay_voice(path: Path, made: Made) -> None:
    import soundfile

    try:
        facts = VoiceFacts.model_validate(made.facts["voice"])
        found = soundfile.info(path)
    except (ValidationError, soundfile.LibsndfileError) as error:
        raise Broken(f"{path.name} is no voice: {error}") from error
    if (found.frames, found.samplerate) != (facts.samples, facts.rate):
        raise Broken(f"{path.name} has {found.frames} samples, its facts say {facts.samples}")


def _assay_picture(path: Path, native: Native, received: bool) -> None:
    import av

    try:
        with av.open(f"file:{path}") as container:
            stream = container.streams.video[0]
            size = (stream.codec_context.width, stream.codec_context.height)
            frames = None if received else _indexed(container, stream, path)
            if frames is None:
                frames = sum(1 for packet in container.demux(stream) if packet.size)
    except (av.FFmpegError, IndexError) as error:
        raise Broken(f"{path.name} does not open as a picture: {error}") from error
    if frames != native.frames:
        raise Broken(f"{path.name} has {frames} frames, {native.frames} were ordered")
    if not received and size != (native.width, native.height):
        raise Broken(f"{path.name} is {size[0]}x{size[1]}, ordered was {native.width}x{native.height}")


def _indexed(container: InputContainer, stream: VideoStream, path: Path) -> int | None:
    """Frames as the index of an MP4 of ours tells them, without reading an hour of them; None where it does not, or
    where one lies outside of the file."""
    end, entries = path.stat().st_size, stream.index_entries
    if "mp4" not in container.format.name or len(entries) != stream.frames:
        return None
    return len(entries) if all(0 < entry.size <= end - entry.pos for entry in entries) else None
