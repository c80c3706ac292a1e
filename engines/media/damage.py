"""Damaged stretches of footage: where its picture or its sound cannot be decoded."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from edl.errors import Broken
from edl.facts import DamageFacts
from engines.media.container import open_media, picture_stream, sound_stream

if TYPE_CHECKING:
    from av.packet import Packet

MOST_BYTES, MOST_PIXELS = 64_000_000, 4_000_000_000  # some seconds of CPU: half a minute of a phone's 1080p
APART = 1.0  # seconds; what lies nearer is one stretch
MOST_STRETCHES = 100

REMEDY = "use an undamaged copy, cut round it with in: and duration:, or mend what can be mended"


def mended(name: str) -> str:
    """What to do about a damaged file."""
    return f"{REMEDY} (ffmpeg -err_detect ignore_err -i {name} -c:v libx264 mended.mp4)"


def measure_damage(path: Path) -> DamageFacts:
    """Where the picture or the sound of a video file cannot be decoded, in seconds from its first frame. A damaged
    frame spoils what is shown up to the next key frame. Looks at the first :data:`MOST_BYTES` or :data:`MOST_PIXELS`.

    :raises Broken: for a file that cannot be opened, or holds no picture
    """
    import av

    found: list[tuple[float, float]] = []
    with open_media(path) as container:
        picture, sound = picture_stream(container, path), sound_stream(container)
        picture.thread_type = "NONE"
        begin = float((picture.start_time or 0) * (picture.time_base or 0))
        octets, pixels, last, open_since = 0, 0, 0.0, None
        try:
            for packet in container.demux([picture] if sound is None else [picture, sound]):
                octets += packet.size
                pixels += picture.width * picture.height if packet.stream is picture else 0
                if octets > MOST_BYTES or pixels > MOST_PIXELS:
                    break
                at = _time(packet, begin, last)
                sane = _decodes(packet)
                if packet.stream is not picture:
                    found += [] if sane else [(at, at + _duration(packet))]
                    continue
                last = max(last, at + _duration(packet)) if packet.size else last
                if open_since is not None and packet.is_keyframe and sane:
                    found.append((open_since, at))
                    open_since = None
                elif not sane:
                    open_since = at if open_since is None else min(open_since, at)
        except (av.FFmpegError, OSError) as error:
            raise Broken(f"{path.name} is damaged after {last:.2f} s: {error.strerror}; {mended(path.name)}") from error
    if open_since is not None:
        found.append((open_since, max(open_since, last)))
    return DamageFacts(stretches=tuple(_merged(found))[:MOST_STRETCHES])


def _decodes(packet: Packet[Any]) -> bool:
    import av

    try:
        packet.decode()
    except (av.FFmpegError, OSError):
        return False
    return True


def _time(packet: Packet[Any], begin: float, last: float) -> float:
    """When a packet shows or sounds; where the file says none, after the one before it."""
    stamp = packet.pts if packet.pts is not None else packet.dts
    return last if stamp is None else max(0.0, float(stamp * packet.time_base) - begin)


def _duration(packet: Packet[Any]) -> float:
    return float((packet.duration or 0) * packet.time_base)


def _merged(stretches: Iterable[tuple[float, float]]) -> list[tuple[float, float]]:
    found: list[tuple[float, float]] = []
    for first, last in sorted(stretches):
        if found and first - found[-1][1] < APART:
            found[-1] = found[-1][0], max(found[-1][1], last)
        else:
            found.append((first, last))
    return [(round(first, 3), round(last, 3)) for first, last in found]
