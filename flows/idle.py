"""Noticing that there is nothing to do, quickly: no Prefect, no torch, no worker process."""

from __future__ import annotations

from dataclasses import dataclass

from flows.deliver import is_current
from flows.gather import Known
from flows.manifest import manifest_of
from flows.plan import Plan
from flows.planner import plan
from flows.workplace import Memory, Workplace, situate


@dataclass(frozen=True)
class Look:
    """What a first look found: the plan, and whether nothing is left to do, also no file to be delivered."""

    plan: Plan
    idle: bool


def look(place: Workplace, known: Known, view: Memory) -> Look:
    """See whether every step exists and every file is delivered."""
    picks, _ = place.picks()
    found = plan(situate(place, known, picks, view))
    return Look(found, found.done and _delivered(place, found, view))


def _delivered(place: Workplace, found: Plan, view: Memory) -> bool:
    for delivery in found.deliveries:
        part = view.find(found.step(delivery.step).name)
        if part is None or not is_current(place.folder, delivery, part):
            return False
    manifest = manifest_of(place, found, view.find)
    return manifest is not None and manifest.stands(place.folder / place.out)
