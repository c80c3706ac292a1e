"""The codes of findings about what is said: marks of speech, and the list of pronunciations."""

from __future__ import annotations

from edl.findings import Code, Severity

PAUSE_WRONG = Code(
    "pause-wrong",
    Severity.ERROR,
    "A pause that cannot be read would be spoken or lost.",
    'Write it as "[pause 400ms]" or "[pause 1.5s]", 10 s at most; longer stillness is before: or after:.',
)
EMPHASIS_OPEN = Code(
    "emphasis-open",
    Severity.WARNING,
    "An asterisk before a word that no single asterisk closes is no emphasis; captions show it.",
    'Write "*word*", in one paragraph; take the asterisk out where nothing is to be stressed.',
)
PRONOUNCE_WRONG = Code(
    "pronounce-wrong",
    Severity.ERROR,
    "A pronunciation is either phones in ARPAbet or another spelling; this is neither.",
    'Write phones in capitals with blanks between them ("HH AH1 B AH0 L"), or the word as it sounds ("hubbul").',
)
PRONOUNCE_UNUSED = Code(
    "pronounce-unused",
    Severity.WARNING,
    "A pronunciation for a word that nobody says has no effect.",
    "Correct the word, or take it out of the list.",
)

CODES = (PAUSE_WRONG, EMPHASIS_OPEN, PRONOUNCE_WRONG, PRONOUNCE_UNUSED)
