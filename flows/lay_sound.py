"""What sounds where: voices, footage, music and room tone of a project on the programme's clock of samples."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from functools import cached_property
from itertools import pairwise
from typing import Any

from pydantic import JsonValue

from edl.clock import Time, sample_at
from edl.music import Mark, Music
from edl.project import Clip, Spoken
from edl.timeline import Slot, Timeline
from engines.media.pieces import HOP, PAUSE, RATE, ROOM_FADE
from flows.drafting import Drafted, Situation, draft_step
from flows.plan import Source, StepKind
from flows.plan_takes import Take

Ranges = tuple[tuple[int, int], ...]
SILENCE = "SIL"


@dataclass(frozen=True)
class Laid:
    """A voice or the sound of footage, from sample ``start`` to ``end``; ``skip`` samples of its file are left out.
    ``speech``: when somebody speaks in it. ``source`` is a text where it is not there yet."""

    source: Source | str
    start: int
    end: int
    skip: int = 0
    gain: float = 0.0
    rise: int = 0
    fall: int = 0
    speech: Ranges = ()


@dataclass(frozen=True)
class Cue:
    """Music from sample ``start`` to ``end``; ``first`` to ``last`` (None: to its end) of its file is repeated."""

    source: Source | str
    start: int
    end: int
    first: int
    last: int | None
    music: Music
    rise: int
    fall: int


@dataclass(frozen=True)
class Score:
    """All that sounds; ``sounds`` by their starts. ``tracks`` are the steps that make files readable anywhere; ``gaps``
    is where the room is heard; ``fade``: samples at both ends in which everything comes up and goes down with the
    picture."""

    samples: int
    sounds: tuple[Laid, ...]
    cues: tuple[Cue, ...]
    room: Source | str | None
    gaps: Ranges
    speech: Ranges
    tracks: tuple[Drafted, ...]
    fade: tuple[int, int] = (0, 0)

    @cached_property
    def longest(self) -> int:
        """Samples of the longest sound."""
        return max((laid.end - laid.start for laid in self.sounds), default=0)

    def within(self, first: int, last: int) -> Iterator[Laid]:
        """Sounds that are heard between two samples, without a look at all of an hour's."""
        begin = bisect_left(self.sounds, first - self.longest, key=_start)
        end = bisect_left(self.sounds, last, key=_start)
        return (laid for laid in self.sounds[begin:end] if laid.end > first)


def _start(laid: Laid) -> int:
    return laid.start


@dataclass
class _Desk:
    """What laying needs at every turn."""

    situation: Situation
    timeline: Timeline
    takes: Mapping[str, Take]
    voices: Mapping[str, Drafted]
    tracks: list[Drafted] = field(default_factory=list)

    @property
    def ducks(self) -> bool:
        """Whether any music wants to know when somebody speaks."""
        return any(music.duck for music in self.situation.project.music)

    def at(self, frame: int) -> int:
        return sample_at(frame, RATE, self.timeline.fps)

    def length(self, time: Time) -> int:
        """A time in samples, not rounded to frames."""
        if time.nothing:  # most are, and fractions are slow
            return 0
        return int(time.exact(self.timeline.fps) / self.timeline.fps * RATE)

    def track(self, step_id: str, segment: str, file: str, **params: object) -> Drafted:
        engine = self.situation.find_engine("conformer/track")
        wanted = engine.params.model_validate(params)
        sources = {"file": self.situation.source(file)}
        drafted = draft_step(self.situation, step_id, segment, StepKind.TRACK, engine, wanted, sources)
        self.tracks.append(drafted)
        return drafted


def lay_sound(
    situation: Situation, timeline: Timeline, takes: Mapping[str, Take], voices: Mapping[str, Drafted]
) -> Score:
    """Everything that sounds in the programme."""
    desk = _Desk(situation, timeline, takes, voices)
    samples = desk.at(timeline.frames)
    sounds = tuple(
        laid if laid.end <= samples else replace(laid, end=samples)
        for laid in sorted(_laid(desk), key=lambda laid: (laid.start, laid.end))
        if laid.start < min(laid.end, samples)
    )
    cues = tuple(cue for number, music in enumerate(situation.project.music) if (cue := _cue(desk, number, music)))
    room = situation.project.room
    tone = desk.track("track:room", "", room.file).source() if room else None
    gaps = _gaps(sounds, samples) if room else ()
    speech = _speech(sounds) if any(cue.music.duck for cue in cues) else ()
    return Score(samples, sounds, cues, tone, gaps, speech, tuple(desk.tracks), _fade(desk))


