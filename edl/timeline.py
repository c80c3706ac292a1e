"""The timeline: segments laid out on whole frames, and the runs of picture that a viewer sees.

Pure arithmetic on what the project says and how long the voices are. The spine is laid end to end, joined segments by
so many frames into one another; overlays lie over one segment of it or over several; the *runs* are the pieces between
all picture changes, in order, without gaps (:mod:`edl.runs`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from functools import cached_property
from itertools import islice, pairwise, takewhile

from edl.clock import Time, frames_for
from edl.facts import Word
from edl.hearing import DEAF, Hearing
from edl.picture import Layer, Run
from edl.project import AnySegment, From, Project, Spoken
from edl.runs import is_drawn, runs_of
from edl.slot import Slot
from edl.snapping import Snapper, Unsnapped
from edl.words import Match, find_phrase

__all__ = ["Layer", "Misfit", "Run", "Slot", "Timeline", "Voiced", "estimated", "lay_out"]


@dataclass(frozen=True)
class Voiced:
    """How long a voice is, and when its words sound. ``known`` is False for an estimate."""

    seconds: Fraction
    words: tuple[Word, ...] = ()
    known: bool = True


@dataclass(frozen=True)
class Misfit:
    """Something that cannot lie where the project puts it. ``segment`` is empty for the film as a whole."""

    segment: str
    problem: str  # "too-long", "no-word", "many-words", "outside", "collide", "join-long", "fade-long", "both-speak"
    message: str


@dataclass(frozen=True)
class Timeline:
    """The whole programme. ``exact`` is False while a voice is only estimated. ``fade``: frames in which the first
    picture comes up and the last one goes down. ``doubts`` are misfits that hinder nothing."""

    fps: Fraction
    spine: tuple[Slot, ...]
    overlays: tuple[Slot, ...]
    runs: tuple[Run, ...]
    misfits: tuple[Misfit, ...]
    fade: tuple[int, int] = (0, 0)
    doubts: tuple[Misfit, ...] = ()
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
    hearing: Hearing = DEAF,
) -> Timeline:
    """Lay a project out.

    :param voices: by segment id; a spoken segment that is missing is estimated from its text
    :param footage: seconds that each clip segment's file has after its ``in``, where known
    :param hearing: the music, for segments with ``snap``
    """
    given, loose = _Given(project, voices, footage or {}), dict[str, tuple[int, int]]()
    if hearing.tied and any(segment.snap for segment in project.segments):
        still = (slot for slots in _placed(given, Snapper(project.output.fps, None, {}), []) for slot in slots)
        loose = {slot.segment: (slot.start, slot.end) for slot in still}
    snapper, misfits = Snapper(project.output.fps, hearing, loose), list[Misfit]()
    spine, placed = _placed(given, snapper, misfits)
    overlays = _abutting(project, sorted(placed, key=lambda slot: slot.start))
    misfits += _collisions(project, overlays)
    fade = _fade(project, spine, misfits)
    return Timeline(
        project.output.fps,
        spine,
        tuple(overlays),
        runs_of(project, spine, overlays, fade),
        tuple(misfits),
        fade,
        tuple(_both_speak(project, spine)),
        tuple(snapper.unsnapped),
    )


@dataclass(frozen=True)
class _Given:
    """What a layout stands on."""

    project: Project
    voices: Mapping[str, Voiced]
    footage: Mapping[str, Fraction]


def _placed(given: _Given, snapper: Snapper, misfits: list[Misfit]) -> tuple[tuple[Slot, ...], tuple[Slot, ...]]:
    """The slots of the spine, and those of what lies over it. Each overlay is placed as soon as all that it lies over
    is, so that cuts are settled in the order of time: music may be tied to it."""
    project, spine, overlays = given.project, list[Slot](), list[Slot]()
    lying: dict[str, list[AnySegment]] = {}  # by the last one underneath
    for segment in project.overlays:
        lying.setdefault(segment.hosts[-1], []).append(segment)
    for under in _spine(project, given.voices, given.footage, snapper, misfits):
        spine.append(under)
        for segment in lying.get(under.segment, []):
            if hosts := _hosts(segment, spine):  # else said by the rules of the project file
                overlays += _overlay(given, segment, hosts, snapper, misfits)
    return tuple(spine), tuple(overlays)


def _overlay(
    given: _Given, segment: AnySegment, hosts: tuple[Slot, ...], snapper: Snapper, misfits: list[Misfit]
) -> Iterator[Slot]:
    """An overlay with its cuts moved to where ``snap`` wants them; nothing where it cannot lie there."""
    fps = given.project.output.fps
    slot = _overlay_slot(segment, hosts, given.project, fps, given.voices)
    if isinstance(slot, Misfit):
        misfits.append(slot)
        return
    voiced, speaks = given.voices.get(hosts[0].segment), isinstance(given.project.segment(hosts[0].segment), Spoken)
    under = replace(hosts[0], frames=hosts[-1].end - hosts[0].start)
    words = (voiced.words if voiced else ()) if speaks else None
    start, frames, exact = snapper.overlay(segment, slot, under, words)
    yield _with_changes(segment, replace(slot, start=start, frames=frames, exact=exact), fps, misfits)


def _spine(
    project: Project,
    voices: Mapping[str, Voiced],
    footage: Mapping[str, Fraction],
    snapper: Snapper,
    misfits: list[Misfit],
) -> Iterator[Slot]:
    """The slots of the spine, each begun so many frames before the end of the last one as they are joined by."""
    fps, before = project.output.fps, None
    for segment in project.spine:
        slot = _spine_slot(segment, before.end if before else 0, fps, voices, footage)
        wish = segment.transition.frames(fps) if segment.transition and before else 0
        if before and wish:
            room = min(before.frames - before.enter, slot.frames)
            if wish > room and before.exact and slot.exact:
                misfits.append(_join_too_long(segment, before, slot, wish, fps))
            slot = replace(slot, start=slot.start - min(wish, room), enter=min(wish, room))
        frames, exact = snapper.spine(segment, slot, footage.get(segment.id))
        before = replace(slot, frames=frames, exact=exact)
        yield before


def _join_too_long(segment: AnySegment, before: Slot, slot: Slot, wish: int, fps: Fraction) -> Misfit:
    if wish > slot.frames:
        left = f"{slot.segment} itself lasts only {_long(slot.frames, fps)}"
    elif before.enter:
        left = (
            f"of the {_long(before.frames, fps)} of {before.segment} its own beginning takes {before.enter}, so that "
            f"{_long(before.frames - before.enter, fps)} are left"
        )
    else:
        left = f"{before.segment} before it lasts only {_long(before.frames, fps)}"
    return Misfit(segment.id, "join-long", f"{segment.id} begins over {_long(wish, fps)}, but {left}")


def _held(segment: AnySegment, fps: Fraction) -> tuple[int, int]:
    freeze = segment.freeze
    return (freeze.start.pause(fps), freeze.end.pause(fps)) if freeze else (0, 0)


def _spine_slot(
    segment: AnySegment, start: int, fps: Fraction, voices: Mapping[str, Voiced], footage: Mapping[str, Fraction]
) -> Slot:
    head, tail = held = _held(segment, fps)
    if isinstance(segment, Spoken):
        frames, voice, known = _spoken(segment, fps, voices)
        return Slot(segment.id, start, head + frames + tail, head + voice, known, held=held)
    if segment.duration is not None:
        return Slot(segment.id, start, head + segment.duration.length(fps) + tail, held=held)
    rest = footage.get(segment.id)
    frames = Time(seconds=Fraction(3)).length(fps) if rest is None else max(1, int(rest * fps))
    return Slot(segment.id, start, head + frames + tail, exact=rest is not None, held=held)


def _spoken(segment: Spoken, fps: Fraction, voices: Mapping[str, Voiced]) -> tuple[int, int, bool]:
    """Frames of a spoken segment, the frame at which its voice begins, and whether that is certain."""
    voiced, sounding = voices.get(segment.id) or estimated(segment.wording), segment.sounding
    before = segment.before.pause(fps) - sounding.lead.pause(fps)  # a voice may begin before its picture
    after = segment.after.pause(fps) - sounding.lag.pause(fps)
    return max(1, before + frames_for(voiced.seconds, fps) + after), before, voiced.known


def _hosts(segment: AnySegment, spine: Sequence[Slot]) -> tuple[Slot, ...]:
    """The slots that an overlay lies over, in order; none where the project names no such stretch."""
    names = [slot.segment for slot in spine]
    first, last = segment.hosts[0], segment.hosts[-1]
    if first not in names or last not in names:
        return ()
    return tuple(spine[names.index(first) : names.index(last) + 1])


def _overlay_slot(
    segment: AnySegment, hosts: tuple[Slot, ...], project: Project, fps: Fraction, voices: Mapping[str, Voiced]
) -> Slot | Misfit:
    host, whole = hosts[0], hosts[-1].end - hosts[0].start
    exact = all(slot.exact for slot in hosts)
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
    rest = whole - offset
    head, tail = held = _held(segment, fps)
    frames, voice = rest, 0
    if isinstance(segment, Spoken):
        spoken, voice, known = _spoken(segment, fps, voices)
        frames, exact = head + spoken + tail, exact and known
    elif segment.duration is not None:
        frames = head + segment.duration.length(fps) + tail
    elif head + tail >= rest:
        frames = head + 1 + tail
    if frames > rest and exact:
        under = host.segment if len(hosts) == 1 else f"{host.segment} to {hosts[-1].segment}"
        return Misfit(
            segment.id,
            "too-long",
            f"{segment.id} is {_long(frames, fps)} long, but from its start only {_long(rest, fps)} of the "
            f"{_long(whole, fps)} of {under} are left",
        )
    names = tuple(slot.segment for slot in hosts)
    return Slot(segment.id, host.start + offset, frames, head + voice, exact, held=held, hosts=names)


def _with_changes(segment: AnySegment, slot: Slot, fps: Fraction, misfits: list[Misfit]) -> Slot:
    """An overlay with the frames that its transitions take."""
    enter = segment.transition.frames(fps) if segment.transition else 0
    leave = segment.transition_out.frames(fps) if segment.transition_out else 0
    if enter + leave > slot.frames and (slot.exact or segment.duration is not None):
        message = f"{segment.id} begins and ends over {_long(enter + leave, fps)}, but lasts {_long(slot.frames, fps)}"
        misfits.append(Misfit(segment.id, "join-long", message))
    enter = min(enter, slot.frames)
    return replace(slot, enter=enter, leave=min(leave, slot.frames - enter))


def _fade(project: Project, spine: Sequence[Slot], misfits: list[Misfit]) -> tuple[int, int]:
    wish, fps = project.fade, project.output.fps
    frames = spine[-1].end if spine else 0
    if wish is None:
        return 0, 0
    up, down = wish.in_.pause(fps), wish.out.pause(fps)
    if up + down > frames and all(slot.exact for slot in spine):
        message = f"the fades take {_long(up + down, fps)}, but the film lasts {_long(frames, fps)}"
        misfits.append(Misfit("", "fade-long", message))
    up = min(up, frames)
    return up, min(down, frames - up)


def _both_speak(project: Project, spine: Sequence[Slot]) -> Iterator[Misfit]:
    """Joins in which one segment begins to speak before the last one has ended."""
    fps = project.output.fps
    for before, slot in pairwise(spine):
        one, other = project.segment(before.segment), project.segment(slot.segment)
        if not slot.enter or not isinstance(one, Spoken) or not isinstance(other, Spoken):
            continue
        together = before.end - before.held[1] - one.after.pause(fps) - (slot.start + slot.voice)
        if together > 0 and one.sound is not False and other.sound is not False:
            message = f"{slot.segment} begins to speak while {before.segment} still does, for {_long(together, fps)}"
            yield Misfit(slot.segment, "both-speak", message)


def _word_start(
    segment: AnySegment, wish: From, host: Slot, project: Project, fps: Fraction, voices: Mapping[str, Voiced]
) -> int | Misfit:
    spoken = project.segment(host.segment)
    say = spoken.wording if isinstance(spoken, Spoken) else ""
    match = find_phrase(say, wish.word, wish.nth)
    if not isinstance(match, Match):
        return Misfit(segment.id, match.problem, match.message)
    voiced = voices.get(host.segment)
    if voiced is None or not voiced.known:
        share = Fraction(match.first, max(1, len(say)))
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


def _abutting(project: Project, overlays: list[Slot]) -> list[Slot]:
    """Overlays that meet as they are written, but would share a frame because a start is rounded down and a length to
    the nearest frame: the earlier one ends where the later one begins."""
    fps, found = project.output.fps, list[Slot]()
    for at, slot in enumerate(overlays, 1):
        under = takewhile(lambda later, end=slot.end: later.start < end, islice(overlays, at, None))  # type: ignore[misc]
        shared = [later for later in under if later.start == slot.end - 1 > slot.start and not slot.leave]
        abut = any(_meet(project, slot, later, fps) for later in shared)
        found.append(replace(slot, frames=slot.frames - 1) if abut else slot)
    return found


def _meet(project: Project, slot: Slot, later: Slot, fps: Fraction) -> bool:
    """Whether the times of two overlays of one host, as written, leave each its own moments."""
    one, other = project.segment(slot.segment), project.segment(later.segment)
    spots = [Time() if each.from_ is None else each.from_ for each in (one, other)]
    begin, after = (spot.exact(fps) if isinstance(spot, Time) else None for spot in spots)
    if begin is None or after is None or one.duration is None or one.snap or other.snap or one.freeze:
        return False
    return slot.hosts[:1] == later.hosts[:1] and begin + one.duration.exact(fps) <= after


def _collisions(project: Project, overlays: list[Slot]) -> list[Misfit]:
    """Overlays that show at the same moment over the same segment, each named once, with the one that shows longest
    before it. Lower thirds leave the picture as it is, so they meet only one another."""
    misfits: list[Misfit] = []
    showing: dict[tuple[str, bool], Slot] = {}  # by host and whether drawn, what shows longest so far
    for later in overlays:
        segment = project.segment(later.segment)
        keys = [(host, is_drawn(segment)) for host in later.hosts]
        earlier = max((showing[key] for key in keys if key in showing), key=lambda slot: slot.end, default=None)
        exact = later.exact and earlier is not None and earlier.exact
        if earlier and later.start < earlier.end and _certain(project.segment(earlier.segment), segment, exact):
            message = f"{later.segment} starts at frame {later.start}, where {earlier.segment} still shows"
            misfits.append(Misfit(later.segment, "collide", f"{message} until {earlier.end}"))
        for key in keys:
            showing[key] = max(showing.get(key, later), later, key=lambda slot: slot.end)
    return misfits


def _certain(earlier: AnySegment, later: AnySegment, exact: bool) -> bool:
    """Whether two overlays really meet. While the voice is only estimated, the order of words is known, not their
    distance: then it is certain only of one that runs to the end."""
    same_measure = isinstance(earlier.from_, From) == isinstance(later.from_, From)
    return exact or (earlier.duration is None and same_measure)
