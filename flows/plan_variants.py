"""Planning variants: which shapes there are, and how takes of another shape come into them."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction

from edl.delivery import Codec, Quality, suffix_of
from edl.picture import Layer
from edl.project import AnySegment, Kind, Project, Title
from edl.reframe import Seen, Shot, SubjectFacts, follow, standing, within
from engines.contract import Shape, Wish
from flows.drafting import Drafted, Situation, draft_step
from flows.plan import Source, StepKind
from flows.plan_takes import Take

STILL = frozenset({Kind.TALK, Kind.LOOP})  # a portrait does not walk about
ALIKE = Fraction(1, 100)  # shapes that differ by less are the same


@dataclass(frozen=True)
class Target:
    """One finished file: its name, its shape, where it goes, and how it is coded. ``reshaped``: its shape is not the
    master's, so pictures come in by ``crop``."""

    name: str
    width: int
    height: int
    file: str
    codec: Codec = "h264"
    quality: Quality = "standard"
    reshaped: bool = False
    crop: str = "centre"


@dataclass(frozen=True)
class Framed:
    """Parameters of a run's fit that say how its take comes in, and what they wait for."""

    params: Mapping[str, object] = field(default_factory=dict)
    waits: Mapping[str, Source | str] = field(default_factory=dict)


def targets(project: Project, folder: str) -> tuple[Target, ...]:
    """The master and its variants."""
    output = project.output
    found = [
        Target(
            "master",
            output.width,
            output.height,
            f"{folder}/master{suffix_of(output.codec)}",
            output.codec,
            output.quality,
        )
    ]
    for variant in output.variants:
        codec = variant.codec or output.codec
        shape = Fraction(variant.width * output.height, variant.height * output.width)
        found.append(
            Target(
                variant.name,
                variant.width,
                variant.height,
                f"{folder}/{variant.name}{suffix_of(codec)}",
                codec,
                variant.quality or output.quality,
                abs(shape - 1) > ALIKE,
                variant.crop,
            )
        )
    return tuple(found)


def redrawn(situation: Situation, target: Target, take: Take) -> tuple[Take, tuple[Drafted, ...]]:
    """A title is set anew in the target's shape, so that it stays whole and large; other takes stay as they are."""
    segment = situation.project.segment(take.state.segment)
    engine = situation.find_engine(take.state.engine)
    old = take.parts[0].step.recipe
    if not isinstance(segment, Title) or engine.limits.own_shape or old is None or old.native is None:
        return take, ()
    params = engine.params.model_validate(old.params)
    frames, fps = old.native.frames, situation.project.output.fps
    wish = Wish(segment, frames / fps, frames, Shape(target.width, target.height, fps))
    native = engine.native(wish, params)
    step_id = f"{take.parts[0].step.id}@{target.name}"
    fonts = take.parts[0].step.sources
    part = draft_step(
        situation, step_id, segment.id, StepKind.TAKE, engine, params, fonts, native, old.seed, native.frames
    )
    return replace(take, parts=(part,)), (part,)


def subjects_of(
    situation: Situation,
    target: Target,
    segments: Collection[str],
    takes: Mapping[str, Take],
    known: dict[str, Drafted],
) -> Iterator[Drafted]:
    """Steps that look for the subject of each part that a target must crop; those already ``known`` are left out, new
    ones are put there, by the step of the part."""
    engine = situation.find_engine("conformer/subject")
    for name in takes:
        if name not in segments or not _followed(situation, target, name):
            continue
        for part in takes[name].parts:
            if part.step.id not in known:
                native = part.step.recipe.native if part.step.recipe else None
                known[part.step.id] = draft_step(
                    situation,
                    f"subject:{part.step.id.partition(':')[2]}",
                    name,
                    StepKind.SUBJECT,
                    engine,
                    engine.params(),
                    {"take": part.source()},
                    units=native.frames if native else 1,
                )
                yield known[part.step.id]


@dataclass
class Windows:
    """How takes come into one target. Where a take's subject goes is followed once, however many runs show it."""

    situation: Situation
    target: Target
    takes: Mapping[str, Take]
    subjects: Mapping[str, Drafted]
    _paths: dict[str, Framed | tuple[Shot, ...]] = field(default_factory=dict)

    def of(self, layer: Layer, frames: int) -> Framed:
        """How so many frames of a layer come in."""
        segment = self.situation.project.segment(layer.segment)
        if not self.target.reshaped or self.target.crop == "centre" or isinstance(segment, Title):
            return Framed()  # titles are drawn in the target's own shape
        if self.target.crop != "subject":
            return Framed({"crop": self.target.crop})
        if segment.focus is not None:
            return Framed({"shots": standing(segment.focus)})
        if layer.segment not in self._paths:
            self._paths[layer.segment] = self._followed(segment)
        path = self._paths[layer.segment]
        return path if isinstance(path, Framed) else Framed({"shots": within(path, layer.first, frames)})

    def _followed(self, segment: AnySegment) -> Framed | tuple[Shot, ...]:
        """The way of the window over a whole take, or what that waits for."""
        take = self.takes[segment.id]
        looks = [self.subjects[part.step.id] for part in take.parts]
        missing = next((look for look in looks if look.part is None), None)
        if missing is not None:
            return Framed() if self.situation.slates else Framed(waits={"subject": missing.step.id})
        parts = [Seen(_facts(look), piece.first, piece.frames) for look, piece in zip(looks, take.pieces, strict=True)]
        fps = self.situation.project.output.fps
        return follow(parts, self.target.width, self.target.height, fps, segment.kind in STILL)


def _followed(situation: Situation, target: Target, name: str) -> bool:
    segment = situation.project.segment(name)
    return target.crop == "subject" and segment.focus is None and not isinstance(segment, Title)


def _facts(look: Drafted) -> SubjectFacts:
    assert look.part is not None
    return SubjectFacts.model_validate(look.part.facts["subject"])
