"""Planning what viewers get: the visible runs, the programme's sound, and the finished files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from edl.chapters import chapters
from edl.findings import Finding
from edl.picture import Picture, Run
from edl.recipe import Native
from edl.timeline import Timeline
from flows.caption_remarks import covering_remarks
from flows.drafting import Drafted, Situation, draft_step
from flows.overlays import occupied_of
from flows.plan import Delivery, Source, StepKind
from flows.plan_captions import BurnedIn, plan_files, with_captions
from flows.plan_scene import pieces_of, scene_of
from flows.plan_sound import plan_sound
from flows.plan_stills import plan_stills
from flows.plan_takes import Take
from flows.plan_variants import Target, Windows, redrawn, subjects_of, targets


def plan_conform(
    situation: Situation, timeline: Timeline, takes: Mapping[str, Take], voices: Mapping[str, Drafted]
) -> Iterator[Drafted | Delivery | Finding]:
    """Steps in order: runs of every target, the sound, the finished files, stills. And what captions cover."""
    sound = plan_sound(situation, timeline, takes, voices)
    subjects: dict[str, Drafted] = {}
    finished: list[tuple[Target, list[Drafted]]] = []
    shown_runs: list[tuple[Run, Drafted]] = []
    burned_in: dict[str, list[BurnedIn]] = {}
    for target in targets(situation.project, situation.folder):
        shown = dict(takes)
        if target.reshaped:
            for segment in takes:
                shown[segment], drawn = redrawn(situation, target, takes[segment])
                yield from drawn
        pieces = tuple(pieces_of(timeline.runs, shown))
        if target.reshaped:
            seen = {layer.segment for run in pieces for layer in run.picture.layers}
            yield from subjects_of(situation, target, seen, takes, subjects)
        windows = Windows(situation, target, shown, subjects)
        occupied = occupied_of(situation, timeline, takes, target)
        said = tuple(with_captions(situation, timeline, voices, occupied, pieces))
        burned_in[target.name] = [burned for _, burned in said]
        runs = [_fit(situation, target, run, windows, occupied.raised, burned) for run, burned in said]
        yield from runs
        finished.append((target, runs))
        shown_runs = shown_runs or [(run, fit) for (run, _), fit in zip(said, runs, strict=True)]
    yield from sound.steps
    for target, runs in finished:
        yield _master(situation, timeline, target, runs, sound.pieces)
        yield Delivery(target.name, f"master:{target.name}", target.file)
    yield from plan_stills(situation, timeline, shown_runs)
    yield from plan_files(situation, timeline, voices)
    yield from covering_remarks(situation, burned_in)


def _fit(
    situation: Situation,
    target: Target,
    run: Run,
    windows: Windows,
    raised: Mapping[str, float],
    burned: BurnedIn,
) -> Drafted:
    engine = situation.find_engine("conformer/fit")
    scene = scene_of(
        situation, run.picture, windows.takes, lambda layer: windows.of(layer, 1 if layer.still else run.frames), raised
    )
    main = run.picture.main or next(iter(run.picture.layers), None)
    params = {**scene.params, **burned.params, "codec": target.codec, "quality": target.quality}
    return draft_step(
        situation,
        f"fit:{target.name}/{_name(run.picture)}@{run.start}",
        main.segment if main else "",
        StepKind.FIT,
        engine,
        engine.params.model_validate(params),
        {**scene.sources, **burned.sources},
        Native(target.width, target.height, situation.project.output.fps, run.frames),
        units=run.frames,
    )


def _name(picture: Picture) -> str:
    """The segments of a blend or a layout by name; what is only drawn over them goes without saying."""
    layers = [layer.segment for layer in picture.layers if layer not in picture.drawn] or ["black"]
    return "+".join(dict.fromkeys(layers))


def _master(
    situation: Situation, timeline: Timeline, target: Target, runs: list[Drafted], sound: tuple[Drafted, ...]
) -> Drafted:
    engine = situation.find_engine("conformer/stitch")
    sources: dict[str, Source | str] = {f"run{at}": run.source() for at, run in enumerate(runs)}
    sources |= {f"sound{at}": piece.source() for at, piece in enumerate(sound)}
    if timeline.misfits:  # found out when the voice was there; a film without that picture would be another film
        sources["overlays"] = f"a place for {timeline.misfits[0].segment}"
    native = Native(target.width, target.height, timeline.fps, timeline.frames)
    marks = chapters(situation.project, timeline) if situation.project.output.chapters else ()
    return draft_step(
        situation,
        f"master:{target.name}",
        "",
        StepKind.MASTER,
        engine,
        engine.params.model_validate({"chapters": [(mark.start, mark.title) for mark in marks]}),
        sources,
        native,
        units=timeline.frames,
    )
