"""Full disks and folders that may not be written: a clear word, exit code 4, and nothing lost."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.flows.stage import SHORT, settled, write_film


def run(*words: object) -> bool:
    return subprocess.run([*map(str, words)], capture_output=True, check=False).returncode == 0


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """Mounts a disk of a given size; the size may be changed."""
    folder = tmp_path / "disk"
    folder.mkdir()

    def sized(size: str) -> Path:
        how = ("-o", f"remount,size={size}") if folder.is_mount() else ("-t", "tmpfs", "-o", f"size={size}", "tmpfs")
        if shutil.which("mount") is None or not run("mount", *how, folder):
            pytest.skip("this machine does not let a test mount a disk")
        return folder

    yield sized
    if folder.is_mount():
        run("umount", "-l", folder)


def test_a_full_disk(cutaway, film, small_disk, tmp_path):
    disk = small_disk("400k")
    (tmp_path / "settings.yaml").write_text(f"store: {disk / 'store'}\njobs: 1\n")
    file = film(SHORT.replace("duration: 10f", "duration: 60s"))
    ran = cutaway("render", file, code=4)
    assert "full" in ran.err
    assert "->" in ran.err
    assert not (file.parent / "out" / "master.mp4").exists()
    made = {path.name for path in (disk / "store" / "parts").glob("*/*")}
    assert made  # the voices fitted
    lines = cutaway.lines()
    again = cutaway("render", file, "--json", code=4).json
    assert {"error", "remedy"} <= set(again)
    small_disk("200m")
    cutaway("render", file)
    assert {path.name for path in (disk / "store" / "parts").glob("*/*")} > made
    repeated = [line for line in cutaway.lines()[len(lines) :] if line.split()[1] in made]
    assert not repeated  # nothing that had been made was lost
    settled(disk / "store")


@pytest.mark.slow
def test_a_full_disk_with_a_server_of_its_own(bare, film, small_disk, tmp_path):
    disk = small_disk("100k")
    (tmp_path / "settings.yaml").write_text(f"store: {disk / 'store'}\n")
    ran = bare("render", film(), code=4)
    assert "full" in ran.err
    bare.all_gone()


def test_a_full_disk_where_the_master_goes(cutaway, film, small_disk, tmp_path):
    file = film()
    disk = small_disk("8k")
    (file.parent / "out").symlink_to(disk)
    ran = cutaway("render", file, code=4)
    assert "full" in ran.err
    assert not [path for path in disk.iterdir() if path.suffix == ".mp4"]
    calls = cutaway.calls()
    small_disk("20m")
    cutaway("render", file)
    assert cutaway.calls() == calls
    assert (disk / "master.mp4").is_file()


@pytest.fixture
def frozen() -> Iterator[Callable[..., None]]:
    """Makes a folder read-only, even for root; with a second word it thaws."""
    mounted: list[Path] = []

    def freeze(folder: Path, thaw: bool = False) -> None:
        if thaw:
            run("umount", "-l", folder)
            return
        if shutil.which("mount") is None or not run("mount", "--bind", folder, folder):
            pytest.skip("this machine does not let a test mount a folder")
        mounted.append(folder)
        assert run("mount", "-o", "remount,bind,ro", folder)

    yield freeze
    for folder in mounted:
        run("umount", "-l", folder)


def test_a_read_only_project(cutaway, film, frozen, tmp_path):
    file = film()
    folder = file.parent
    frozen(folder)
    cutaway("check", folder)
    cutaway("plan", folder)
    ran = cutaway("render", folder, code=4)
    assert "cannot be written" in ran.err
    assert "->" in ran.err
    (tmp_path / "settings.yaml").write_text(f"store: {tmp_path / 'store'}\n")
    ran = cutaway("render", folder, code=4)  # all is made; only the master has no place
    assert "cannot be written" in ran.err
    calls = cutaway.calls()
    assert calls["mock/voice"] == 2
    frozen(folder, thaw=True)
    cutaway("render", folder)
    assert cutaway.calls() == calls


def test_a_read_only_project_that_is_finished(cutaway, film, frozen):
    file = film()
    cutaway("render", file)
    folder = file.parent
    frozen(folder)
    for command in (("render", folder), ("status", folder), ("takes", folder, "hello"), ("plan", folder)):
        cutaway(*command)
    for command in (("render", folder, "--again", "coast"), ("pick", folder, "coast", "1"), ("gc", folder, "--delete")):
        ran = cutaway(*command, code=4)
        assert "cannot be written" in ran.err


def test_a_folder_of_somebody_else(cutaway):
    """As a user that is not root, where root runs the tests."""
    import os

    if os.getuid() != 0 or shutil.which("setpriv") is None:
        pytest.skip("only root can become somebody else")
    import tempfile

    with tempfile.TemporaryDirectory() as outside:
        os.chmod(outside, 0o755)
        file = write_film(Path(outside) / "film")
        wrap = ("setpriv", "--reuid=65534", "--regid=65534", "--clear-groups")
        if not run(*wrap, "test", "-r", __file__):
            pytest.skip("nobody may read this checkout")
        ran = cutaway("render", file, code=4, wrap=wrap, HOME=outside, CUTAWAY_SETTINGS=f"{outside}/none")
        assert "cannot be written" in ran.err
