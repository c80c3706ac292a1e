"""GPUs in turns: one worker at a time on each, over all runs of this user.

A worker that opens a session on a GPU holds a kernel lock, which dies with its process. The lock files lie in a folder
of the user's own, so that runs of different projects and stores know of one another.
"""

from __future__ import annotations

import os
import re
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from filelock import FileLock, Timeout

from edl.errors import Cancelled, EnvironmentLacks

CPU = "cpu"
TICK = 0.25  # seconds between looks at a GPU that is in use


def runtime_folder() -> Path:
    """Where the locks lie; ``CUTAWAY_RUNTIME`` names another folder."""
    if named := os.environ.get("CUTAWAY_RUNTIME"):
        return Path(named)
    base = os.environ.get("XDG_RUNTIME_DIR")
    return Path(base) / "cutaway" if base else Path(tempfile.gettempdir()) / f"cutaway-{os.getuid()}"


def hold(device: str, patience: float, waiting: Callable[[], None], cancelled: Callable[[], bool]) -> FileLock:
    """Take a device, waiting for its holder to let go.

    :param patience: seconds to wait at most
    :param waiting: called again and again while waiting
    :raises EnvironmentLacks: when it stayed in use for so long
    :raises Cancelled: when the run is to stop while waiting
    """
    folder = runtime_folder()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = FileLock(folder / f"{re.sub(r'[^A-Za-z0-9.-]', '_', device)}.lock", thread_local=False)
    end = time.monotonic() + patience
    while True:
        try:
            lock.acquire(timeout=TICK, poll_interval=TICK / 5)
            return lock
        except Timeout:
            if cancelled():
                raise Cancelled(f"stopped while waiting for {device}") from None
        if time.monotonic() >= end:
            raise EnvironmentLacks(
                f"{device} was in use by another run for {patience:.0f} s",
                "run again when the other run has ended, or set gpu_wait in the settings to wait longer",
            )
        waiting()
