"""The codes of regions that move."""

from __future__ import annotations

from edl.findings import Code, Severity

REGION_MASK_SHAPE = Code(
    "region-mask-shape",
    Severity.ERROR,
    "A mask lies over the whole still; one of another shape would mark other places than those that were painted.",
    "Paint the mask on a copy of the still, and save it uncropped; a smaller size of the same shape is fine.",
)
REGION_EMPTY = Code(
    "region-empty",
    Severity.ERROR,
    "Only what is white in a mask, or inside a drawn shape, moves, and here that is nothing.",
    "Paint white what moves and black what stands; give a drawn shape an area, in shares of the picture.",
)
REGION_WHOLE = Code(
    "region-whole",
    Severity.WARNING,
    "All of the picture would move, so nothing in it seems to stand still. Often the mask is inverted, or it is the "
    "still itself.",
    "Paint white only what moves, and black the rest; draw a shape around what moves only.",
)
REGION_OUTSIDE = Code(
    "region-outside",
    Severity.WARNING,
    "Most of the shape lies outside of the picture. An ellipse is [left, top, width, height] of the box around it; "
    "often its right and bottom were written instead of width and height.",
    "Write the width and height of the box, 0 to 1 of the still.",
)
REGION_STROKE = Code(
    "region-stroke",
    Severity.WARNING,
    "A stroke shows the way of what lies under it; one that lies outside its region was probably meant for another.",
    "Draw it inside the region: points are [across, down], from 0 to 1 of the whole still.",
)
REGION_FAST = Code(
    "region-fast",
    Severity.WARNING,
    "A region that crosses much of the picture in a second looks torn: there is no more of it than the still shows.",
    "Write a lower speed:; water is 3% of the width a second where nothing is said.",
)
