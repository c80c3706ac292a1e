"""Finished files come out of the store whole, and only when they are due."""

import hashlib
import os
from dataclasses import replace

import pytest

from edl.recipe import Recipe
from engines.contract import Made
from flows.deliver import deliver, deliver_all, is_current, stale
from flows.local_store import LocalStore
from flows.plan import Delivery
from flows.store import Damaged, FileRecord, Work

DELIVERY = Delivery("master", "master:master", "out/master.mp4")


@pytest.fixture
def store(tmp_path):
    return LocalStore(tmp_path / "store")


def part_of(store, data=b"film"):
    recipe = Recipe("conformer/stitch", 1, {"data": data.decode()})
    with store.workspace(recipe.name) as folder:
        (folder / "master.mp4").write_bytes(data)
        return store.publish(recipe, folder, Made("master.mp4"), Work())


def test_a_file_is_delivered_once(store, tmp_path):
    part = part_of(store)
    target = deliver(tmp_path, DELIVERY, part, store)
    assert target.read_bytes() == b"film"
    assert is_current(tmp_path, DELIVERY, part)
    before = target.stat()
    deliver(tmp_path, DELIVERY, part, store)
    assert target.stat().st_ino == before.st_ino


def test_a_new_file_takes_the_place_of_the_old(store, tmp_path):
    deliver(tmp_path, DELIVERY, part_of(store), store)
    new = part_of(store, b"flim")
    assert not is_current(tmp_path, DELIVERY, new)
    assert deliver(tmp_path, DELIVERY, new, store).read_bytes() == b"flim"


def test_what_a_killed_delivery_left_is_swept(store, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / ".master.mp4.0123abcd").write_bytes(b"half")
    (tmp_path / "out" / "my own.mp4").write_bytes(b"mine")
    deliver(tmp_path, DELIVERY, part_of(store), store)
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["master.mp4", "my own.mp4"]


def test_editing_a_delivered_file_never_touches_the_store(store, tmp_path):
    part = part_of(store)
    target = deliver(tmp_path, DELIVERY, part, store)
    with target.open("r+b") as file:
        file.write(b"FILM")
    assert store.verify(part)
    deliver(tmp_path, DELIVERY, part, store)
    assert target.read_bytes() == b"film"


def test_a_damaged_part_is_not_delivered(store, tmp_path):
    part = part_of(store)
    path = store.fetch(part, part.media)
    before = path.stat()
    path.write_bytes(b"FILM")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    deliver_old = tmp_path / "out"
    deliver_old.mkdir()
    (deliver_old / "master.mp4").write_bytes(b"the old one")
    with pytest.raises(Damaged):
        deliver(tmp_path, DELIVERY, part, LocalStore(store.root))
    assert (deliver_old / "master.mp4").read_bytes() == b"the old one"


def test_stale_names_what_shows_an_earlier_state(desk, tmp_path):
    studio = desk()
    found = studio.plan()
    folder = studio.file.parent
    assert stale(folder, found, studio.shelf.find) == ()
    (folder / "out").mkdir()
    (folder / "out/master.mp4").write_bytes(b"old")
    assert stale(folder, found, studio.shelf.find) == ("out/master.mp4",)
    assert stale(folder, studio.make(), studio.shelf.find) == ("out/master.mp4",)  # made, but another's is delivered
    assert deliver_all(folder, found, LocalStore(tmp_path / "none")) == {}


def test_a_partial_delivery_that_is_the_same_as_the_whole_one_makes_nothing_stale(desk, tmp_path):
    """Captions hang on voices alone: where a picture failed, the whole file was called an earlier state."""
    studio = desk()
    found = studio.make()
    folder, (delivery, *_) = studio.file.parent, found.deliveries
    part = studio.shelf.find(found.step(delivery.step).name)
    assert part is not None
    digest, stamp = hashlib.sha256(b"captions").hexdigest(), part.files[part.media].mtime_ns
    record = FileRecord(digest=digest, size=8, mtime_ns=stamp)
    studio.shelf.parts[part.name] = part.model_copy(update={"files": {part.media: record}})
    partial = replace(found, deliveries=(replace(delivery, file="out/x.partial", instead=delivery.file),))
    (folder / "out").mkdir()
    (folder / delivery.file).write_bytes(b"captions")  # at another time
    assert stale(folder, partial, studio.shelf.find) == ()
    (folder / delivery.file).write_bytes(b"Captions")
    assert stale(folder, partial, studio.shelf.find) == (delivery.file,)
