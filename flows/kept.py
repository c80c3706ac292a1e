"""What engines keep for later orders, as parts of a store, with a note of who uses each.

uses/<name>      names of the parts whose orders asked for what is kept under that name, one a line
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from edl.recipe import Recipe
from engines.contract import Made
from flows.local_store import LocalStore, trouble
from flows.store import Damaged, Part, Work

FILE = "kept.bin"  # the one file of such a part
AGE = timedelta(days=7)  # for so long it stays though nothing uses it: a project that is being tried out comes back


class StoreKeep:
    """A store as one order sees it (:class:`engines.contract.Keep`). ``user``: the name of the order's part."""

    def __init__(self, store: LocalStore, user: str) -> None:
        self._store, self._user = store, user

    def find(self, recipe: Recipe) -> Path | None:
        part = self._store.find(recipe.name)
        try:
            path = self._store.fetch(part, part.media) if part else None
        except Damaged:
            return None
        if path is not None:
            self._note(recipe.name)
        return path

    def put(self, recipe: Recipe, data: bytes) -> None:
        with self._store.workspace(recipe.name) as folder:
            (folder / FILE).write_bytes(data)
            self._store.publish(recipe, folder, Made(FILE), Work())
        self._note(recipe.name)

    def drop(self, recipe: Recipe) -> None:
        if self._store.stamp(recipe.name) is not None:
            self._store.remove(recipe.name)
            forget(self._store, recipe.name)

    def _note(self, name: str) -> None:
        if self._user not in users(self._store, name):
            with trouble(self._store.root):
                file = _uses(self._store, name)
                file.parent.mkdir(parents=True, exist_ok=True)
                with file.open("a", encoding="utf-8") as lines:
                    lines.write(f"{self._user}\n")


def is_kept(part: Part) -> bool:
    """Whether a part is something that an engine kept, and no take."""
    return part.media == FILE


def needed(store: LocalStore, part: Part, used: set[str], now: datetime | None = None) -> bool:
    """Whether something kept has a user among the parts that are used, or is young."""
    young = (now or datetime.now(UTC)) - datetime.fromisoformat(part.made) < AGE
    return young or bool(users(store, part.name) & used)


def users(store: LocalStore, name: str) -> set[str]:
    """Names of the parts whose orders asked for what is kept under a name."""
    try:
        return set(_uses(store, name).read_text(encoding="utf-8").split())
    except OSError:
        return set()


def forget(store: LocalStore, name: str) -> None:
    """Drop the note of who uses something that is gone."""
    _uses(store, name).unlink(missing_ok=True)


def _uses(store: LocalStore, name: str) -> Path:
    return store.root / "uses" / name
