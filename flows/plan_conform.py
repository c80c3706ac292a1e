"""Planning what viewers get: the visible runs, the programme's sound, and the finished files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from edl.picture import Picture, Run
from edl.project import Project
from edl.recipe import Native
from edl.timeline import Timeline
from flows.drafting import Drafted, Situation, draft_step
from flows.plan import Delivery, Source, StepKind
from flows.plan_scene import pieces_of, scene_of
from flows.plan_sound import plan_mix
from flows.plan_takes import Take


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
    pieces = tuple(pieces_of(timeline.runs, takes))
    finished = []
    for target in targets(situation.project, situation.folder):
        runs = [_fit(situation, target, run, takes) for run in pieces]
        yield from runs
        finished.append((target, runs))
    yield mix
    for target, runs in finished:
        yield _master(situation, timeline, target, runs, mix)
        yield Delivery(target.name, f"master:{target.name}", target.file)


def _fit(situation: Situation, target: Target, run: Run, takes: Mapping[str, Take]) -> Drafted:
    engine = situation.find_engine("conformer/fit")
    scene = scene_of(situation, run.picture, takes)
    main = run.picture.main or next(iter(run.picture.layers), None)
    return draft_step(
        situation,
        f"fit:{target.name}/{_name(run.picture)}@{run.start}",
        main.segment if main else "",
        StepKind.FIT,
        engine,
        engine.params.model_validate(scene.params),
        scene.sources,
        Native(target.width, target.height, situation.project.output.fps, run.frames),
        units=run.frames,
    )


def _name(picture: Picture) -> str:
    """The segments of a blend or a layout by name; what is only drawn over them goes without saying."""
    layers = [layer.segment for layer in picture.layers if layer not in picture.drawn] or ["black"]
    return "+".join(dict.fromkeys(layers))


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
