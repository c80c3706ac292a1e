"""Moves the ends of segments to where ``snap:`` wants them, and says where it cannot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

from edl.facts import Word
from edl.hearing import Heard, Hearing, Settled, sounding
from edl.project import AnySegment, Clip, Snap, Spoken
from edl.snap import Room, nearest, pauses, reach, snapped

DAY = 24 * 3600 * 240  # frames; as good as no limit


@dataclass(frozen=True)
class Unsnapped:
    """A cut that stays where it was: the segment, the kind of problem, and the words for it."""

    segment: str
    problem: str  # "no-music", "silent", "no-moment", "no-room", "no-voice", "no-pause", "fixed"
    message: str


class Placed(Protocol):
    """A segment on the timeline, in frames."""

    @property
    def start(self) -> int: ...

    @property
    def frames(self) -> int: ...

    @property
    def end(self) -> int: ...

    @property
    def voice(self) -> int: ...

    @property
    def exact(self) -> bool: ...


class Snapper:
    """Goes along a timeline from its start. ``unsnapped`` are the cuts that stay where they were.

    :param hearing: the music; None where no cut is to be moved at all
    :param loose: where each segment would lie then, start and end; needed where music is tied to a segment
    """

    def __init__(self, fps: Fraction, hearing: Hearing | None, loose: Mapping[str, tuple[int, int]]) -> None:
        self._fps, self._hearing = fps, hearing
        self._lying = Settled(loose)
        self._sure = True  # whether every length so far is known
        self.unsnapped: list[Unsnapped] = []

    def spine(self, segment: AnySegment, slot: Placed, footage: Fraction | None) -> tuple[int, bool]:
        """A segment of the spine with its end moved: its frames, and whether that is exact.

        :param footage: seconds that a clip's file has
        """
        self._sure = self._sure and slot.exact
        self._lying.starts[segment.id] = slot.start
        frames, exact = self._spine(segment, slot, footage)
        self._settle(segment, slot.start + frames, exact)
        return frames, exact

    def _spine(self, segment: AnySegment, slot: Placed, footage: Fraction | None) -> tuple[int, bool]:
        if segment.snap is None or self._hearing is None:
            return slot.frames, slot.exact
        if segment.snap is Snap.PAUSE:
            self._note(segment, "no-voice", "lies over no voice")
            return slot.frames, slot.exact
        pause = segment.after.pause(self._fps) if isinstance(segment, Spoken) else 0
        if isinstance(segment, Spoken) and not pause:
            self._note(segment, "fixed", "ends with its voice, which is not cut or stretched")
            return slot.frames, slot.exact
        least = slot.frames - pause if pause else max(1, slot.frames // 2)
        most = int(footage * self._fps) if isinstance(segment, Clip) and footage is not None else DAY
        end = self._on_music(segment, slot.end, Room(slot.start + least, slot.start + most), 1)
        return end - slot.start, slot.exact and self._sure

    def overlay(
        self, segment: AnySegment, slot: Placed, host: Placed, words: tuple[Word, ...] | None
    ) -> tuple[int, int, bool]:
        """What lies over a segment, both its cuts moved; an end that is the host's end stays there.

        :param words: of the voice underneath; None where there is none
        :returns: start, frames, and whether that is exact
        """
        start, end, exact = self._overlay(segment, slot, host, words)
        self._lying.starts[segment.id] = start
        self._settle(segment, end, exact)
        return start, end - start, exact

    def _overlay(
        self, segment: AnySegment, slot: Placed, host: Placed, words: tuple[Word, ...] | None
    ) -> tuple[int, int, bool]:
        if segment.snap is None or self._hearing is None:
            return slot.start, slot.end, slot.exact
        if segment.snap is Snap.PAUSE:
            return self._in_pauses(segment, slot, host, words)
        start = self._on_music(segment, slot.start, Room(host.start, slot.end - 1), 0)
        end = slot.end
        if _cut_short(segment, slot, host):
            self._lying.starts[segment.id] = start
            end = self._on_music(segment, slot.end, Room(start + 1, host.end), 1)
        return start, end, slot.exact and self._sure

    def _in_pauses(
        self, segment: AnySegment, slot: Placed, host: Placed, words: tuple[Word, ...] | None
    ) -> tuple[int, int, bool]:
        if words is None:
            self._note(segment, "no-voice", "lies over no voice")
            return slot.start, slot.end, slot.exact
        found = pauses(words)
        start = self._in_voice(segment, slot.start, Room(host.start, slot.end - 1), 0, host, found)
        end = slot.end
        if _cut_short(segment, slot, host):
            end = self._in_voice(segment, slot.end, Room(start + 1, host.end), 1, host, found)
        return start, end, slot.exact

    def _in_voice(
        self, segment: AnySegment, frame: int, room: Room, edge: int, host: Placed, moments: tuple[float, ...]
    ) -> int:
        """A cut in the nearest pause of the voice underneath."""
        if not host.exact:
            return frame
        if not moments:
            self._note(segment, "no-pause", "no pause between two words is known in the voice underneath")
            return frame
        heard = Heard((frame - host.start - host.voice) / self._fps, moments)
        return self._moved(segment, heard, frame, room, edge)

    def _on_music(self, segment: AnySegment, frame: int, room: Room, edge: int) -> int:
        """A cut on what sounds there: the end (``edge`` 1) or the start (0) of a segment."""
        snap, hearing = segment.snap, self._hearing
        assert snap is not None
        assert hearing is not None
        if not hearing.beds:
            self._note(segment, "no-music", f"snap: {snap.value} needs music, and the programme has none")
            return frame
        drift = frame - self._lying.loose[segment.id][edge] if segment.id in self._lying.loose else 0
        spans = self._lying.spans(hearing, drift)
        heard = sounding(spans, snap, frame, self._fps)
        if heard is None and self._sure and all(span.sure for span in spans):
            told = ", ".join(span.told(frame, self._fps) for span in spans)
            self._note(segment, "silent", f"no music sounds at {self._cut(frame, edge)}: {told}")
            return frame
        if heard is not None and heard.follows:
            return frame
        if heard is None or not heard.sure or not self._sure:
            self._sure = False
            return frame
        if not heard.moments:
            self._note(segment, "no-moment", f"no {snap.value} was found in the music")
            return frame
        return self._moved(segment, heard, frame, room, edge)

    def _moved(self, segment: AnySegment, heard: Heard, frame: int, room: Room, edge: int) -> int:
        snap = segment.snap
        assert snap is not None
        found = snapped(heard, snap, frame, self._fps, room)
        if found is not None:
            return found
        far, next_best = reach(heard.moments, snap), nearest(heard, frame, self._fps)
        message = f"no {snap.value} that it can reach lies within {far:.2f} s of {self._cut(frame, edge)}"
        problem = "no-pause" if snap is Snap.PAUSE else "no-room"
        self._note(segment, problem, f"{message}; the nearest is at frame {next_best}")
        return frame

    def _cut(self, frame: int, edge: int) -> str:
        return f"its {('start', 'end')[edge]} at frame {frame} ({float(frame / self._fps):.2f} s)"

    def _settle(self, segment: AnySegment, end: int, exact: bool) -> None:
        self._lying.ends[segment.id] = end
        if not exact:
            self._lying.unsure.add(segment.id)

    def _note(self, segment: AnySegment, problem: str, words: str) -> None:
        self.unsnapped.append(Unsnapped(segment.id, problem, f"{segment.id}: {words}"))


def _cut_short(segment: AnySegment, slot: Placed, host: Placed) -> bool:
    """Whether an overlay ends by itself, and not with what it lies over."""
    return segment.duration is not None and slot.end < host.end
