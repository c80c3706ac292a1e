"""What a plan has to say about captions, once it is known when everything is spoken."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from math import ceil

from edl.caption_codes import CAPTION_FAST, CAPTION_LONG, CAPTION_OVER, CAPTION_UNWRITTEN
from edl.cues import Cue
from edl.directions import without_marks
from edl.findings import Finding, Place
from edl.scripts import cells, characters, reading_of
from edl.timeline import Timeline
from flows.drafting import Drafted, Situation
from flows.plan_captions import BurnedIn
from flows.wordings import cues_of, languages_of, speech_of

TOLERANCE = 1.05  # how much faster than the limit goes without a word


def caption_remarks(situation: Situation, timeline: Timeline, voices: Mapping[str, Drafted]) -> tuple[Finding, ...]:
    """Captions that are too fast or too long to read, and speech that has none."""
    if situation.project.captions is None:
        return ()
    found: list[Finding] = list(_unwritten(situation, timeline))
    for language in languages_of(situation.project):
        for cue in cues_of(situation, timeline, voices, language):
            if voices[cue.segment].part is not None:
                found += _judged(situation, timeline, language, cue)
    return tuple(found)


def covering_remarks(situation: Situation, burned: Mapping[str, Sequence[BurnedIn]]) -> Iterator[Finding]:
    """Burned-in captions for which nowhere is free; for each segment and what it covers, the first one.

    :param burned: by delivery, what is burned into its runs
    """
    captions = situation.project.captions
    if captions is None:
        return
    found: dict[tuple[str, str], tuple[Cue, dict[str, None]]] = {}
    for target, runs in burned.items():
        for cue, laid in ((run.cue, laid) for run in runs for laid in run.covers):
            if cue is not None:
                found.setdefault((cue.segment, str(laid)), (cue, {}))[1][target] = None
    language = captions.show or situation.project.language
    for (segment, laid_name), (cue, names) in found.items():
        message = f"{_named(cue, language)} covers {laid_name} ({', '.join(names)})"
        yield CAPTION_OVER.at(_place(situation, language, segment), message)


def _unwritten(situation: Situation, timeline: Timeline) -> Iterator[Finding]:
    for segment, _ in speech_of(situation.project, timeline):
        if not segment.wording.strip():
            place = situation.place(segment.id, "audio")
            yield CAPTION_UNWRITTEN.at(place, f'"{segment.id}" has a recording but no transcript')


def _judged(situation: Situation, timeline: Timeline, language: str, cue: Cue) -> Iterator[Finding]:
    reading, fps = reading_of(cue.text, language), timeline.fps
    named = _named(cue, language)
    place = _place(situation, language, cue.segment)
    seconds, needed = float((cue.end - cue.start) / fps), cells(cue.text) / reading.speed
    if needed > seconds * TOLERANCE:
        count = characters(cue.text)
        message = (
            f"{named} shows for {seconds:.1f} s: {ceil(count / seconds)} characters a second, "
            f"{int(count / needed + 1e-6)} can be read, so {int(count * seconds / needed)} instead of {count} fit"
        )
        yield CAPTION_FAST.at(place, message)
    if len(cue.lines) > 2:
        yield CAPTION_LONG.at(place, f"{named} takes {len(cue.lines)} lines")


def _named(cue: Cue, language: str) -> str:
    shown = without_marks(" ".join(cue.line_texts))
    return f'"{shown if len(shown) <= 40 else shown[:39] + "…"}" ({language})'


def _place(situation: Situation, language: str, segment: str) -> Place:
    translation = situation.translations.get(language)
    if translation is not None and segment in translation.texts:
        return translation.texts[segment].place
    return situation.place(segment, "say")
