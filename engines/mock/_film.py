"""Writes what :mod:`engines.mock._scene` draws, frame by frame, into an order's folder."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import av
import numpy as np

from edl.errors import Broken
from engines.contract import Made, Order
from engines.media.sink import FrameSink
from engines.mock._faults import paced
from engines.mock._scene import Pixels, Scene, Stamp, read_stamp

DRIFT = 0.1  # widths that the backdrop moves in a second


def film(order: Order, draw: Callable[[int], Pixels]) -> Made:
    """Write all ordered frames; ``draw(n)`` gives frame ``n``, from 0."""
    with FrameSink(order) as sink:
        for number in paced(order, order.shape().frames):
            sink.write(draw(number))
    return sink.made()


def film_drifting(order: Order, look: int, first: int = 0) -> Made:
    """A take in which the backdrop moves; ``first`` is the number of its first frame."""
    scene, fps = Scene(order.shape(), look), float(order.shape().fps)
    return film(order, lambda number: scene.frame(first + number, drift=DRIFT * (first + number) / fps))


def last_stamp(path: Path) -> Stamp:
    """What the last frame of a drawn take says of itself.

    :raises Broken: when the file cannot be read, or was not drawn here
    """
    stamp = None
    try:
        with av.open(str(path)) as container:
            for frame in container.decode(video=0):
                stamp = read_stamp(np.asarray(frame.to_ndarray(format="rgb24"), dtype=np.uint8))
    except (av.FFmpegError, OSError) as error:
        raise Broken(f"{path.name} cannot be read: {error}") from error
    if stamp is None:
        raise Broken(f"{path.name} was not drawn by a mock engine")
    return stamp
