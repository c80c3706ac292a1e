"""Where a segment lies on the timeline, in whole frames."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Slot:
    """A segment on the timeline. ``start`` counts from the start of the programme.

    ``voice`` is the frame, from ``start``, at which the segment's voice begins. ``enter`` frames at its start are
    shared with what shows before it: on the spine with its predecessor, whose last frames these are; for an overlay
    with its host. ``leave``: the same at the end of an overlay. ``held`` are frames at start and end in which a single
    frame of the take stands still. ``hosts`` are the segments of the spine that an overlay lies over.
    """

    segment: str
    start: int
    frames: int
    voice: int = 0
    exact: bool = True
    enter: int = 0
    leave: int = 0
    held: tuple[int, int] = (0, 0)
    hosts: tuple[str, ...] = ()

    @property
    def end(self) -> int:
        return self.start + self.frames

    def heard(self, lag: int, last: int) -> Slot:
        """The slot as far as its voice reaches: from where that begins before the picture (a J cut), to where it ends
        after it (an L cut), inside the programme.

        :param lag: frames for which the voice goes on after the moving picture
        :param last: frames of the programme
        """
        start = max(0, self.start + min(0, self.voice))
        end = min(last, max(self.end, self.moving.end + lag))
        return replace(self, start=start, frames=end - start, voice=self.start + self.voice - start)

    @property
    def moving(self) -> Slot:
        """The slot without the frames that are held: what a take fills."""
        head, tail = self.held
        if not head and not tail:
            return self
        return replace(
            self, start=self.start + head, frames=self.frames - head - tail, voice=self.voice - head, held=(0, 0)
        )