def _fade(desk: _Desk) -> tuple[int, int]:
    """Samples in which the film's sound comes up and goes down."""
    wish, (up, down) = desk.situation.project.fade, desk.timeline.fade
    if wish is None or not wish.sound:
        return 0, 0
    return desk.at(up), desk.at(desk.timeline.frames) - desk.at(desk.timeline.frames - down)


def _laid(desk: _Desk) -> Iterator[Laid]:
    timeline = desk.timeline
    leaves = {before.segment: after.enter for before, after in pairwise(timeline.spine)}
    for whole in (*timeline.spine, *timeline.overlays):
        slot = whole.moving
        segment = desk.situation.project.segment(slot.segment)
        if isinstance(segment, Spoken) and segment.sound is not False:
            yield from _voice(desk, segment, slot)
        elif isinstance(segment, Clip) and (segment.sound if segment.sound is not None else segment.over is None):
            leave = leaves.get(slot.segment, 0) if whole.leave == 0 else whole.leave
            yield from _footage(desk, segment, slot, _joined(desk, whole, leave))


def _joined(desk: _Desk, slot: Slot, leave: int) -> tuple[int, int]:
    """Samples at both ends of the moving part of a slot in which its picture is blended with another."""
    head, tail = slot.held
    first, last = slot.start + head, slot.end - tail
    rise = desk.at(first + max(0, slot.enter - head)) - desk.at(first)
    fall = desk.at(last) - desk.at(last - max(0, leave - tail))
    return rise, fall


def _voice(desk: _Desk, segment: Spoken, slot: Slot) -> Iterator[Laid]:
    voice, sounding = desk.voices[segment.id], segment.sounding
    if voice.part is None and desk.situation.slates:
        return
    begin = slot.start + slot.voice
    end = desk.at(slot.end + sounding.lag.pause(desk.timeline.fps))
    start = desk.at(max(0, begin))
    skip = desk.at(-begin) if begin < 0 else 0
    speech: Ranges = ()
    if voice.part is not None:
        samples, heard = spoken(voice.part.facts)
        end = min(end, start - skip + samples)
        speech = _placed(heard if desk.ducks else [], start - skip, start, end)
    rise, fall = desk.length(sounding.fade_in), desk.length(sounding.fade_out)
    yield Laid(voice.source(), start, end, skip, sounding.gain, rise, fall, speech)


def spoken(facts: Mapping[str, JsonValue]) -> tuple[int, list[tuple[float, float]]]:
    """A voice's length in samples at 48 kHz, and the seconds in which it speaks, short pauses left out.

    Read as they are written: an hour has fifty thousand phones, and a plan is made often.
    """
    voice: Any = facts["voice"]
    heard: list[tuple[float, float]] = []
    first, last = 0.0, None
    for phone in voice["phones"]:
        if phone["name"] == SILENCE:
            continue
        if last is None or phone["start"] - last > PAUSE * HOP / RATE:
            if last is not None:
                heard.append((first, last))
            first = phone["start"]
        last = phone["end"]
    if last is not None:
        heard.append((first, last))
    return voice["samples"] * RATE // voice["rate"], heard


def _footage(desk: _Desk, segment: Clip, slot: Slot, joined: tuple[int, int]) -> Iterator[Laid]:
    """The sound of footage: its own, or that of the clean recording that it belongs to."""
    take, sounding = desk.takes[segment.id], segment.sounding
    heard = take.dub or take.parts[0]
    start, end = desk.at(slot.start), desk.at(slot.end)
    if heard.part is None:
        if not desk.situation.slates:
            yield Laid(heard.step.id, start, end)
        return
    own = heard.part.media if take.dub else str(heard.part.facts.get("sound", ""))
    if not own:
        return
    rise, fall = max(desk.length(sounding.fade_in), joined[0]), max(desk.length(sounding.fade_out), joined[1])
    lead, lag = desk.length(sounding.lead), desk.length(sounding.lag)
    if not lead and not lag:
        speech = _placed(_ranges(heard.part.facts), start, start, end)
        yield Laid(heard.source(own), start, end, 0, sounding.gain, rise, fall, speech)
        return
    wide = _wide(desk, segment, lead, end - start, lag)
    begin = max(0, start - lead)
    speech = _placed(_ranges(wide.part.facts if wide.part else {}), start - lead, begin, end + lag)
    yield Laid(wide.source(), begin, end + lag, begin - start + lead, sounding.gain, rise, fall, speech)


