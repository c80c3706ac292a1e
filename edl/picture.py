"""What a viewer sees during a run: a picture, made of layers of segments.

A picture is filled by one layer, a colour, or a blend of two pictures; a second layer may share it by a layout; titles
and logos are drawn over it. All of it can be moved on in time, so that a run may be divided anywhere.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from edl.join import Side
from edl.layout import Layout
from edl.logo import Logo

BLACK = "#000000"


@dataclass(frozen=True)
class Layer:
    """A picture source: frames of one segment's take from ``first`` on; of a ``still`` one only that frame."""

    segment: str
    first: int
    still: bool = False

    def after(self, frames: int) -> Layer:
        """The same layer so many frames later."""
        return self if self.still else replace(self, first=self.first + frames)


@dataclass(frozen=True)
class Fill:
    """A plain colour, #rrggbb."""

    color: str = BLACK

    def after(self, frames: int) -> Fill:
        return self


@dataclass(frozen=True)
class Wipe:
    """The edge along which one picture pushes the other out: where it comes from, and how soft it is (0 to 1)."""

    side: Side
    soft: float


@dataclass(frozen=True)
class Blend:
    """Two pictures at once. ``share`` is how much of the later one there is in the first frame (0 to 1), ``step`` by
    how much it grows with each frame. Without ``wipe`` all of the picture changes alike."""

    earlier: Picture
    later: Picture
    share: Fraction
    step: Fraction
    wipe: Wipe | None = None

    def after(self, frames: int) -> Blend:
        share = self.share + self.step * frames
        return replace(self, earlier=self.earlier.after(frames), later=self.later.after(frames), share=share)


@dataclass(frozen=True)
class Inset:
    """A second layer in the same picture, that of the segment which lies over the other."""

    layer: Layer
    layout: Layout

    def after(self, frames: int) -> Inset:
        return replace(self, layer=self.layer.after(frames))


@dataclass(frozen=True)
class Picture:
    """One picture: what fills it, what shares it, and what is drawn over it, the lowest first."""

    base: Layer | Fill | Blend
    inset: Inset | None = None
    drawn: tuple[Layer, ...] = ()
    logos: tuple[Logo, ...] = ()

    def after(self, frames: int) -> Picture:
        """The same picture so many frames later."""
        return replace(
            self,
            base=self.base.after(frames),
            inset=self.inset.after(frames) if self.inset else None,
            drawn=tuple(layer.after(frames) for layer in self.drawn),
        )

    @property
    def layers(self) -> Iterator[Layer]:
        """Every layer in it, the lowest first."""
        if isinstance(self.base, Layer):
            yield self.base
        elif isinstance(self.base, Blend):
            yield from self.base.earlier.layers
            yield from self.base.later.layers
        if self.inset is not None:
            yield self.inset.layer
        yield from self.drawn

    @property
    def main(self) -> Layer | None:
        """The layer that fills it; in a blend the later one, where there is one."""
        if isinstance(self.base, Blend):
            return self.base.later.main or self.base.earlier.main
        return self.base if isinstance(self.base, Layer) else None


@dataclass(frozen=True)
class Run:
    """A stretch in which the sources of the picture do not change."""

    start: int
    frames: int
    picture: Picture

    @property
    def end(self) -> int:
        return self.start + self.frames

    @property
    def base(self) -> Layer | None:
        """The layer that fills the picture, if any."""
        return self.picture.main

    def between(self, start: int, end: int) -> Run:
        """The part of it from one frame of the programme to another, both inside."""
        return Run(start, end - start, self.picture.after(start - self.start))
