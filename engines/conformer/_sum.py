"""Summing what sounds in one piece, with its surroundings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from edl.errors import Broken
from engines.conformer._duck import stepped_back
from engines.conformer._sources import Loop, Source, Span, faded, source
from engines.conformer._summands import Bed, Heard, MixParams, Room
from engines.media.pieces import AFTER, BEFORE, ROOM_FADE, SHORTEST_BED

if TYPE_CHECKING:
    from engines.contract import Order

Samples = NDArray[np.float32]
Floats = NDArray[np.float64]


def summed(order: Order, params: MixParams) -> Samples:
    """The sum from ``BEFORE`` samples before the piece to ``AFTER`` behind it, shape (n, 2).

    :raises Broken: when a file cannot be read, or is too short to be repeated
    """
    start, count = -BEFORE, BEFORE + params.samples + AFTER
    sources = {name: source(path) for name, path in order.inputs.items()}
    total = np.zeros((count, 2))
    parts: list[Heard | Bed | Room] = [*params.sounds, *params.music]
    parts += [params.room] if params.room else []
    down = stepped_back(params.speech, start, count) if params.speech else np.zeros(count)
    for done, part in enumerate(parts):
        order.stop_if_cancelled()
        order.progress(done / len(parts), "")
        sound = sources[part.input]
        if isinstance(part, Heard):
            total += _heard(part, sound, start, count)
        elif isinstance(part, Bed):
            total += _music(part, sound, start, count, down)
        else:
            total += _room(part, sound, start, count)
    if params.opening or params.closing:
        begin, risen = params.opening or (start, start)
        fallen, end = params.closing or (start + count, start + count)
        total *= faded(np.arange(start, start + count), begin, end, risen - begin, end - fallen)[:, None]
    if params.until is not None:
        total[max(0, BEFORE + params.until) :] = 0
    return total.astype(np.float32)


def _heard(part: Heard, sound: Source, start: int, count: int) -> Samples:
    span = Span(sound, part.start, part.end, part.skip, _factor(part.gain), part.rise, part.fall)
    return span.read(start, count)


def _music(part: Bed, sound: Source, start: int, count: int, down: Floats) -> Floats:
    last = sound.samples if part.last is None else min(part.last, sound.samples)
    loop = _loop(sound, part.start, part.first, last, part.loops)
    end = start + 2 * count if part.end is None else part.end
    shape = faded(np.arange(start, start + count), part.start, end, part.rise, part.fall)
    level = shape * 10 ** ((part.gain - part.duck * down) / 20)
    return np.asarray(loop.read(start, count) * level[:, None])


def _room(part: Room, sound: Source, start: int, count: int) -> Floats:
    """Where the room comes up and goes, the sounds beside it are fading themselves: half of each fade lies inside."""
    at, half = np.arange(start, start + count), ROOM_FADE // 2
    shape = np.zeros(count)
    for first, last in part.gaps:
        shape = np.maximum(shape, faded(at, first - half, last + half, ROOM_FADE, ROOM_FADE))
    loop = _loop(sound, part.start, 0, sound.samples, True)
    return np.asarray(loop.read(start, count) * (shape * _factor(part.gain))[:, None])


def _loop(sound: Source, start: int, first: int, last: int, repeats: bool) -> Loop:
    if last - first < (SHORTEST_BED if repeats else 1):
        raise Broken(f"{sound.path.name} is too short to be repeated: {(last - first) / 48_000:.2f} s")
    return Loop(sound, start, first, last, repeats)


def _factor(decibels: float) -> float:
    return float(10 ** (decibels / 20))
