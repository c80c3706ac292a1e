"""The codes about takes: how many are asked for, and what a person chose. Part of :data:`edl.codes.CODES`."""

from __future__ import annotations

from edl.findings import Code, Severity

ERROR, WARNING, NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE

PICKS_WRONG = Code(
    "picks-wrong",
    ERROR,
    "picks.yaml holds which takes you chose; it must be readable before anything is rendered.",
    "Correct the entry, or take it out and choose again with cutaway pick.",
)
PICK_UNKNOWN = Code(
    "pick-unknown",
    WARNING,
    "picks.yaml speaks of a segment that the project does not have; the entry does nothing.",
    "Take the entry out, or rename the segment back.",
)
PICK_STALE = Code(
    "pick-stale",
    WARNING,
    "The take that you chose was made from an older version of this segment.",
    "Look at the new takes and choose again with cutaway pick.",
)

RETAKE_STALE = Code(
    "retake-stale",
    WARNING,
    "picks.yaml asks for a further take that does not fit the project any more; it is left out.",
    "Take the entry out of picks.yaml, or ask again with cutaway retake.",
)
TAKE_LONG = Code(
    "take-long",
    NOTE,
    "The service made more than was asked for. What goes on after the end is not shown.",
    "Nothing to do; look whether the mouth closes before the cut.",
)
TAKE_SHORT = Code(
    "take-short",
    WARNING,
    "The service made less than was asked for. A picture is never frozen silently, so what is missing cannot be shown.",
    "Ask for another take with cutaway retake, shorten the segment or split its text, lay a cutaway over the end, or "
    "allow a still end with freeze:.",
)
TAKES_SEEDS = Code(
    "takes-seeds",
    WARNING,
    "A list of seeds says how many takes there are, one for each seed; takes: says something else and is not used.",
    "Take takes: out, or list as many seeds.",
)
