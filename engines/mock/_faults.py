"""How a mock engine misbehaves on request, and how its calls are counted.

``CUTAWAY_MOCK_LOG`` names a file that gets one line, engine and recipe, for each call; several processes may share it.
"""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from edl.errors import Broken, Cancelled, Failure, OutOfMemory, ProviderDown, Refused, Transient
from engines.contract import Made, Order, Params, Plain, Session

LOG = "CUTAWAY_MOCK_LOG"
TICK = 0.05  # seconds between two looks at a request to cancel

Fault = Literal["none", "once", "always", "refuse", "down", "memory", "die", "deaf", "slow", "short"]
RAISED: dict[str, type[Failure]] = {
    "always": Broken,
    "refuse": Refused,
    "down": ProviderDown,
    "memory": OutOfMemory,
}


class MockParams(Params):
    """Params of every mock engine.

    ``fault``: ``once`` fails the first time of a recipe (Transient), ``always`` fails (Broken), ``refuse``, ``down``
    and ``memory`` raise Refused, ProviderDown and OutOfMemory; ``die`` kills its own process the first time; ``deaf``
    does not look at cancel for ``seconds``; ``slow`` takes ``seconds`` and honours cancel; ``short`` leaves out the
    last frame (the last sample of a voice). ``device`` only claims to run on a GPU of that name.
    """

    fault: Fault = "none"
    device: str = "cpu"
    seconds: Annotated[float, Field(ge=0, le=3600)] = 2.0


def opener(name: str, render: Callable[[Order], Made]) -> Callable[[str], Session]:
    """``Engine.open`` of a mock: each call is counted, then ``render`` runs as the order's fault demands."""
    return lambda device: Plain(partial(_render, name, render))


def _render(name: str, render: Callable[[Order], Made], order: Order) -> Made:
    _count(name, order)
    order.stop_if_cancelled()
    _misbehave(order)
    if fault_of(order) == "short" and order.native:
        order = replace(order, native=replace(order.native, frames=order.native.frames - 1))
    return render(order)


def device_of(params: BaseModel) -> str:
    """The GPU that a mock claims to run on, for ``Engine.device``."""
    return params.device if isinstance(params, MockParams) else "cpu"


def batch_opener(name: str, render: Callable[[Order], Made]) -> Callable[[str], Session]:
    """As :func:`opener`, for an engine that renders several orders in one go; that is counted as ``batch:`` and how
    many there were. An order that misbehaves fails alone, but for one that kills the process."""
    return lambda device: Together(partial(_render, name, render), name)


@dataclass(frozen=True)
class Together(Plain):
    """A session that takes several orders."""

    name: str = ""

    def render_batch(self, orders: Sequence[Order]) -> list[Made | Failure]:
        _log(f"batch:{self.name} {len(orders)}")
        return [self._one(order) for order in orders]

    def _one(self, order: Order) -> Made | Failure:
        try:
            return self.render(order)
        except Cancelled:
            raise
        except Failure as failure:
            return failure


def fault_of(order: Order) -> Fault:
    """The fault that an order asks for."""
    return order.params.fault if isinstance(order.params, MockParams) else "none"


def paced(order: Order, count: int) -> Iterator[int]:
    """0 to ``count`` - 1, as slowly as the order asks.

    :raises Cancelled: when the run is to stop
    """
    params = order.params
    pause = 0.0
    if isinstance(params, MockParams) and params.fault == "slow":
        pause = params.seconds / max(1, count)
    for number in range(count):
        order.stop_if_cancelled()
        yield number
        wait(order, pause)


def wait(order: Order, seconds: float) -> None:
    """Sleep, and wake up at once for a request to cancel.

    :raises Cancelled: when the run is to stop
    """
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        order.stop_if_cancelled()
        time.sleep(min(TICK, left))


def die_once(order: Order, where: str) -> None:
    """Kill this process without a farewell, once for each recipe and place."""
    if _first_time(order, where):
        os.kill(os.getpid(), signal.SIGKILL)


def _misbehave(order: Order) -> None:
    params = order.params
    if not isinstance(params, MockParams) or params.fault == "none":
        return
    if params.fault in RAISED:
        raise RAISED[params.fault](f"asked to fail: {params.fault}")
    if params.fault == "once" and _first_time(order, "once"):
        raise Transient("asked to fail once")
    if params.fault == "die":
        die_once(order, "die")
    if params.fault == "deaf":
        time.sleep(params.seconds)


def _first_time(order: Order, what: str) -> bool:
    """Whether this recipe meets ``what`` for the first time; remembered before anything happens."""
    if any(entry.get("fault") == what for entry in order.journal.entries()):
        return False
    order.journal.write({"fault": what})
    return True


def _count(name: str, order: Order) -> None:
    _log(f"{name} {order.recipe}")


def _log(line: str) -> None:
    path = os.environ.get(LOG)
    if not path:
        return
    file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    try:
        os.write(file, f"{line}\n".encode())
    finally:
        os.close(file)
