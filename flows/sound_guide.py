"""What is wrong with the sound of a project: J and L cuts beyond what there is, fades that do not fit, music without a
place. Needs the timeline, and what is known of the files."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import takewhile

from edl import sound_codes as codes
from edl.clock import Time
from edl.effect_rules import silent_footage
from edl.facts import FootageFacts, InputFacts
from edl.findings import Finding
from edl.loader import Loaded
from edl.music import Mark, Music
from edl.project import AnySegment, Clip, Spoken
from edl.suggest import meant
from edl.timeline import Slot, Timeline
from flows.gather import Known
from flows.lay_sound import cue_frames

SHORTEST = Fraction(1, 2)  # seconds that can be repeated
ENCODED = Fraction(1, 20)  # seconds by which a codec's packets may reach beyond the sound


@dataclass(frozen=True)
class _Hall:
    """What judging needs at every turn."""

    loaded: Loaded
    known: Known
    timeline: Timeline

    @property
    def fps(self) -> Fraction:
        return self.timeline.fps

    def seconds(self, time: Time) -> Fraction:
        return time.exact(self.fps) / self.fps

    def facts(self, written: str) -> InputFacts:
        return self.known.facts.get(self.known.digests.get(written, ""), InputFacts())


def sound_findings(loaded: Loaded, known: Known, timeline: Timeline) -> tuple[Finding, ...]:
    """All findings about sound."""
    hall = _Hall(loaded, known, timeline)
    slots = {slot.segment: slot for slot in (*timeline.spine, *timeline.overlays)}
    found: list[Finding] = []
    for segment in loaded.project.segments:
        if segment.id in slots and isinstance(segment, (Spoken, Clip)):
            found += _beyond(hall, segment, slots[segment.id])
            found += _fades(hall, segment, slots[segment.id])
    for number, music in enumerate(loaded.project.music):
        found += _music(hall, f"music[{number}]", music)
    room = loaded.project.room
    tone = hall.facts(room.file).sound if room else None
    if room and tone and tone.seconds < SHORTEST:
        words = f"{room.file} is {tone.seconds:.2f} s long"
        found.append(codes.LOOP_SHORT.at(loaded.places.at("room.file"), words))
    return tuple(found)


def _beyond(hall: _Hall, segment: AnySegment, slot: Slot) -> Iterator[Finding]:
    sounding, places = segment.sounding, hall.loaded.places
    lead, lag = sounding.lead.pause(hall.fps), sounding.lag.pause(hall.fps)
    if lead > slot.start and _start_is_sure(hall, segment, slot):
        words = (
            f"{segment.id} starts {_long(slot.start, hall.fps)} into the film, its sound {_long(lead, hall.fps)} before"
        )
        yield codes.SOUND_BEYOND.at(places.of(segment.id, "sound.lead"), words)
    if slot.end + lag > hall.timeline.frames and _rest_is_sure(hall, segment, slot):
        left = _long(hall.timeline.frames - slot.end, hall.fps)
        words = f"after {segment.id} the film goes on for {left}, its sound is to go on for {_long(lag, hall.fps)}"
        yield codes.SOUND_BEYOND.at(places.of(segment.id, "sound.lag"), words)
    if isinstance(segment, Spoken):
        yield from _voice_beyond(hall, segment, slot, lead, lag)
    elif isinstance(segment, Clip):
        yield from _footage_beyond(hall, segment, slot)


def _start_is_sure(hall: _Hall, segment: AnySegment, slot: Slot) -> bool:
    """Whether no voice that is still to come can move the start of a segment."""
    first = (slot.hosts or (slot.segment,))[0]
    before = takewhile(lambda each: each.segment != first, hall.timeline.spine)
    fixed = slot.exact or not slot.hosts or (segment.from_ is None and segment.snap is None)
    return fixed and all(each.exact for each in before)


def _rest_is_sure(hall: _Hall, segment: AnySegment, slot: Slot) -> bool:
    """Whether no voice that is still to come can change how long the film goes on after a segment."""
    last = (slot.hosts or (slot.segment,))[-1]
    after = takewhile(lambda each: each.segment != last, reversed(hall.timeline.spine))
    with_host = not isinstance(segment, Spoken) and segment.duration is None
    return (slot.exact or not slot.hosts or with_host) and all(each.exact for each in after)


def _voice_beyond(hall: _Hall, segment: Spoken, slot: Slot, lead: int, lag: int) -> Iterator[Finding]:
    for name, own, pause in (("lead", lead, segment.before), ("lag", lag, segment.after)):
        other = "before" if name == "lead" else "after"
        if own and not pause.nothing:
            place = hall.loaded.places.of(segment.id, f"sound.{name}")
            yield codes.LEAD_AND_BEFORE.at(place, f"{segment.id} has {name}: and {other}:")
    if slot.exact and slot.frames <= 1 and lead + lag:
        place = hall.loaded.places.of(segment.id, "sound.lead" if lead else "sound.lag")
        yield codes.SOUND_BEYOND.at(place, f"nothing of {segment.id} is left for its picture")


def _footage_beyond(hall: _Hall, segment: Clip, slot: Slot) -> Iterator[Finding]:
    sounding, places, begin = segment.sounding, hall.loaded.places, hall.seconds(segment.in_)
    lead, lag = hall.seconds(sounding.lead), hall.seconds(sounding.lag)
    if lead > begin:
        words = (
            f"{segment.file} has {float(begin):.2f} s before its in:, the sound is to begin {float(lead):.2f} s before"
        )
        yield codes.SOUND_BEYOND.at(places.of(segment.id, "sound.lead"), words)
    footage = hall.facts(segment.file).footage
    if footage is not None and (slot.exact or not footage.has_sound):
        yield from _uneven(hall, segment, slot, footage)
    if footage is not None and lag and slot.exact:
        heard = footage.seconds if footage.sound_end is None else footage.sound_end
        rest = Fraction(heard) - begin - slot.moving.frames / hall.fps
        if lag > rest + 1 / hall.fps:
            words = (
                f"{segment.file} goes on for {max(0.0, float(rest)):.2f} s after the clip, the sound is to go on for"
            )
            yield codes.SOUND_BEYOND.at(places.of(segment.id, "sound.lag"), f"{words} {float(lag):.2f} s")


def _uneven(hall: _Hall, segment: Clip, slot: Slot, footage: FootageFacts) -> Iterator[Finding]:
    """Sound that ends before the picture that is shown, or goes on where the file's picture is over."""
    places = hall.loaded.places
    if not footage.has_sound:
        if silent := silent_footage(segment, places):
            yield silent
        return
    heard = segment.sound if segment.sound is not None else segment.over is None
    if footage.sound_end is None or segment.sync_to is not None or not heard:
        return
    frame = max(1 / hall.fps, ENCODED)
    end = hall.seconds(segment.in_) + slot.moving.frames / hall.fps + hall.seconds(segment.sounding.lag)
    sound, picture = Fraction(footage.sound_end), Fraction(footage.seconds)
    place = places.of(segment.id, "duration" if segment.duration else "file")
    if end > sound + frame:
        words = f"the sound of {segment.file} ends {float(end - sound):.2f} s before {segment.id} does"
        yield codes.SOUND_UNEVEN.at(place, words)
    elif segment.duration is None and picture <= end + frame and sound > end + frame:
        words = f"the sound of {segment.file} goes on for {float(sound - end):.2f} s after its picture, unheard"
        yield codes.SOUND_UNEVEN.at(place, words)


