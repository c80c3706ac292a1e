"""The sessions that a worker keeps warm, and the GPU that it holds while one is open there."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

from filelock import FileLock

from engines.contract import Session
from flows.devices import CPU, hold

MOST = 3  # sessions on the CPU; a GPU has memory for one


class Warm:
    """Open sessions by key, each on a device.

    A worker holds one GPU at most, so that two runs that each want two of them never wait in a circle.
    """

    def __init__(self) -> None:
        self._sessions: OrderedDict[str, tuple[str, Session]] = OrderedDict()
        self._held: tuple[str, FileLock] | None = None

    def session(
        self,
        key: str,
        device: str,
        start: Callable[[], Session],
        patience: float,
        waiting: Callable[[], None],
        cancelled: Callable[[], bool],
    ) -> Session:
        """The session of that key, opened if need be. Raises as :func:`flows.devices.hold` and as the engine does."""
        if key not in self._sessions:
            self._make_room(device)
            if device != CPU and self._held is None:
                self._held = device, hold(device, patience, waiting, cancelled)
            self._sessions[key] = device, start()
        self._sessions.move_to_end(key)
        return self._sessions[key][1]

    def _make_room(self, device: str) -> None:
        if device == CPU:
            while len(self._on_cpu()) >= MOST:
                self._close(self._on_cpu()[0])
            return
        for key in [key for key, (where, _) in self._sessions.items() if where != CPU]:
            self._close(key)
        if self._held is not None and self._held[0] != device:
            self._held[1].release()
            self._held = None

    def _on_cpu(self) -> list[str]:
        return [key for key, (where, _) in self._sessions.items() if where == CPU]

    def _close(self, key: str) -> None:
        self._sessions.pop(key)[1].close()
