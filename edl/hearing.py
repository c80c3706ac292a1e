"""What music sounds at a frame of the programme, while its segments are still being laid: a cue may be tied to them.

Nothing here knows how music is mixed; a :class:`Bed` is only where a piece lies, and what moments it has.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from edl.facts import BeatFacts
from edl.project import Snap


@dataclass(frozen=True)
class Heard:
    """Where in a sound a frame falls, in seconds, and the moments that a cut may move to. ``sure`` is False while it is
    not known what will sound there; ``follows`` is True for music that moves along with the cut."""

    seconds: Fraction
    moments: tuple[float, ...]
    sure: bool = True
    follows: bool = False


@dataclass(frozen=True)
class Tie:
    """A place so many frames after the start of a segment, or after its end."""

    segment: str
    shift: int = 0


@dataclass(frozen=True)
class Bed:
    """A piece of music from a frame of the programme on, where second ``first`` of it sounds, until frame ``end``
    (None: that of the programme); both may be tied to a segment, ``start`` to its start and ``end`` to its end.
    ``last``: the second at which it ends, None for its own end; there it begins again with an ``overlap`` if it
    ``loops``. ``facts`` are None while nothing is known of it. ``name``: what people call it."""

    facts: BeatFacts | None
    start: int | Tie = 0
    end: int | Tie | None = None
    first: Fraction = Fraction(0)
    last: Fraction | None = None
    loops: bool = True
    overlap: Fraction = Fraction(1, 5)
    name: str = "the music"

    @property
    def ties(self) -> tuple[Tie, ...]:
        return tuple(place for place in (self.start, self.end) if isinstance(place, Tie))


@dataclass(frozen=True)
class Span:
    """The frames in which a bed lies. ``follows``: its start is not settled yet and moves along with the next cut."""

    bed: Bed
    start: int
    end: int | None
    sure: bool = True
    follows: bool = False

    def heard(self, snap: Snap, frame: int, fps: Fraction) -> Heard | None:
        """What of it sounds at a frame; None where nothing does."""
        if frame < self.start or (self.end is not None and frame > self.end):
            return None
        if self.follows:
            return Heard(Fraction(0), (), follows=True)
        if self.bed.facts is None or not self.sure:
            return Heard(Fraction(0), (), sure=False)
        since, length = (frame - self.start) / fps, self._seconds(self.bed.facts)
        if self.bed.loops:
            period = length - min(self.bed.overlap, length / 4)
            since = since % period if period > 0 else Fraction(0)
        elif since > length:
            return None
        return Heard(self.bed.first + since, getattr(self.bed.facts, f"{snap.value}s"))

    def _seconds(self, facts: BeatFacts) -> Fraction:
        length = Fraction(facts.seconds).limit_denominator(1_000_000)
        return (min(self.bed.last, length) if self.bed.last is not None else length) - self.bed.first

    def told(self, frame: int, fps: Fraction) -> str:
        """Why it does not sound at a frame."""
        if frame < self.start:
            return f"{self.bed.name} begins at {float(self.start / fps):.2f} s"
        over = [] if self.end is None else [self.end / fps]
        if self.bed.facts and not self.bed.loops:
            over.append(self.start / fps + self._seconds(self.bed.facts))
        return f"{self.bed.name} is over at {float(min(over)):.2f} s" if over else f"{self.bed.name} is not heard"


@dataclass(frozen=True)
class Hearing:
    """The music of a programme, in the order of the project."""

    beds: tuple[Bed, ...] = ()

    @property
    def tied(self) -> bool:
        """Whether a piece moves with a segment."""
        return any(bed.ties for bed in self.beds)


DEAF = Hearing()


@dataclass
class Settled:
    """Where segments begin and end, as far as their cuts are settled. ``loose``: where each would lie if no cut were
    moved, start and end."""

    loose: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    starts: dict[str, int] = field(default_factory=dict)
    ends: dict[str, int] = field(default_factory=dict)
    unsure: set[str] = field(default_factory=set)

    def spans(self, hearing: Hearing, drift: int) -> tuple[Span, ...]:
        """Where the music lies, by what is settled; what is not lies ``drift`` frames later than it would."""
        return tuple(self._span(bed, drift) for bed in hearing.beds)

    def _span(self, bed: Bed, drift: int) -> Span:
        start, end = bed.start, bed.end
        sure, follows = not any(tie.segment in self.unsure for tie in bed.ties), False
        if isinstance(start, Tie):
            follows = start.segment in self.loose and start.segment not in self.starts
            start = self._frame(start, self.starts, 0, drift) or 0
        if isinstance(end, Tie):
            end = self._frame(end, self.ends, 1, drift)
        return Span(bed, max(0, start), end, sure, follows)

    def _frame(self, tie: Tie, settled: Mapping[str, int], edge: int, drift: int) -> int | None:
        """The frame of a tie; None where its segment does not lie anywhere."""
        if tie.segment in settled:
            return settled[tie.segment] + tie.shift
        return self.loose[tie.segment][edge] + drift + tie.shift if tie.segment in self.loose else None


def sounding(spans: tuple[Span, ...], snap: Snap, frame: int, fps: Fraction) -> Heard | None:
    """What sounds at a frame: where two pieces do, the first one that stays where it is."""
    heard = [each for span in spans if (each := span.heard(snap, frame, fps)) is not None]
    return next((each for each in heard if not each.follows), heard[0] if heard else None)
