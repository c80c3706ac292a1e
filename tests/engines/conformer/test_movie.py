"""The boxes that we write are read by others as they were meant, also where numbers need 64 bits."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest

from edl.errors import Broken
from engines.conformer._movie import PICTURE, SOUND, Stream, box, header
from engines.media.mp4 import Track, read_tracks

AVCC = box(b"avcC", bytes([1, 100, 0, 13, 255, 0xE0, 0]))
VISUAL = box(b"avc1", bytes(6) + b"\x00\x01" + bytes(16) + bytes([0, 96, 0, 64]) + bytes(50), AVCC)
ESDS = bytes.fromhex("00000000 0319 000100 0411 4015 000000 00000000 00000000 0502 1190 060102")
AUDIO = box(
    b"mp4a", bytes(6) + b"\x00\x01" + bytes(8) + bytes.fromhex("0002 0010 0000 0000 bb80 0000"), box(b"esds", ESDS)
)
FRAMES, UNITS = 100, 189
GIGABYTE = 1 << 30


def streams(frame: int, hours: int = 0) -> tuple[Stream, Stream]:
    """Four seconds of picture at 25 frames a second, each frame of so many bytes, and of sound."""
    ticks = 25 * 512
    longer = hours * 3600 * ticks
    picture = Stream(
        kind=PICTURE,
        timescale=ticks,
        entry=VISUAL,
        sizes=np.full(FRAMES, frame),
        durations=np.append(np.full(FRAMES - 1, 512), 512 + longer),
        firsts=np.arange(0, FRAMES, 25),
        plays=4 * 48_000 + hours * 3600 * 48_000,
        begins=512,
        late=np.full(FRAMES, 512),
        keys=np.arange(FRAMES) % 50 == 0,
        size=(96 << 16, 64 << 16),
    )
    sound = Stream(
        kind=SOUND,
        timescale=48_000,
        entry=AUDIO,
        sizes=np.arange(UNITS) + 10,
        durations=np.full(UNITS, 1024),
        firsts=np.array([0, 48, 95, 142]),
        plays=4 * 48_000,
        begins=1024,
        rolls=1,
    )
    return picture, sound


def write(path: Path, both: tuple[Stream, Stream]) -> tuple[Track, ...]:
    """A file with holes instead of samples; each second of picture is followed by one of sound."""
    starts: list[list[int]] = [[], []]
    at = 0
    for second in range(4):
        for number, stream in enumerate(both):
            ends = [*stream.firsts[1:], len(stream.sizes)]
            starts[number].append(at)
            at += int(stream.sizes[stream.firsts[second] : ends[second]].sum())
    with path.open("wb") as file:
        file.write(header(both, [np.array(each) for each in starts], 48_000, "mp4", at))
        file.truncate(file.tell() + at)
    return read_tracks(path)


@pytest.mark.parametrize("frame", [1000, GIGABYTE // 10], ids=["small", "over 4 GiB"])
@pytest.mark.parametrize("hours", [0, 30], ids=["short", "long"])
def test_what_is_written_is_read(tmp_path: Path, frame: int, hours: int) -> None:
    path = tmp_path / "movie.mp4"
    both = streams(frame, hours)
    found = write(path, both)
    with av.open(str(path)) as container:
        libraries = [[(entry.pos, entry.size) for entry in stream.index_entries] for stream in container.streams]
        assert container.streams.video[0].start_time == 0
        assert container.streams.video[0].duration == (4 + hours * 3600) * 25 * 512
    for mine, track, entries in zip(both, found, libraries, strict=True):
        assert track.sizes.tolist() == mine.sizes.tolist() == [size for _, size in entries]
        assert track.offsets.tolist() == [start for start, _ in entries]
        assert track.entry == mine.entry
        assert (track.begins, track.plays, track.clock) == (mine.begins, mine.plays, 48_000)
    picture = found[0]
    assert picture.offsets[-1] + picture.sizes[-1] + sum(range(142 + 10, UNITS + 10)) == path.stat().st_size
    assert np.flatnonzero(picture.keys).tolist() == [0, 50]
    assert (picture.shown - picture.decoded == 512).all()
    assert found[1].keys.all()


def test_bit_rates_do_not_tell_entries_apart(tmp_path: Path) -> None:
    """Writers note the rate of this very file, which says nothing about its settings."""
    picture, sound = streams(1000)
    rated = bytearray(AUDIO)
    at = rated.index(bytes.fromhex("4015")) + 2
    rated[at : at + 11] = bytes(range(1, 12))
    btrt = box(b"btrt", bytes(range(12)))
    longer = VISUAL[8:] + btrt
    found = write(
        tmp_path / "movie.mp4",
        (
            Stream(**{**vars(picture), "entry": box(b"avc1", longer)}),
            Stream(**{**vars(sound), "entry": bytes(rated)}),
        ),
    )
    assert [track.entry for track in found] == [VISUAL, AUDIO]


@pytest.mark.parametrize("keep", [0, 20, 40, 200, 700, 1200])
def test_a_file_that_is_cut_off_is_refused(tmp_path: Path, keep: int) -> None:
    path = tmp_path / "movie.mp4"
    write(path, streams(1000))
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(Broken, match="cannot be read as MP4"):
        read_tracks(path)
