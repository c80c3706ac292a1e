"""The session of the diffusion engine: light until the first order, then the owner of a loaded pipeline."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from edl.errors import Failure
from engines.contract import Made, Order

if TYPE_CHECKING:
    from engines.diffusion.rig.shoot import Stage


class Rig:
    """Loads a pipeline with its first order and keeps it for the orders that share its session key."""

    def __init__(self, device: str) -> None:
        self._device = device
        self._stage: Stage | None = None

    def render(self, order: Order) -> Made:
        """Make one part.

        :raises OutOfMemory: at loading, sampling or decoding; finished latents are kept
        :raises Cancelled: within one step
        :raises EnvironmentLacks: for weights that are missing or damaged
        :raises Broken: for pictures that stay black or broken
        """
        order.stop_if_cancelled()
        return self._ready().shoot(order)

    def render_batch(self, orders: Sequence[Order]) -> Sequence[Made | Failure]:
        """Make parts that differ only in the seed: each block of takes is sampled in one call. Raises as
        :meth:`render` where that concerns all of them."""
        orders[0].stop_if_cancelled()
        return self._ready().shoot_together(orders)

    def _ready(self) -> Stage:
        from engines.diffusion.rig.shoot import Stage

        if self._stage is None:
            self._stage = Stage(self._device)
        return self._stage

    def close(self) -> None:
        if self._stage is not None:
            self._stage.close()
            self._stage = None
