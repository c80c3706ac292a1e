"""Bringing finished files out of the store, whole or not at all."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from engines.media.copying import copy_file
from flows.digests import digest_file
from flows.local_store import LocalStore, sync_folder, trouble
from flows.plan import Action, Delivery, Plan
from flows.store import Part


def is_current(folder: Path, delivery: Delivery, part: Part) -> bool:
    """Whether the file beside the project is this very part, by size and time stamp."""
    record = part.files[part.media]
    try:
        found = (folder / delivery.file).stat()
    except OSError:
        return False
    return (found.st_size, found.st_mtime_ns) == (record.size, record.mtime_ns)


def deliver(folder: Path, delivery: Delivery, part: Part, store: LocalStore) -> Path:
    """Copy a finished file to its place; what was there stays until the new one is complete.

    :raises StoreTrouble: when the folder cannot be written
    """
    target = folder / delivery.file
    if is_current(folder, delivery, part):
        return target
    source = store.fetch(part, part.media)
    draft = target.with_name(f".{target.name}.{uuid.uuid4().hex[:8]}")
    with trouble(target.parent):
        target.parent.mkdir(parents=True, exist_ok=True)
        for leftover in target.parent.glob(f".{target.name}.????????"):
            leftover.unlink(missing_ok=True)
        try:
            copy_file(source, draft)
            stamp = part.files[part.media].mtime_ns
            os.utime(draft, ns=(stamp, stamp))
            draft.replace(target)
            sync_folder(target.parent)
        finally:
            draft.unlink(missing_ok=True)
    return target


def deliver_all(folder: Path, plan: Plan, store: LocalStore) -> dict[str, Path]:
    """Deliver every finished file of a plan; by delivery name."""
    found: dict[str, Path] = {}
    for delivery in plan.deliveries:
        step = plan.step(delivery.step)
        part = store.find(step.name) if step.action is Action.REUSE else None
        if part is not None:
            found[delivery.name] = deliver(folder, delivery, part, store)
    return found


def stale(folder: Path, plan: Plan, find: Callable[[str], Part | None]) -> tuple[str, ...]:
    """Finished files that do not show what the project says: of an earlier state of it, or of another project."""
    old = (
        delivery.instead or delivery.file for delivery in plan.deliveries if not _shows(folder, delivery, plan, find)
    )
    return tuple(file for file in old if (folder / file).exists())


def _shows(folder: Path, delivery: Delivery, plan: Plan, find: Callable[[str], Part | None]) -> bool:
    """Whether the finished file is what the plan makes. A partial delivery that comes out the same as the whole one,
    as captions do where a picture fails, makes nothing out of date."""
    part, whole = find(plan.step(delivery.step).name), replace(delivery, file=delivery.instead or delivery.file)
    return part is not None and (is_current(folder, whole, part) or _same(folder / whole.file, part))


def _same(path: Path, part: Part) -> bool:
    """Whether a file has the bytes of a part; read only where its length is the same."""
    record = part.files[part.media]
    try:
        return path.stat().st_size == record.size and digest_file(path) == record.digest
    except OSError:
        return False
