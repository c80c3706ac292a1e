"""Planning captions: their files, and what is burned into which run."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from math import ceil

from edl.caption import EM, Captions, CaptionStyle
from edl.clock import rate_text
from edl.cues import Cue
from edl.project import Project, Title
from edl.scripts import cells
from edl.slot import Slot
from edl.timeline import Run, Timeline
from engines.media.typefaces import Typeface, needed
from flows.drafting import Drafted, Situation, draft_step
from flows.plan import Delivery, Source, StepKind
from flows.wordings import cues_of, languages_of, speech_of

FORMS = ("srt", "vtt")
GLYPH = 0.53  # ems that a cell takes on average
LOWER_THIRD = {"clean": 0.055, "bold": 0.06, "editorial": 0.066}  # of the shorter side: the letters' largest size
ABOVE = 0.02  # of the height: air between captions and what they avoid
REST = 1  # seconds that a caption keeps its place at least


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
    """What a run's recipe says of captions, and what goes into it for them."""

    params: Mapping[str, object] = field(default_factory=dict)
    sources: Mapping[str, Source | str] = field(default_factory=dict)


def with_captions(
    situation: Situation,
    timeline: Timeline,
    voices: Mapping[str, Drafted],
    size: tuple[int, int],
    runs: Sequence[Run],
) -> Iterator[tuple[Run, BurnedIn]]:
    """Runs, divided further where a caption comes or goes, each with what is burned into it.

    :param size: width and height of the picture
    """
    captions = situation.project.captions
    if captions is None or not captions.burn:
        yield from ((run, BurnedIn()) for run in runs)
        return
    language = captions.show or situation.project.language
    line = int(size[0] * captions.style.safe / 100 / (EM * min(size) * captions.style.size * GLYPH))
    cues = cues_of(situation, timeline, voices, language, line, gap=0)
    unknown = _unknown(situation, timeline, voices)
    edges = sorted({edge for cue in cues for edge in (cue.start, cue.end)})
    starts = [cue.start for cue in cues]
    for run in runs:
        for start, end in _stretches(run, edges):
            piece = run.between(start, end)
            last = bisect_right(starts, start) - 1
            cue = cues[last] if last >= 0 and start < cues[last].end else None
            waits = next((voice for opens, closes, voice in unknown if opens < end and start < closes), "")
            if waits:
                yield piece, BurnedIn(sources={"caption": waits})
            else:
                yield piece, _burned(situation, timeline, captions, cue, piece, size) if cue else BurnedIn()


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


def _burned(
    situation: Situation, timeline: Timeline, captions: Captions, cue: Cue, run: Run, size: tuple[int, int]
) -> BurnedIn:
    """One cue as the run shows it: frames count from the run's start, and what lies outside it is of no account."""
    words = captions.burn == "words"
    pieces = [
        [(said.text, min(max(0, said.frame - run.start), run.frames)) for said in line] if words else [(text, 0)]
        for line, text in zip(cue.lines, cue.line_texts, strict=True)
    ]
    faces = needed(cue.text, tuple(situation.faces))
    style = captions.style
    caption = {
        **style.model_dump(exclude={"safe"}),
        "safe": style.safe / 100,
        "lines": pieces,
        "words": words,
        "lift": round(lift(situation.project, timeline, cue, size, style.at, (run.start, run.end)), 4),
        "faces": [face.number for face in faces],
    }
    sources = {f"font{at}": _font(situation, face) for at, face in enumerate(faces)}
    return BurnedIn({"caption": caption}, sources)


def _font(situation: Situation, face: Typeface) -> Source | str:
    return Source(situation.faces[face], face.path)


def lift(
    project: Project, timeline: Timeline, cue: Cue, size: tuple[int, int], at: str, shown: tuple[int, int] | None = None
) -> float:
    """By how much of the height a cue stands further inside than the safe area: clear of a label in its corner, and
    above a lower third that it would touch, for as long as that shows.

    :param shown: first frame and the one behind the last that are asked for; left out, all of the cue
    """
    first, end = shown or (cue.start, cue.end)
    width, height = size
    unit, style = min(size), project.captions.style if project.captions else CaptionStyle()
    clear = 0.0
    label = project.output.label
    if label is not None and label.corner.startswith(at):
        clear = 0.054 * unit / height + ABOVE
    half = max(cells(text) for text in cue.line_texts) * GLYPH * EM * unit * style.size / 2
    for slot in timeline.overlays:
        title = project.segment(slot.segment)
        if at != "bottom" or not isinstance(title, Title) or title.style != "lower_third":
            continue
        right, top = _plate(title, width, height)
        opens, closes = _lifted(cue, slot, timeline)
        if opens < end and first < closes and width / 2 - half < right + ABOVE * width:
            margin = (1 - style.safe / 100) / 2 * (2 if height > width else 1)
            clear = max(clear, top / height + ABOVE - margin)
    return max(0.0, clear)


def _lifted(cue: Cue, slot: Slot, timeline: Timeline) -> tuple[int, int]:
    """The frames in which a cue keeps clear of a lower third. No caption hops for a moment: what is left of it at
    either side, if shorter than ``REST``, goes with the rest."""
    opens, closes = max(cue.start, slot.start), min(cue.end, slot.end)
    if opens >= closes:
        return opens, opens
    rest = REST * timeline.fps
    return (
        cue.start if opens - cue.start < rest else opens,
        cue.end if cue.end - closes < rest else closes,
    )


def _plate(title: Title, width: int, height: int) -> tuple[float, float]:
    """Where a lower third ends, in pixels from the left and from the lower edge, as near as its text tells."""
    unit, tall = min(width, height), height > width
    room, pad = width * (0.88 if tall else 0.62) - 0.06 * unit, 0.06 * unit
    em = LOWER_THIRD[title.look] * unit
    sizes = ((title.text, em), (title.subtitle, 0.66 * em))
    wide = [0.57 * em * len(text) for text, em in sizes]
    high = sum(1.3 * em * ceil(long / room) for (_, em), long in zip(sizes, wide, strict=True))
    foot = (0.15 if tall else 0.08) * height
    return 0.06 * width + pad + min(room, max(wide)), foot + min(0.34 * height, high + pad)
