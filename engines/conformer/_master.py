"""Writing and checking a master: the samples of runs and sound, copied as they are behind an index of their own."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np

from edl.clock import sample_at
from edl.errors import Broken
from engines.conformer._movie import Form, header
from engines.conformer._tracks import Written, chapter_track, movie_clock, picture_track, sound_track
from engines.media.container import open_media, picture_stream
from engines.media.copying import append_range
from engines.media.mp4 import Track, read_tracks
from engines.media.pieces import RATE, UNIT

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edl.recipe import Native
    from engines.contract import Order

    Numbers = NDArray[np.int64]

EDGE = 64  # bytes that are compared at each end of what was copied in one go


def write_master(
    target: Path,
    runs: Sequence[Path],
    sound: Sequence[Path],
    chapters: Sequence[tuple[int, str]],
    order: Order,
) -> None:
    """Write the file, MP4 or QuickTime by its name, and compare it with what it is made of.

    :raises Broken: when runs or sound were encoded differently, or do not have the wanted frames or length
    """
    native = order.shape()
    titles = target.with_name("chapters.txt")
    tracks = [picture_track(runs, native), sound_track(sound, native)]
    if chapters:
        tracks.append(chapter_track(chapters, native, titles))
    chunks = _interleaved(tracks)
    offsets = _offsets(tracks, chunks)
    sizes = sum(int(track.samples.sizes.sum()) for track in tracks)
    with target.open("wb") as file:
        form: Form = "mov" if target.suffix == ".mov" else "mp4"
        file.write(header([track.stream for track in tracks], offsets, movie_clock(native), form, sizes))
        file.flush()
        _copy(file.fileno(), tracks, chunks, order)
    _compare(target, check_master(target, native), tracks)
    titles.unlink(missing_ok=True)


def check_master(path: Path, native: Native) -> dict[str, Track]:
    """Look at what was written, with our own eyes and with those of FFmpeg's library: every frame once, evenly spaced
    from zero, and the sound from its first sample to its last. Only the index is read, so an hour takes no longer than
    a minute.

    :return: the tracks by kind
    :raises Broken: when it is not so
    """
    tracks = {track.kind: track for track in read_tracks(path)}
    end = path.stat().st_size
    if any((track.offsets + track.sizes > end).any() or (track.sizes <= 0).any() for track in tracks.values()):
        raise Broken("the master's index points outside of the file")
    picture, sound = tracks["vide"], tracks["soun"]
    tick = picture.timescale / native.fps
    shown = np.sort(picture.shown - picture.begins) * tick.denominator
    if not np.array_equal(shown, np.arange(native.frames) * tick.numerator):
        raise Broken(f"the master has {len(shown)} frames of {native.frames}, or they are not evenly spaced")
    samples = Fraction(sound.plays, sound.clock) * RATE
    if samples != sample_at(native.frames, RATE, native.fps) or sound.begins != UNIT:
        raise Broken(f"the master's sound has {float(samples)} samples, from {sound.begins} on")
    with open_media(path) as container:
        stream = picture_stream(container, path)
        found = (len(stream.index_entries), stream.start_time, len(container.streams.audio))
        if found != (native.frames, 0, 1):
            raise Broken(f"the master opens with {found[0]} frames of {native.frames}, from {found[1]} on")
    return tracks


Chunk = tuple[int, int, int]  # number of the track, first sample, the one behind the last


def _interleaved(tracks: Sequence[Written]) -> list[Chunk]:
    """The chunks in the order of the file: a second of each track in turn; the chapters, one chunk, are among the
    first."""
    found: list[tuple[int, Chunk]] = []
    for number, track in enumerate(tracks):
        firsts = [*track.stream.firsts.tolist(), len(track.stream.sizes)]
        found += [(second, (number, *pair)) for second, pair in enumerate(pairwise(firsts))]
    return [chunk for _, chunk in sorted(found)]


def _offsets(tracks: Sequence[Written], chunks: Sequence[Chunk]) -> list[Numbers]:
    """Where the chunks of each track begin, counted from the first sample of the file."""
    totals = [np.concatenate([[0], np.cumsum(track.samples.sizes)]) for track in tracks]
    found: list[list[int]] = [[] for _ in tracks]
    at = 0
    for number, first, last in chunks:
        found[number].append(at)
        at += int(totals[number][last] - totals[number][first])
    return [np.array(each, np.int64) for each in found]


def _copy(target: int, tracks: Sequence[Written], chunks: Sequence[Chunk], order: Order) -> None:
    """Copy the samples in ranges. Of each track one file is open at a time, so memory and descriptors do not grow."""
    open_files: dict[int, tuple[Path, BinaryIO]] = {}
    with ExitStack() as closing:
        for done, (number, first, last) in enumerate(chunks, 1):
            order.stop_if_cancelled()
            for path, start, count in tracks[number].samples.ranges(first, last):
                if number not in open_files or open_files[number][0] != path:
                    if number in open_files:
                        open_files[number][1].close()
                    open_files[number] = path, closing.enter_context(path.open("rb"))
                append_range(open_files[number][1].fileno(), start, count, target)
            order.progress(done / len(chunks), "")


def _compare(target: Path, found: Mapping[str, Track], tracks: Sequence[Written]) -> None:
    """Compare the first and the last bytes of every file with what lies in the master where they should be.

    :raises Broken: when something else is there
    """
    with target.open("rb") as master:
        for track in tracks:
            samples, offsets = track.samples, found[track.stream.kind.decode()].offsets
            firsts = np.flatnonzero(np.append(True, np.diff(samples.file) != 0))
            lasts = np.append(firsts[1:], len(samples.file)) - 1
            for first, last in zip(firsts.tolist(), lasts.tolist(), strict=True):
                path = samples.files[samples.file[first]]
                with path.open("rb") as source:
                    for at in (first, last):
                        count = min(EDGE, int(samples.sizes[at]))
                        if _bytes(master, int(offsets[at]), count) != _bytes(source, int(samples.offsets[at]), count):
                            raise Broken(f"the master does not hold what {path.name} holds")


def _bytes(file: BinaryIO, start: int, count: int) -> bytes:
    return os.pread(file.fileno(), count, start)
