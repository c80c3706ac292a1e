"""What is laid over the picture and where: logos, the label, lower thirds, the small picture of a layout.

The one place that knows the boxes of all of them, in pixels of a delivery. It gives marks whose corner is not written a
free one, lifts lower thirds off marks in their corner, and tells captions what they must stand free of.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import combinations
from math import ceil, hypot
from typing import Literal

from edl.directions import RIGHT_TO_LEFT, direction_of
from edl.layout import places
from edl.logo import Logo, stamp_box
from edl.output import Label
from edl.picture import Blend, Layer, Picture, Run
from edl.project import Project, Title

Size = tuple[int, int]
Kind = Literal["logo", "label", "lower third", "inset"]
MARKS = frozenset({"logo", "label"})
LOWER_THIRD = {"clean": 0.055, "bold": 0.06, "editorial": 0.066}  # of the shorter side: the letters' largest size
AIR = 0.02  # of the height: between a lower third or a caption and what it avoids
HIGHEST = 0.4  # of the height from above: a lower third that would have to stand above this is none any more


@dataclass(frozen=True)
class Laid:
    """Something over the picture: the file or the segment that it is, and its box in pixels of the delivery; ``radius``
    says how round its corners are."""

    kind: Kind
    name: str
    left: float
    top: float
    right: float
    bottom: float
    radius: float = 0.0

    def meets(self, other: Laid, air: float = 0.0) -> bool:
        """Whether two things share a pixel, or come nearer than ``air`` pixels."""
        return self.shared(other, air) > 0

    def shared(self, other: Laid, air: float = 0.0) -> float:
        """How many pixels two boxes share, the other one grown by ``air``; none where only a round corner is near."""
        across = min(self.right, other.right + air) - max(self.left, other.left - air)
        down = min(self.bottom, other.bottom + air) - max(self.top, other.top - air)
        if across <= 0 or down <= 0 or self._misses_corner(other, air) or other._misses_corner(self, air):
            return 0.0
        return across * down

    def _misses_corner(self, other: Laid, air: float) -> bool:
        """Whether the other box lies wholly outside the arc of one of this one's corners."""
        across = max(self.left + self.radius - other.right, other.left - self.right + self.radius, 0.0)
        down = max(self.top + self.radius - other.bottom, other.top - self.bottom + self.radius, 0.0)
        return across > 0 and down > 0 and hypot(across, down) >= self.radius + air

    def __str__(self) -> str:
        if self.kind == "label":
            return f'the label "{self.name}"'
        return f"the logo {self.name}" if self.kind == "logo" else f'the {self.kind} "{self.name}"'


