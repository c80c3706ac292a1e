"""Reading the tables of MP4 and QuickTime files: where each sample lies, when it is decoded and when it is shown.

Only the tables are read (ISO/IEC 14496-12), never the samples, so a file of any size costs a few kilobytes.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from edl.errors import Broken

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Numbers = NDArray[np.int64]

VISUAL, AUDIO = 86, 36  # bytes of a sample entry before its boxes
RATES_IN_ESDS = 11  # bytes: buffer size, largest and average bit rate


@dataclass(frozen=True)
class Track:
    """One track; the arrays hold one number a sample, in decoding order.

    ``entry`` is the sample entry without what only describes this file (its bit rate), so that tracks of equal
    settings have equal entries. ``shown`` and ``decoded`` are in ticks of ``timescale``; ``begins`` is the tick of
    ``shown`` at which the file begins to play. ``width`` and ``height`` are 16.16 fixed point, as in the file.
    """

    kind: str  # "vide", "soun", "text" ...
    timescale: int
    entry: bytes
    width: int
    height: int
    sizes: Numbers
    offsets: Numbers
    decoded: Numbers
    shown: Numbers
    keys: NDArray[np.bool_]
    begins: int
    plays: int  # ticks of the movie's clock
    clock: int  # ticks a second of the movie

    @property
    def samples(self) -> int:
        return len(self.sizes)


def read_tracks(path: Path) -> tuple[Track, ...]:
    """All tracks of a file.

    :raises Broken: for a file that is no whole MP4 or QuickTime file, or keeps its samples in fragments
    """
    try:
        movie = _movie(path)
        clock, _ = _clock(_need(movie, b"mvhd"))
        return tuple(_track(body, clock) for name, body in _boxes(movie) if name == b"trak")
    except (OSError, struct.error, ValueError, IndexError) as error:
        raise Broken(f"{path.name} cannot be read as MP4: {error}") from error


def _movie(path: Path) -> memoryview:
    """The contents of ``moov``, wherever it stands in the file."""
    with path.open("rb") as file:
        end, at = os.fstat(file.fileno()).st_size, 0
        while at < end:
            file.seek(at)
            head = file.read(16)
            size, name = struct.unpack_from(">I4s", head)
            start = 8
            if size == 1:
                (size,), start = struct.unpack_from(">Q", head, 8), 16
            size = size or end - at
            if name == b"moov":
                file.seek(at + start)
                return memoryview(file.read(size - start))
            if size < start:
                break
            at += size
    raise ValueError("it has no index")


def _boxes(body: memoryview) -> Iterator[tuple[bytes, memoryview]]:
    at = 0
    while at + 8 <= len(body):
        size, name = struct.unpack_from(">I4s", body, at)
        if size < 8 or at + size > len(body):
            raise ValueError("its index is damaged")
        yield name, body[at + 8 : at + size]
        at += size


def _find(body: memoryview, *names: bytes) -> memoryview | None:
    found: memoryview | None = body
    for name in names:
        found = next((inner for each, inner in _boxes(found) if each == name), None) if found is not None else None
    return found


def _need(body: memoryview, *names: bytes) -> memoryview:
    found = _find(body, *names)
    if found is None:
        raise ValueError(f"it lacks the box {names[-1].decode()}")
    return found


def _track(body: memoryview, clock: int) -> Track:
    media = _need(body, b"mdia")
    tables = _need(media, b"minf", b"stbl")
    timescale, _ = _clock(_need(media, b"mdhd"))
    sizes = _sizes(_need(tables, b"stsz"))
    decoded = _running(_runs(_need(tables, b"stts"), len(sizes)))
    late = _find(tables, b"ctts")
    keys = np.ones(len(sizes), np.bool_)
    if (marked := _find(tables, b"stss")) is not None:
        keys[:] = False
        keys[_numbers(marked, 8, ">u4") - 1] = True
    begins, plays = _edit(_find(body, b"edts", b"elst"))
    kind = bytes(_need(media, b"hdlr")[8:12]).decode("latin-1")
    width, height = struct.unpack(">II", _need(body, b"tkhd")[-8:])
    return Track(
        kind=kind,
        timescale=timescale,
        entry=_entry(_need(tables, b"stsd"), kind),
        width=width,
        height=height,
        sizes=sizes,
        offsets=_offsets(tables, sizes),
        decoded=decoded,
        shown=decoded + _runs(late, len(sizes)) if late is not None else decoded,
        keys=keys,
        begins=begins,
        plays=plays,
        clock=clock,
    )


def _clock(body: memoryview) -> tuple[int, int]:
    """Ticks a second and length of ``mvhd`` or ``mdhd``."""
    scale, length = struct.unpack_from(">IQ", body, 20) if body[0] else struct.unpack_from(">II", body, 12)
    return int(scale), int(length)


def _numbers(body: memoryview, start: int, kind: str) -> Numbers:
    return np.frombuffer(body[start : start + (len(body) - start) // int(kind[2]) * int(kind[2])], kind).astype(
        np.int64
    )


def _sizes(body: memoryview) -> Numbers:
    each, count = struct.unpack_from(">II", body, 4)
    sizes = np.full(count, each, np.int64) if each else _numbers(body, 12, ">u4")[:count]
    if len(sizes) != count:
        raise ValueError("its index is cut off")
    return sizes


def _runs(body: memoryview, samples: int) -> Numbers:
    """The values of a run-length table, one a sample."""
    pairs = _numbers(body, 8, ">i4").reshape(-1, 2)
    values = np.repeat(pairs[:, 1], pairs[:, 0])
    if len(values) != samples:
        raise ValueError("its tables do not agree")
    return values


def _running(durations: Numbers) -> Numbers:
    return np.concatenate([[0], np.cumsum(durations[:-1])]).astype(np.int64)[: len(durations)]


def _offsets(tables: memoryview, sizes: Numbers) -> Numbers:
    """Where each sample begins in the file: chunks hold samples one after the other."""
    narrow = _find(tables, b"stco")
    chunks = _numbers(narrow, 8, ">u4") if narrow is not None else _numbers(_need(tables, b"co64"), 8, ">i8")
    rows = _numbers(_need(tables, b"stsc"), 8, ">u4").reshape(-1, 3)
    lasting = np.diff(np.append(rows[:, 0], len(chunks) + 1))
    first = _running(np.repeat(rows[:, 1], lasting))
    counts = np.diff(np.append(first, len(sizes)))
    if len(counts) != len(chunks) or (counts < 0).any():
        raise ValueError("its tables do not agree")
    before = _running(sizes)
    return before + np.repeat(chunks - before[first], counts) if len(chunks) else before


def _edit(body: memoryview | None) -> tuple[int, int]:
    """Where the track begins to play, in its own ticks, and how long, in the movie's.

    :raises ValueError: where it is played in several pieces
    """
    if body is None:
        return 0, 0
    wide = bool(body[0])
    pieces = list(struct.iter_unpack(">QqI" if wide else ">IiI", body[8:]))
    if len(pieces) != 1 or pieces[0][1] < 0:
        raise ValueError("it is not played from its start to its end")
    return int(pieces[0][1]), int(pieces[0][0])


def _entry(body: memoryview, kind: str) -> bytes:
    """The one sample entry, without the bit rates."""
    (count,) = struct.unpack_from(">I", body, 4)
    size, name = struct.unpack_from(">I4s", body, 8)
    if count != 1:
        raise ValueError("its settings change on the way")
    entry = body[8 : 8 + size]
    start = {"vide": VISUAL, "soun": AUDIO}.get(kind)
    if start is None or (kind == "soun" and int.from_bytes(entry[16:18], "big")):
        return bytes(entry)
    kept = bytes(entry[8:start])
    for child, inner in _boxes(entry[start:]):
        if child != b"btrt":
            content = _rateless(bytes(inner)) if child == b"esds" else bytes(inner)
            kept += struct.pack(">I4s", len(content) + 8, child) + content
    return struct.pack(">I4s", len(kept) + 8, name) + kept


def _rateless(esds: bytes) -> bytes:
    """An ``esds`` with its buffer size and bit rates set to zero, which means unknown."""
    stream = _behind_length(esds, 4) + 3  # behind the stream's id and flags
    start = _behind_length(esds, stream) + 2  # behind the object's type and that of the stream
    return esds[:start] + bytes(RATES_IN_ESDS) + esds[start + RATES_IN_ESDS :]


def _behind_length(data: bytes, at: int) -> int:
    """The position after a descriptor's tag and its length of one to four bytes."""
    at += 1
    while data[at] & 0x80:
        at += 1
    return at + 1
