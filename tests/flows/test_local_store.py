"""The store on a disk: whole parts or none, one maker for each recipe, and nothing left by processes that died."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from edl.errors import Broken, Cancelled, StoreTrouble
from edl.recipe import Recipe
from engines.contract import Made
from flows.local_store import LocalStore
from flows.store import Damaged, Part, Work
from tests.flows.stage import ROOT, settled, wait_until

RECIPE = Recipe("mock/title", 1, {"text": "a"})


@pytest.fixture
def store(tmp_path: Path) -> LocalStore:
    return LocalStore(tmp_path / "store")


def make(store: LocalStore, recipe: Recipe = RECIPE, data: bytes = b"pictures", paid: bool = False) -> Part:
    with store.lease(recipe.name), store.workspace(recipe.name) as folder:
        (folder / "take.mkv").write_bytes(data)
        (folder / "notes.json").write_bytes(b"{}")
        return store.publish(recipe, folder, Made("take.mkv", {"a": 1}), Work(seconds=2.0, units=4, paid=paid))


def home(store: LocalStore, name: str = RECIPE.name) -> Path:
    return store.root / "parts" / name[:2] / name


def test_creating_a_store_writes_nothing(store):
    assert store.find(RECIPE.name) is None
    assert list(store.parts()) == []
    assert store.journal(RECIPE.name).entries() == []
    assert store.pace("mock/title") is None
    store.sweep()
    assert not store.root.exists()


def test_a_part_is_published_whole(store):
    part = make(store)
    assert part.media == "take.mkv"
    assert set(part.files) == {"take.mkv", "notes.json"}
    assert store.find(part.name) == part
    assert LocalStore(store.root).find(part.name) == part
    assert store.fetch(part, "take.mkv").read_bytes() == b"pictures"
    assert list(store.parts()) == [part]
    assert store.size_of(part) == len(b"pictures{}")
    assert part.made.endswith("+00:00")
    settled(store.root)


def test_another_process_was_faster(store):
    first = make(store, data=b"first")
    assert make(store, data=b"second") == first
    assert store.fetch(first, "take.mkv").read_bytes() == b"first"


def test_what_cannot_be_published(store):
    def nothing(folder: Path) -> None:
        """The promise is not kept."""

    def folder_inside(folder: Path) -> None:
        (folder / "take.mkv").write_bytes(b"x")
        (folder / "more").mkdir()

    def link(folder: Path) -> None:
        (folder / "take.mkv").symlink_to("/etc/hostname")

    for fill in (nothing, folder_inside, link):
        with store.workspace(RECIPE.name) as folder:
            fill(folder)
            with pytest.raises(Broken):
                store.publish(RECIPE, folder, Made("take.mkv"), Work())
    assert store.find(RECIPE.name) is None
    settled(store.root)


# damage


@pytest.mark.parametrize("data", [b"", b"pic", b"pictures and more"])
def test_another_size_is_found_at_once(store, data):
    part = make(store)
    (home(store) / "take.mkv").write_bytes(data)
    assert store.find(part.name) is None
    assert make(store) != part
    assert store.fetch(store.find(part.name), "take.mkv").read_bytes() == b"pictures"
    assert len(list((store.root / "aside").iterdir())) == 1
    settled(store.root)


def test_a_missing_file(store):
    part = make(store)
    (home(store) / "notes.json").unlink()
    assert store.find(part.name) is None


def test_corruption_of_the_same_size_is_found_before_work(store):
    part = make(store)
    spoil(home(store) / "take.mkv")
    assert store.find(part.name) == part  # size and time stamp suffice when there is nothing to do
    assert not store.verify(part)
    fresh = LocalStore(store.root)
    with pytest.raises(Damaged) as caught:
        fresh.fetch(part, "take.mkv")
    assert caught.value.name == part.name
    assert fresh.find(part.name) is None
    assert len(list((store.root / "aside").iterdir())) == 1
    assert make(fresh).digest == part.digest


def test_corruption_with_another_time_stamp_is_found_at_once(store):
    part = make(store)
    (home(store) / "take.mkv").write_bytes(b"PICTURES")
    assert store.find(part.name) is None


def test_a_copied_store_is_still_good(store, tmp_path):
    import shutil

    part = make(store)
    shutil.copytree(store.root, tmp_path / "copy", copy_function=shutil.copyfile)  # new time stamps
    assert LocalStore(tmp_path / "copy").find(part.name) == part


def spoil(path: Path) -> None:
    before = path.stat()
    path.write_bytes(bytes(byte ^ 1 for byte in path.read_bytes()))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


@pytest.mark.parametrize("text", ["", "{", "null", "[]", '{"name": "x"}', "\0\0\0", '{"name": 7}'])
def test_a_garbled_manifest_is_no_part(store, text):
    part = make(store)
    (home(store) / "manifest.json").write_text(text)
    assert store.find(part.name) is None
    assert list(store.parts()) == []
    assert make(store).digest == part.digest
    settled(store.root)


def test_a_manifest_of_another_name_is_no_part(store):
    part = make(store)
    other = Recipe("mock/title", 1, {"text": "b"})
    home(store).rename(home(store).with_name("moved"))
    home(store, other.name).parent.mkdir(parents=True, exist_ok=True)
    home(store).with_name("moved").rename(home(store, other.name))
    assert store.find(other.name) is None
    assert store.find(part.name) is None


def test_a_manifest_that_leaves_the_store_is_no_part(store):
    """A store may come from somebody else: names in it are not to be followed."""
    part = make(store)
    manifest = home(store) / "manifest.json"
    document = json.loads(manifest.read_text())
    document["media"] = "gone.mkv"
    manifest.write_text(json.dumps(document))
    assert store.find(part.name) is None


def test_files_without_a_manifest_are_no_part(store):
    """As a run leaves them that was killed while publishing."""
    part = make(store)
    (home(store) / "manifest.json").unlink()
    assert store.find(part.name) is None
    assert list(store.parts()) == []
    make(store)
    settled(store.root)


def test_discard(store):
    """What is discarded is made again; what was paid for is fetched again, for its journal stays."""
    part = make(store)
    store.journal(part.name).write({"job": "1"})
    store.discard(part.name)
    assert store.find(part.name) is None
    assert store.journal(part.name).entries() == [{"job": "1"}]
    assert len(list((store.root / "aside").iterdir())) == 1
    store.discard(part.name)


def test_remove(store):
    part = make(store)
    store.remove(part.name)
    assert store.find(part.name) is None
    assert not home(store).exists()
    store.remove(part.name)


# leases


def test_one_maker_at_a_time(store):
    inside: list[int] = []
    most: list[int] = []

    def work() -> None:
        with store.lease(RECIPE.name):
            inside.append(1)
            most.append(len(inside))
            time.sleep(0.02)
            inside.pop()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert max(most) == 1


def test_waiting_for_a_lease_can_be_stopped(store):
    with store.lease(RECIPE.name):
        began = time.monotonic()
        caught: list[Exception] = []

        def wait() -> None:
            try:
                with store.lease(RECIPE.name, lambda: time.monotonic() - began > 0.3):
                    pass
            except Cancelled as error:
                caught.append(error)

        thread = threading.Thread(target=wait)
        thread.start()
        thread.join(5)
    assert caught


RACER = """
import os, sys, time
from pathlib import Path
from edl.recipe import Recipe
from engines.contract import Made
from flows.local_store import LocalStore
from flows.store import Work