@dataclass(frozen=True)
class Occupied:
    """What lies over the pictures of one delivery.

    :param drawn: width and height of the files of logos, as far as they are known
    :param marked: the segments whose pictures carry the label
    """

    project: Project
    size: Size
    drawn: Mapping[str, Size]
    marked: frozenset[str]
    runs: tuple[Run, ...] = field(repr=False)

    def boxes(self, picture: Picture) -> tuple[Laid, ...]:
        """All that lies over a picture, in both sides of a blend, too; each once."""
        found = [
            replace(laid, top=laid.top - self._lift_of(laid), bottom=laid.bottom - self._lift_of(laid))
            for laid in self._resting(picture)
        ]
        return tuple(dict.fromkeys(found))

    @cached_property
    def raised(self) -> Mapping[str, float]:
        """By how much of the height each lower third stands higher, so that it is free of the marks in its corner for
        as long as it shows; those that stand where they always do are left out."""
        plates: dict[str, Laid] = {}
        marks: dict[str, set[Laid]] = {}
        for run in self.runs:
            found = tuple(self._resting(run.picture))
            for plate in (laid for laid in found if laid.kind == "lower third"):
                plates[plate.name] = plate
                marks.setdefault(plate.name, set()).update(laid for laid in found if laid.kind in MARKS)
        lifts = {name: self._clear(plate, marks[name]) for name, plate in plates.items()}
        return {name: round(lift / self.size[1], 4) for name, lift in lifts.items() if lift}

    def between(self, start: int, end: int) -> tuple[Run, ...]:
        """The runs that show from one frame of the programme to another, whole."""
        starts = self._starts
        return self.runs[max(0, bisect_right(starts, start) - 1) : bisect_left(starts, end)]

    @cached_property
    def _starts(self) -> list[int]:
        return [run.start for run in self.runs]

    def clashes(self) -> Iterator[tuple[Laid, Laid, Run]]:
        """What lies on one another, run by run: a mark, and what is under it."""
        for run in self.runs:
            for one, other in combinations(sorted(self.boxes(run.picture), key=lambda laid: ORDER.index(laid.kind)), 2):
                if one.kind in MARKS and one.kind != other.kind and one.meets(other):
                    yield one, other, run

    def _lift_of(self, laid: Laid) -> float:
        return self.raised.get(laid.name, 0.0) * self.size[1] if laid.kind == "lower third" else 0.0

    def _clear(self, plate: Laid, marks: set[Laid]) -> float:
        """How many pixels a lower third goes up to be free of marks; 0 where there is no such place."""
        lift, air = 0.0, AIR * self.size[1]
        for mark in sorted(marks, key=lambda each: -each.bottom):
            if replace(plate, top=plate.top - lift, bottom=plate.bottom - lift).meets(mark):
                lift = plate.bottom - mark.top + air
        return lift if plate.top - lift >= HIGHEST * self.size[1] else 0.0

    def _resting(self, picture: Picture) -> Iterator[Laid]:
        """All that lies over a picture, lower thirds where they stand by themselves."""
        label = self.project.output.label
        if label is not None and any(layer.segment in self.marked for layer in picture.layers):
            yield label_box(label, self.size)
        for part in _parts(picture):
            for logo in part.logos:
                yield logo_box(logo, self.drawn, self.size)
            for layer in part.drawn:
                title = self.project.segment(layer.segment)
                if isinstance(title, Title):
                    yield lower_third_box(title, self.size)
            yield from self._inset(part)

    def _inset(self, picture: Picture) -> Iterator[Laid]:
        if picture.inset is None or picture.inset.layout.pip is None:
            return
        at, small = places(picture.inset.layout, *self.size), picture.inset.layer
        box = at.overlay
        if picture.inset.layout.small == "host":
            box = at.host
            small = picture.base if isinstance(picture.base, Layer) else small
        right, bottom = box.left + box.width, box.top + box.height
        yield Laid("inset", small.segment, box.left, box.top, right, bottom, at.radius)


ORDER: tuple[Kind, ...] = ("label", "logo", "lower third", "inset")
CORNERS: tuple[Literal["top-right", "top-left", "bottom-right", "bottom-left"], ...] = (
    "top-right",
    "top-left",
    "bottom-right",
    "bottom-left",
)


def settled(project: Project, drawn: Mapping[str, Size]) -> Project:
    """A project whose label and logos stand in different corners, as far as their corners are not written: the label
    goes out of the way, or, where that has its corner, the logo. The same corner in all deliveries and all the time.

    :param drawn: width and height of the files of logos, as far as they are known
    """
    label, output = project.output.label, project.output
    if label is None:
        return project
    sizes = [(output.width, output.height), *((each.width, each.height) for each in output.variants)]
    logos = [logo for each in (project, *project.segments) for logo in each.overlay]
    if "corner" not in label.model_fields_set:
        moved = [label.model_copy(update={"corner": corner}) for corner in CORNERS]
        best = min(moved, key=lambda each: _crowded(project, each, logos, drawn, sizes))
        return _changed(project, output=output.model_copy(update={"label": best}))

    def free(logo: Logo) -> Logo:
        """The logo in a corner without the label, if nobody said where it stands."""
        if "corner" in logo.model_fields_set or logo.x is not None or not _meet(label, logo, drawn, sizes):
            return logo
        others = (logo.model_copy(update={"corner": corner}) for corner in CORNERS)
        return next((other for other in others if not _meet(label, other, drawn, sizes)), logo)

    return _changed(
        project,
        overlay=tuple(map(free, project.overlay)),
        segments=tuple(
            segment.model_copy(update={"overlay": tuple(map(free, segment.overlay))}) if segment.overlay else segment
            for segment in project.segments
        ),
    )


