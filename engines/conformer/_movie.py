"""Writing MP4 and QuickTime files: the boxes before the samples (ISO/IEC 14496-12, QuickTime File Format)."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.int64]

Form = Literal["mp4", "mov"]

WIDE = 1 << 32  # from here on a number needs 64 bits
UNITY = struct.pack(">9i", 0x10000, 0, 0, 0, 0x10000, 0, 0, 0, 0x40000000)
UNDETERMINED = 0x55C4  # the language "und", packed
ENABLED, IN_MOVIE = 1, 2
PICTURE, SOUND, TEXT = b"vide", b"soun", b"text"
# A line of text as QuickTime's chapters want it: no justification, black on white, the default font.
TEXT_ENTRY = struct.pack(">I4s6xHIiHHH", 60, b"text", 1, 1, 0, 0, 0, 0) + bytes(29) + b"\x00"


@dataclass(frozen=True)
class Stream:
    """One track to be written; the arrays hold one number a sample, in decoding order.

    :param durations: of each sample, in ticks of ``timescale``
    :param late: how many ticks each sample is shown after it is decoded
    :param keys: the samples at which decoding can begin; None where every one is
    :param firsts: the first sample of each chunk (samples that lie together in the file)
    :param begins: the tick at which the track begins to play
    :param plays: for how long it plays, in ticks of the movie's clock
    :param rolls: how many samples before the wanted one decoding must begin to be right
    """

    kind: bytes
    timescale: int
    entry: bytes
    sizes: Numbers
    durations: Numbers
    firsts: Numbers
    plays: int
    begins: int = 0
    late: Numbers | None = None
    keys: NDArray[np.bool_] | None = None
    size: tuple[int, int] = (0, 0)
    rolls: int = 0


def header(streams: Sequence[Stream], offsets: Sequence[Numbers], clock: int, form: Form, samples: int) -> bytes:
    """All that stands before the samples: ``ftyp``, ``moov`` and the head of ``mdat``.

    A text track among the streams holds the chapters of the others.

    :param offsets: for each stream where its chunks begin, counted from the first sample
    :param clock: ticks a second of the movie
    :param samples: bytes of all samples together
    """
    kind = _kind(streams, form)
    data = struct.pack(">I4sQ", 1, b"mdat", samples + 16) if samples + 8 >= WIDE else box(b"mdat", length=samples)
    wide = samples >= WIDE - (1 << 26)  # room for the index itself
    size = len(kind) + len(_index(streams, offsets, clock, form, wide)) + len(data)
    moved = [numbers + size for numbers in offsets]
    return kind + _index(streams, moved, clock, form, wide) + data


def box(name: bytes, *content: bytes, length: int = 0) -> bytes:
    """One box; ``length`` bytes of it follow later."""
    body = b"".join(content)
    return struct.pack(">I4s", len(body) + 8 + length, name) + body


def _full(name: bytes, version: int, flags: int, *content: bytes) -> bytes:
    return box(name, struct.pack(">I", version << 24 | flags), *content)


def _kind(streams: Sequence[Stream], form: Form) -> bytes:
    if form == "mov":
        return box(b"ftyp", struct.pack(">4sI4s", b"qt  ", 0x200, b"qt  "))
    codec = next(stream.entry[4:8] for stream in streams if stream.kind == PICTURE)
    brands = b"isomiso2" + (codec if codec in (b"avc1", b"av01") else b"") + b"mp41"
    return box(b"ftyp", struct.pack(">4sI", b"isom", 0x200), brands)


def _index(streams: Sequence[Stream], offsets: Sequence[Numbers], clock: int, form: Form, wide: bool) -> bytes:
    length = max(stream.plays for stream in streams)
    head = _times(b"mvhd", 0, clock, length) + struct.pack(">IH10x", 0x10000, 0x100) + UNITY + bytes(24)
    last = struct.pack(">I", len(streams) + 1)
    chapters = next((at for at, stream in enumerate(streams, 1) if stream.kind == TEXT), 0)
    tracks = [
        _track(stream, at, chapters if at != chapters else 0, _media(stream, starts, form, wide))
        for at, (stream, starts) in enumerate(zip(streams, offsets, strict=True), 1)
    ]
    return box(b"moov", _sealed(head + last), *tracks)


def _sealed(text: bytes) -> bytes:
    """A box that was built without its length."""
    return struct.pack(">I", len(text) + 4) + text


def _times(name: bytes, flags: int, middle: int, length: int) -> bytes:
    """Name, version, and the times of ``mvhd``, ``mdhd`` or ``tkhd``: made at no time, ``middle``, the length."""
    if length >= WIDE:
        return name + struct.pack(">IQQIQ", 1 << 24 | flags, 0, 0, middle, length)
    return name + struct.pack(">IIIII", flags, 0, 0, middle, length)


def _track(stream: Stream, number: int, chapters: int, media: bytes) -> bytes:
    shown = stream.kind != TEXT
    long = stream.plays >= WIDE
    flags = long << 24 | ENABLED * shown | IN_MOVIE
    head = struct.pack(">IQQIIQ" if long else ">IIIIII", flags, 0, 0, number, 0, stream.plays)
    head += struct.pack(">8xHHHH", 0, stream.kind == SOUND, 0x100 * (stream.kind == SOUND), 0) + UNITY
    head += struct.pack(">II", *stream.size)
    refers = box(b"tref", box(b"chap", struct.pack(">I", chapters))) if chapters else b""
    return box(b"trak", box(b"tkhd", head), _edits(stream), refers, media)


def _edits(stream: Stream) -> bytes:
    form, version = (">IQqI", 1) if stream.plays >= WIDE else (">IIiI", 0)
    return box(b"edts", _full(b"elst", version, 0, struct.pack(form, 1, stream.plays, stream.begins, 0x10000)))


def _media(stream: Stream, offsets: Numbers, form: Form, wide: bool) -> bytes:
    length = int(stream.durations.sum())
    head = _sealed(_times(b"mdhd", 0, stream.timescale, length) + struct.pack(">HH", UNDETERMINED, 0))
    name = {PICTURE: b"VideoHandler", SOUND: b"SoundHandler", TEXT: b"ChapterHandler"}[stream.kind]
    quicktime = form == "mov"  # there the name's length comes first, and no zero ends it
    name = bytes([len(name)]) + name if quicktime else name + b"\x00"
    handler = _full(b"hdlr", 0, 0, struct.pack(">4s4s12x", b"mhlr" if quicktime else b"", stream.kind), name)
    heads = {
        PICTURE: _full(b"vmhd", 0, 1, bytes(8)),
        SOUND: _full(b"smhd", 0, 0, bytes(4)),
        TEXT: box(
            b"gmhd", _full(b"gmin", 0, 0, struct.pack(">H3HHxx", 0x40, 0x8000, 0x8000, 0x8000, 0)), box(b"text", UNITY)
        ),
    }
    place = box(b"dinf", _full(b"dref", 0, 0, struct.pack(">I", 1), _full(b"url ", 0, 1)))
    return box(b"mdia", head, handler, box(b"minf", heads[stream.kind], place, _tables(stream, offsets, wide)))


def _tables(stream: Stream, offsets: Numbers, wide: bool) -> bytes:
    counts = np.diff(np.append(stream.firsts, len(stream.sizes)))
    chunks = _changes(counts)
    rows = np.stack([chunks + 1, counts[chunks], np.ones_like(chunks)], axis=1)
    parts = [
        _full(b"stsd", 0, 0, struct.pack(">I", 1), stream.entry),
        _table(b"stts", _run_lengths(stream.durations)),
    ]
    if stream.keys is not None and not stream.keys.all():
        parts.append(_table(b"stss", np.flatnonzero(stream.keys) + 1))
    if stream.late is not None and stream.late.any():
        parts.append(_table(b"ctts", _run_lengths(stream.late)))
    parts.append(_table(b"stsc", rows))
    sizes = stream.sizes.astype(">u4").tobytes()
    parts.append(_full(b"stsz", 0, 0, struct.pack(">II", 0, len(stream.sizes)), sizes))
    parts.append(_table(b"co64", offsets, ">u8") if wide else _table(b"stco", offsets))
    if stream.rolls:
        group = struct.pack(">4sIIh", b"roll", 2, 1, -stream.rolls)
        parts.append(_full(b"sgpd", 1, 0, group))
        parts.append(_full(b"sbgp", 0, 0, struct.pack(">4sIII", b"roll", 1, len(stream.sizes), 1)))
    return box(b"stbl", *parts)


def _table(name: bytes, rows: Numbers, number: str = ">u4") -> bytes:
    return _full(name, 0, 0, struct.pack(">I", len(rows)), rows.astype(number).tobytes())


def _changes(values: Numbers) -> Numbers:
    """Where a value differs from the one before; the first always does."""
    return np.flatnonzero(np.append(True, values[1:] != values[:-1])) if len(values) else values


def _run_lengths(values: Numbers) -> Numbers:
    at = _changes(values)
    return np.stack([np.diff(np.append(at, len(values))), values[at]], axis=1)