def _wide(desk: _Desk, segment: Clip, lead: int, samples: int, lag: int) -> Drafted:
    """The sound of footage beyond its picture."""
    fps = desk.timeline.fps
    since = segment.in_.exact(fps) / fps - Fraction(lead, RATE)
    return desk.track(
        f"track:{segment.id}", segment.id, segment.file, since=str(since), samples=lead + samples + lag, speech=True
    )


def _ranges(facts: Mapping[str, JsonValue]) -> list[tuple[float, float]]:
    found = facts.get("speech", [])
    return [(float(pair[0]), float(pair[1])) for pair in found] if isinstance(found, list) else []  # type: ignore


def _placed(seconds: list[tuple[float, float]], origin: int, start: int, end: int) -> Ranges:
    """Stretches of a sound on the programme's clock, as far as they are heard."""
    placed = ((max(start, origin + int(a * RATE)), min(end, origin + int(b * RATE))) for a, b in seconds)
    return _merged(((a, b) for a, b in placed if b > a), PAUSE * HOP)


def _merged(ranges: Iterator[tuple[int, int]], gap: int) -> Ranges:
    """Stretches in order, those that lie no further apart than ``gap`` as one."""
    found: list[tuple[int, int]] = []
    for first, last in sorted(ranges):
        if found and first - found[-1][1] <= gap:
            found[-1] = found[-1][0], max(found[-1][1], last)
        else:
            found.append((first, last))
    return tuple(found)


def _speech(sounds: tuple[Laid, ...]) -> Ranges:
    """When anybody speaks, on the grid on which music steps back."""
    heard = (each for laid in sounds for each in laid.speech)
    return _merged(((first // HOP * HOP, -(-last // HOP) * HOP) for first, last in heard), PAUSE * HOP)


def _gaps(sounds: tuple[Laid, ...], samples: int) -> Ranges:
    """Where neither voice nor footage is."""
    busy = _merged(((laid.start, laid.end) for laid in sounds), ROOM_FADE)
    edges = [0, *(edge for pair in busy for edge in pair), samples]
    return tuple((a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if b - a > ROOM_FADE)


def _cue(desk: _Desk, number: int, music: Music) -> Cue | None:
    start, end = cue_frames(music, desk.timeline)
    if end <= start:
        return None
    speech = desk.track(f"track:music{number + 1}", "", music.file)
    begin, stop = desk.at(start), desk.at(end)
    first = desk.length(music.in_)
    last = desk.length(music.out) if music.out is not None else None
    there = int(str(speech.part.facts["samples"])) if speech.part else None
    if not music.loop and there is not None:
        stop = min(stop, begin + max(0, min(last or there, there) - first))
    rise, fall = desk.length(music.fade_in), desk.length(music.fade_out)
    return Cue(speech.source(), begin, stop, first, last, music, rise, fall)


def cue_frames(music: Music, timeline: Timeline) -> tuple[int, int]:
    """The frames of the programme in which a cue may be heard, first and one behind the last."""
    start = 0 if music.from_ is None else _frame(music.from_, timeline, False)
    end = timeline.frames if music.until is None else _frame(music.until, timeline, True)
    return max(0, start), min(timeline.frames, end)


def _frame(place: Mark | Time, timeline: Timeline, ends: bool) -> int:
    if isinstance(place, Time):
        return place.start(timeline.fps)
    try:
        slot = timeline.slot(place.segment)
    except KeyError:
        return timeline.frames if ends else 0  # said by check
    return (slot.end if ends else slot.start) + int(place.shift.exact(timeline.fps))
