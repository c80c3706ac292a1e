"""The codes of what stands beside, over and between pictures: joins, layouts, ranges, logos, fades."""

from __future__ import annotations

from edl.findings import Code, Severity

OVER_RANGE = Code(
    "over-range",
    Severity.ERROR,
    "A segment over several ones lies over a stretch of the film: from the first one named to the last one.",
    "Name two segments that follow one another in the film, the earlier one first: over: [first, last].",
)
LAYOUT_BARE = Code(
    "layout-bare",
    Severity.ERROR,
    "A layout says how two pictures share the screen; here there is only one.",
    "Add over: with the name of the other segment, or take layout: out.",
)
TRANSITION_FIRST = Code(
    "transition-first",
    Severity.ERROR,
    "A transition leads from one segment to the next, and nothing stands before the first one.",
    "Take transition: out; to let the film begin out of black, add fade: {in: 1s} at the top of the project.",
)
TRANSITION_OUT = Code(
    "transition-out",
    Severity.ERROR,
    "Segments of the spine end where the next one begins, so how one ends is said there.",
    "Give the next segment a transition:. To let the film end in black, add fade: {out: 1s} at the top of the project.",
)
JOIN_TOO_LONG = Code(
    "join-too-long",
    Severity.ERROR,
    "During a join both segments show, so each must last at least as long as the joins at its ends.",
    "Shorten the transition's duration:, or make the segment longer; freeze: holds its first or last frame.",
)
JOIN_SPEECH = Code(
    "join-speech",
    Severity.WARNING,
    "Two people who speak at the same moment are hard to follow, and the end of the first voice is faded away.",
    "Add after: to the first segment or before: to the second one, as long as the join; or join them by a cut.",
)
FADE_TOO_LONG = Code(
    "fade-too-long",
    Severity.ERROR,
    "The picture would have to come up and go down at the same time.",
    "Shorten fade: in or out.",
)
LOGO_NEVER = Code(
    "logo-never",
    Severity.ERROR,
    "A logo that is gone before it appears, or appears when all is over, is never seen.",
    "Give until: a later time than from:, or take it out; then the logo stays to the end.",
)
MARK_OVER = Code(
    "mark-over",
    Severity.WARNING,
    "What lies on one another can hardly be read, and a logo over a small picture hides the face in it.",
    "Give one of them another corner:, or leave corner: out, then the logo or the label goes where there is room.",
)
TITLE_FONT = Code(
    "title-font",
    Severity.ERROR,
    "The letters of a title are drawn with this font.",
    "Give a font file (.ttf, .otf, .ttc), or leave font: out.",
)
TITLE_GLYPH = Code(
    "title-glyph",
    Severity.ERROR,
    "A character that no font has cannot be drawn, and a box in its place would be worse.",
    "Install a font that has it, or give one with font: assets/name.ttf.",
)
NARRATION_GAP = Code(
    "narration-gap",
    Severity.WARNING,
    "Between two pictures over a narration the screen is black for a moment, which looks like a fault.",
    "Let the earlier picture show until the later one begins.",
)
