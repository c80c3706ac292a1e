"""The codes of findings about what is inside the files that a project names."""

from __future__ import annotations

from edl.findings import Code, Severity

PICTURE_SEVERAL = Code(
    "picture-several",
    Severity.WARNING,
    "The file holds several pictures, an animation or pages; only the first is used.",
    "Save the picture that you mean as a file of its own; bring an animation as a clip.",
)
PICTURE_CLEAR = Code(
    "picture-clear",
    Severity.WARNING,
    "One sees through parts of the picture, and here nothing lies behind them: they become black.",
    "Save the picture with a background of your choice.",
)
PICTURE_HIDDEN = Code(
    "picture-hidden",
    Severity.ERROR,
    "Every pixel of the picture is wholly transparent, so nothing of it would be seen.",
    "Save the picture again with its layers visible.",
)
RECORDING_SILENT = Code(
    "recording-silent",
    Severity.ERROR,
    "There is no voice in the recording, so lips would have nothing to follow and nobody would be heard.",
    "Check that the right file is named and the right track was recorded; for stillness use before: and after:.",
)
MUSIC_SILENT = Code(
    "music-silent",
    Severity.WARNING,
    "Nothing would be heard of it.",
    "Check that the right file is named.",
)
