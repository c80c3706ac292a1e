"""The displacement basis: what each control does to each vertex, in canonical units.

Lips, chin, jaw line and the skin round the mouth are given outright; what lies between them is interpolated by
radial basis functions (scipy, linear kernel) that are held at zero on nose, eyes, brows and the upper outline.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from engines.animator.rig import topology as top
from engines.animator.rig.mesh import Mesh, Points

Field = NDArray[np.float64]


class Control(IntEnum):
    """The controls, each 0 to 1 (``BROW`` from -.2; ``GAZE`` -1 to 1, to the picture's right and downwards)."""

    JAW = 0
    WIDE = 1
    PUCK = 2
    UP = 3
    LOW = 4
    TUCK = 5
    PRESS = 6
    CLOSE = 7
    BLINK_RIGHT = 8
    BLINK_LEFT = 9
    BROW_RIGHT = 10
    BROW_LEFT = 11
    SMILE = 12
    FROWN = 13
    GAZE_ACROSS = 14
    GAZE_DOWN = 15


OPEN_SMILE = 0.06  # inner gap over mouth width from which a still counts as smiling with teeth
RELAXED = (0.06, 0.020)  # of a smile that closes: corners in (of half its width) and down (mouth widths)
PASSES = 1.05  # how far its lips come towards one another: nearly shut is shut, whatever the frame's moment
INNER_CORNER = 0.93  # how far out the inner lips' corners lie, of half the mouth's width
WIDEST_MOUTH = 0.60  # IOD; wider smiles do not open further

_STILL = (
    *(1, 2, 4, 5, 6, 168, 197, 195, 98, 327, 94, 19, 48, 278, 64, 294, 45, 275, 129, 358, 203, 423),
    *(50, 280, 117, 346, 118, 347, 101, 330, 123, 352, 116, 345, 142, 371, 126, 355),
    *(10, 338, 109, 297, 67, 332, 103, 284, 54, 251, 21, 389, 162, 356, 127, 454, 234, 323, 93, 361, 132),
    *(9, 151, 8),
)
_EYE_ANCHORS = tuple({*sum(top.UPPER_LIDS + top.LOWER_LIDS + top.CREASES + top.BELOW_LIDS + top.BROWS, ())})
_MIRROR = {
    **{57: 287, 186: 410, 43: 273, 92: 322, 202: 422, 216: 436, 106: 335, 212: 432, 204: 424, 207: 427, 165: 391},
    **{205: 425, 83: 313, 214: 434, 192: 416, 194: 418, 211: 431, 182: 406, 201: 421, 208: 428, 171: 396},
    **{148: 377, 176: 400, 149: 378, 150: 379, 136: 365, 172: 397, 58: 288, 140: 369, 170: 395, 169: 394, 135: 364},
}


@dataclass(frozen=True)
class Basis:
    """``fields``: controls x vertices x 2 in canonical units. ``smiles``: the still shows its teeth."""

    fields: Field
    smiles: bool

    def displaced(self, controls: NDArray[np.float64]) -> Points:
        """The sum of all fields, vertices x 2."""
        return np.asarray(controls @ self.fields.reshape(len(self.fields), -1)).reshape(-1, 2)


class _Lips:
    """Lip vertices with their place in the mouth: ``u`` -1 to 1 across, ``inward`` 0 on the outer ring, 1 on the
    inner one."""

    def __init__(self, mesh: Mesh) -> None:
        self.upper = np.array(top.UPPER_LIP)
        self.lower = np.array(top.LOWER_LIP)
        half = mesh.mouth_width / 2
        self.u_upper = np.clip(mesh.face[self.upper, 0] / half, -1, 1)
        self.u_lower = np.clip(mesh.face[self.lower, 0] / half, -1, 1)
        self.inward = np.linspace(0, 1, 4)[:, None]


def bell(u: Field, power: float = 2.2) -> Field:
    """1 in the middle of the mouth, 0 at its corners."""
    return np.asarray(1 - np.abs(u) ** power)


def arch(u: Field) -> Field:
    """The same, round at its ends: half an ellipse, between the inner corners."""
    return np.asarray(np.sqrt(np.clip(1 - (u / INNER_CORNER) ** 2, 0, 1)))


def build_basis(mesh: Mesh) -> Basis:
    """The basis of one mesh."""
    smiles = mesh.mouth_gap > OPEN_SMILE
    fields = np.zeros((len(Control), top.VERTICES, 2))
    fields[Control.JAW] = _jaw(mesh, 0.25 if smiles else 0.33)
    fields[Control.WIDE] = _wide(mesh, 0.35 if smiles else 1.0)
    fields[Control.PUCK] = _puck(mesh, smiles)
    fields[Control.UP] = _up(mesh)
    fields[Control.LOW] = _low(mesh)
    fields[Control.TUCK] = _tuck(mesh)
    fields[Control.PRESS] = _press(mesh, 0.06 if smiles else 0.22)
    if smiles:
        fields[Control.CLOSE] = _close(mesh)
    for side in (0, 1):
        fields[Control.BLINK_RIGHT + side] = _blink(mesh, side)
        fields[Control.BROW_RIGHT + side] = _brow(mesh, side)
    fields[Control.SMILE] = _smile(mesh, 0.5 if smiles else 1.0)
    fields[Control.FROWN] = _frown(mesh)
    fields[:, list(top.RING_2)] = 0
    return Basis(fields, smiles)


def _spread(mesh: Mesh, given: Mapping[int, tuple[float, float]], ring_follows: float = 0.0) -> Field:
    """Interpolate given displacements (canonical units) over the face; ring 1 follows its oval vertex."""
    from scipy.interpolate import RBFInterpolator

    known = dict.fromkeys((*_STILL, *_EYE_ANCHORS), (0.0, 0.0)) | dict(given)
    places = sorted(known)
    values = np.array([known[index] for index in places])
    field = np.zeros((top.VERTICES, 2))
    field[: top.LANDMARKS] = RBFInterpolator(mesh.face[places], values, kernel="linear")(mesh.face[: top.LANDMARKS])
    field[places] = values
    field[list(top.RING_1)] = field[list(top.OVAL)] * ring_follows
    return field


def _given(
    mesh: Mesh,
    upper: Callable[[Field, Field], tuple[Field, Field]],
    lower: Callable[[Field, Field], tuple[Field, Field]],
    keys: Mapping[int, tuple[float, float]] | None = None,
) -> dict[int, tuple[float, float]]:
    """Displacements of both lips from functions of (u, inward) and of single landmarks; all in mouth widths.

    Keys stand for the picture's left; their mirror images move with dx reversed.
    """
    lips, unit = _Lips(mesh), mesh.mouth_width
    given: dict[int, tuple[float, float]] = {}
    for ring, u, move in ((lips.upper, lips.u_upper, upper), (lips.lower, lips.u_lower, lower)):
        dx, dy = (np.broadcast_to(part, u.shape) * unit for part in move(u, np.broadcast_to(lips.inward, u.shape)))
        given |= {int(index): (float(x), float(y)) for index, x, y in zip(ring.flat, dx.flat, dy.flat, strict=True)}
    for index, (x, y) in (keys or {}).items():
        given[index] = (x * unit, y * unit)
        if index in _MIRROR:
            given[_MIRROR[index]] = (-x * unit, y * unit)
    return given


def _jaw(mesh: Mesh, fall: float) -> Field:
    """The chin falls by ``fall`` mouth widths; by less where a smile has parted the lips already."""
    drop = fall * min(mesh.mouth_width, WIDEST_MOUTH) / mesh.mouth_width
    keys = {
        **{152: 0.95, 18: 1.0, 200: 1.0, 199: 0.97, 175: 0.96, 83: 0.97, 201: 0.97, 208: 0.95, 171: 0.94, 182: 0.86},
        **{148: 0.88, 176: 0.78, 149: 0.62, 150: 0.45, 136: 0.26, 172: 0.10, 58: 0.02},
        **{140: 0.80, 170: 0.62, 169: 0.42, 135: 0.22, 194: 0.80, 211: 0.72, 204: 0.66, 106: 0.74},
        **{202: 0.38, 212: 0.16, 214: 0.12, 43: 0.30, 57: 0.12, 207: 0.05, 192: 0.06, 216: 0.08},
    }
    given = _given(
        mesh,
        lambda u, inward: (-0.07 * u / 2, drop * (-0.03 * bell(u) + 0.10 * (1 - bell(u)))),
        lambda u, inward: (-0.07 * u / 2, drop * (0.10 + 0.90 * bell(u))),
        {index: (0.0, share * drop) for index, share in keys.items()},
    )
    return _spread(mesh, given, ring_follows=0.35)


def _wide(mesh: Mesh, strength: float) -> Field:
    def move(thin: float) -> Callable[[Field, Field], tuple[Field, Field]]:
        return lambda u, inward: (
            strength * 0.11 * np.sign(u) * np.abs(u) ** 1.3,
            strength * (-0.035 * u**2 + thin * (1 - inward) * bell(u)),
        )

    keys = {57: 0.09, 207: 0.05, 212: 0.05, 205: 0.03, 43: 0.06, 186: 0.08, 216: 0.06, 202: 0.04}
    given = _given(mesh, move(0.012), move(-0.012), {index: (-strength * dx, 0.0) for index, dx in keys.items()})
    return _spread(mesh, given)


def _puck(mesh: Mesh, smiles: bool) -> Field:
    """Rounding: corners in and, of a smile, down; the opening becomes an ellipse instead of a bow.

    The skin round the corners follows them, else their shadow stays behind as a dot.
    """
    inset, fall = (0.17, 0.045) if smiles else (0.18, 0.012)
    share = inset / 0.20
    keys = {
        **{57: 0.205, 186: 0.185, 43: 0.175, 92: 0.13, 202: 0.11, 216: 0.12, 106: 0.10},
        **{212: 0.11, 204: 0.09, 207: 0.08, 165: 0.07},
    }
    sinks = {57: 1.0, 186: 0.9, 43: 1.0, 92: 0.5, 202: 0.8, 216: 0.6, 212: 0.6, 207: 0.4}

    def inwards(u: Field, inward: Field) -> Field:
        return np.asarray(-inset * u * (1.05 - 0.12 * inward))

    given = _given(
        mesh,
        lambda u, inward: (inwards(u, inward), fall * (1 - bell(u)) - arch(u) * (0.062 - 0.014 * inward)),
        lambda u, inward: (inwards(u, inward), fall * (1 - bell(u)) + bell(u) * 0.035 + 0.17 * (arch(u) - bell(u))),
        {index: (dx * share, fall * sinks.get(index, 0.0)) for index, dx in keys.items()},
    )
    return _spread(mesh, given)


def _up(mesh: Mesh) -> Field:
    given = _given(mesh, lambda u, inward: (0 * u, -0.075 * bell(u)), lambda u, inward: (0 * u, 0 * u))
    return _spread(mesh, given)


def _low(mesh: Mesh) -> Field:
    given = _given(
        mesh,
        lambda u, inward: (0 * u, 0 * u),
        lambda u, inward: (0 * u, 0.11 * bell(u, 2.6)),
        {18: (0.0, 0.07), 83: (0.0, 0.06), 200: (0.0, 0.035)},
    )
    return _spread(mesh, given)


def _tuck(mesh: Mesh) -> Field:
    """F and V: the lower lip rolls in below the upper teeth, the upper one gives way."""
    given = _given(
        mesh,
        lambda u, inward: (0 * u, -0.030 * bell(u)),
        lambda u, inward: (0 * u, (-0.055 + 0.047 * inward) * bell(u)),
        {18: (0.0, -0.03)},
    )
    return _spread(mesh, given)


def _press(mesh: Mesh, strength: float) -> Field:
    """M, B and P: all rings but the inner one move some of their way to the line where the lips meet."""
    meeting = _meeting(mesh)
    given: dict[int, tuple[float, float]] = {}
    for rings in (top.UPPER_LIP, top.LOWER_LIP):
        for depth, ring in enumerate(rings):
            for at, index in enumerate(ring):
                share = strength if depth < 3 and 0 < at < len(ring) - 1 else 0.0
                given[index] = (0.0, share * float(meeting[at] - mesh.face[index, 1]))
    return _spread(mesh, given)


def _close(mesh: Mesh) -> Field:
    """An open smile closes: the inner lips meet at 42 % of the gap, the corners relax, lips fill, the chin follows."""
    meeting = _meeting(mesh, 0.42)
    gap = float(mesh.face[14, 1] - mesh.face[13, 1])
    given: dict[int, tuple[float, float]] = {}
    half = mesh.mouth_width / 2
    for rings in (top.UPPER_LIP, top.LOWER_LIP):
        rise = PASSES * (meeting - mesh.face[list(rings[-1]), 1])
        for ring, share in zip(rings, (0.78, 0.86, 0.94, 1.0), strict=True):
            for index, dy in zip(ring, rise, strict=True):
                u = float(np.clip(mesh.face[index, 0] / half, -1, 1))
                given[index] = (-RELAXED[0] * u * half, share * float(dy) + RELAXED[1] * u**2 * mesh.mouth_width)
    for index, share in {18: 0.5, 83: 0.48, 313: 0.48, 200: 0.4, 199: 0.3, 152: 0.25}.items():
        given[index] = (0.0, -share * gap)
    for index, share in {57: 0.9, 186: 0.8, 43: 0.8, 92: 0.5, 216: 0.5, 212: 0.5, 202: 0.5}.items():
        for vertex, side in ((index, 1.0), (_MIRROR[index], -1.0)):
            given[vertex] = (side * share * RELAXED[0] * half, share * RELAXED[1] * mesh.mouth_width)
    return _spread(mesh, given, ring_follows=0.35)


def _meeting(mesh: Mesh, share: float = 0.5) -> NDArray[np.float64]:
    """Height of the line where the lips meet, at the eleven places across, canonical units."""
    upper, lower = mesh.face[list(top.INNER_UPPER), 1], mesh.face[list(top.INNER_LOWER), 1]
    return np.asarray(upper + share * (lower - upper))


LIDS_MEET = 0.80  # share of the way down at which the lids meet
LIDS_PASS = 0.10  # how far the upper lid passes that line, as a share of the eye's height: leaves no slit


def _blink(mesh: Mesh, side: int) -> Field:
    """The upper lid comes most of the way, the lower one the rest; the fold above follows."""
    upper, lower = (np.array(lids[side]) for lids in (top.UPPER_LIDS, top.LOWER_LIDS))
    height = mesh.face[lower, 1] - mesh.face[upper, 1]
    field = np.zeros((top.VERTICES, 2))
    field[upper, 1] = (LIDS_MEET + LIDS_PASS) * height
    field[lower, 1] = -(1 - LIDS_MEET) * height
    field[upper[[0, -1]]] = 0
    inner = height[1:-1]
    for row, share in ((top.CREASES, 0.50), (top.ABOVE_CREASES, 0.14), (top.BELOW_LIDS, -0.05)):
        field[list(row[side]), 1] = share * inner
    return field


def _brow(mesh: Mesh, side: int) -> Field:
    field = np.zeros((top.VERTICES, 2))
    field[list(top.UNDER_BROWS[side]), 1] = -0.022
    field[list(top.BROWS[side]), 1] = -0.05
    field[list(top.ABOVE_BROWS[side]), 1] = -0.02
    return field


def _smile(mesh: Mesh, strength: float) -> Field:
    """A warm look: corners out and up, cheeks up, lower lids up. A still that smiles already moves half as far."""

    def move(thin: float) -> Callable[[Field, Field], tuple[Field, Field]]:
        return lambda u, inward: (
            strength * 0.050 * np.sign(u) * np.abs(u) ** 1.3,
            strength * (-0.062 * np.abs(u) ** 1.8 + 0.010 * bell(u) + thin * (1 - inward) * bell(u)),
        )

    keys = {
        **{57: (-0.045, -0.058), 186: (-0.040, -0.055), 43: (-0.040, -0.050), 92: (-0.030, -0.042)},
        **{216: (-0.035, -0.052), 212: (-0.030, -0.045), 207: (-0.025, -0.048), 202: (-0.025, -0.035)},
        **{205: (-0.010, -0.045), 165: (-0.020, -0.035), 106: (-0.015, -0.015), 204: (-0.010, -0.010)},
    }
    given = _given(mesh, move(0.010), move(-0.006), {i: (strength * x, strength * y) for i, (x, y) in keys.items()})
    cheeks = {50: -0.030, 101: -0.026, 118: -0.020, 117: -0.016, 123: -0.020}
    mirrored = {50: 280, 101: 330, 118: 347, 117: 346, 123: 352}
    for index, dy in cheeks.items():
        for vertex in (index, mirrored[index]):
            given[vertex] = (0.0, strength * dy * mesh.mouth_width)
    field = _spread(mesh, given)
    for side in (0, 1):
        upper, lower = (np.array(lids[side]) for lids in (top.UPPER_LIDS, top.LOWER_LIDS))
        height = (mesh.face[lower, 1] - mesh.face[upper, 1])[1:-1]
        field[lower[1:-1], 1] = -0.10 * strength * height
        field[list(top.BELOW_LIDS[side]), 1] = -0.07 * strength * height
    return field


def _frown(mesh: Mesh) -> Field:
    """A serious look: the brows come down and, at their inner ends, together; the upper lids a little with them."""
    field = np.zeros((top.VERTICES, 2))
    for side, inward in ((0, 1.0), (1, -1.0)):
        middle = abs(float(mesh.face[168, 0]))
        for row, share in ((top.BROWS, 1.0), (top.UNDER_BROWS, 0.5), (top.ABOVE_BROWS, 0.55)):
            for index in row[side]:
                inner = float(np.clip(1.15 - 2.6 * abs(abs(float(mesh.face[index, 0])) - middle), 0.25, 1))
                field[index] += [inward * 0.012 * share * inner, 0.030 * share * inner]
        upper, lower = (np.array(lids[side]) for lids in (top.UPPER_LIDS, top.LOWER_LIDS))
        height = (mesh.face[lower, 1] - mesh.face[upper, 1])[1:-1]
        field[upper[1:-1], 1] = 0.06 * height
        field[list(top.CREASES[side]), 1] = 0.05 * height
    return field
