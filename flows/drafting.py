"""Drafting one step of a plan: its recipe, whether the store has it, why it is made, and what that will take."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Protocol

from pydantic import BaseModel, JsonValue

from edl.facts import InputFacts
from edl.findings import Place
from edl.picks import Picks
from edl.places import Places
from edl.project import Project
from edl.recipe import Native, Recipe, differing
from edl.translation import Translation
from engines.contract import Engine, Pace
from engines.media.typefaces import Typeface
from engines.registry import engine as registered
from flows.lettering import Lettering
from flows.plan import Action, Source, Step, StepKind
from flows.store import Part


class View(Protocol):
    """What planning may ask of a store."""

    def find(self, name: str) -> Part | None: ...

    def pace(self, engine: str) -> Pace | None: ...

    def lost(self, name: str) -> bool: ...


@dataclass(frozen=True)
class Situation:
    """All that a plan depends on. Same situation, same plan.

    ``files`` maps a path as written to where it is; ``digests`` to the digest of its bytes; ``facts`` maps a digest to
    what is known of that file. ``failed`` maps parts that failed in this run to what went wrong. ``before`` holds the
    recipes of the last run by step, to say what changed. ``only`` and ``again`` are segments; those of ``again`` are
    made anew unless that has happened ``since`` (a time as in a manifest). ``slates``: missing pictures become slates,
    missing voices silence. ``places`` say where things were written; ``translations`` are given captions by language,
    ``faces`` what they are burned in with, each with the digest of its file; ``letterings`` are the fonts of titles.
    """

    project: Project
    store: View
    files: Mapping[str, Path] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, InputFacts] = field(default_factory=dict)
    picks: Picks = field(default_factory=Picks)
    failed: Mapping[str, str] = field(default_factory=dict)
    before: Mapping[str, Mapping[str, JsonValue]] = field(default_factory=dict)
    only: frozenset[str] = frozenset()
    again: frozenset[str] = frozenset()
    since: str = ""
    slates: bool = False
    draft: bool = False
    folder: str = "out"
    find_engine: Callable[[str], Engine] = registered
    places: Places | None = None
    translations: Mapping[str, Translation] = field(default_factory=dict)
    faces: Mapping[Typeface, str] = field(default_factory=dict)
    letterings: Mapping[str, Lettering] = field(default_factory=dict)

    def place(self, segment: str, field: str) -> Place:
        """Where a field of a segment is written; by name alone where the project has no file."""
        return self.places.of(segment, field) if self.places else Place(path=f"{segment}.{field}")

    def source(self, written: str) -> Source | str:
        """A project file as an input, or what is wrong with it."""
        if written not in self.digests:
            return f"the file {written}"
        return Source(self.digests[written], self.files[written])

    def facts_of(self, written: str | None) -> InputFacts:
        """What is known of a project file."""
        return self.facts.get(self.digests.get(written or "", ""), InputFacts())


@dataclass(frozen=True)
class Drafted:
    """A step, and its part where it exists."""

    step: Step
    part: Part | None

    def source(self, file: str = "") -> Source | str:
        """One of the part's files as an input of another step, or what to wait for."""
        if self.part is None:
            return self.step.id
        name = file or self.part.media
        return Source(self.part.files[name].digest, part=self.part.name, file=name)


LOST = "the paid take is damaged and its job is not known; only --again buys it anew"

Wanted = Mapping[str, Source | str]


