"""What captions say in each language and when: the cues of a whole film."""

from __future__ import annotations

from collections.abc import Mapping

from edl.cues import GAP, Cue, Line, apart, directed, narrowed, phrases, timed
from edl.directions import direction_of
from edl.project import Project, Spoken
from edl.scripts import Reading, reading_of
from edl.sharing import shared
from edl.timeline import Slot, Timeline
from edl.translation import Given, Translation
from edl.units import Unit, retimed, units_of
from flows.drafting import Drafted, Situation
from flows.plan_takes import voiced


def languages_of(project: Project) -> tuple[str, ...]:
    """The languages that get files: the one that is spoken, then the given ones."""
    given = project.captions.languages if project.captions else {}
    return tuple(dict.fromkeys((project.language, *given)))


def speech_of(project: Project, timeline: Timeline) -> tuple[tuple[Spoken, Slot], ...]:
    """The segments that are heard speaking, in the order in which they show, each with the slot in which it is heard:
    a voice may begin before its picture, and go on after it."""
    slots = sorted((*timeline.spine, *timeline.overlays), key=lambda slot: slot.start)
    spoken = ((project.segment(slot.segment), slot) for slot in slots)
    return tuple(
        (each, slot.heard(each.sounding.lag.pause(timeline.fps), timeline.frames))
        for each, slot in spoken
        if isinstance(each, Spoken) and each.sound is not False
    )


def cues_of(
    situation: Situation,
    timeline: Timeline,
    voices: Mapping[str, Drafted],
    language: str,
    line: int = 0,
    gap: int = GAP,
) -> tuple[Cue, ...]:
    """All cues of a language, in order.

    :param line: the most cells in a line, where the picture is too narrow for the usual length
    :param gap: frames between cues that follow closely
    """
    cues: list[Cue] = []
    texts = situation.translations.get(language, Translation()).texts
    for segment, slot in speech_of(situation.project, timeline):
        heard = voiced(voices[segment.id], segment)
        say = segment.wording
        spoken = units_of(say, heard.words, float(heard.seconds)) or (Unit("", 0.0, float(heard.seconds)),)
        given = texts.get(segment.id)
        reading = reading_of(given.text if given else say, language)
        reading = narrowed(reading, line) if line else reading
        if given is not None:
            parts, free = _given(given, spoken, say, reading)
            if free and language != situation.project.language:
                until, around = slot.frames - slot.voice, GAP + 1  # a frame more, as times are rounded
                parts = shared(parts, float(until / timeline.fps), reading, float(around / timeline.fps))
        else:
            parts = phrases(spoken, reading) if language == situation.project.language and say.strip() else ()
        direction = "" if given and given.fixed else direction_of(given.text if given else say)
        cues += (directed(cue, direction) for cue in timed(parts, slot, timeline.fps, reading, gap))
    return apart(cues, gap)


def _given(given: Given, spoken: Line, say: str, reading: Reading) -> tuple[tuple[Line, ...], bool]:
    """A given wording as cues, and whether these may be moved: captions given one by one stand at the phrases of the
    speech where there are as many."""
    if not given.fixed:
        return phrases(retimed(given.text, spoken), reading), True
    heard = phrases(spoken, reading_of(say))
    if len(heard) == len(given.captions):
        return tuple(retimed(caption, phrase) for caption, phrase in zip(given.captions, heard, strict=True)), False
    units = iter(retimed(given.text, spoken))
    return tuple(tuple(next(units) for _ in retimed(caption, spoken)) for caption in given.captions), True
