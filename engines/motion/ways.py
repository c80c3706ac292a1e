"""How far the picture inside a region is shifted at each time of a loop.

**Flow** (water, smoke, clouds) is an Eulerian motion field: each place has one velocity for ever (Holynski et al.,
"Animating Pictures with Eulerian Motion Fields", CVPR 2021). The field is integrated by Euler steps, half a cycle
backward and half a cycle forward in time, so that the still itself stands in the middle of each cycle. Two such cycles
run half a cycle apart and are cross-faded; each starts and ends while its weight is zero, so the loop closes exactly
and never jumps. Where one copy is stretched thin (at the edge where new water comes in) the other counts for more.

**Sway** (cloth, hair, leaves) is a wave that travels along its way a whole number of times in a loop; every point moves
on a small ellipse about its own place.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import pi

import cv2
import numpy as np
from numpy.typing import NDArray

from edl.region import Region
from engines.motion.masks import Window
from engines.motion.velocity import Field, Grid, curl, directions, smooth_noise

Plane = NDArray[np.float32]

STEPS = 32  # of a cycle at which the shifts are kept
WITHIN = 3  # Euler steps from one to the next
TRAVEL = 0.09  # of the picture's width in one cycle, if that takes 2 to 8 seconds
SHORTEST, LONGEST = 2.0, 8.0  # seconds of a cycle
UNEVEN = 0.1  # of a cycle by which parts of a region run ahead of others, so that they do not pulse together
THIN = 0.05  # weight of a copy that is stretched without end
ALIKE = 0.006  # of the picture's width: two places so far apart have nothing in common


@dataclass(frozen=True)
class Shift:
    """Where the picture inside a region comes from, for each cell of its grid: ``across`` and ``down`` in pixels."""

    across: Plane
    down: Plane


@dataclass(frozen=True)
class Moment:
    """A region at one time: one shifted copy, or two that are mixed. ``weight`` (0 to 1) is that of the first one;
    ``gain`` says how much of the detail that mixing takes away is to be given back (0: none)."""

    first: Shift
    second: Shift | None = None
    weight: Plane | None = None
    gain: Plane | None = None


class Flow:
    """What flows on."""

    def __init__(self, region: Region, window: Window, grid: Grid, room: Plane, seconds: float, seed: int) -> None:
        """:param room: how freely each cell moves, 0 to 1; :param seconds: of the whole loop"""
        share = region.speed if region.speed is not None else region.manner.speed
        cycle = min(max(TRAVEL / share if share else LONGEST, SHORTEST), LONGEST)
        self._cycles = max(1, round(seconds / cycle))
        speed = np.float32(share * window.width) * room
        across, down = directions(region, window, grid)
        if region.manner.curl:
            aside = curl(grid, 0.12 * window.width, seed)
            across = across + np.float32(region.manner.curl) * aside[0]
            down = down + np.float32(region.manner.curl) * aside[1]
        self._shifts, self._evenness = _travelled((across * speed, down * speed), grid, seconds / self._cycles)
        self._ahead = np.float32(UNEVEN) * smooth_noise(grid, 0.3 * window.width, seed + 1)
        self._alike = ALIKE * window.width
        self._cells = np.arange(grid.rows * grid.columns).reshape(grid.rows, grid.columns)

    def at(self, time: float) -> Moment:
        """:param time: 0 to 1, over the whole loop"""
        phase = (np.float32(time * self._cycles % 1.0) + self._ahead) % np.float32(1.0)
        other = (phase + np.float32(0.5)) % np.float32(1.0)
        (first, even), (second, other_even) = self._read(phase), self._read(other)
        mine = np.sin(np.float32(pi) * phase) ** 2 * even
        its = np.cos(np.float32(pi) * phase) ** 2 * other_even
        weight = np.asarray(mine / (mine + its), np.float32)
        apart = (first.across - second.across) ** 2 + (first.down - second.down) ** 2
        alike = np.exp(-apart / np.float32(self._alike**2))
        spread = 1.0 - 2.0 * weight * (1.0 - weight) * (1.0 - alike)
        return Moment(first, second, weight, np.asarray(1.0 / np.sqrt(spread) - 1.0, np.float32))

    def _read(self, phase: Plane) -> tuple[Shift, Plane]:
        place = phase * np.float32(STEPS)
        step = np.minimum(place.astype(np.int32), STEPS - 1)
        between = place - step
        index = step * self._cells.size + self._cells

        def read(kept: Plane) -> Plane:
            flat = kept.reshape(-1)
            low = flat[index]
            return np.asarray(low + (flat[index + self._cells.size] - low) * between, np.float32)

        return Shift(read(self._shifts[0]), read(self._shifts[1])), read(self._evenness)


class Sway:
    """What swings to and fro."""

    def __init__(self, region: Region, window: Window, grid: Grid, room: Plane, seconds: float, seed: int) -> None:
        """:param room: how freely each cell moves, 0 to 1; :param seconds: of the whole loop"""
        manner = region.manner
        period = float(region.period.exact(Fraction(25)) / 25) if region.period else manner.period
        self._cycles = max(1, round(seconds / period))
        amount = np.float32((region.amount if region.amount is not None else manner.amount) * window.width) * room
        speed = region.speed if region.speed is not None else manner.speed
        wave = max(0.02, speed * period) * window.width
        across, down = directions(region, window, grid)
        self._along, self._aside = (across * amount, down * amount), (-down * amount, across * amount)
        x, y = grid.centres()
        turns = (x * across.mean() + y * down.mean()) / np.float32(wave)
        self._turns = turns + np.float32(0.25) * smooth_noise(grid, 0.2 * window.width, seed)
        self._gusts = np.float32(0.5) * smooth_noise(grid, 0.3 * window.width, seed + 1)

    def at(self, time: float) -> Moment:
        """:param time: 0 to 1, over the whole loop"""
        angle = np.float32(2 * pi) * (np.float32(time * self._cycles % 1.0) - self._turns)
        twice = 2.0 * angle + np.float32(2 * pi) * self._gusts
        aside = 0.75 * np.sin(angle) + 0.25 * np.sin(twice)
        along = 0.4 * np.cos(angle)
        across, down = (
            np.asarray(aside * one + along * other, np.float32)
            for one, other in zip(self._aside, self._along, strict=True)
        )
        return Moment(Shift(across, down))


def _travelled(velocity: Field, grid: Grid, cycle: float) -> tuple[tuple[Plane, Plane], Plane]:
    """The shifts at each step of a cycle (steps + 1 x rows x columns, across and down), and how little each stretches
    the picture (``THIN`` to 1)."""
    shape = STEPS + 1, grid.rows, grid.columns
    across, down, even = (np.zeros(shape, np.float32) for _ in range(3))
    size = grid.width / grid.columns, grid.height / grid.rows
    step = cycle / STEPS / WITHIN
    for way in (-1, 1):  # what is seen later comes from upstream, what is seen earlier from downstream
        columns, rows = np.meshgrid(*(np.arange(count, dtype=np.float32) for count in (grid.columns, grid.rows)))
        own = columns.copy(), rows.copy()
        for at in range(1, STEPS // 2 + 1):
            for _ in range(WITHIN):
                speeds = [
                    cv2.remap(plane, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
                    for plane in velocity
                ]
                columns = columns + np.float32(way * step / size[0]) * speeds[0]
                rows = rows + np.float32(way * step / size[1]) * speeds[1]
            number = STEPS // 2 - way * at
            across[number] = (columns - own[0]) * np.float32(size[0])
            down[number] = (rows - own[1]) * np.float32(size[1])
    for number in range(STEPS + 1):
        even[number] = _evenness(across[number], down[number], size)
    return (across, down), even


def _evenness(across: Plane, down: Plane, size: tuple[float, float]) -> Plane:
    """How much of the picture's own detail a cell shows: below 1 where it is stretched."""
    if min(across.shape) < 2:
        return np.ones_like(across)
    by_row, by_column = np.gradient(across)
    down_by_row, down_by_column = np.gradient(down)
    area = (1 + by_column / size[0]) * (1 + down_by_row / size[1]) - by_row / size[1] * down_by_column / size[0]
    even = np.asarray(np.clip(area, THIN, 1.0), np.float32)
    return np.asarray(cv2.GaussianBlur(even, (0, 0), 1.5), np.float32)
