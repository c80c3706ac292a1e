"""Performing one step: lease, look again, order it from a worker, publish. Everything that a retry repeats."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, ExitStack, nullcontext
from dataclasses import dataclass
from pathlib import Path

from pydantic import JsonValue, TypeAdapter

from edl.errors import Broken
from edl.recipe import Recipe, native_document
from engines.contract import Engine, Made
from engines.registry import engine as registered
from flows.child import RenderJob
from flows.crew import Answer, Crew
from flows.digests import digest_file
from flows.drafting import pace_keys
from flows.local_store import LocalStore
from flows.plan import Source, Step
from flows.store import Damaged, Part, Work

READERS = 4
SLOWER = 20.0  # how many times the estimate a step may take before it is stopped
_FACTS = TypeAdapter(dict[str, JsonValue])


@dataclass(frozen=True)
class Shop:
    """Where steps are performed: a store, a crew, and how to stop."""

    store: LocalStore
    crew: Crew
    cancelled: Callable[[], bool] = lambda: False
    gpu_wait: float = 0.0
    find_engine: Callable[[str], Engine] = registered


def perform(step: Step, shop: Shop, progress: Callable[[float, str], None] = lambda share, words: None) -> Part:
    """Make a step's part, or take the one that another process made meanwhile.

    :raises edl.errors.Failure: as the engine failed
    :raises flows.store.Damaged: when an input was damaged or has gone; it is planned again
    :raises edl.errors.StoreTrouble: when the store cannot be written
    """
    recipe = _recipe(step)
    with shop.store.lease(recipe.name, shop.cancelled):
        if not step.anew and (there := shop.store.find(recipe.name)) is not None:
            return there
        inputs = located(shop.store, step.sources)
        with shop.store.workspace(recipe.name) as folder:
            return _make(step, shop, inputs, folder, progress)


def located(store: LocalStore, sources: Mapping[str, Source]) -> dict[str, Path]:
    """The local files of all inputs; a film has a thousand, whose digests are taken on several cores."""
    with ThreadPoolExecutor(READERS) as readers:
        return dict(zip(sources, readers.map(lambda source: locate(store, source), sources.values()), strict=True))


def locate(store: LocalStore, source: Source) -> Path:
    """The local file of an input."""
    if source.path is not None:
        return unchanged(source.path, source.digest)
    part = store.find(source.part)
    if part is None:
        raise Damaged(source.part)
    return store.fetch(part, source.file)


def unchanged(path: Path, digest: str) -> Path:
    """A project file that still holds what the plan read; else its part would lie under a wrong name for ever.

    :raises Broken: when somebody changed it meanwhile
    """
    try:
        same = digest_file(path) == digest
    except OSError as error:
        raise Broken(f"{path.name} cannot be read any more: {error.strerror}") from error
    if not same:
        raise Broken(f"{path.name} was changed while it was used; run again")
    return path


def patience(engine: Engine, step: Step) -> float:
    """Seconds after which a step is stopped."""
    return max(engine.patience, step.seconds * SLOWER)


def perform_together(
    steps: tuple[Step, ...], shop: Shop, progress: Callable[[Step, float, str], None]
) -> dict[str, Part | Exception]:
    """Make the parts of several steps that differ only in the seed, in one go: by step, its part or how it failed.

    Each has a lease, a folder and a manifest of its own. Raises as :func:`perform` where none can be made.
    """
    found: dict[str, Part | Exception] = {}
    with ExitStack() as stack:
        for step in sorted(steps, key=lambda step: step.name):  # in one order everywhere: no two wait for each other
            stack.enter_context(shop.store.lease(step.name, shop.cancelled))
            if not step.anew and (there := shop.store.find(step.name)) is not None:
                found[step.id] = there
        rest = [step for step in steps if step.id not in found]
        if not rest:
            return found
        inputs = located(shop.store, rest[0].sources)
        folders = [stack.enter_context(shop.store.workspace(step.name)) for step in rest]
        jobs = tuple(_job(step, shop, inputs, folder) for step, folder in zip(rest, folders, strict=True))
        limit = sum(patience(shop.find_engine(step.engine), step) for step in rest)
        stack.enter_context(slot_of(shop.find_engine(rest[0].engine), shop))
        answers = shop.crew.render_batch(
            jobs, lambda at, share, words: progress(rest[at], share, words), shop.cancelled, limit
        )
        for step, folder, answer in zip(rest, folders, answers, strict=True):
            try:
                found[step.id] = answer if isinstance(answer, Exception) else _publish(step, shop, folder, answer)
            except Broken as error:
                found[step.id] = error
    return found


def _make(
    step: Step, shop: Shop, inputs: dict[str, Path], folder: Path, progress: Callable[[float, str], None]
) -> Part:
    job = _job(step, shop, inputs, folder)
    engine = shop.find_engine(step.engine)
    with slot_of(engine, shop):
        answer = shop.crew.render(job, progress, shop.cancelled, patience(engine, step))
    return _publish(step, shop, folder, answer)


def _job(step: Step, shop: Shop, inputs: dict[str, Path], folder: Path) -> RenderJob:
    recipe = _recipe(step)
    return RenderJob(
        engine=recipe.engine,
        session=step.session,
        recipe=recipe.name,
        params=dict(recipe.params),
        native=native_document(recipe.native) if recipe.native else None,
        seed=recipe.seed,
        inputs={name: str(path) for name, path in inputs.items()},
        folder=str(folder),
        journal=str(shop.store.journal_file(recipe.name, step.anew)),
        device=step.device,
        patience=shop.gpu_wait,
        permitted=recipe.permitted,
        store=str(shop.store.root),
    )


def _publish(step: Step, shop: Shop, folder: Path, answer: Answer) -> Part:
    recipe = _recipe(step)
    for source in step.sources.values():
        if source.path is not None:
            unchanged(source.path, source.digest)
    facts = _FACTS.validate_python(answer.get("facts", {}))
    ran = answer.get("ran", [])
    made = Made(str(answer["made"]), facts, tuple(str(word) for word in ran) if isinstance(ran, list) else ())
    work = Work(
        seconds=float(str(answer["seconds"])),
        units=work_units(step, recipe, facts),
        cost=step.cost,
        paid=shop.find_engine(recipe.engine).limits.paid,
        paces=pace_keys(step.session, recipe.native),
    )
    return shop.store.publish(recipe, folder, made, work, step.anew)


def slot_of(engine: Engine, shop: Shop) -> AbstractContextManager[None]:
    """An engine's provider slot: one job at a time, over all runs on this store."""
    slot = engine.limits.provider
    return shop.store.lease(f"provider.{slot}", shop.cancelled) if slot else nullcontext()


def _recipe(step: Step) -> Recipe:
    if step.recipe is None:
        raise ValueError(f"{step.id} waits for an input")
    return step.recipe


def work_units(step: Step, recipe: Recipe, facts: dict[str, JsonValue]) -> float:
    """What the work is measured by, as the plan reckons it: frames of a picture, seconds of a sound. How long a voice
    is, is known only now."""
    if recipe.native:
        return float(recipe.native.frames)
    voice = facts.get("voice")
    if isinstance(voice, dict):
        return float(str(voice["samples"])) / float(str(voice["rate"]))
    frames, fps = recipe.params.get("frames"), recipe.params.get("fps")
    if frames is not None and fps is not None:
        top, _, bottom = str(fps).partition("/")
        return float(str(frames)) * float(bottom or 1) / float(top)
    return step.units
