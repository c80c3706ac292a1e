"""What a part must pass before it is published: it opens, and it is what was ordered."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import JsonValue, ValidationError

from edl.errors import Broken
from edl.facts import LengthFacts, VoiceFacts
from edl.recipe import Native
from engines.contract import Made, Order
from engines.media.probe import measure_tempo

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream


def assay(order: Order, made: Made, received: bool = False) -> Mapping[str, JsonValue]:
    """Check one finished order.

    :param received: a file from elsewhere, whose size, rate and length are the provider's
    :returns: facts to keep: the ``length`` of a received file where it is not the one ordered
    :raises Broken: naming what was ordered and what came
    """
    path = order.folder / made.media
    if not path.is_file() or path.stat().st_size == 0:
        raise Broken(f"{made.media} was promised and is not there")
    if "voice" in made.facts:
        _assay_voice(path, made)
    if order.native is None:
        return {}
    if received:
        return _received_length(path, order.native)
    _assay_picture(path, order.native)
    return {}


def _received_length(path: Path, native: Native) -> Mapping[str, JsonValue]:
    """A paid file is kept whatever its length is, and its length with it; what is shown of it is decided later."""
    tempo = measure_tempo(path)
    if abs(tempo.seconds - native.seconds) * 2 < 1 / native.fps:
        return {}
    facts = LengthFacts(
        ordered=round(float(native.seconds), 6),
        received=round(float(tempo.seconds), 6),
        frame=round(float(max(1 / native.fps, 1 / tempo.fps)), 6),
    )
    return {"length": facts.model_dump(mode="json")}


def _assay_voice(path: Path, made: Made) -> None:
    import soundfile

    try:
        facts = VoiceFacts.model_validate(made.facts["voice"])
        found = soundfile.info(path)
    except (ValidationError, soundfile.LibsndfileError) as error:
        raise Broken(f"{path.name} is no voice: {error}") from error
    if (found.frames, found.samplerate) != (facts.samples, facts.rate):
        raise Broken(f"{path.name} has {found.frames} samples, its facts say {facts.samples}")


def _assay_picture(path: Path, native: Native) -> None:
    import av

    try:
        with av.open(f"file:{path}") as container:
            stream = container.streams.video[0]
            size = (stream.codec_context.width, stream.codec_context.height)
            frames = _indexed(container, stream, path)
            if frames is None:
                frames = sum(1 for packet in container.demux(stream) if packet.size)
    except (av.FFmpegError, IndexError) as error:
        raise Broken(f"{path.name} does not open as a picture: {error}") from error
    if frames != native.frames:
        raise Broken(f"{path.name} has {frames} frames, {native.frames} were ordered")
    if size != (native.width, native.height):
        raise Broken(f"{path.name} is {size[0]}x{size[1]}, ordered was {native.width}x{native.height}")


def _indexed(container: InputContainer, stream: VideoStream, path: Path) -> int | None:
    """Frames as the index of an MP4 of ours tells them, without reading an hour of them; None where it does not, or
    where one lies outside of the file."""
    end, entries = path.stat().st_size, stream.index_entries
    if "mp4" not in container.format.name or len(entries) != stream.frames:
        return None
    return len(entries) if all(0 < entry.size <= end - entry.pos for entry in entries) else None
