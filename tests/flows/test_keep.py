"""What engines keep for later orders lies in the store, as parts with recipes of their own."""

from pathlib import Path

from edl.recipe import Recipe
from flows.local_store import LocalStore, StoreKeep

RECIPE = Recipe("diffusion/embedding", 1, {"text": "waves"}, weights="abc")


def test_what_was_kept_is_found_again(tmp_path: Path) -> None:
    keep = StoreKeep(LocalStore(tmp_path))
    assert keep.find(RECIPE) is None
    keep.put(RECIPE, b"embeddings")
    found = StoreKeep(LocalStore(tmp_path)).find(RECIPE)
    assert found is not None
    assert found.read_bytes() == b"embeddings"
    assert [part.name for part in LocalStore(tmp_path).parts()] == [RECIPE.name]


def test_what_was_damaged_is_not_there(tmp_path: Path) -> None:
    StoreKeep(LocalStore(tmp_path)).put(RECIPE, b"embeddings")
    found = StoreKeep(LocalStore(tmp_path)).find(RECIPE)
    assert found is not None
    found.write_bytes(b"embeddinks")
    keep = StoreKeep(LocalStore(tmp_path))
    assert keep.find(RECIPE) is None
    keep.put(RECIPE, b"embeddings")
    assert keep.find(RECIPE) is not None
