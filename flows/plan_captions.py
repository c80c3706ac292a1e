"""Planning captions: their files, and what is burned into which run."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from edl.caption import EM, Captions
from edl.clock import rate_text
from edl.cues import Cue
from edl.occupied import Laid, Occupied
from edl.timeline import Run, Timeline
from engines.media.typefaces import Typeface, needed
from flows.caption_places import GLYPH, Stay, stays_of
from flows.drafting import Drafted, Situation, draft_step
from flows.plan import Delivery, Source, StepKind
from flows.wordings import cues_of, languages_of, speech_of

FORMS = ("srt", "vtt")


def plan_files(situation: Situation, timeline: Timeline, voices: Mapping[str, Drafted]) -> Iterator[Drafted | Delivery]:
    """The caption files of every language in which there is anything to read."""
    if situation.project.captions is None:
        return
    engine = situation.find_engine("conformer/captions")
    waiting = _waits(situation, timeline, voices)
    for language in languages_of(situation.project):
        cues = cues_of(situation, timeline, voices, language)
        for form in FORMS if cues else ():
            params = engine.params.model_validate(
                {
                    "form": form,
                    "fps": rate_text(timeline.fps),
                    "cues": [(cue.start, cue.end, cue.text) for cue in cues],
                }
            )
            name = f"captions:{language}.{form}"
            sources: dict[str, Source | str] = {"voices": waiting[0]} if waiting else {}
            yield draft_step(situation, name, "", StepKind.CAPTIONS, engine, params, sources)
            yield Delivery(name, name, f"{situation.folder}/captions/{language}.{form}")


def _waits(situation: Situation, timeline: Timeline, voices: Mapping[str, Drafted]) -> list[str]:
    """Voices without which it is not known when something is said."""
    if situation.slates:
        return []
    spoken = [segment.id for segment, _ in speech_of(situation.project, timeline)]
    return [voices[each].step.id for each in spoken if voices[each].part is None]


@dataclass(frozen=True)
class BurnedIn:
    """What a run's recipe says of captions, and what goes into it for them; and what the caption covers."""

    params: Mapping[str, object] = field(default_factory=dict)
    sources: Mapping[str, Source | str] = field(default_factory=dict)
    cue: Cue | None = None
    covers: tuple[Laid, ...] = ()


def with_captions(
    situation: Situation,
    timeline: Timeline,
    voices: Mapping[str, Drafted],
    occupied: Occupied,
    runs: Sequence[Run],
) -> Iterator[tuple[Run, BurnedIn]]:
    """Runs, divided further where a caption comes or goes, each with what is burned into it.

    :param occupied: what lies over the pictures, and their size
    """
    captions = situation.project.captions
    if captions is None or not captions.burn:
        yield from ((run, BurnedIn()) for run in runs)
        return
    language, size = captions.show or situation.project.language, occupied.size
    line = int(size[0] * captions.style.safe / 100 / (EM * min(size) * captions.style.size * GLYPH))
    cues = cues_of(situation, timeline, voices, language, line, gap=0)
    stays = {cue.start: stays_of(occupied, captions.style, cue) for cue in cues}
    unknown = _unknown(situation, timeline, voices)
    edges = sorted({edge for cue in cues for edge in (cue.start, cue.end)})
    starts = [cue.start for cue in cues]
    for run in runs:
        waits = next((voice for opens, closes, voice in unknown if opens < run.end and run.start < closes), "")
        if waits:
            yield run, BurnedIn(sources={"caption": waits})  # whole: where it is divided is not known either
            continue
        for start, end in _stretches(run, edges):
            piece = run.between(start, end)
            last = bisect_right(starts, start) - 1
            cue = cues[last] if last >= 0 and start < cues[last].end else None
            yield piece, _burned(situation, captions, cue, piece, stays[cue.start]) if cue else BurnedIn()


def _stretches(run: Run, edges: Sequence[int]) -> Iterator[tuple[int, int]]:
    inside = edges[bisect_right(edges, run.start) : bisect_left(edges, run.end)]
    return pairwise([run.start, *inside, run.end])


def _unknown(
    situation: Situation, timeline: Timeline, voices: Mapping[str, Drafted]
) -> tuple[tuple[int, int, str], ...]:
    """Stretches in which it is not known yet what is said when."""
    if situation.slates:
        return ()
    spoken = speech_of(situation.project, timeline)
    return tuple((slot.start, slot.end, voices[each.id].step.id) for each, slot in spoken if not voices[each.id].part)


def _burned(situation: Situation, captions: Captions, cue: Cue, run: Run, stays: Sequence[Stay]) -> BurnedIn:
    """One cue as the run shows it: frames count from the run's start, and what lies outside it is of no account."""
    words = captions.burn == "words"
    pieces = [
        [(said.text, min(max(0, said.frame - run.start), run.frames)) for said in line] if words else [(text, 0)]
        for line, text in zip(cue.lines, cue.line_texts, strict=True)
    ]
    faces = needed(cue.text, tuple(situation.faces))
    style = captions.style
    stand = next(stay.stand for stay in reversed(stays) if stay.start <= run.start)
    caption = {
        **style.model_dump(exclude={"safe"}),
        "safe": style.safe / 100,
        "lines": pieces,
        "words": words,
        "at": stand.at,
        "lift": stand.lift,
        "faces": [face.number for face in faces],
    }
    sources = {f"font{at}": _font(situation, face) for at, face in enumerate(faces)}
    return BurnedIn({"caption": caption}, sources, cue, stand.on)


def _font(situation: Situation, face: Typeface) -> Source | str:
    return Source(situation.faces[face], face.path)
