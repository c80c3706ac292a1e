"""The lash line along a closing upper lid: softens its edge over the eye, and hides the seam where the lids meet."""

from __future__ import annotations

import cv2
import numpy as np

from engines.animator.rig import topology as top
from engines.animator.rig.curves import smoothstep
from engines.animator.rig.lips import SUBPIXEL, spline_matrix
from engines.animator.rig.mesh import Mesh, Points
from engines.animator.rig.plates import Colour, Pixels, Region

THICK, SOFT = 0.020, 0.006  # IOD; thinner towards the inner corner
FROM, FULL = 0.04, 0.25  # of a blink: the edge of a lid over the eye is as sharp as pixels, lashes soften it


def lash_colour(still: Pixels, mesh: Mesh) -> Colour:
    """The darkest tones along the upper lids, RGB."""
    reach = max(1, round(0.03 * mesh.frame.iod))
    darkest = []
    for index in (160, 159, 158, 387, 386, 385):
        x, y = (int(value) for value in mesh.rest[index].round())
        patch = still[max(0, y - reach) : y + 1, max(0, x - 1) : x + 2].reshape(-1, 3)
        if len(patch):
            darkest.append(patch[np.argmin(patch.sum(axis=1))])
    return np.asarray(np.mean(darkest, axis=0) if darkest else np.zeros(3))


def paint_lashes(region: Region, moved: Points, blink: tuple[float, float], colour: Colour, mesh: Mesh) -> None:
    """Draw both lash lines into ``region`` in place; open eyes change nothing. ``blink``: right, left, 0 to 1."""
    for upper, closed in zip(top.UPPER_LIDS, blink, strict=True):
        strength = float(smoothstep((closed - FROM) / (FULL - FROM)))
        if strength > 0:
            _line(region, spline_matrix(len(upper), 33) @ moved[list(upper)], colour, strength, mesh.frame.iod)


def _line(region: Region, curve: Points, colour: Colour, strength: float, iod: float) -> None:
    pad = 0.06 * iod
    x0, y0 = (max(0, int(v)) for v in np.floor(curve.min(axis=0) - pad))
    x1, y1 = (int(v) for v in np.ceil(curve.max(axis=0) + pad))
    under = region[y0:y1, x0:x1]
    if not under.size:
        return
    mask = np.zeros(under.shape[:2], np.uint8)
    along = np.linspace(0, 1, len(curve))
    half = 0.5 * THICK * iod * np.minimum(1, 0.35 + along / 0.15) * np.clip((1 - along) / 0.45, 0.12, 1)
    edge = np.column_stack([np.zeros_like(half), half])
    outline = np.concatenate([curve - edge, (curve + edge)[::-1]]) - [x0, y0]
    points = np.rint(outline * (1 << SUBPIXEL)).astype(np.int32)
    cv2.fillPoly(mask, [points], 255, lineType=cv2.LINE_AA, shift=SUBPIXEL)
    soft = cv2.GaussianBlur(mask.astype(np.float32) / 255, (0, 0), max(0.5, SOFT * iod))
    alpha = (soft * 0.88 * strength)[..., None]
    region[y0:y1, x0:x1] = np.rint(under + alpha * (colour.astype(np.float32) - under)).astype(region.dtype)
