"""The parts of a take as one strip of frames, asked for by delivery frame."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from math import ceil
from pathlib import Path
from typing import TYPE_CHECKING

from edl.errors import Broken
from engines.media.container import open_media, picture_stream
from engines.media.frames import moments
from engines.media.probe import Tempo, measure_tempo, upright_size

if TYPE_CHECKING:
    from av import VideoFrame

    from engines.media.frames import Moment


@dataclass(frozen=True)
class Piece:
    """One part: where it begins in the take, in seconds, and how its frames are timed."""

    path: Path
    start: Fraction
    tempo: Tempo

    @property
    def end(self) -> Fraction:
        return self.start + self.tempo.seconds


@dataclass(frozen=True)
class Strip:
    """The parts of a take, end to end."""

    pieces: tuple[Piece, ...]

    def aspect(self) -> Fraction:
        """Width over height of a pixel."""
        return aspect_of(self.pieces[0].path)

    def size(self) -> tuple[int, int]:
        """Width and height as a viewer sees them."""
        return upright_size(self.pieces[0].path)

    def frames(self, first: int, count: int, fps: Fraction) -> Iterator[VideoFrame]:
        """The frames on screen at delivery frames ``first`` to ``first + count``; one that is missing at the end is
        made up by the last.

        :raises Broken: when more are missing
        """
        return (moment.now for moment in self.moments(first, count, fps))

    def slower_than(self, fps: Fraction) -> bool:
        """Whether any part has fewer frames a second than that."""
        return any(piece.tempo.fps < fps for piece in self.pieces)

    def moments(self, first: int, count: int, fps: Fraction) -> Iterator[Moment]:
        """As :meth:`frames`, with the frames that follow; none follows at the end of a part."""
        last = self.pieces[-1]
        if (first + count - 1) / fps >= last.end + max(1 / fps, 1 / last.tempo.fps):
            raise Broken(
                f"{last.path.name} ends after {self._length(fps)} frames at {fps} frames a second, "
                f"frames up to {first + count} are needed"
            )
        at = first
        for piece in self.pieces:
            end = first + count if piece is last else min(first + count, ceil(piece.end * fps))
            if end > at:
                times = (max(Fraction(0), frame / fps - piece.start) for frame in range(at, end))
                yield from moments(piece.path, piece.tempo, times)
                at = end

    def _length(self, fps: Fraction) -> int:
        return ceil(self.pieces[-1].end * fps)


def strip(inputs: Mapping[str, Path], name: str) -> Strip | None:
    """The parts ``name0``, ``name1`` ... of an order's inputs; None where there is none."""
    pieces: list[Piece] = []
    while (path := inputs.get(f"{name}{len(pieces)}")) is not None:
        pieces.append(Piece(path, pieces[-1].end if pieces else Fraction(0), measure_tempo(path)))
    return Strip(tuple(pieces)) if pieces else None


def aspect_of(path: Path) -> Fraction:
    """Width over height of a file's pixels."""
    with open_media(path) as container:
        return Fraction(picture_stream(container, path).sample_aspect_ratio or 1)
