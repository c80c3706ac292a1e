"""A plan: ordered steps, each with what will happen and why. Pure data; :mod:`flows.planner` makes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from pydantic import JsonValue

from edl.clock import rate_text
from edl.findings import Finding
from edl.recipe import Recipe
from edl.timeline import Timeline


class Action(StrEnum):
    """What happens to a step."""

    REUSE = "reuse"  # the store has it
    RENDER = "render"  # everything it needs is there, it is not
    WAIT = "wait"  # an input is not there yet, or it failed in this run


class StepKind(StrEnum):
    """What a step makes."""

    VOICE = "voice"  # speech or a timed recording
    SYNC = "sync"  # how two recordings lie against each other, and the sound cut by that
    CUE = "cue"  # the exact sound of one animator part
    TAKE = "take"  # a part of a take
    SUBJECT = "subject"  # where the subject of a take is, for variants of another shape
    FIT = "fit"  # a visible run in delivery format
    TRACK = "track"  # music, room tone or footage as sound that can be read anywhere
    MIX = "mix"  # a piece of the programme's sound, summed
    SOUND = "sound"  # a piece of it, limited and encoded
    CAPTIONS = "captions"  # a caption file
    MASTER = "master"  # a finished file
    STILL = "still"  # a poster, a contact sheet


@dataclass(frozen=True)
class Source:
    """Where an input file comes from: a project file, or a file of a part."""

    digest: str
    path: Path | None = None
    part: str = ""
    file: str = ""


@dataclass(frozen=True)
class Step:
    """One thing to make. ``recipe`` is None while an input does not exist yet."""

    id: str
    segment: str  # empty for what belongs to the whole programme
    kind: StepKind
    engine: str
    action: Action
    reason: str
    recipe: Recipe | None = None
    sources: Mapping[str, Source] = field(default_factory=dict)
    seconds: float = 0.0  # estimated work, 0 when reused
    cost: float = 0.0
    session: str = ""  # steps with the same key share a warm session
    anew: bool = False  # the user asked for another, whatever there is or was ordered before
    measured: bool = False  # whether ``seconds`` comes from work measured on this machine
    device: str = "cpu"
    batch: int = 1  # how many steps that differ only in the seed one worker may take at once
    units: float = 1.0  # frames, or seconds of sound, as planned: what ``seconds`` was reckoned by
    waits: tuple[str, ...] = ()  # the steps that it waits for, or words for what is not known yet

    @property
    def name(self) -> str:
        """The part's name, empty while unknown."""
        return self.recipe.name if self.recipe else ""

    def as_json(self) -> dict[str, JsonValue]:
        return {
            "id": self.id,
            "segment": self.segment,
            "kind": self.kind.value,
            "engine": self.engine,
            "recipe": self.name or None,
            "action": self.action.value,
            "reason": self.reason,
            "seconds": round(self.seconds, 2),
            "cost": round(self.cost, 4),
        }


@dataclass(frozen=True)
class Delivery:
    """One finished file: the step that makes it and where it goes, relative to the project's folder. ``instead`` is the
    file that it does not replace, where pictures are missing."""

    name: str
    step: str
    file: str
    instead: str = ""


@dataclass(frozen=True)
class TakeState:
    """One take of a segment as the plan sees it: the names of its parts, empty where one is not known yet."""

    segment: str
    number: int  # from 1
    seed: int
    engine: str
    parts: tuple[str, ...]
    complete: bool
    chosen: bool = False
    params: Mapping[str, JsonValue] = field(default_factory=dict)  # of a retake: what differs from the project
    retake: bool = False


@dataclass(frozen=True)
class Plan:
    """Everything that a render would do now."""

    timeline: Timeline
    steps: tuple[Step, ...]
    deliveries: tuple[Delivery, ...]
    takes: tuple[TakeState, ...] = ()
    remarks: tuple[Finding, ...] = ()  # picks and retakes that do not fit any more

    @property
    def ready(self) -> tuple[Step, ...]:
        """Steps that can run now."""
        return tuple(step for step in self.steps if step.action is Action.RENDER)

    @property
    def done(self) -> bool:
        """Whether every step exists."""
        return all(step.action is Action.REUSE for step in self.steps)

    @property
    def seconds(self) -> float:
        """Estimated work of all that is not there yet."""
        return sum(step.seconds for step in self.steps)

    @property
    def cost(self) -> float:
        return sum(step.cost for step in self.steps)

    @property
    def guessed(self) -> tuple[str, ...]:
        """Engines whose part of the estimate is only a guess: nothing of theirs was measured here yet."""
        return tuple(sorted({step.engine for step in self.steps if step.action is not Action.REUSE} - self._measured))

    @property
    def _measured(self) -> set[str]:
        return {step.engine for step in self.steps if step.measured}

    def step(self, step_id: str) -> Step:
        """The step of that id.

        :raises KeyError: when there is none.
        """
        for step in self.steps:
            if step.id == step_id:
                return step
        raise KeyError(step_id)

    def as_json(self) -> dict[str, JsonValue]:
        return {
            "frames": self.timeline.frames,
            "exact": self.timeline.exact,
            "fps": rate_text(self.timeline.fps),
            "seconds": round(self.seconds, 2),
            "cost": round(self.cost, 4),
            "guessed": list(self.guessed),
            "steps": [step.as_json() for step in self.steps],
        }


def words_of(params: JsonValue) -> str:
    """The settings of a retake in one line."""
    found = params if isinstance(params, dict) else {}
    return ", ".join(f"{name}={value}" for name, value in found.items())
