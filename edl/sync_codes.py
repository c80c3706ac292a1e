"""The codes about time: recordings that belong together, and cuts on the beat. Part of :data:`edl.codes.CODES`."""

from __future__ import annotations

from edl.findings import Code, Severity

ERROR, REFUSED, WARNING, NOTE = Severity.ERROR, Severity.REFUSED, Severity.WARNING, Severity.NOTE

SYNC_HOST = Code(
    "sync-host",
    ERROR,
    "A clip that follows a voice replaces the picture while that voice is heard.",
    "Lay the clip over the segment whose voice it speaks (over:), or name the file of a recording in sync_to:.",
)
SYNC_START = Code(
    "sync-start",
    ERROR,
    "Where the clip starts follows from the voice that it is in sync with; in: would say something else.",
    "Take in: out; from: says where in the voice the picture starts.",
)
SYNC_UNHEARD = Code(
    "sync-unheard",
    WARNING,
    "The recording takes the place of the clip's own sound, and this clip has its sound off.",
    "Set sound: true, lay the clip over the segment that has the recording as its voice, or take sync_to: out.",
)
SYNC_SILENT = Code(
    "sync-silent",
    ERROR,
    "Two recordings are laid together by what is heard in both, and this clip has no sound.",
    "Use the file with the camera's own sound, or take sync_to: out and set in: by hand.",
)
SYNC_UNSURE = Code(
    "sync-unsure",
    REFUSED,
    "The sound of the clip was not found for certain in the recording; a wrong guess would show as lips out of sync.",
    "Check that both hold the same speech, once; or take sync_to: out and set in: by hand.",
)
SYNC_SHORT = Code(
    "sync-short",
    ERROR,
    "The clip has no picture for all of the voice that it is to show, and nothing is made up or frozen.",
    "Set from: and duration: so that the clip covers what it shows.",
)
SYNC_GAP = Code(
    "sync-gap",
    WARNING,
    "The recording does not cover the clip; where it has nothing, nothing is heard.",
    "Set in: and duration: so that the recording covers what is shown, or let the clip have its own sound.",
)
SYNC_LEAD = Code(
    "sync-lead",
    ERROR,
    "The recording is cut to the clip, so it is heard as long as the clip is seen.",
    "Take lead: and lag: out of sound:, or sync_to: out.",
)
SNAP_NO_MUSIC = Code(
    "snap-no-music",
    ERROR,
    "A cut can only fall on the music where there is music.",
    "Add music:, or take snap: out.",
)
SNAP_SILENT = Code(
    "snap-silent",
    WARNING,
    "Where no music sounds there is no beat to fall on, so the cut stays where it was.",
    "Let the music begin earlier or end later (its from: and until:), or take snap: out.",
)
SNAP_NOTHING = Code(
    "snap-nothing",
    WARNING,
    "There is nothing that the cut could move to, so it stays where it was.",
    "Choose other music, use snap: onset, or set the length by hand.",
)
SNAP_FIXED = Code(
    "snap-fixed",
    WARNING,
    "A voice is never cut or stretched for the music, so the cut stays where it was.",
    "Give the segment after: with a pause that may grow and shrink, or take snap: out.",
)
SNAP_NO_ROOM = Code(
    "snap-no-room",
    WARNING,
    "The nearest beat or note lies too far off or where the segment cannot reach, so the cut stays where it was.",
    "Change duration: or from: so that one is near.",
)
SNAP_NO_PAUSE = Code(
    "snap-no-pause",
    WARNING,
    "The voice underneath makes no pause near the cut, so the cut stays where it was and may fall into a word.",
    "Change from: or duration: so that a pause between two words is near, or take snap: out.",
)
SNAP_NO_VOICE = Code(
    "snap-no-voice",
    WARNING,
    "snap: pause looks for a pause in the voice that a segment lies over; without one the cut stays where it was.",
    "Lay the segment over a talk or narration (over:), use snap: beat with music, or take snap: out.",
)
