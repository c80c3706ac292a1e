"""Which way a region goes: a still field of directions, from one direction or from a few drawn strokes."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from math import cos, radians, sin

import cv2
import numpy as np
from numpy.typing import NDArray

from edl.region import Region
from engines.motion.masks import Window

Plane = NDArray[np.float32]
Field = tuple[Plane, Plane]  # across and down

COARSE = 96  # cells of the grid on which strokes are blended, on its longer side
EVERY = 1 / 60  # samples of a stroke, as a share of the picture's width


@dataclass(frozen=True)
class Grid:
    """A coarse grid over a box of the picture: left, top, width and height of the box in pixels, and its cells."""

    left: int
    top: int
    width: int
    height: int
    columns: int
    rows: int

    def centres(self) -> Field:
        """The middle of each cell in pixels of the picture."""
        across = self.left + (np.arange(self.columns, dtype=np.float32) + 0.5) * np.float32(self.width / self.columns)
        down = self.top + (np.arange(self.rows, dtype=np.float32) + 0.5) * np.float32(self.height / self.rows)
        x, y = np.meshgrid(across, down)
        return x, y


def directions(region: Region, window: Window, grid: Grid) -> Field:
    """Unit vectors (shorter where strokes disagree), y downwards, for each cell."""
    if not region.strokes:
        degrees = region.direction if region.direction is not None else region.manner.direction
        angle = radians(degrees or 0.0)
        shape = grid.rows, grid.columns
        return np.full(shape, cos(angle), np.float32), np.full(shape, -sin(angle), np.float32)
    return _along(_samples(region, window), grid)


def _samples(region: Region, window: Window) -> NDArray[np.float32]:
    """Points on the strokes with their directions: n x 4, in pixels of the picture."""
    found = []
    for stroke in region.strokes:
        points = np.array([window.place(*point) for point in stroke], np.float32)
        for start, end in pairwise(points):
            length = float(np.hypot(*(end - start)))
            if length < 1e-3:
                continue
            steps = max(1, round(length / (EVERY * window.width)))
            shares = (np.arange(steps, dtype=np.float32)[:, None] + 0.5) / steps
            place = start + (end - start) * shares
            found.append(np.hstack([place, np.broadcast_to((end - start) / length, place.shape)]))
    if not found:
        return np.zeros((0, 4), np.float32)
    return np.concatenate(found).astype(np.float32)


def _along(samples: NDArray[np.float32], grid: Grid) -> Field:
    """The strokes' directions, weighted by the inverse cube of the distance to them (Shepard, 1968)."""
    few = Grid(grid.left, grid.top, grid.width, grid.height, *_fewer(grid.columns, grid.rows))
    x, y = few.centres()
    near = (0.02 * max(grid.width, grid.height)) ** 2
    across, down, total = (np.zeros_like(x) for _ in range(3))
    for column, row, way_across, way_down in samples:
        weight = ((x - column) ** 2 + (y - row) ** 2 + near) ** -1.5
        across += weight * way_across
        down += weight * way_down
        total += weight
    size = grid.columns, grid.rows
    blended = [cv2.resize(plane / np.maximum(total, 1e-20), size) for plane in (across, down)]
    return np.asarray(blended[0], np.float32), np.asarray(blended[1], np.float32)


def _fewer(columns: int, rows: int) -> tuple[int, int]:
    scale = min(1.0, COARSE / max(columns, rows))
    return max(2, round(columns * scale)), max(2, round(rows * scale))


def curl(grid: Grid, size: float, seed: int) -> Field:
    """Eddies without sources or sinks, the curl of smooth noise (Bridson et al., 2007), of about unit strength.

    :param size: of an eddy, in pixels of the picture
    """
    noise = smooth_noise(grid, size, seed)
    across, down = np.gradient(noise, axis=0), -np.gradient(noise, axis=1)
    strength = float(np.hypot(across, down).std()) * 2 + 1e-9
    return (across / strength).astype(np.float32), (down / strength).astype(np.float32)


def smooth_noise(grid: Grid, size: float, seed: int) -> Plane:
    """Noise with bumps of ``size`` pixels, the same for the same grid and seed; mean 0, mostly within -1 to 1."""
    sigma = max(0.5, size / 4 * grid.columns / max(1, grid.width))
    pad = int(3 * sigma) + 1
    white = np.random.default_rng(seed).standard_normal((grid.rows + 2 * pad, grid.columns + 2 * pad), np.float32)
    soft = cv2.GaussianBlur(white, (0, 0), sigma)[pad:-pad, pad:-pad]
    soft = soft - soft.mean()
    return np.asarray(soft / (2 * soft.std() + 1e-9), np.float32)
