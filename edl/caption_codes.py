"""The codes of captions: each kind of finding, why it matters, what to do."""

from __future__ import annotations

from edl.findings import Code, Severity

CAPTION_SEGMENT = Code(
    "caption-segment",
    Severity.ERROR,
    "Captions are given by the name of the segment in which they are spoken.",
    "Correct the name.",
)
CAPTION_TEXT = Code(
    "caption-text",
    Severity.ERROR,
    "Captions are one text, or a list of texts with one caption each.",
    "Write name: the text, or a list under the name, each entry after a dash.",
)
CAPTION_MISSING = Code(
    "caption-missing",
    Severity.WARNING,
    "Where a language has no text for what is spoken, its captions have a gap.",
    "Add the segment's name and its text to the file of the language.",
)
CAPTION_UNWRITTEN = Code(
    "caption-unwritten",
    Severity.WARNING,
    "Captions are made of what is written; a recording without a transcript has none.",
    "Write what is said under say:.",
)
CAPTION_FAST = Code(
    "caption-fast",
    Severity.WARNING,
    "Captions that change faster than people read them cannot be followed.",
    "Say it in fewer words, or give a shorter text for the captions under captions: languages:.",
)
CAPTION_LONG = Code(
    "caption-long",
    Severity.WARNING,
    "Captions have two lines at most; more of them hide the picture.",
    "Divide the text into more captions.",
)
CAPTION_SHOWN = Code(
    "caption-shown",
    Severity.ERROR,
    "Only a language that is spoken or given can be burned in.",
    "Name a language that stands under captions: languages:, or leave show: out.",
)
CAPTION_WORDS = Code(
    "caption-words",
    Severity.ERROR,
    "Words can be lit up as they are spoken only in the language that is spoken.",
    "Write burn: line, or show the language that is spoken.",
)
CAPTION_FONT = Code(
    "caption-font",
    Severity.ERROR,
    "Captions are burned in with a font file that holds outlines (.ttf, .otf, .ttc).",
    "Name another font file, or leave font: out.",
)
CAPTION_GLYPH = Code(
    "caption-glyph",
    Severity.ERROR,
    "No font on this machine can draw these characters; boxes would stand in their place.",
    "Install a font for the script, or give one with captions: {font: assets/name.ttf}.",
)
CAPTION_OVER = Code(
    "caption-over",
    Severity.WARNING,
    "What lies under a caption is hidden, and letters on letters cannot be read.",
    "Give the logo, the label or the small picture another corner:, make it smaller, or let it come at another time.",
)
