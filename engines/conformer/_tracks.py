"""Planning the tracks of a master out of runs, pieces of sound and chapters: pure tables, no sample is touched."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil, lcm
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from edl.clock import sample_at
from edl.errors import Broken
from engines.conformer._movie import PICTURE, SOUND, TEXT, TEXT_ENTRY, Stream
from engines.media.mp4 import Track, read_tracks
from engines.media.pieces import RATE, UNIT

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from edl.recipe import Native

    Numbers = NDArray[np.int64]

LEAST_TICKS = 10_000  # a second, for the picture's clock; some players are not exact with fewer
UTF8 = b"\x00\x00\x00\x0cencd\x00\x00\x01\x00"


@dataclass(frozen=True)
class Samples:
    """Where the samples of a track lie now: the number of the file among ``files``, offset and size, one a sample."""

    files: tuple[Path, ...]
    file: Numbers
    offsets: Numbers
    sizes: Numbers

    def ranges(self, first: int, last: int) -> list[tuple[Path, int, int]]:
        """Samples from ``first`` up to ``last``, as (file, start, bytes), those that lie together as one."""
        file, start, size = self.file[first:last], self.offsets[first:last], self.sizes[first:last]
        apart = (file[1:] != file[:-1]) | (start[1:] != start[:-1] + size[:-1])
        begins = np.flatnonzero(np.append(True, apart))
        total = np.add.reduceat(size, begins)
        return [
            (self.files[number], int(at), int(count))
            for number, at, count in zip(file[begins], start[begins], total, strict=True)
        ]


@dataclass(frozen=True)
class Written:
    """A track of the master: its tables, and where its samples come from."""

    stream: Stream
    samples: Samples


def movie_clock(native: Native) -> int:
    """Ticks a second in which both frames and samples of sound are whole numbers, so that edit lists end exactly."""
    return lcm(native.fps.numerator, RATE)


def picture_track(runs: Sequence[Path], native: Native) -> Written:
    """The picture: packet *k* of the programme is decoded at *k*, and shown as much later as its run says.

    :raises Broken: when runs were encoded differently, or do not have the wanted frames
    """
    tracks = _read(runs, "vide", "run")
    first = tracks[0]
    places = [_places(run, track, native.fps) for run, track in zip(runs, tracks, strict=True)]
    frames = sum(len(each) for each in places)
    if frames != native.frames:
        raise Broken(f"the runs have {frames} frames, the programme has {native.frames}")
    delay = max(int((np.arange(len(each)) - each).max()) for each in places)
    starts = np.repeat(_running([len(each) for each in places]), [len(each) for each in places])
    scale = ceil(Fraction(LEAST_TICKS, native.fps.numerator))
    tick = native.fps.denominator * scale  # a frame
    stream = Stream(
        kind=PICTURE,
        timescale=native.fps.numerator * scale,
        entry=first.entry,
        sizes=np.concatenate([track.sizes for track in tracks]),
        durations=np.full(frames, tick),
        firsts=each_second(frames, native.fps),
        plays=int(native.frames / native.fps * movie_clock(native)),
        begins=delay * tick,
        late=(np.concatenate(places) + starts - np.arange(frames) + delay) * tick,
        keys=np.concatenate([track.keys for track in tracks]),
        size=(first.width, first.height),
    )
    return Written(stream, _samples(runs, tracks))


def sound_track(pieces: Sequence[Path], native: Native) -> Written:
    """The sound: one packet that only starts the decoder, then the programme from its first sample to its last.

    :raises Broken: when pieces were encoded differently, or do not hold the programme's length
    """
    tracks = _read(pieces, "soun", "piece of sound")
    wanted = sample_at(native.frames, RATE, native.fps)
    units, there = -(-wanted // UNIT) + 1, sum(track.samples for track in tracks)
    if there != units or tracks[0].timescale != RATE:
        raise Broken(
            f"the sound has {there} packets at {tracks[0].timescale} Hz, the programme needs {units} at {RATE}"
        )
    durations = np.full(units, UNIT)
    durations[-1] = wanted - (units - 2) * UNIT
    stream = Stream(
        kind=SOUND,
        timescale=RATE,
        entry=tracks[0].entry,
        sizes=np.concatenate([track.sizes for track in tracks]),
        durations=durations,
        firsts=each_second(units, Fraction(RATE, UNIT)),
        plays=wanted * (movie_clock(native) // RATE),
        begins=UNIT,
        rolls=1,
    )
    return Written(stream, _samples(pieces, tracks))


def chapter_track(chapters: Sequence[tuple[int, str]], native: Native, file: Path) -> Written:
    """Chapters, as QuickTime keeps them: a track of lines of text, each shown until the next.

    :param chapters: first frame and title, in order
    :param file: where the lines are to be written; they are copied from there like other samples
    """
    if chapters[0][0]:
        chapters = ((0, ""), *chapters)
    starts = [frame for frame, _ in chapters]
    lines = [len(text).to_bytes(2, "big") + text + UTF8 for text in (_short(title) for _, title in chapters)]
    file.write_bytes(b"".join(lines))
    sizes = np.array([len(line) for line in lines], np.int64)
    stream = Stream(
        kind=TEXT,
        timescale=native.fps.numerator,
        entry=TEXT_ENTRY,
        sizes=sizes,
        durations=np.diff([*starts, native.frames]) * native.fps.denominator,
        firsts=np.zeros(1, np.int64),
        plays=int(native.frames / native.fps * movie_clock(native)),
    )
    return Written(stream, Samples((file,), np.zeros(len(lines), np.int64), _running(sizes), sizes))


def _short(title: str) -> bytes:
    """As much of a title as its two bytes of length can say, in whole characters."""
    return title.encode()[:65_000].decode(errors="ignore").encode()


def _read(paths: Sequence[Path], kind: str, what: str) -> list[Track]:
    """The one track of each file, all with the same settings."""
    found: list[Track] = []
    for path in paths:
        tracks = [track for track in read_tracks(path) if track.kind == kind]
        if len(tracks) != 1 or not tracks[0].samples:
            raise Broken(f"{path.name} holds no {what}; make it again")
        track = tracks[0]
        if found and (track.entry != found[0].entry or track.timescale != found[0].timescale):
            raise Broken(f"{path.name} was encoded with other settings than the first {what}; fit it again")
        found.append(replace(track, entry=found[0].entry) if found else track)
    return found


def _places(path: Path, track: Track, fps: Fraction) -> Numbers:
    """For each packet of a run the number of its frame.

    :raises Broken: when they are not all its frames, evenly spaced, from a keyframe on
    """
    ticks = track.timescale / fps
    numbers = (track.shown - track.begins) * ticks.denominator
    places = numbers // ticks.numerator
    every = np.array_equal(np.sort(places), np.arange(track.samples))
    if not every or (numbers % ticks.numerator).any() or not track.keys[0] or places[0]:
        raise Broken(f"{path.name} cannot be joined; fit it again")
    return places


def _samples(files: Sequence[Path], tracks: Sequence[Track]) -> Samples:
    return Samples(
        tuple(files),
        np.repeat(np.arange(len(tracks)), [track.samples for track in tracks]),
        np.concatenate([track.offsets for track in tracks]),
        np.concatenate([track.sizes for track in tracks]),
    )


def each_second(samples: int, rate: Fraction) -> Numbers:
    """The first sample of each second in which one begins: 60 frames of 29.97 a second last a little over two seconds,
    and none begins in the third."""
    firsts = [ceil(second * rate) for second in range(ceil(samples / rate))]
    return np.unique([first for first in firsts if first < samples])


def _running(counts: Sequence[int] | Numbers) -> Numbers:
    return np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(np.int64)
