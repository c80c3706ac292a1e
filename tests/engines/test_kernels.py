"""Compiled functions that several processes keep in one store."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numba
import numpy as np
import pytest
from filelock import FileLock, Timeout
from numba.core import event

from engines.kernels import kernel, lock_file, one_compiles

TRACK = """
import sys
from pathlib import Path
from engines.media.beats import measure_beats
print(len(measure_beats(Path(sys.argv[1])).beats))
"""


class TryLock(event.Listener):
    """Tries, whenever numba compiles, to take the lock as another process would."""

    def __init__(self) -> None:
        self.held: list[bool] = []

    def on_start(self, event: event.Event) -> None:
        try:
            with FileLock(lock_file(), timeout=0):
                self.held.append(False)
        except Timeout:
            self.held.append(True)

    def on_end(self, event: event.Event) -> None:
        pass


def free() -> bool:
    with FileLock(lock_file(), timeout=60):
        return True


def test_the_lock_is_held_while_a_kernel_is_compiled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numba.config, "CACHE_DIR", str(tmp_path))
    watch = TryLock()
    with event.install_listener("numba:compile", watch):

        @kernel()
        def doubled(values: np.ndarray) -> np.ndarray:
            return values * 2

        assert doubled(np.arange(3.0)).tolist() == [0, 2, 4]
        assert doubled(np.arange(3)).tolist() == [0, 2, 4]
    assert watch.held
    assert all(watch.held)
    assert free()


def test_a_kernel_that_cannot_be_compiled_leaves_the_lock() -> None:
    @kernel()
    def wrong(values: np.ndarray) -> object:
        return values.no_such_thing

    with pytest.raises(Exception, match="no_such_thing"):
        wrong(np.arange(3))
    assert free()


def test_what_compiles_of_its_own_accord_may_compile_kernels_too() -> None:
    @kernel()
    def halved(values: np.ndarray) -> np.ndarray:
        return values / 2

    with one_compiles():
        assert halved(np.arange(3)).tolist() == [0, 0.5, 1]
        with pytest.raises(Timeout):
            FileLock(lock_file(), timeout=0).acquire()
    assert free()


@pytest.mark.slow
def test_beats_are_measured_by_several_processes_whose_store_is_empty(tmp_path: Path) -> None:
    import soundfile

    clicks = np.zeros(8 * 22050, np.float32)
    clicks[:: 22050 // 2] = 0.8
    soundfile.write(tmp_path / "clicks.wav", clicks, 22050)
    command = [sys.executable, "-c", TRACK, str(tmp_path / "clicks.wav")]
    environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path / "kernels")}
    first = [subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    said = [(process.communicate(timeout=600)[0].strip(), process.returncode) for process in first]
    later = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600, check=False)
    assert {*said, (later.stdout.strip(), later.returncode)} == {(said[0][0], 0)}
    assert int(said[0][0]) > 10
