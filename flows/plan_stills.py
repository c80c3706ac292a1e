"""Planning pictures that stand for the film: the poster, and the contact sheet of the whole programme."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from edl.clock import Time
from edl.delivery import PosterOf
from edl.delivery_codes import POSTER_OUTSIDE
from edl.findings import Finding, Place
from edl.picture import Layer
from edl.project import Kind
from edl.timeline import Run, Timeline
from flows.drafting import Drafted, Situation, draft_step
from flows.plan import Delivery, Source, StepKind

Shown = Sequence[tuple[Run, Drafted]]  # the runs of the master and the steps that fit them
Showing = Mapping[str, Shown]  # by segment, those of its runs


@dataclass(frozen=True)
class Moment:
    """A frame of a fitted run. ``search``: frames to each side among which a better one may be taken."""

    run: Run
    fit: Drafted
    frame: int
    search: int = 0


def plan_stills(situation: Situation, timeline: Timeline, shown: Shown) -> Iterator[Drafted | Delivery]:
    """The steps that the project asks for, and where their files go."""
    output = situation.project.output
    if output.poster is not None and output.poster is not False:
        yield _poster(situation, timeline, shown)
        yield Delivery("poster", "poster", f"{situation.folder}/poster.jpg")
    if output.sheet:
        yield _sheet(situation, timeline, shown)
        yield Delivery("sheet", "sheet", f"{situation.folder}/sheet.jpg")


def poster_remarks(situation: Situation, timeline: Timeline) -> Iterator[Finding]:
    """What the film does not show of what the poster is to be taken from; certain once the voices are there."""
    poster, path = situation.project.output.poster, "output.poster"
    place = situation.places.at(path) if situation.places else Place(path=path)
    if not timeline.exact:
        return
    if isinstance(poster, Time) and poster.start(timeline.fps) >= timeline.frames:
        seconds = float(timeline.frames / timeline.fps)
        yield POSTER_OUTSIDE.at(place, f"the poster is to be taken at {poster}, but the film lasts {seconds:.2f} s")
    if isinstance(poster, PosterOf):
        seen = {layer.segment for run in timeline.runs for layer in run.picture.layers}
        if poster.segment not in seen:
            yield POSTER_OUTSIDE.at(place, f'the poster is to show "{poster.segment}", which is never seen')


def _showing(shown: Shown) -> Showing:
    found: dict[str, list[tuple[Run, Drafted]]] = {}
    for run, fit in shown:
        for segment in dict.fromkeys(layer.segment for layer in run.picture.layers):
            found.setdefault(segment, []).append((run, fit))
    return found


def _poster(situation: Situation, timeline: Timeline, shown: Shown) -> Drafted:
    engine = situation.find_engine("conformer/poster")
    moment = _wanted(situation, timeline, shown)
    params = engine.params.model_validate({"frame": moment.frame, "search": moment.search})
    sources: dict[str, Source | str] = {"run": moment.fit.source()}
    return draft_step(situation, "poster", "", StepKind.STILL, engine, params, sources)


def _wanted(situation: Situation, timeline: Timeline, shown: Shown) -> Moment:
    poster = situation.project.output.poster
    if isinstance(poster, Time):
        return _at(shown, min(poster.start(timeline.fps), timeline.frames - 1))
    showing = _showing(shown)
    if isinstance(poster, PosterOf) and (moment := _middle(showing, poster.segment)):
        return moment
    search = round(timeline.fps / 2)
    for kinds in (frozenset({Kind.TALK}), frozenset(Kind) - {Kind.TITLE}, frozenset(Kind)):
        for run, _ in shown:
            if run.base and situation.project.segment(run.base.segment).kind in kinds:
                moment = _middle(showing, run.base.segment)
                assert moment is not None
                return Moment(moment.run, moment.fit, moment.frame, min(search, (moment.run.frames - 1) // 2))
    return _at(shown, 0)


def _at(shown: Shown, frame: int) -> Moment:
    run, fit = next((run, fit) for run, fit in reversed(shown) if run.start <= frame)
    return Moment(run, fit, frame - run.start)


def _middle(showing: Showing, segment: str) -> Moment | None:
    """The middle of the longest run that shows a segment, of those in which nothing else shows where there are any, and
    rather of those outside of joins and fades."""
    own = showing.get(segment, ())
    plain = [(run, fit) for run, fit in own if {layer.segment for layer in run.picture.layers} == {segment}]
    if not own:
        return None
    run, fit = max(plain or own, key=lambda each: (isinstance(each[0].picture.base, Layer), each[0].frames))
    return Moment(run, fit, run.frames // 2)


def _sheet(situation: Situation, timeline: Timeline, shown: Shown) -> Drafted:
    engine = situation.find_engine("conformer/sheet")
    sources: dict[str, Source | str] = {}
    cells: list[dict[str, object]] = []
    showing = _showing(shown)
    for slot in sorted((*timeline.spine, *timeline.overlays), key=lambda slot: slot.start):
        moment = _middle(showing, slot.segment)
        if moment is None:
            continue  # covered from its first frame to its last
        name = f"run{len(cells)}"
        sources[name] = moment.fit.source()
        where = timecode(moment.run.start + moment.frame, timeline.fps)
        cells.append({"input": name, "frame": moment.frame, "name": slot.segment, "time": where})
    params = engine.params.model_validate({"title": situation.project.title, "cells": cells})
    return draft_step(situation, "sheet", "", StepKind.STILL, engine, params, sources, units=len(cells))


def timecode(frame: int, fps: Fraction) -> str:
    """HH:MM:SS:FF, counted at the nominal rate, none dropped."""
    nominal = round(fps)
    seconds = frame // nominal
    return f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}:{frame % nominal:02}"
