"""Planning what one run shows: from a picture of the timeline to the scene that ``conformer/fit`` makes of takes."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from edl.picture import Blend, Fill, Layer, Picture, Run
from edl.project import Cutaway, Kind
from flows.drafting import Drafted, Situation
from flows.plan import Source
from flows.plan_takes import Take
from flows.plan_variants import Framed

PEOPLE = frozenset({Kind.TALK, Kind.LOOP})

Params = dict[str, object]
Window = Callable[[Layer], Framed]
NOT_RAISED: Mapping[str, float] = MappingProxyType({})


@dataclass
class PlannedScene:
    """The parameters of a run and what goes into it. ``window`` says how a layer's take comes into the target, and
    ``raised`` by how much of the height what is drawn stands higher, by segment."""

    window: Window
    raised: Mapping[str, float]
    params: Params = field(default_factory=dict)
    sources: dict[str, Source | str] = field(default_factory=dict)

    def take_in(self, role: str, source: Source | str) -> Params:
        """Take in an input, under a name of its own that a scene finds it by."""
        count = sum(name.startswith(role) for name in self.sources)
        name = f"{role}{count}_" if count else role
        self.sources[f"{name}0"] = source
        return {"source": name}


def scene_of(
    situation: Situation,
    picture: Picture,
    takes: Mapping[str, Take],
    window: Window = lambda layer: Framed(),
    raised: Mapping[str, float] = NOT_RAISED,
) -> PlannedScene:
    """Plan one run's scene.

    :param window: how the take of a layer comes into the target
    :param raised: lower thirds that stand higher, by how much of the height
    """
    planned = PlannedScene(window, raised)
    planned.params = _scene(planned, situation, picture, takes)
    return planned


def pieces_of(runs: Iterable[Run], takes: Mapping[str, Take]) -> Iterator[Run]:
    """Runs, divided further where one of their takes goes from one part to the next."""
    for run in runs:
        cuts = {run.start + ahead for layer in run.picture.layers for ahead in _seams(layer, takes)}
        edges = [run.start, *sorted(cut for cut in cuts if run.start < cut < run.end), run.end]
        yield from (run.between(low, high) for low, high in itertools.pairwise(edges))


def _seams(layer: Layer, takes: Mapping[str, Take]) -> Iterator[int]:
    """How many frames after the start of a layer each later part of its take begins."""
    take = takes.get(layer.segment)
    if take is not None and not layer.still:
        yield from (piece.first - layer.first for piece in take.pieces)


def _scene(planned: PlannedScene, situation: Situation, picture: Picture, takes: Mapping[str, Take]) -> Params:
    picture = _sunk(situation, picture, takes)
    params = _filling(planned, situation, picture, takes)
    if picture.inset is not None:
        small = _scene(planned, situation, Picture(picture.inset.layer), takes)
        mark = next((mark for scene in (params, small) for mark in _marks(scene)), {})
        inset = {"scene": _unmarked(small), "layout": picture.inset.layout}
        params = {**_unmarked(params), **mark, "inset": inset}
    drawn = [_drawn(planned, situation, takes[layer.segment], layer) for layer in picture.drawn]
    drawn += [{**planned.take_in("logo", situation.source(logo.file)), "stamp": logo.stamp()} for logo in picture.logos]
    if shown := [each for each in drawn if each is not None]:
        params["drawn"] = shown
    return params


def _sunk(situation: Situation, picture: Picture, takes: Mapping[str, Take]) -> Picture:
    """A blend with a label in it has what is drawn over both of its sides in each of them instead, under the label:
    that comes and goes with its side and stands on top of all. What is drawn looks the same either way."""
    base = picture.base
    if not isinstance(base, Blend) or picture.inset is not None or not (picture.drawn or picture.logos):
        return picture
    if not any(is_labelled(situation, takes[layer.segment]) for layer in Picture(base).layers):
        return picture
    earlier, later = (
        replace(side, drawn=(*side.drawn, *picture.drawn), logos=(*side.logos, *picture.logos))
        for side in (base.earlier, base.later)
    )
    return Picture(replace(base, earlier=earlier, later=later))


def _filling(planned: PlannedScene, situation: Situation, picture: Picture, takes: Mapping[str, Take]) -> Params:
    base = picture.base
    if isinstance(base, Fill):
        return {"fill": base.color}
    if isinstance(base, Layer):
        return _shown(planned, situation, takes[base.segment], base)
    return {"blend": _blend(planned, situation, base, takes)}


def _blend(planned: PlannedScene, situation: Situation, blend: Blend, takes: Mapping[str, Take]) -> Params:
    edge = {"edge": {"side": blend.wipe.side, "soft": blend.wipe.soft}} if blend.wipe else {}
    return {
        "earlier": _scene(planned, situation, blend.earlier, takes),
        "later": _scene(planned, situation, blend.later, takes),
        "share": blend.share,
        "step": blend.step,
        **edge,
    }


def _shown(planned: PlannedScene, situation: Situation, take: Take, layer: Layer) -> Params:
    """One layer as what fills a scene; a slate where a partial master lacks it."""
    part, offset = _part_at(take, layer.first)
    if situation.slates and part.part is None:
        return {"slate": f"{layer.segment} is missing"}
    params = planned.take_in("base", part.source()) | {"first": offset, "still": layer.still}
    framed = planned.window(layer)
    planned.sources |= framed.waits
    params |= framed.params
    return params | _label(situation, take) | _retime(situation, layer, part)


def _drawn(planned: PlannedScene, situation: Situation, take: Take, layer: Layer) -> Params | None:
    """One layer as what is drawn over a scene; nothing where a partial master lacks it."""
    part, offset = _part_at(take, layer.first)
    if situation.slates and part.part is None:
        return None
    raised = planned.raised.get(layer.segment, 0.0)
    return planned.take_in("drawn", part.source()) | {"first": offset} | ({"raised": raised} if raised else {})


def _part_at(take: Take, frame: int) -> tuple[Drafted, int]:
    """The part that shows a frame of a take, and the frame's number inside it."""
    for piece, part in zip(take.pieces, take.parts, strict=True):
        if piece.first <= frame < piece.first + piece.frames:
            return part, frame - piece.first
    raise ValueError(f"frame {frame} is outside the take of {take.state.segment}")