def _fades(hall: _Hall, segment: AnySegment, slot: Slot) -> Iterator[Finding]:
    sounding = segment.sounding
    fades = hall.seconds(sounding.fade_in) + hall.seconds(sounding.fade_out)
    heard = slot.moving.frames / hall.fps + hall.seconds(sounding.lead) + hall.seconds(sounding.lag)
    if fades > heard and slot.exact:
        place = hall.loaded.places.of(segment.id, "sound.fade_in" if sounding.fade_in != Time() else "sound.fade_out")
        yield codes.FADE_LONG.at(
            place, f"{segment.id} is heard for {float(heard):.2f} s, its fades take {float(fades):.2f}"
        )


def _music(hall: _Hall, path: str, music: Music) -> Iterator[Finding]:
    places, known = hall.loaded.places, {segment.id for segment in hall.loaded.project.segments}
    lost = False
    for name, spot in (("from", music.from_), ("until", music.until)):
        if isinstance(spot, Mark) and spot.segment not in known:
            lost = True
            words = f'there is no segment "{spot.segment}"'
            yield codes.MARK_UNKNOWN.at(
                places.at(f"{path}.{name}.segment"), words, meant(spot.segment, known, "segment")
            )
    if not lost:
        yield from _cue_place(hall, path, music)
    yield from _cue_file(hall, path, music)


def _cue_place(hall: _Hall, path: str, music: Music) -> Iterator[Finding]:
    places, frames = hall.loaded.places, hall.timeline.frames
    start, end = cue_frames(music, hall.timeline)
    certain = hall.timeline.exact
    if start >= frames and certain:
        words = f"it begins {_long(start, hall.fps)} into a film of {_long(frames, hall.fps)}"
        yield codes.MUSIC_OUTSIDE.at(places.at(f"{path}.from"), words)
    elif end <= start and (certain or (isinstance(music.from_, Time) and isinstance(music.until, Time))):
        words = f"it would begin at {_long(start, hall.fps)} and end at {_long(end, hall.fps)}"
        yield codes.MUSIC_ORDER.at(places.at(f"{path}.until"), words)
    elif (
        certain
        and music.model_fields_set & {"fade_in", "fade_out"}
        and hall.seconds(music.fade_in) + hall.seconds(music.fade_out) > (end - start) / hall.fps
    ):
        words = f"it is heard for {_long(end - start, hall.fps)}"
        yield codes.FADE_LONG.at(
            places.at(f"{path}.fade_in" if not music.fade_in.nothing else f"{path}.fade_out"), words
        )


def _cue_file(hall: _Hall, path: str, music: Music) -> Iterator[Finding]:
    places, first, sound = hall.loaded.places, hall.seconds(music.in_), hall.facts(music.file).sound
    out = hall.seconds(music.out) if music.out is not None else None
    if out is not None and out <= first:
        yield codes.MUSIC_ORDER.at(places.at(f"{path}.out"), f"out: is {float(out):g} s, in: is {float(first):g} s")
        return
    if sound is None:
        return
    last = min(out, Fraction(sound.seconds)) if out is not None else Fraction(sound.seconds)
    if first >= last:
        yield codes.MUSIC_OUTSIDE.at(places.at(f"{path}.in"), f"{music.file} is {sound.seconds:.2f} s long")
    elif music.loop and last - first < SHORTEST:
        yield codes.LOOP_SHORT.at(
            places.at(f"{path}.file"), f"{float(last - first):.2f} s of {music.file} are repeated"
        )
    elif not music.loop and music.until is not None and hall.timeline.exact:
        start, end = cue_frames(music, hall.timeline)
        if (end - start) / hall.fps > last - first + 1 / hall.fps:
            words = f"{float(last - first):.2f} s of {music.file} are to fill {float((end - start) / hall.fps):.2f} s"
            yield codes.MUSIC_ENDS.at(places.at(f"{path}.until"), words)


def _long(frames: int, fps: Fraction) -> str:
    return f"{float(frames / fps):.2f} s"
