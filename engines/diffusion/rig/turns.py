"""One order at a time on a graphics card, whichever process it comes from."""

from __future__ import annotations

import getpass
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from edl.errors import Transient
from engines.contract import Order

TICK = 0.25  # seconds
LIMIT = 3600.0  # seconds


@contextmanager
def turn(device: str, order: Order, limit: float = LIMIT) -> Iterator[None]:
    """Hold a card while an order is made; the processor needs no turns. The lock dies with its holder.

    :raises Cancelled: when the run is to stop while waiting
    :raises Transient: when the card is still taken after ``limit`` seconds
    """
    if device == "cpu":
        yield
        return
    name = f"cutaway-{getpass.getuser()}-{device.replace(':', '')}.lock"
    lock = FileLock(Path(tempfile.gettempdir()) / name)
    end, told = time.monotonic() + limit, False
    while True:
        try:
            lock.acquire(timeout=TICK, poll_interval=TICK / 5)
            break
        except Timeout:
            order.stop_if_cancelled()
            if not told:
                order.progress(0.0, f"waiting for {device}, which another process uses")
                told = True
            if time.monotonic() > end:
                raise Transient(f"{device} has been in use by another process for {limit:.0f} s", after=60) from None
    try:
        yield
    finally:
        lock.release()
