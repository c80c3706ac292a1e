"""Kernels: functions that numba compiles once for all processes of a machine.

numba keeps on disk what it compiled, and nothing guards that store: of two processes that compile at the same moment
each may keep one half of a function, and whoever reads it later crashes, or runs code made for other types (numba's
issue 10128). Takes are rendered by several processes, so one at a time compiles here; the others wait and then read.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from filelock import FileLock

F = TypeVar("F", bound=Callable[..., Any])


def kernel(**options: Any) -> Callable[[F], F]:
    """``numba.njit`` with these options, kept on disk; each set of argument types is compiled under the lock."""
    from numba import njit

    _lock_what_numba_locks()
    return njit(cache=True, **options)  # type: ignore[no-any-return]


@contextmanager
def one_compiles() -> Iterator[None]:
    """Hold the lock round what compiles of its own accord: a library that does so when it is imported or first called.

    Its ``guvectorize`` keeps two files for a function, and numba itself locks each of them only.
    """
    with _lock():
        yield


def lock_file() -> Path:
    """The lock of this user, whatever project, store or installation: it is held for seconds, and seldom."""
    return Path(tempfile.gettempdir()) / f"cutaway-{os.getuid()}" / "compiling.lock"


@cache
def _lock() -> FileLock:
    from filelock import FileLock

    lock_file().parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return FileLock(lock_file())


@cache
def _lock_what_numba_locks() -> None:
    """Take the lock whenever numba takes its own, which holds for threads only: round reading its store, compiling and
    writing back. numba announces both ends (``numba.core.event``)."""
    from numba.core import event

    class BothLocks(event.Listener):
        def on_start(self, event: event.Event) -> None:
            _lock().acquire()

        def on_end(self, event: event.Event) -> None:
            _lock().release()

    event.register("numba:compiler_lock", BothLocks())  # type: ignore[no-untyped-call]
