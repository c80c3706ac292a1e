"""Noticing that there is nothing to do, quickly: no Prefect, no torch, no worker process."""

from __future__ import annotations

from flows.deliver import is_current
from flows.gather import Known
from flows.manifest import manifest_of
from flows.plan import Plan
from flows.planner import plan
from flows.workplace import Memory, Workplace, situate


def nothing_to_do(place: Workplace, known: Known, view: Memory) -> Plan | None:
    """The plan, where every step exists and every file is delivered."""
    picks, _ = place.picks()
    found = plan(situate(place, known, picks, view))
    if not found.done:
        return None
    for delivery in found.deliveries:
        part = view.find(found.step(delivery.step).name)
        if part is None or not is_current(place.folder, delivery, part):
            return None
    manifest = manifest_of(place, found, view.find)
    return found if manifest is not None and manifest.stands(place.folder / place.out) else None
