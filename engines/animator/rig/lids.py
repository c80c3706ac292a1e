"""The edges of closing lids: the lashes of the upper one, which also hide the seam where the lids meet, and the rim of
the lower one. The mesh cuts a lid from the eye as sharply as pixels are; these lines are smooth."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from engines.animator.rig import topology as top
from engines.animator.rig.curves import smoothstep
from engines.animator.rig.lips import SUBPIXEL, spline_matrix
from engines.animator.rig.mesh import Mesh, Points
from engines.animator.rig.plates import Colour, Pixels, Region

THICK, SOFT = 0.020, 0.006  # IOD; thinner towards the inner corner
RIM = 0.010  # IOD, the rim of the lower lid
FROM, FULL = 0.04, 0.25  # of a blink: the edge of a lid over the eye is as sharp as pixels, lashes soften it


@dataclass(frozen=True)
class LidColours:
    """``lash``: of the upper lids' lashes; ``rims``: of the lower lids' edges, the picture's left first. RGB."""

    lash: Colour
    rims: tuple[Colour, Colour]


def lid_colours(still: Pixels, mesh: Mesh) -> LidColours:
    """The darkest tones along the upper lids, and the usual ones just below the lower lids."""
    reach = max(1, round(0.03 * mesh.frame.iod))
    darkest = []
    for index in (160, 159, 158, 387, 386, 385):
        patch = _patch(still, mesh, index, (-reach, 1), 1)
        if len(patch):
            darkest.append(patch[np.argmin(patch.sum(axis=1))])
    rims = []
    for lids in top.LOWER_LIDS:
        below = [_patch(still, mesh, index, (1, reach), 1) for index in lids[2:-2]]
        rims.append(np.median(np.concatenate([*below, np.zeros((1, 3))]), axis=0))
    return LidColours(np.mean(darkest, axis=0) if darkest else np.zeros(3), (rims[0], rims[1]))


def _patch(still: Pixels, mesh: Mesh, index: int, rows: tuple[int, int], side: int) -> Colour:
    """Pixels above or below a landmark, n x 3."""
    x, y = (int(value) for value in mesh.rest[index].round())
    return np.asarray(still[max(0, y + rows[0]) : y + rows[1], max(0, x - side) : x + side + 1].reshape(-1, 3), float)


def paint_lids(region: Region, moved: Points, blink: tuple[float, float], colours: LidColours, mesh: Mesh) -> None:
    """Draw the edges of both eyes' lids into ``region`` in place; open eyes change nothing.

    :param blink: right, left, 0 to 1
    """
    iod = mesh.frame.iod
    for side, closed in enumerate(blink):
        strength = float(smoothstep((closed - FROM) / (FULL - FROM)))
        if strength > 0:
            upper, lower = (list(lids[side]) for lids in (top.UPPER_LIDS, top.LOWER_LIDS))
            smooth = spline_matrix(len(upper), 33)
            _line(region, smooth @ moved[lower], colours.rims[side], 0.8 * strength, RIM * iod, iod)
            _line(region, smooth @ moved[upper], colours.lash, 0.88 * strength, THICK * iod, iod)


def _line(region: Region, curve: Points, colour: Colour, strength: float, thick: float, iod: float) -> None:
    pad = 0.06 * iod
    x0, y0 = (max(0, int(v)) for v in np.floor(curve.min(axis=0) - pad))
    x1, y1 = (int(v) for v in np.ceil(curve.max(axis=0) + pad))
    under = region[y0:y1, x0:x1]
    if not under.size:
        return
    mask = np.zeros(under.shape[:2], np.uint8)
    along = np.linspace(0, 1, len(curve))
    half = 0.5 * thick * np.minimum(1, 0.35 + along / 0.15) * np.clip((1 - along) / 0.45, 0.12, 1)
    edge = np.column_stack([np.zeros_like(half), half])
    outline = np.concatenate([curve - edge, (curve + edge)[::-1]]) - [x0, y0]
    points = np.rint(outline * (1 << SUBPIXEL)).astype(np.int32)
    cv2.fillPoly(mask, [points], 255, lineType=cv2.LINE_AA, shift=SUBPIXEL)
    soft = cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), max(0.5, SOFT * iod))
    alpha = (soft * strength)[..., None]
    region[y0:y1, x0:x1] = np.rint(under + alpha * (colour.astype(np.float32) - under)).astype(region.dtype)
