"""What captions say in each language and when: the cues of a whole film."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise

from edl.cues import GAP, Cue, Line, narrowed, phrases, timed
from edl.project import Project, Spoken
from edl.scripts import Reading, reading_of
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
    """The segments that are heard speaking, in the order in which they begin."""
    slots = sorted((*timeline.spine, *timeline.overlays), key=lambda slot: slot.start)
    spoken = ((project.segment(slot.segment), slot) for slot in slots)
    return tuple((each, slot) for each, slot in spoken if isinstance(each, Spoken) and each.sound is not False)


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
            parts = _given(given, spoken, say, reading)
        else:
            parts = phrases(spoken, reading) if language == situation.project.language and say.strip() else ()
        cues += timed(parts, slot, timeline.fps, reading, gap)
    return tuple(_apart(cues))


def _given(given: Given, spoken: tuple[Unit, ...], say: str, reading: Reading) -> tuple[Line, ...]:
    """A given wording as cues. Captions given one by one stand at the phrases of the speech where there are as many;
    else they share its time by their lengths."""
    if not given.fixed:
        return phrases(retimed(given.text, spoken), reading)
    heard = phrases(spoken, reading_of(say))
    if len(heard) == len(given.captions):
        return tuple(retimed(caption, phrase) for caption, phrase in zip(given.captions, heard, strict=True))
    units = iter(retimed(given.text, spoken))
    return tuple(tuple(next(units) for _ in retimed(caption, spoken)) for caption in given.captions)


def _apart(cues: Sequence[Cue]) -> Iterator[Cue]:
    """Cues of segments that overlap: one ends where the next begins."""
    ordered = sorted(cues, key=lambda cue: cue.start)
    for cue, following in pairwise(ordered):
        end = min(cue.end, following.start)
        if end > cue.start:
            yield replace(cue, end=end)
    yield from ordered[-1:]
