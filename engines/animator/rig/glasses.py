"""Glasses sit on the skull: what moves the skin behind them must not bend them.

They are told by their bridge, a narrow band across the smooth skin between the eyes. (Rimless ones are not seen.)
"""

from __future__ import annotations

from dataclasses import replace

import cv2
import numpy as np

from engines.animator.rig import topology as top
from engines.animator.rig.basis import Basis, Control
from engines.animator.rig.curves import smooth, smoothstep
from engines.animator.rig.mesh import Mesh
from engines.animator.rig.plates import Pixels

BRIDGE = 0.12  # contrast of the band to the skin; 13 portraits without glasses had .013 to .056, one with them .36
NARROW, WIDE = 0.012, 0.05  # IOD: sizes between which a band counts
REACH = (0.30, 0.50)  # IOD below the eyes from where to where a rim may lie on the cheek
STEPS = 80


def wears_glasses(still: Pixels, mesh: Mesh) -> bool:
    """Whether a bridge crosses the nose.

    :param still: the picture that the mesh lies on, uint8 RGB
    """
    luma = cv2.cvtColor(still, cv2.COLOR_RGB2GRAY).astype(np.float32)
    between = np.linspace(0, 1, STEPS)[:, None]
    down = np.concatenate([mesh.face[a] * (1 - between) + mesh.face[b] * between for a, b in ((9, 168), (168, 197))])
    lines = []
    for aside in (-0.04, -0.02, 0.0, 0.02, 0.04):
        places = mesh.frame.to_picture(down + np.array([aside, 0.0])).astype(np.float32)
        lines.append(cv2.remap(luma, places[:, :1], places[:, 1:], cv2.INTER_LINEAR)[:, 0])
    skin = np.mean(lines, axis=0)
    each = 2 * STEPS / max(1e-6, float(np.linalg.norm(mesh.face[197] - mesh.face[9])))  # samples for an IOD
    band = smooth(skin, NARROW * each) - smooth(skin, WIDE * each)
    return bool(np.abs(band).max() > BRIDGE * max(1.0, float(np.median(skin))))


def behind_glasses(basis: Basis, mesh: Mesh) -> Basis:
    """The basis without what would bend a rim: brows rest, a smile leaves the cheeks below the eyes alone."""
    fields = basis.fields.copy()
    fields[[Control.BROW_RIGHT, Control.BROW_LEFT, Control.FROWN]] = 0
    eyes = float(mesh.face[[top.EYE_RIGHT, top.EYE_LEFT], 1].mean())
    free = smoothstep((mesh.face[:, 1] - eyes - REACH[0]) / (REACH[1] - REACH[0]))
    fields[Control.SMILE] *= free[:, None]
    return replace(basis, fields=fields)
