"""What engines keep for later orders lies in the store, as parts with recipes of their own."""

from datetime import datetime, timedelta
from pathlib import Path

import pytest

from edl.recipe import Recipe
from flows import kept, sweep
from flows.kept import AGE, StoreKeep, needed, users
from flows.local_store import LocalStore
from flows.workplace import open_project

RECIPE = Recipe("diffusion/embedding", 1, {"text": "waves"}, weights="abc")


def test_what_was_kept_is_found_again(tmp_path: Path) -> None:
    keep = StoreKeep(LocalStore(tmp_path), "take")
    assert keep.find(RECIPE) is None
    keep.put(RECIPE, b"embeddings")
    found = StoreKeep(LocalStore(tmp_path), "take").find(RECIPE)
    assert found is not None
    assert found.read_bytes() == b"embeddings"
    assert [part.name for part in LocalStore(tmp_path).parts()] == [RECIPE.name]


def test_what_was_damaged_is_not_there(tmp_path: Path) -> None:
    StoreKeep(LocalStore(tmp_path), "take").put(RECIPE, b"embeddings")
    found = StoreKeep(LocalStore(tmp_path), "take").find(RECIPE)
    assert found is not None
    found.write_bytes(b"embeddinks")
    keep = StoreKeep(LocalStore(tmp_path), "take")
    assert keep.find(RECIPE) is None
    keep.put(RECIPE, b"embeddings")
    assert keep.find(RECIPE) is not None


def test_what_is_dropped_is_gone_with_its_note(tmp_path: Path) -> None:
    keep, store = StoreKeep(LocalStore(tmp_path), "take"), LocalStore(tmp_path)
    keep.drop(RECIPE)
    keep.put(RECIPE, b"state")
    assert users(store, RECIPE.name) == {"take"}
    keep.drop(RECIPE)
    assert keep.find(RECIPE) is None
    assert not list(store.parts())
    assert users(store, RECIPE.name) == set()


def test_what_a_used_take_asked_for_is_needed_and_the_rest_for_a_week(tmp_path: Path) -> None:
    store = LocalStore(tmp_path)
    StoreKeep(store, "first").put(RECIPE, b"embeddings")
    StoreKeep(store, "second").find(RECIPE)
    (part,) = store.parts()
    late = datetime.fromisoformat(part.made) + AGE + timedelta(seconds=1)
    assert needed(store, part, {"second"}, late)
    assert not needed(store, part, {"third"}, late)
    assert needed(store, part, set(), late - timedelta(seconds=2))


def test_a_collection_keeps_what_takes_of_the_plan_asked_for(film, monkeypatch: pytest.MonkeyPatch) -> None:
    place = open_project(film("segments:\n  - title: t\n    text: t\n    duration: 5f\n"), ())
    plan_names, _ = sweep._in_use(place)
    other = Recipe("diffusion/still", 1, {"pixels": "x"}, weights="abc")
    StoreKeep(place.store, min(plan_names)).put(RECIPE, b"embeddings")
    StoreKeep(place.store, "f" * 64).put(other, b"moments")
    found = sweep.collect(place, delete=True, named=frozenset())
    assert {part.name for part in found.between} == {RECIPE.name, other.name}, "both are young"
    assert found.between_bytes == len(b"embeddings") + len(b"moments")
    monkeypatch.setattr(kept, "AGE", timedelta(0))
    found = sweep.collect(place, delete=True, named=frozenset())
    assert [part.name for part in found.between] == [RECIPE.name]
    assert [part.name for part in found.unused] == [other.name]
    assert place.store.find(other.name) is None
    assert users(place.store, other.name) == set()