def draft_step(
    situation: Situation,
    step_id: str,
    segment: str,
    kind: StepKind,
    engine: Engine,
    params: BaseModel,
    sources: Wanted,
    native: Native | None = None,
    seed: int = 0,
    units: float = 1.0,
) -> Drafted:
    """Decide one step.

    :param sources: inputs by name; a text stands for what is not there yet
    :param units: frames, or seconds of sound, for the estimate
    """
    session, limits = f"{engine.name} {engine.session(params)}", engine.limits_for(params)
    cost = engine.price * (float(native.seconds) if native else units)
    waiting = list(dict.fromkeys(text for text in sources.values() if isinstance(text, str)))
    if waiting:
        pace = _pace(situation.store, session, native)
        return Drafted(
            Step(
                step_id,
                segment,
                kind,
                engine.name,
                Action.WAIT,
                _waits(waiting),
                seconds=(pace.seconds if pace else engine.pace) * units,
                cost=cost,
                measured=pace is not None,
                device=engine.device(params),
                units=units,
                waits=tuple(waiting),
            ),
            None,
        )
    there = {name: source for name, source in sources.items() if isinstance(source, Source)}
    recipe = Recipe(
        engine=engine.name,
        pixels=engine.pixels,
        params=differing(params),
        native=native,
        seed=seed,
        inputs={name: source.digest for name, source in there.items()},
        weights=engine.weights(params),
        permitted=engine.permitted,
    )
    part = situation.store.find(recipe.name)
    anew = _asked_again(situation, segment, kind, part)
    action, reason = _decide(situation, step_id, segment, recipe, None if anew else part)
    if action is Action.RENDER and engine.limits.paid and part is None and segment not in situation.again:
        action, reason = (Action.WAIT, LOST) if situation.store.lost(recipe.name) else (action, reason)
    reused = action is Action.REUSE
    pace = None if reused else _pace(situation.store, session, native)  # most steps of a long film are reused
    step = Step(
        step_id,
        segment,
        kind,
        engine.name,
        action,
        reason,
        recipe,
        there,
        0.0 if reused else (pace.seconds if pace else engine.pace) * units,
        0.0 if reused else cost,
        session,
        anew,
        pace is not None,
        engine.device(params),
        limits.batch if kind is StepKind.TAKE and limits.seeded else 1,
        units,
    )
    return Drafted(step, None if anew else part)


def _asked_again(situation: Situation, segment: str, kind: StepKind, part: Part | None) -> bool:
    of_the_segment = segment in situation.again and kind in (StepKind.VOICE, StepKind.TAKE)
    return of_the_segment and (part is None or part.made < situation.since)


def pace_keys(session: str, native: Native | None) -> tuple[str, ...]:
    """Under which names work is measured, the most exact first: the engine with its model and size, then, where the
    engine has but one model, the engine alone.

    :param session: a step's session key: the engine's name, a blank, the engine's own key
    """
    engine, _, model = session.partition(" ")
    size = f"@{native.width}x{native.height}" if native else ""
    marked = f"{engine}+{sha256(model.encode()).hexdigest()[:12]}" if model else engine
    return tuple(dict.fromkeys((marked + size, marked)[: 1 if model else 2]))


def _pace(store: View, session: str, native: Native | None) -> Pace | None:
    return next((pace for key in pace_keys(session, native) if (pace := store.pace(key)) is not None), None)


def _waits(waiting: list[str]) -> str:
    more = f" and {len(waiting) - 1} more" if len(waiting) > 1 else ""
    return f"waits for {waiting[0]}{more}"


def _decide(situation: Situation, step_id: str, segment: str, recipe: Recipe, part: Part | None) -> tuple[Action, str]:
    if part is not None:
        return Action.REUSE, "made already"
    if recipe.name in situation.failed:
        return Action.WAIT, f"failed: {situation.failed[recipe.name]}"
    if situation.only and segment and segment not in situation.only:
        return Action.WAIT, "left out by --only"
    return Action.RENDER, reason_for(recipe.document(), situation.before.get(step_id))


def reason_for(new: Mapping[str, JsonValue], old: Mapping[str, JsonValue] | None) -> str:
    """In words: why a recipe is not what the last run made."""
    if old is None:
        return "new"
    if old == new:
        return "missing or damaged in the store"
    changes = sorted(_changes(new, old))
    return "changed: " + ", ".join(changes[:4]) + (" ..." if len(changes) > 4 else "")


def _changes(new: Mapping[str, JsonValue], old: Mapping[str, JsonValue]) -> set[str]:
    found: set[str] = set()
    for key in {*new, *old}:
        left, right = new.get(key), old.get(key)
        if left == right:
            continue
        if isinstance(left, dict) and isinstance(right, dict):
            found |= {inner for inner in {*left, *right} if left.get(inner) != right.get(inner)}
        else:
            found.add({"pixels": "engine version", "engine": "engine"}.get(key, key))
    return found