def _changed(project: Project, **fields: object) -> Project:
    """The project with other values in some of its fields."""
    other = project.model_copy(update=fields)
    other.__dict__.pop("_by_id", None)  # what is cached is copied along: the segments as they were
    return other


def _crowded(
    project: Project, label: Label, logos: list[Logo], drawn: Mapping[str, Size], sizes: list[Size]
) -> tuple[bool, bool, bool]:
    """What a label in its corner would lie on at any time, the worst first: logos, lower thirds, small pictures."""
    titles = [each for each in project.segments if isinstance(each, Title) and each.style == "lower_third"]
    pips = [each.layout.pip for each in project.segments if each.layout is not None and each.layout.pip]
    return (
        any(_meet(label, logo, drawn, sizes) for logo in logos),
        any(label_box(label, size).meets(lower_third_box(title, size)) for title in titles for size in sizes),
        label.corner in pips,
    )


def _meet(label: Label, logo: Logo, drawn: Mapping[str, Size], sizes: list[Size]) -> bool:
    return any(label_box(label, size).meets(logo_box(logo, drawn, size)) for size in sizes)


def _parts(picture: Picture) -> Iterator[Picture]:
    """A picture and the ones that it blends."""
    yield picture
    if isinstance(picture.base, Blend):
        yield from _parts(picture.base.earlier)
        yield from _parts(picture.base.later)


def logo_box(logo: Logo, drawn: Mapping[str, Size], size: Size) -> Laid:
    """Where a logo stands; one of unknown shape counts as square."""
    left, top, wide, high = stamp_box(logo, drawn.get(logo.file, (1, 1)), size)
    return Laid("logo", logo.file, left, top, left + wide, top + high)


def label_box(label: Label, size: Size) -> Laid:
    """Where the label stands, its letters a little wider than most are (:func:`engines.media.lettering.label`)."""
    (width, height), em = size, max(11, round(min(size) * 0.026))
    wide = min(width * 0.9, em * (0.62 * len(label.text) + 1.4))
    high = round(em * 1.2) + 2 * round(em * 0.42)
    side, foot = round(width * 0.05), round(height * 0.05)
    left = side if label.corner.endswith("left") else width - side - wide
    top = foot if label.corner.startswith("top") else height - foot - high
    return Laid("label", label.text, left, top, left + wide, top + high)


def lower_third_box(title: Title, size: Size) -> Laid:
    """Where a lower third stands, as near as its text tells: in the lower left, or in the lower right where it is
    written from right to left."""
    width, height = size
    unit, tall = min(size), height > width
    room, pad = width * (0.88 if tall else 0.62) - 0.06 * unit, 0.06 * unit
    em = LOWER_THIRD[title.look] * unit
    sizes = ((title.text, em), (title.subtitle, 0.66 * em))
    wide = [0.57 * em * len(text) for text, em in sizes]
    high = sum(1.3 * em * ceil(long / room) for (_, em), long in zip(sizes, wide, strict=True))
    foot = height * (0.85 if tall else 0.92)
    left, right = 0.06 * width, 0.06 * width + pad + min(room, max(wide))
    if direction_of(title.text) == RIGHT_TO_LEFT:
        left, right = width - right, width - left
    return Laid("lower third", title.id, left, foot - min(0.34 * height, high + pad), right, foot)
