"""The codes about what is delivered beside the film. Part of :data:`edl.codes.CODES`."""

from __future__ import annotations

from edl.findings import Code, Severity

POSTER_UNKNOWN = Code(
    "poster-unknown",
    Severity.ERROR,
    "The poster shows the middle of a segment, and there is none of that name.",
    "Name a segment of the film, a time such as 12s, or write poster: true.",
)
POSTER_OUTSIDE = Code(
    "poster-outside",
    Severity.WARNING,
    "The film does not show what the poster is to be taken from; another frame stands in for it.",
    "Choose a time inside the film, or a segment that is seen.",
)
