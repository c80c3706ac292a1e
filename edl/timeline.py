"""The timeline: segments laid out on whole frames, and the runs of picture that a viewer sees.

Pure arithmetic on what the project says and how long the voices are. The spine is laid end to end; overlays lie
over one spine segment each; the *runs* are the pieces between all picture changes, in order, without gaps.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property

from edl.clock import Time, frames_for
from edl.facts import Word
from edl.project import AnySegment, From, Narrate, Project, Spoken, Title
from edl.snap import Hearing, no_music
from edl.snapping import Snapper, Unsnapped
from edl.words import Match, find_phrase


@dataclass(frozen=True)
class Voiced:
    """How long a voice is, and when its words sound. ``known`` is False for an estimate."""

    seconds: Fraction
    words: tuple[Word, ...] = ()
    known: bool = True


@dataclass(frozen=True)
class Slot:
    """A segment on the timeline. ``start`` counts from the start of the programme.

    ``voice`` is the frame, from ``start``, at which the segment's voice begins.
    """

    segment: str
    start: int
    frames: int
    voice: int = 0
    exact: bool = True

    @property
    def end(self) -> int:
        return self.start + self.frames


@dataclass(frozen=True)
class Layer:
    """A picture source: frames of one segment's take from ``first`` on."""

    segment: str
    first: int


@dataclass(frozen=True)
class Run:
    """A stretch of unchanging picture source. ``base`` is None where nothing lies over a narration (black);
    ``drawn`` is a lower third drawn over the base."""

    start: int
    frames: int
    base: Layer | None
    drawn: Layer | None = None


@dataclass(frozen=True)
class Misfit:
    """An overlay that cannot lie where the project puts it."""

    segment: str
    problem: str  # "too-long", "no-word", "many-words", "outside", "collide"
    message: str


@dataclass(frozen=True)
class Timeline:
    """The whole programme. ``exact`` is False while a voice is only estimated."""

    fps: Fraction
    spine: tuple[Slot, ...]
    overlays: tuple[Slot, ...]
    runs: tuple[Run, ...]
    misfits: tuple[Misfit, ...]
    unsnapped: tuple[Unsnapped, ...] = ()  # cuts that stay where they were

    @property
    def frames(self) -> int:
        return self.spine[-1].end if self.spine else 0

    @property
    def exact(self) -> bool:
        return all(slot.exact for slot in (*self.spine, *self.overlays))

    def slot(self, segment_id: str) -> Slot:
        """Where a segment lies.

        :raises KeyError: when it is not on the timeline.
        """
        return self._slots[segment_id]

    @cached_property
    def _slots(self) -> dict[str, Slot]:
        return {slot.segment: slot for slot in (*self.spine, *self.overlays)}


SPEECH_RATE = 2.6  # words a second; only for estimates before a voice exists


def estimated(text: str) -> Voiced:
    """A guess at how long a text takes to say."""
    return Voiced(Fraction(max(1, len(text.split()))) / Fraction(str(SPEECH_RATE)), known=False)


def lay_out(
    project: Project,
    voices: Mapping[str, Voiced],
    footage: Mapping[str, Fraction] | None = None,
    hearing: Hearing = no_music,
) -> Timeline:
    """Lay a project out.

    :param voices: by segment id; a spoken segment that is missing is estimated from its text
    :param footage: seconds that each clip segment's file has after its ``in``, where known
    :param hearing: what music sounds at a frame, for segments with ``snap``
    """
    fps = project.output.fps
    spine: list[Slot] = []
    snapper = Snapper(project.output.fps, hearing)
    start = 0
    for segment in project.spine:
        slot = _spine_slot(segment, start, fps, voices, footage or {})
        frames, exact = snapper.spine(segment, slot, (footage or {}).get(segment.id))
        slot = replace(slot, frames=frames, exact=exact)
        spine.append(slot)
        start = slot.end
    under = {slot.segment: slot for slot in spine}
    overlays: list[Slot] = []
    misfits: list[Misfit] = []
    for segment in project.overlays:
        host = under.get(segment.over or "")
        if host is None:
            continue  # said by the rules of the project file
        slot_or_misfit = _overlay_slot(segment, host, project, fps, voices)
        if isinstance(slot_or_misfit, Misfit):
            misfits.append(slot_or_misfit)
        else:
            voiced = voices.get(host.segment)
            words = voiced.words if voiced else ()
            start, frames, exact = snapper.overlay(segment, slot_or_misfit, host, words)
            overlays.append(replace(slot_or_misfit, start=start, frames=frames, exact=exact))
    overlays.sort(key=lambda slot: slot.start)
    misfits += _collisions(project, overlays)
    runs = _runs(project, spine, overlays)
    return Timeline(fps, tuple(spine), tuple(overlays), runs, tuple(misfits), tuple(snapper.unsnapped))


def _spine_slot(
    segment: AnySegment, start: int, fps: Fraction, voices: Mapping[str, Voiced], footage: Mapping[str, Fraction]
) -> Slot:
    if isinstance(segment, Spoken):
        voiced = voices.get(segment.id) or estimated(segment.say or "")
        before, after = segment.before.pause(fps), segment.after.pause(fps)
        frames = before + frames_for(voiced.seconds, fps) + after
        return Slot(segment.id, start, frames, before, voiced.known)
    if segment.duration is not None:
        return Slot(segment.id, start, segment.duration.length(fps))
    rest = footage.get(segment.id)
    if rest is None:
        return Slot(segment.id, start, Time(seconds=Fraction(3)).length(fps), exact=False)
    return Slot(segment.id, start, max(1, int(rest * fps)))


