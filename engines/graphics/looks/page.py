"""What all looks draw with: the page, its measures and times, blocks of letters, plates and rules.

Everything is laid out for scripts that are written from left to right; :meth:`Page.scene` mirrors it for the others.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import cv2
import numpy as np

from engines.graphics._colour import Colour
from engines.graphics._layers import Layer, Move, Scene
from engines.graphics._type import Block, drawn, fit, leads_right_to_left
from engines.media.typefaces import Typeface

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]
    Plane = NDArray[np.float32]

Align = Literal["left", "centre"]
STILL = 1 / 3  # of a short title's time: so long it stands still at least


@dataclass(frozen=True)
class Page:
    """One title: its size in pixels, its time in frames, its texts with the fonts that draw them, its colours."""

    width: int
    height: int
    frames: int
    fps: float
    text: str
    subtitle: str
    text_faces: tuple[Typeface, ...]
    subtitle_faces: tuple[Typeface, ...]
    ink: Colour
    paper: Colour
    accent: Colour

    @property
    def unit(self) -> int:
        """The shorter side: all lengths are shares of it."""
        return min(self.width, self.height)

    @property
    def tall(self) -> bool:
        return self.height > self.width

    @property
    def margin(self) -> int:
        """From the side of the picture to a lower third."""
        return round(self.width * 0.06)

    @property
    def foot(self) -> int:
        """The lower edge of lower thirds; phones draw their buttons over the lower part of tall pictures."""
        return round(self.height * (0.85 if self.tall else 0.92))

    @property
    def smallest(self) -> float:
        """The smallest letters that are still read."""
        return max(4.0, self.unit / 48)

    def px(self, share: float, least: int = 1) -> int:
        """A share of the shorter side in pixels."""
        return max(least, round(self.unit * share))

    def beat(self, seconds: float) -> int:
        """So many seconds of movement in whole frames; fewer in a short title."""
        most = self.frames * (1 - STILL) / 2
        return max(1, round(min(seconds * self.fps, seconds * most)))

    def leaving(self, move: Move) -> Move:
        """A movement that ends with the title."""
        return replace(move, after=self.frames - move.frames)

    def fading(self, seconds: float = 0.4) -> Move:
        """Fading out at the end."""
        return self.leaving(Move(frames=self.beat(seconds)))

    def set_text(self, width: int, height: int, largest: float, tight: float = 1.0) -> Block:
        """The text in a box; ``largest`` is a share of the unit."""
        return fit(self.text, self.text_faces, width, height, self.unit * largest, self.smallest, tight)

    def set_subtitle(self, width: int, height: int, largest: float) -> Block | None:
        """The subtitle in a box, where there is one."""
        if not self.subtitle:
            return None
        return fit(self.subtitle, self.subtitle_faces, width, max(1, height), largest, self.smallest)

    def scene(self, layers: Sequence[Layer], ground: Pixels | None = None) -> Scene:
        """The layers as they are seen; mirrored where the text begins on the right."""
        if leads_right_to_left(self.text):
            layers = [layer.mirrored(self.width) for layer in layers]
        return Scene(tuple(layers), ground)


@dataclass(frozen=True)
class Spot:
    """Where a block of letters stands: a column of the picture, from its upper edge."""

    left: int
    top: int
    width: int
    align: Align = "left"


def letters(
    block: Block, spot: Spot, ink: Colour, enter: Move, leave: Move | None, stagger: int = 0
) -> tuple[Block, list[Layer]]:
    """The lines of a block as layers, each ``stagger`` frames after the line above; and the block as it was drawn."""
    block, lines = drawn(block, spot.align)
    left = spot.left + ((spot.width - block.width) // 2 if spot.align == "centre" else 0)
    return block, [
        Layer(
            line.cover,
            ink,
            left + line.left,
            spot.top + line.top,
            replace(enter, after=enter.after + stagger * row),
            leave,
            written=True,
        )
        for row, line in enumerate(lines)
    ]


def plate(width: int, height: int, radius: int = 0, opacity: float = 1.0) -> Plane:
    """A rectangle, its corners round with soft edges."""
    if not radius:
        return np.full((height, width), opacity, np.float32)
    big = np.zeros((height * 4, width * 4), np.uint8)
    reach = min(radius * 4, height * 2, width * 2)
    cv2.rectangle(big, (reach, 0), (width * 4 - reach, height * 4), 255, -1)
    cv2.rectangle(big, (0, reach), (width * 4, height * 4 - reach), 255, -1)
    for across in (reach, width * 4 - reach):
        for down in (reach, height * 4 - reach):
            cv2.circle(big, (across, down), reach, 255, -1)
    small = cv2.resize(big, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(small, np.float32) * np.float32(opacity / 255)


def flat(page: Page, colour: Colour) -> Pixels:
    """A ground of one colour."""
    return np.full((page.height, page.width, 3), colour, np.uint8)


def lit(page: Page, colour: Colour, depth: float) -> Pixels:
    """A ground that is lighter above the middle and darker in the corners, dithered so that no bands show.

    :param depth: 0 to 1, how much darker the corners are
    """
    down, across = np.mgrid[0 : page.height, 0 : page.width].astype(np.float32)
    far = np.hypot((across / page.width - 0.5) * 1.1, down / page.height - 0.42)
    light = (1.0 - np.clip(far / 0.75, 0.0, 1.0) ** 2)[:, :, None]
    tone = np.asarray(colour, np.float32) * (1 - depth + depth * light) + 36.0 * depth * light
    noise = np.random.default_rng(1).random((page.height, page.width, 1), np.float32)
    return np.asarray(np.clip(tone + noise, 0, 255), dtype=np.uint8)
