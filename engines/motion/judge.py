"""What speaks against the regions of a segment, as far as facts are known."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from edl.facts import InputFacts, MaskFacts, PictureFacts
from edl.findings import Finding, Place
from edl.region import Point, Region, input_name
from edl.region_codes import (
    REGION_EMPTY,
    REGION_FAST,
    REGION_MASK_SHAPE,
    REGION_OUTSIDE,
    REGION_STROKE,
    REGION_WHOLE,
)
from engines.contract import Wish
from engines.motion.share import crossings, share

LEAST, MOST = 0.0002, 0.97  # share of the picture that a region should hold
OTHER_SHAPE = 0.02  # by which aspects may differ
INSIDE = 0.5  # share of a shape that should lie in the picture
FASTEST = 0.15  # of the picture's width a second


def judge_regions(wish: Wish, regions: Sequence[Region], still: str = "image") -> tuple[Finding, ...]:
    """Findings about masks, strokes and speeds; nothing about what has not been measured.

    :param still: the input that the masks lie over
    """
    facts = wish.facts.get(still, InputFacts()).picture
    return tuple(
        finding
        for number, region in enumerate(regions)
        for finding in _judge(number, region, wish.facts.get(input_name(number), InputFacts()).mask, facts)
    )


def _judge(number: int, region: Region, mask: MaskFacts | None, still: PictureFacts | None) -> Iterator[Finding]:
    if mask is not None:
        place = Place(path=input_name(number))
        if still is not None and abs(mask.width * still.height / (mask.height * still.width) - 1) > OTHER_SHAPE:
            sizes = f"the mask is {mask.width} x {mask.height}, the still {still.width} x {still.height}"
            yield REGION_MASK_SHAPE.at(place, sizes)
        if mask.white < LEAST:
            yield REGION_EMPTY.at(
                place, "nothing in the mask is white" if not mask.white else "next to nothing is white"
            )
        elif mask.white > MOST:
            yield REGION_WHOLE.at(place, f"{mask.white:.0%} of the mask is white")
    yield from _judge_drawn(number, region)
    for at, stroke in enumerate(region.strokes):
        outside = [point for point in stroke if not _holds(region, mask, point)]
        if len(outside) > len(stroke) / 2:
            x, y = outside[0]
            words = f"{len(outside)} of its {len(stroke)} points lie outside, the first at [{x:g}, {y:g}]"
            yield REGION_STROKE.at(Place(path=f"regions[{number}].strokes[{at}]"), words)
    if not region.sways and region.speed is not None and region.speed > FASTEST:
        words = f"{region.speed:.0%} of the picture's width a second"
        yield REGION_FAST.at(Place(path=f"regions[{number}].speed"), words)


def _judge_drawn(number: int, region: Region) -> Iterator[Finding]:
    if (measured := share(region)) is None:
        return
    held, inside = measured
    shape = "polygon" if region.polygon is not None else "ellipse"
    place = Place(path=f"regions[{number}].{shape}")
    if held < LEAST:
        yield REGION_EMPTY.at(place, f"the {shape} holds {held:.4%} of the picture" if held else f"the {shape} is flat")
    elif held > MOST:
        yield REGION_WHOLE.at(place, f"the {shape} holds {held:.0%} of the picture")
    elif inside < INSIDE:
        yield REGION_OUTSIDE.at(place, f"{inside:.0%} of the {shape} lies in the picture")


def _holds(region: Region, mask: MaskFacts | None, point: Point) -> bool:
    """Whether a point lies in a region; of a mask that was not measured, all do."""
    x, y = point
    if region.polygon is not None:
        return sum(x < edge for edge in crossings(region.polygon, y)) % 2 == 1
    if region.ellipse is not None:
        left, top, width, height = region.ellipse
        return (2 * (x - left) / width - 1) ** 2 + (2 * (y - top) / height - 1) ** 2 <= 1
    if mask is None:
        return True
    row = mask.rows[min(int(y * len(mask.rows)), len(mask.rows) - 1)]
    return row[min(int(x * len(row)), len(row) - 1)] == "1"