def _retime(situation: Situation, layer: Layer, part: Drafted) -> Params:
    """How a shot with fewer frames a second than the film is filled up. In the run's recipe only, so that the shot
    itself is never made again for it."""
    segment, recipe = situation.project.segment(layer.segment), part.step.recipe
    native = recipe.native if recipe else None
    slower = native is not None and native.fps < situation.project.output.fps
    return {"retime": segment.retime} if isinstance(segment, Cutaway) and slower and not layer.still else {}


def is_labelled(situation: Situation, take: Take) -> bool:
    """Whether a take carries the label: pictures of people that no camera took, and what an engine made up."""
    segment = situation.project.segment(take.state.segment)
    if situation.project.output.label is None or not segment.label:
        return False
    return segment.kind in PEOPLE or situation.find_engine(take.state.engine).limits.invents


def _label(situation: Situation, take: Take) -> Params:
    label = situation.project.output.label
    if label is None or not is_labelled(situation, take):
        return {}
    return {"label": label.text, "corner": label.corner}


MARK, SIDES = ("label", "corner"), ("earlier", "later")


def _marks(params: Params) -> Iterator[Params]:
    """The marks of a scene and of the scenes that it blends."""
    if own := {key: value for key, value in params.items() if key in MARK}:
        yield own
    blend = params.get("blend")
    if isinstance(blend, dict):
        for side in SIDES:
            yield from _marks(blend[side])


def _unmarked(params: Params) -> Params:
    """A scene whose mark stands over the whole picture instead, where it can be read."""
    bare = {key: value for key, value in params.items() if key not in MARK}
    blend = bare.get("blend")
    if isinstance(blend, dict):
        bare["blend"] = {key: _unmarked(value) if key in SIDES else value for key, value in blend.items()}
    return bare
