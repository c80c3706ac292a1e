"""Draws the moved mesh: each pixel under it is sampled bicubically from the still, in one pass.

A pixel is four bytes (R, G, B and one unused). Four neighbours in a row are then one vector of sixteen numbers, and
all sixteen neighbours are weighed by some twenty vector instructions: a third of the time of a source map and
``cv2.remap``, at finer positions.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic
from numpy.typing import NDArray

from engines.kernels import kernel

Source = NDArray[np.int8]
Drawing = NDArray[np.uint8]

BEFORE, AFTER = 2, 3  # pixels by which a source goes on beyond its edges
BITS, PHASES = 16, 64  # of a position's fraction; positions told apart in a pixel
# What is sampled between pixels is softened by a cubic kernel: a face that sways would keep 70 to 80 % of its sharpness
# (variance of the Laplacian) and come into focus at rest. So much is added to the two near neighbours and taken from
# the two far ones half-way between pixels that photographs keep 90 to 117 % of it.
CRISP = 0.123
DOWN, ACROSS = 128, 16384  # what weights of rows and of columns add up to


def source_of(picture: Drawing) -> Source:
    """A picture (height x width x 3, uint8) as :func:`draw` samples it: one more channel, its edges repeated, and
    values from -128, so that sums fit 16 bits."""
    height, width = picture.shape[:2]
    source = np.full((height + BEFORE + AFTER, width + BEFORE + AFTER, 4), -128, np.int8)
    edges = ((BEFORE, AFTER), (BEFORE, AFTER), (0, 0))
    source[..., :3] = (np.pad(picture, edges, mode="edge") ^ 128).view(np.int8)
    return source


def _weights(total: int) -> NDArray[np.int16]:
    """PHASES x 4: of the neighbours at -1, 0, 1 and 2, adding up to ``total`` exactly. The cubic of Catmull and Rom
    (Keys, 1981, a = -1/2), made crisp by a term that is smooth from pixel to pixel and leaves slopes as they are."""
    at = np.arange(PHASES)[:, None] / PHASES
    away = np.abs(np.arange(-1, 3) - at)
    near, far = (1.5 * away - 2.5) * away**2 + 1, ((-0.5 * away + 2.5) * away - 4) * away + 2
    crisp = CRISP * (4 * at * (1 - at)) ** 2 * [-1, 1, 1, -1]
    weights = np.rint((np.where(away <= 1, near, far) + crisp) * total).astype(np.int16)
    weights[:, 1] += total - weights.sum(axis=1, dtype=np.int16)
    return np.asarray(weights)


WEIGHTS_DOWN = _weights(DOWN)
WEIGHTS_ACROSS = np.repeat(_weights(ACROSS), 4, axis=1)  # one for each byte of four pixels


def _weighing(
    context: Any,
    source: Any,
    first: Any,
    stride: Any,
    across: Any,
    phase_x: Any,
    down: Any,
    phase_y: Any,
    to: Any,
    at: Any,
) -> Any:
    """The four bytes ``to[at : at + 4]`` become the weighted mean of 4 x 4 pixels, by vector instructions.

    All arrays are flat. ``source[first]``: the first byte of the first pixel, rows are ``stride`` apart; the weights
    are ``across[phase_x : phase_x + 16]`` and ``down[phase_y : phase_y + 4]``.
    """
    given = (source, first, stride, across, phase_x, down, phase_y, to, at)
    byte, short, long = ir.IntType(8), ir.IntType(16), ir.IntType(32)

    def generate(target: Any, build: Any, signature: Any, values: Any) -> Any:
        def pointer(array: int, index: Any, kind: Any) -> Any:
            start = target.make_array(given[array])(target, build, values[array]).data
            return build.bitcast(build.gep(start, [index]), kind.as_pointer())

        def loaded(array: int, index: Any, kind: Any, count: int) -> Any:
            value = build.load(pointer(array, index, ir.VectorType(kind, count)))
            value.align = kind.width // 8
            return value

        def every(value: int, kind: Any, count: int) -> Any:
            return ir.Constant(ir.VectorType(kind, count), [value] * count)

        def picked(vector: Any, places: list[int]) -> Any:
            order = ir.Constant(ir.VectorType(long, len(places)), places)
            return build.shuffle_vector(vector, ir.Constant(vector.type, ir.Undefined), order)

        shorts, longs = ir.VectorType(short, 16), ir.VectorType(long, 16)
        weights, columns, place = loaded(5, values[6], short, 4), every(0, short, 16), values[1]
        for row in range(4):
            pixels = build.sext(loaded(0, place, byte, 16), shorts)
            columns = build.add(columns, build.mul(pixels, picked(weights, [row] * 16)))
            place = build.add(place, values[2])
        product = build.mul(build.sext(columns, longs), build.sext(loaded(3, values[4], short, 16), longs))
        terms = build.trunc(build.ashr(product, every(16, long, 16)), shorts)
        pairs = build.add(picked(terms, list(range(8))), picked(terms, list(range(8, 16))))
        total = build.add(picked(pairs, [0, 1, 2, 3]), picked(pairs, [4, 5, 6, 7]))
        # One level is 128 * 16384 / 65536 = 32. A half of it rounds, 2 is what the cutting of four terms took.
        level = build.ashr(build.add(total, every(128 * 32 + 16 + 2, short, 4)), every(5, short, 4))
        level = build.select(build.icmp_signed("<", level, every(0, short, 4)), every(0, short, 4), level)
        level = build.select(build.icmp_signed(">", level, every(255, short, 4)), every(255, short, 4), level)
        build.store(build.trunc(level, ir.VectorType(byte, 4)), pointer(7, values[8], ir.VectorType(byte, 4))).align = 1
        return target.get_dummy_value()

    return types.void(*given), generate


_sample: Any = intrinsic(_weighing)


def draw(
    moved: NDArray[np.float64],
    rest: NDArray[np.float64],
    triangles: NDArray[np.int32],
    facing: NDArray[np.int8],
    source: Source,
    picture: Drawing,
) -> None:
    """Draw every pixel under the moved mesh into ``picture`` (height x width x 4); other pixels keep what they hold.

    Triangles that have turned over are drawn first, so that they fill what would be holes and show nowhere else.

    :param moved: vertices x 2 in pixels of the picture; :param rest: the same at rest, in pixels of the source
    :param triangles: n x 3, drawn in order; ``facing`` 1 or -1 each, their orientation at rest
    :param source: :func:`source_of` a picture of the same size
    """
    height, width = picture.shape[:2]
    pixels, drawn = source.reshape(-1), picture.reshape(-1)
    _draw(moved, rest, triangles, facing, pixels, drawn, (height, width), WEIGHTS_ACROSS, WEIGHTS_DOWN)


@kernel(error_model="numpy")
def _draw(
    moved: NDArray[np.float64],
    rest: NDArray[np.float64],
    triangles: NDArray[np.int32],
    facing: NDArray[np.int8],
    pixels: Source,
    drawn: Drawing,
    shape: tuple[int, int],
    across: NDArray[np.int16],
    down: NDArray[np.int16],
) -> None:
    """:func:`draw` with flat arrays."""
    for turned in (True, False):
        for number in range(triangles.shape[0]):
            a, b, c = triangles[number, 0], triangles[number, 1], triangles[number, 2]
            ax, ay = moved[a, 0], moved[a, 1]
            bx, by = moved[b, 0] - ax, moved[b, 1] - ay
            cx, cy = moved[c, 0] - ax, moved[c, 1] - ay
            area = bx * cy - by * cx
            if abs(area) < 1e-6 or (area * facing[number] < 0.0) != turned:
                continue
            sx, sy = rest[a, 0], rest[a, 1]
            b_x, b_y = (rest[b, 0] - sx) / area, (rest[b, 1] - sy) / area
            c_x, c_y = (rest[c, 0] - sx) / area, (rest[c, 1] - sy) / area
            # source = s + x * right + y * down
            right_x, right_y = cy * b_x - by * c_x, cy * b_y - by * c_y
            down_x, down_y = bx * c_x - cx * b_x, bx * c_y - cx * b_y
            origin = sx - ax * right_x - ay * down_x, sy - ax * right_y - ay * down_y
            corners = moved[a, 0], moved[a, 1], moved[b, 0], moved[b, 1], moved[c, 0], moved[c, 1]
            affine = (*origin, right_x, right_y, down_x, down_y)
            _fill(pixels, drawn, shape, corners, affine, across, down)


@kernel(error_model="numpy", inline="always")
def _fill(
    pixels: Source,
    drawn: Drawing,
    shape: tuple[int, int],
    corners: tuple[float, float, float, float, float, float],
    affine: tuple[float, float, float, float, float, float],
    across: NDArray[np.int16],
    down: NDArray[np.int16],
) -> None:
    """Fill one triangle, row by row; pixels on an edge belong to it."""
    ax, ay, bx, by, cx, cy = corners
    if by < ay:
        ax, ay, bx, by = bx, by, ax, ay
    if cy < by:
        bx, by, cx, cy = cx, cy, bx, by
        if by < ay:
            ax, ay, bx, by = bx, by, ax, ay
    long, upper, lower = (cx - ax) / max(cy - ay, 1e-9), (bx - ax) / max(by - ay, 1e-9), (cx - bx) / max(cy - by, 1e-9)
    sx, sy, right_x, right_y, down_x, down_y = affine
    height, width = shape
    stride = (width + BEFORE + AFTER) * 4
    one, half = 1 << BITS, 1 << (BITS - 7)  # of a pixel, of a phase
    step_x, step_y = round(right_x * one), round(right_y * one)
    for y in range(max(0, int(np.ceil(ay - 1e-6))), min(height - 1, int(np.floor(cy + 1e-6))) + 1):
        v = min(max(float(y), ay), cy)
        one_side = ax + (v - ay) * long
        other_side = ax + (v - ay) * upper if v < by else bx + (v - by) * lower
        from_x = max(0, int(np.ceil(min(one_side, other_side) - 1e-6)))
        to_x = min(width - 1, int(np.floor(max(one_side, other_side) + 1e-6)))
        at_x = int(np.floor((sx + from_x * right_x + y * down_x) * one)) + half
        at_y = int(np.floor((sy + from_x * right_y + y * down_y) * one)) + half
        for to in range((y * width + from_x) * 4, (y * width + to_x) * 4 + 4, 4):
            column, row = min(max(at_x >> BITS, -1), width), min(max(at_y >> BITS, -1), height)
            place = (row + 1) * stride + (column + 1) * 4
            phase_x, phase_y = (at_x >> (BITS - 6)) & (PHASES - 1), (at_y >> (BITS - 6)) & (PHASES - 1)
            _sample(pixels, place, stride, across, phase_x * 16, down, phase_y * 4, drawn, to)
            at_x += step_x
            at_y += step_y