def _overlay_slot(
    segment: AnySegment, host: Slot, project: Project, fps: Fraction, voices: Mapping[str, Voiced]
) -> Slot | Misfit:
    exact = host.exact
    offset = 0
    if isinstance(segment.from_, Time):
        offset = segment.from_.start(fps)
    elif isinstance(segment.from_, From):
        found = _word_start(segment, segment.from_, host, project, fps, voices)
        if isinstance(found, Misfit):
            return found
        offset = found
    if not 0 <= offset < host.frames:
        if not exact:
            offset = min(max(offset, 0), host.frames - 1)
        else:
            return Misfit(
                segment.id,
                "outside",
                f"{segment.id} starts {_long(offset, fps)} into {host.segment}, which lasts {_long(host.frames, fps)}",
            )
    rest = host.frames - offset
    frames = segment.duration.length(fps) if segment.duration is not None else rest
    if frames > rest and exact:
        return Misfit(
            segment.id,
            "too-long",
            f"{segment.id} is {_long(frames, fps)} long, but from its start only {_long(rest, fps)} of the "
            f"{_long(host.frames, fps)} of {host.segment} are left",
        )
    return Slot(segment.id, host.start + offset, frames, exact=exact)


def _word_start(
    segment: AnySegment, wish: From, host: Slot, project: Project, fps: Fraction, voices: Mapping[str, Voiced]
) -> int | Misfit:
    spoken = project.segment(host.segment)
    say = spoken.say if isinstance(spoken, Spoken) else None
    match = find_phrase(say or "", wish.word, wish.nth)
    if not isinstance(match, Match):
        return Misfit(segment.id, match.problem, match.message)
    voiced = voices.get(host.segment)
    if voiced is None or not voiced.known:
        share = Fraction(match.first, max(1, len(say or "")))
        return min(host.frames - 1, host.voice + int(share * (host.frames - host.voice)))
    word = next((word for word in voiced.words if word.last > match.first and word.first < match.last), None)
    if word is None:
        return Misfit(segment.id, "no-word", f'"{wish.word}" is in the text but was not found in the sound')
    seconds = Fraction(word.start).limit_denominator(100_000)
    return host.voice + Time(seconds=seconds).start(fps) + _signed(wish.shift, fps)


def _signed(shift: Time, fps: Fraction) -> int:
    """A shift in whole frames, towards zero, so that -4f and 4f are as far."""
    return int(shift.exact(fps))


def _long(frames: int, fps: Fraction) -> str:
    """A length as people and editors read it."""
    return f"{frames} frames ({float(frames / fps):.2f} s)"


def _collisions(project: Project, overlays: list[Slot]) -> list[Misfit]:
    """Overlays that show at the same moment, each named once, with the one that shows longest before it."""
    segments = {segment.id: segment for segment in project.overlays}
    misfits: list[Misfit] = []
    earlier: Slot | None = None
    for later in overlays:
        if earlier is None or segments[earlier.segment].over != segments[later.segment].over:
            earlier = later
            continue
        if later.start < earlier.end and _certain(segments[earlier.segment], segments[later.segment], earlier.exact):
            message = f"{later.segment} starts at frame {later.start}, where {earlier.segment} still shows"
            misfits.append(Misfit(later.segment, "collide", f"{message} until {earlier.end}"))
        earlier = max(earlier, later, key=lambda slot: slot.end)
    return misfits


def _certain(earlier: AnySegment, later: AnySegment, exact: bool) -> bool:
    """Whether two overlays really meet. While the voice is only estimated, the order of words is known, not their
    distance: then it is certain only of one that runs to the end."""
    same_measure = isinstance(earlier.from_, From) == isinstance(later.from_, From)
    return exact or (earlier.duration is None and same_measure)


def _runs(project: Project, spine: list[Slot], overlays: list[Slot]) -> tuple[Run, ...]:
    segments = {segment.id: segment for segment in project.segments}
    runs: list[Run] = []
    waiting = list(overlays)
    for slot in spine:
        bare = isinstance(segments[slot.segment], Narrate)
        at = slot.start
        while waiting and waiting[0].start < slot.end:
            cover = waiting.pop(0)
            first, end = max(cover.start, at), min(cover.end, slot.end)
            if end <= first:
                continue
            if first > at:
                runs.append(_under(slot, at, first, bare))
            title = segments[cover.segment]
            drawn = isinstance(title, Title) and title.style == "lower_third"
            layer = Layer(cover.segment, first - cover.start)
            if drawn:
                under = _under(slot, first, end, bare)
                runs.append(Run(first, end - first, under.base, layer))
            else:
                runs.append(Run(first, end - first, layer))
            at = end
        if at < slot.end:
            runs.append(_under(slot, at, slot.end, bare))
    return tuple(runs)


def _under(slot: Slot, start: int, end: int, bare: bool) -> Run:
    return Run(start, end - start, None if bare else Layer(slot.segment, start - slot.start))
