"""What moves in a living photo besides the person: hair, cloth and background inside their regions, never the face."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from edl.region import Region
from engines.animator.rig import topology as top
from engines.animator.rig.head import Rig
from engines.motion.living import Living, Texture

Pixels = NDArray[np.uint8]


class Surroundings:
    """The regions of a portrait, painted over the rig's frames. Hair that the head carries along sways where it is.

    :param files: the inputs of the order; :param seconds: of the loop
    :raises Broken: when a mask cannot be read
    """

    def __init__(self, rig: Rig, regions: Sequence[Region], files: Mapping[str, Path], seconds: float) -> None:
        self._living = Living(regions, files, rig.window, seconds, kept=_face(rig))
        self._texture = Texture.of(rig.still)

    def painted(self, frame: Pixels, time: float) -> Pixels:
        """The frame with its regions as they are at ``time``, 0 to 1; the frame is changed."""
        self._living.paint(frame, replace(self._texture, pixels=frame.copy()), time)
        return frame


def _face(rig: Rig) -> Pixels:
    """255 inside the outline of the face at rest."""
    height, width = rig.still.shape[:2]
    outline = rig.mesh.rest[list(top.OVAL)] / rig.factor
    face = np.zeros((height, width), np.uint8)
    cv2.fillPoly(face, [np.rint(outline).astype(np.int32)], 255)
    return face