store, log = LocalStore(Path(sys.argv[1])), sys.argv[2]
for number in range(int(sys.argv[3])):
    recipe = Recipe("mock/title", 1, {"text": str(number)})
    with store.lease(recipe.name):
        if store.find(recipe.name) is None:
            with store.workspace(recipe.name) as folder:
                handle = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)
                os.write(handle, (recipe.name + "\\n").encode())
                os.close(handle)
                (folder / "take.mkv").write_bytes(b"x" * 1000)
                time.sleep(0.005)
                store.publish(recipe, folder, Made("take.mkv"), Work())
    store.sweep()
"""
HOLDER = """
import sys, time
from pathlib import Path
from flows.local_store import LocalStore

store = LocalStore(Path(sys.argv[1]))
with store.lease(sys.argv[2]), store.workspace(sys.argv[2]) as folder:
    (folder / "half").write_bytes(b"half")
    print("held", flush=True)
    time.sleep(600)
"""


def python(script: str, *arguments: object) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", script, *map(str, arguments)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        text=True,
    )


def test_processes_that_race_make_everything_once(store, tmp_path):
    racers = [python(RACER, store.root, tmp_path / "log", 30) for _ in range(3)]
    for racer in racers:
        racer.communicate(timeout=120)
        assert racer.returncode == 0
    lines = (tmp_path / "log").read_text().splitlines()
    assert len(lines) == len(set(lines)) == 30
    settled(store.root)


def test_a_killed_holder_leaves_neither_a_lease_nor_work(store):
    holder = python(HOLDER, store.root, RECIPE.name)
    assert holder.stdout is not None
    assert holder.stdout.readline() == "held\n"
    store.sweep()
    assert len(list((store.root / "tmp").glob("*.work"))) == 1  # it is alive: its work is its own
    began = time.monotonic()
    timer = threading.Timer(0.3, holder.send_signal, [signal.SIGKILL])
    timer.start()
    with store.lease(RECIPE.name):
        assert time.monotonic() - began < 10
    holder.communicate()
    timer.join()
    store.sweep()
    wait_until(lambda: not list((store.root / "tmp").iterdir()), 5)
    settled(store.root)


def test_work_without_a_lock_is_swept(store):
    stray = store.root / "tmp" / "abc.12345678.work"
    stray.mkdir(parents=True)
    (stray / "file").write_bytes(b"x")
    store.sweep()
    assert not stray.exists()


def test_a_workspace_is_gone_afterwards(store):
    def fail() -> None:
        with store.workspace(RECIPE.name) as folder:
            (folder / "file").write_bytes(b"x")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert list((store.root / "tmp").iterdir()) == []


# the journal


def test_a_journal_outlives_a_torn_line(store):
    journal = store.journal(RECIPE.name)
    journal.write({"token": "1"})
    journal.write({"token": "1", "job": "2"})
    path = store.journal_file(RECIPE.name)
    path.write_bytes(path.read_bytes() + b'{"ended": "refu')
    assert journal.entries() == [{"token": "1"}, {"token": "1", "job": "2"}]
    journal.write({"token": "3"})
    assert journal.entries() == [{"token": "1"}, {"token": "1", "job": "2"}, {"token": "3"}]


@pytest.mark.parametrize("junk", [b"null\n", b"7\n", b"[1]\n", b"\xff\xfe\n", b"\0\0\0\0\n", b"\n\n"])
def test_a_journal_outlives_junk(store, junk):
    journal = store.journal(RECIPE.name)
    journal.write({"token": "1"})
    path = store.journal_file(RECIPE.name)
    path.write_bytes(path.read_bytes() + junk)
    journal.write({"token": "2"})
    assert journal.entries() == [{"token": "1"}, {"token": "2"}]


def test_text_of_a_provider_does_not_break_a_journal(store):
    journal = store.journal(RECIPE.name)
    words = {"error": "line\nbreak, separators and \u2028 and \x85 and \x1c"}
    journal.write(words)
    assert journal.entries() == [words]


# pace


def test_the_pace_follows_what_was_measured(store):
    make(store)
    pace = store.pace("mock/title")
    assert (pace.seconds, pace.samples) == (0.5, 1)
    with store.workspace("b") as folder:
        (folder / "take.mkv").write_bytes(b"x")
        store.publish(Recipe("mock/title", 1, {"text": "b"}), folder, Made("take.mkv"), Work(seconds=8.0, units=4))
    pace = store.pace("mock/title")
    assert pace.samples == 2
    assert 0.5 < pace.seconds < 2.0


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", '{"seconds": "x", "samples": 1}', "\xff"])
def test_a_garbled_pace_is_unknown(store, text):
    make(store)
    (store.root / "pace" / "mock.title.json").write_text(text, encoding="latin-1")
    assert store.pace("mock/title") is None


# trouble


def test_a_file_in_the_place_of_the_store(tmp_path):
    (tmp_path / "store").write_bytes(b"")
    store = LocalStore(tmp_path / "store")
    assert store.find(RECIPE.name) is None
    with pytest.raises(StoreTrouble):
        make(store)
