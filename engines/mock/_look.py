"""What decides the look of a mock's picture: a number of 16 bits, found from the order's content alone."""

from __future__ import annotations

import hashlib

from edl.recipe import canonical, differing
from engines.contract import Order

NO_PIXELS = ("fault", "seconds", "device")  # params that change behaviour, not the picture


def look_of(name: str, order: Order, seeded: bool = False) -> int:
    """0 to 65535, from the engine's name, the params, the input files' bytes and, where ``seeded``, the seed."""
    params = {key: value for key, value in differing(order.params).items() if key not in NO_PIXELS}
    inputs = {key: hashlib.sha256(path.read_bytes()).hexdigest() for key, path in order.inputs.items()}
    return look_from(canonical([name, params, dict(inputs), order.seed if seeded else 0]))


def look_from(key: bytes) -> int:
    """0 to 65535, spread evenly."""
    return int.from_bytes(hashlib.sha256(key).digest()[:2], "big")
