"""Performing one step: lease, look again, order it from a worker, publish. Everything that a retry repeats."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pydantic import JsonValue, TypeAdapter

from edl.errors import Cancelled
from edl.recipe import Recipe, native_document
from engines.contract import Engine, Made
from engines.registry import engine as registered
from flows.child import RenderJob
from flows.crew import Crew
from flows.local_store import LocalStore
from flows.plan import Source, Step
from flows.store import Part, Work

SLOWER = 20.0  # how many times the estimate a step may take before it is stopped
_FACTS = TypeAdapter(dict[str, JsonValue])


@dataclass(frozen=True)
class Shop:
    """Where steps are performed: a store, a crew, and how to stop."""

    store: LocalStore
    crew: Crew
    cancelled: Callable[[], bool] = lambda: False
    find_engine: Callable[[str], Engine] = registered


def perform(step: Step, shop: Shop, progress: Callable[[float, str], None] = lambda share, words: None) -> Part:
    """Make a step's part, or take the one that another process made meanwhile.

    :raises edl.errors.Failure: as the engine failed
    :raises flows.store.Damaged: when an input was damaged; it has been moved aside and is planned again
    :raises edl.errors.StoreTrouble: when the store cannot be written
    """
    recipe = step.recipe
    if recipe is None:
        raise ValueError(f"{step.id} waits for an input")
    with shop.store.lease(recipe.name, shop.cancelled):
        if (there := shop.store.find(recipe.name)) is not None:
            return there
        inputs = {name: locate(shop.store, source) for name, source in step.sources.items()}
        with shop.store.workspace(recipe.name) as folder:
            return _make(step, recipe, shop, inputs, folder, progress)


def locate(store: LocalStore, source: Source) -> Path:
    """The local file of an input."""
    if source.path is not None:
        return source.path
    part = store.find(source.part)
    if part is None:
        raise Cancelled(f"an input vanished from the store while it was needed ({source.part[:12]})")
    return store.fetch(part, source.file)


def patience(engine: Engine, step: Step) -> float:
    """Seconds after which a step is stopped."""
    return max(engine.patience, step.seconds * SLOWER)


def _make(
    step: Step,
    recipe: Recipe,
    shop: Shop,
    inputs: dict[str, Path],
    folder: Path,
    progress: Callable[[float, str], None],
) -> Part:
    engine = shop.find_engine(recipe.engine)
    job = RenderJob(
        engine=recipe.engine,
        session=step.session,
        recipe=recipe.name,
        params=dict(recipe.params),
        native=native_document(recipe.native) if recipe.native else None,
        seed=recipe.seed,
        inputs={name: str(path) for name, path in inputs.items()},
        folder=str(folder),
        journal=str(shop.store.journal_file(recipe.name)),
        permitted=recipe.permitted,
        store=str(shop.store.root),
    )
    began = time.monotonic()
    answer = shop.crew.render(job, progress, shop.cancelled, patience(engine, step))
    facts = _FACTS.validate_python(answer.get("facts", {}))
    ran = answer.get("ran", [])
    made = Made(str(answer["made"]), facts, tuple(str(word) for word in ran) if isinstance(ran, list) else ())
    work = Work(
        seconds=float(str(answer.get("seconds", time.monotonic() - began))),
        units=_units(recipe, facts),
        cost=step.cost,
        paid=engine.limits.paid,
    )
    return shop.store.publish(recipe, folder, made, work)


def _units(recipe: Recipe, facts: dict[str, JsonValue]) -> float:
    """What the work is measured by: frames of a picture, seconds of a sound."""
    if recipe.native:
        return float(recipe.native.frames)
    voice = facts.get("voice")
    if isinstance(voice, dict):
        return float(str(voice["samples"])) / float(str(voice["rate"]))
    frames, fps = recipe.params.get("frames"), recipe.params.get("fps")
    if frames is not None and fps is not None:
        top, _, bottom = str(fps).partition("/")
        return float(str(frames)) * float(bottom or 1) / float(top)
    return 1.0
