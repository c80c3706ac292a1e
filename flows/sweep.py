"""Garbage collection of a store: what no project of its folder uses any more."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass

from edl.errors import ProjectInvalid
from flows.gather import in_process
from flows.kept import forget, is_kept, needed
from flows.planner import plan
from flows.store import Part
from flows.workplace import Memory, Workplace, examine, must_pass, open_project, situate, survey


@dataclass(frozen=True)
class Found:
    """What a collection found. ``freed`` counts bytes of ``unused``; ``between`` is what engines keep for later orders
    and stays, which takes ``between_bytes``."""

    unused: tuple[Part, ...]
    kept: tuple[Part, ...]  # unused, but paid or picked
    damaged: tuple[Part, ...]
    freed: int
    unknown: frozenset[str] = frozenset()  # names that were given and that no part has
    between: tuple[Part, ...] = ()
    between_bytes: int = 0


def collect(place: Workplace, delete: bool, named: frozenset[str], verify: bool = False) -> Found:
    """Find unused parts, and delete them if asked. It waits until no project of this store is being rendered.

    :raises ProjectInvalid: when a project that uses the store cannot be read, so that nobody knows what it needs
    """
    with ExitStack() as turns:
        for user in _users(place):
            turns.enter_context(user.turn(lambda: None, lambda: False))
        used, picked = _in_use(place)
        unused: list[Part] = []
        kept: list[Part] = []
        damaged: list[Part] = []
        between: list[Part] = []
        users = used | picked
        for part in place.store.parts():
            if verify and not place.store.verify(part):
                damaged.append(part)
            if part.name in used or str(part.recipe.get("engine", "")).startswith("measure/"):
                continue
            if is_kept(part) and needed(place.store, part, users):
                between.append(part)
                continue
            precious = part.paid or any(part.name.startswith(name) for name in picked)
            asked = any(len(name) >= 6 and part.name.startswith(name) for name in named)
            (kept if precious and not asked else unused).append(part)
        there = [*(part.name for part in (*unused, *kept)), *place.store.aside()]
        unknown = frozenset(name for name in named if not _names_any(name, there))
        freed = sum(place.store.size_of(part) for part in unused)
        if delete and not unknown:
            for part in unused:
                place.store.remove(part.name)
                forget(place.store, part.name)
            place.store.clear_aside(named)
            place.store.sweep()
        between_bytes = sum(place.store.size_of(part) for part in between)
        return Found(tuple(unused), tuple(kept), tuple(damaged), freed, unknown, tuple(between), between_bytes)


def _names_any(name: str, names: list[str]) -> bool:
    return len(name) >= 6 and any(each.startswith(name) for each in names)


def _users(place: Workplace) -> Iterator[Workplace]:
    """Every project of the store, final and draft, always in the same order: collections never wait in a circle."""
    for file in sorted({place.file.resolve(), *place.users()}):
        for draft in (False, True):
            yield open_project(file, place.settings.allowed, draft)


def _in_use(place: Workplace) -> tuple[set[str], set[str]]:
    """Names that any project of this store, or of this one's folder, plans with; and picked names."""
    used: set[str] = set()
    picked: set[str] = set()
    for other in (*_users(place), *_neighbours(place)):
        picks, _ = other.picks()
        known = survey(other, in_process)
        view = Memory(other.store)
        must_pass(examine(other, known, view)[1])
        found = plan(situate(other, known, picks, view))
        used |= {step.name for step in found.steps if step.name}
        picked |= {picks.picked(segment.id) or "" for segment in other.loaded.project.segments} - {""}
    return used, picked


def _neighbours(place: Workplace) -> Iterator[Workplace]:
    """Readable project files of the same folder, rendered or not."""
    for file in (*place.folder.glob("*.yaml"), *place.folder.glob("*.yml")):
        for draft in (False, True):
            with suppress(ProjectInvalid):
                yield open_project(file, place.settings.allowed, draft)
