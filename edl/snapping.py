"""Moves the ends of segments to where ``snap:`` wants them, and says where it cannot."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Protocol

from edl.facts import Word
from edl.project import AnySegment, Clip, Snap, Spoken
from edl.snap import Heard, Hearing, Room, pauses, snapped, why_not

DAY = 24 * 3600 * 240  # frames; as good as no limit


@dataclass(frozen=True)
class Unsnapped:
    """A cut that stays where it was: the segment, the kind of problem, and the words for it."""

    segment: str
    problem: str  # "no-music", "no-moment", "fixed", "no-room"
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
    """Goes along a timeline from its start. ``unsnapped`` are the cuts that stay where they were."""

    def __init__(self, fps: Fraction, hearing: Hearing) -> None:
        self._fps, self._hearing = fps, hearing
        self._sure = True  # whether every length so far is known
        self.unsnapped: list[Unsnapped] = []

    def spine(self, segment: AnySegment, slot: Placed, footage: Fraction | None) -> tuple[int, bool]:
        """A segment of the spine with its end moved: its frames, and whether that is exact.

        :param footage: seconds that a clip's file has
        """
        self._sure = self._sure and slot.exact
        if segment.snap is None:
            return slot.frames, slot.exact
        if segment.snap is Snap.PAUSE:
            self._note(segment, "fixed", "snap: pause is for what lies over a voice")
            return slot.frames, slot.exact
        pause = segment.after.pause(self._fps) if isinstance(segment, Spoken) else 0
        if isinstance(segment, Spoken) and not pause:
            self._note(segment, "fixed", f"{segment.id} ends with its voice, which is not cut or stretched")
            return slot.frames, slot.exact
        least = slot.frames - pause if pause else max(1, slot.frames // 2)
        most = int(footage * self._fps) if isinstance(segment, Clip) and footage is not None else DAY
        end = self._moved(segment, slot.end, Room(slot.start + least, slot.start + most))
        return end - slot.start, slot.exact and self._sure

    def overlay(
        self, segment: AnySegment, slot: Placed, host: Placed, words: tuple[Word, ...]
    ) -> tuple[int, int, bool]:
        """What lies over a segment, both its cuts moved; an end that is the host's end stays there.

        :returns: start, frames, and whether that is exact
        """
        if segment.snap is None:
            return slot.start, slot.frames, slot.exact
        voice = (host, pauses(words)) if segment.snap is Snap.PAUSE else None
        start = self._moved(segment, slot.start, Room(host.start, slot.end - 1), voice)
        end = slot.end
        if segment.duration is not None and slot.end < host.end:
            end = self._moved(segment, slot.end, Room(start + 1, host.end), voice)
        return start, end - start, slot.exact and (self._sure or voice is not None)

    def _moved(
        self, segment: AnySegment, frame: int, room: Room, voice: tuple[Placed, tuple[float, ...]] | None = None
    ) -> int:
        snap = segment.snap
        assert snap is not None
        heard = self._in_voice(frame, *voice) if voice else self._hearing(snap, frame)
        for problem, words in why_not(heard, snap):
            self._note(segment, problem, f"{segment.id}: {words}")
            return frame
        if heard is None or not heard.sure or not (self._sure or voice):
            self._sure = self._sure and voice is not None
            return frame
        found = snapped(heard, snap, frame, self._fps, room)
        if found is None:
            self._note(segment, "no-room", f"{segment.id}: no {snap.value} is near frame {frame} that it can reach")
        return frame if found is None else found

    def _in_voice(self, frame: int, host: Placed, moments: tuple[float, ...]) -> Heard:
        return Heard((frame - host.start - host.voice) / self._fps, moments, sure=host.exact)

    def _note(self, segment: AnySegment, problem: str, words: str) -> None:
        self.unsnapped.append(Unsnapped(segment.id, problem, words))
