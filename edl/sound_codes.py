"""The codes of findings about sound: J and L cuts, fades, music, room tone."""

from __future__ import annotations

from edl.findings import Code, Severity

SOUND_BEYOND = Code(
    "sound-beyond",
    Severity.ERROR,
    "A sound is to begin before its picture or go on after it for longer than there is any.",
    "Shorten lead: or lag:, or let the clip begin later in its file.",
)
SOUND_UNEVEN = Code(
    "sound-uneven",
    Severity.WARNING,
    "Sound and picture of the footage do not end together; what is missing is silent, what is left over is not heard.",
    "Set duration: so that both are there, or let the sound go on with sound: {lag: ...}.",
)
LEAD_AND_BEFORE = Code(
    "lead-and-before",
    Severity.ERROR,
    "A voice either begins before its picture or some time after it.",
    "Use lead: or before:, not both; likewise lag: or after:.",
)
FADE_LONG = Code(
    "fade-long",
    Severity.ERROR,
    "The fades are longer than the sound itself.",
    "Shorten fade_in: and fade_out:.",
)
MUSIC_ORDER = Code(
    "music-order",
    Severity.ERROR,
    "The music ends before it begins.",
    "Correct from: and until: (places in the film), or in: and out: (places in the file).",
)
MUSIC_OUTSIDE = Code(
    "music-outside",
    Severity.ERROR,
    "The music would begin where there is nothing any more: behind the end of the film or of the file.",
    "Let it begin earlier.",
)
MUSIC_ENDS = Code(
    "music-ends",
    Severity.WARNING,
    "The music is over before the place where it should end, and it is not repeated.",
    "Set loop: true, or correct until:.",
)
MARK_UNKNOWN = Code(
    "mark-unknown",
    Severity.ERROR,
    "Music is tied to a segment that does not exist.",
    "Correct the name.",
)
LOOP_SHORT = Code(
    "loop-short",
    Severity.ERROR,
    "What is repeated must last half a second at least.",
    "Use a longer recording, or loop: false for music.",
)
