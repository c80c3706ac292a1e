"""Planning what viewers get: the visible runs, the programme's sound, and the finished files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction

from edl.project import Cutaway, Kind, Project
from edl.recipe import Native
from edl.timeline import Layer, Run, Timeline
from flows.drafting import Drafted, Situation, draft_step
from flows.plan import Delivery, Source, StepKind
from flows.plan_captions import BurnedIn, plan_files, with_captions
from flows.plan_sound import plan_mix
from flows.plan_takes import Take

PEOPLE = frozenset({Kind.TALK, Kind.LOOP})


@dataclass(frozen=True)
class Target:
    """One finished file: its name, its shape, and where it goes."""

    name: str
    width: int
    height: int
    file: str


def targets(project: Project, folder: str) -> tuple[Target, ...]:
    """The master and its variants."""
    output = project.output
    return (
        Target("master", output.width, output.height, f"{folder}/master.mp4"),
        *(
            Target(variant.name, variant.width, variant.height, f"{folder}/{variant.name}.mp4")
            for variant in output.variants
        ),
    )


def plan_conform(
    situation: Situation, timeline: Timeline, takes: Mapping[str, Take], voices: Mapping[str, Drafted]
) -> Iterator[Drafted | Delivery]:
    """Steps in order: runs of every target, the mix, the finished files."""
    mix = plan_mix(situation, timeline, takes, voices)
    pieces = tuple(_pieces(timeline, takes))
    finished = []
    for target in targets(situation.project, situation.folder):
        shown = with_captions(situation, timeline, voices, (target.width, target.height), pieces)
        runs = [_fit(situation, target, run, takes, burned) for run, burned in shown]
        yield from runs
        finished.append((target, runs))
    yield mix
    for target, runs in finished:
        yield _master(situation, timeline, target, runs, mix)
        yield Delivery(target.name, f"master:{target.name}", target.file)
    yield from plan_files(situation, timeline, voices)


def _pieces(timeline: Timeline, takes: Mapping[str, Take]) -> Iterator[Run]:
    """The timeline's runs, divided further where the base take goes from one part to the next."""
    for run in timeline.runs:
        take = takes.get(run.base.segment) if run.base else None
        if run.base is None or take is None:
            yield run
            continue
        first, end = run.base.first, run.base.first + run.frames
        for piece in take.pieces:
            low, high = max(first, piece.first), min(end, piece.first + piece.frames)
            if low < high:
                drawn = replace(run.drawn, first=run.drawn.first + low - first) if run.drawn else None
                yield Run(run.start + low - first, high - low, Layer(run.base.segment, low), drawn)


def _fit(situation: Situation, target: Target, run: Run, takes: Mapping[str, Take], burned: BurnedIn) -> Drafted:
    engine = situation.find_engine("conformer/fit")
    params: dict[str, object] = {**burned.params}
    sources: dict[str, Source | str] = {**burned.sources}
    segment = run.base.segment if run.base else ""
    if run.base is not None:
        part, offset = _part_at(takes[segment], run.base.first)
        if situation.slates and part.part is None:
            params["slate"] = f"{segment} is missing"
        else:
            sources["base0"] = part.source()
            params |= {"first": offset, **_label(situation, segment, takes[segment])}
            params |= _retime(situation, segment, part)
    if run.drawn is not None:
        part, offset = _part_at(takes[run.drawn.segment], run.drawn.first)
        if part.part is not None or not situation.slates:
            sources["drawn0"] = part.source()
            params["drawn_first"] = offset
    native = Native(target.width, target.height, timeline_rate(situation), run.frames)
    step_id = f"fit:{target.name}/{segment or 'black'}@{run.start}"
    shown = run.drawn.segment if run.drawn and not segment else segment
    return draft_step(
        situation,
        step_id,
        shown,
        StepKind.FIT,
        engine,
        engine.params.model_validate(params),
        sources,
        native,
        units=run.frames,
    )


def timeline_rate(situation: Situation) -> Fraction:
    """The delivery rate."""
    return situation.project.output.fps


def _part_at(take: Take, frame: int) -> tuple[Drafted, int]:
    """The part that shows a frame of a take, and the frame's number inside it."""
    for piece, part in zip(take.pieces, take.parts, strict=True):
        if piece.first <= frame < piece.first + piece.frames:
            return part, frame - piece.first
    raise ValueError(f"frame {frame} is outside the take of {take.state.segment}")


def _retime(situation: Situation, segment_id: str, part: Drafted) -> dict[str, str]:
    """How a shot with fewer frames a second than the film is filled up. In the run's recipe only, so that the shot
    itself is never made again for it."""
    segment, recipe = situation.project.segment(segment_id), part.step.recipe
    native = recipe.native if recipe else None
    slower = native is not None and native.fps < timeline_rate(situation)
    return {"retime": segment.retime} if isinstance(segment, Cutaway) and slower else {}


def _label(situation: Situation, segment_id: str, take: Take) -> dict[str, str]:
    """The mark on pictures of people that no camera took, and on pictures that an engine made up."""
    label, segment = situation.project.output.label, situation.project.segment(segment_id)
    invented = situation.find_engine(take.state.engine).limits.invents
    if label is None or not segment.label or not (segment.kind in PEOPLE or invented):
        return {}
    return {"label": label.text, "corner": label.corner}


def _master(situation: Situation, timeline: Timeline, target: Target, runs: list[Drafted], mix: Drafted) -> Drafted:
    engine = situation.find_engine("conformer/stitch")
    sources: dict[str, Source | str] = {f"run{at}": run.source() for at, run in enumerate(runs)}
    sources["mix"] = mix.source()
    if timeline.misfits:  # found out when the voice was there; a film without that picture would be another film
        sources["overlays"] = f"a place for {timeline.misfits[0].segment}"
    native = Native(target.width, target.height, timeline.fps, timeline.frames)
    return draft_step(
        situation,
        f"master:{target.name}",
        "",
        StepKind.MASTER,
        engine,
        engine.params(),
        sources,
        native,
        units=timeline.frames,
    )
