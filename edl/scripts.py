"""How different scripts are read: how long a line may be, how fast people read it, how wide a character is.

The figures follow the timed text style guides that Netflix publishes for each language, and the BBC's subtitle
guidelines. Everything is counted in *cells*: a Latin letter takes one, a full-width character two, a combining mark
none. So one measure serves all scripts.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from dataclasses import dataclass


@dataclass(frozen=True)
class Reading:
    """``line`` is the most cells in one line, ``speed`` the most cells a second."""

    line: int
    speed: float
    spaced: bool = True  # whether words stand apart


LATIN = Reading(42, 20)
CYRILLIC = Reading(39, 20)
INDIC = Reading(42, 22)
THAI = Reading(35, 20)
CHINESE = Reading(32, 22, spaced=False)
JAPANESE = Reading(32, 16, spaced=False)
KOREAN = Reading(32, 28)

_BY_SCRIPT = {
    "CYRILLIC": CYRILLIC,
    "DEVANAGARI": INDIC,
    "BENGALI": INDIC,
    "GURMUKHI": INDIC,
    "GUJARATI": INDIC,
    "TAMIL": INDIC,
    "TELUGU": INDIC,
    "KANNADA": INDIC,
    "MALAYALAM": INDIC,
    "THAI": THAI,
    "LAO": THAI,
    "KHMER": THAI,
    "MYANMAR": THAI,
    "CJK": CHINESE,
    "HIRAGANA": JAPANESE,
    "KATAKANA": JAPANESE,
    "HANGUL": KOREAN,
}


def reading_of(text: str, language: str = "") -> Reading:
    """How a text is read, by the script that most of its letters belong to."""
    scripts = Counter(script_of(char) for char in text if char.isalpha())
    if scripts["CJK"] and (scripts["HIRAGANA"] or scripts["KATAKANA"] or language.lower().startswith("ja")):
        scripts = Counter({"HIRAGANA": scripts["CJK"] + scripts["HIRAGANA"] + scripts["KATAKANA"]}) | scripts
    most = scripts.most_common(1)
    return _BY_SCRIPT.get(most[0][0], LATIN) if most else LATIN


def script_of(char: str) -> str:
    """The first word of a character's Unicode name: ``LATIN``, ``ARABIC``, ``CJK``, ``HIRAGANA`` ..."""
    return unicodedata.name(char, "").partition(" ")[0]


def cells(text: str) -> int:
    """The width of a text: 2 for a full-width character, 0 for a mark that is drawn onto another, else 1."""
    return sum(_width(char) for char in text)


def characters(text: str) -> int:
    """The number of characters as people count them: each one, however wide; no marks that are drawn onto another."""
    return sum(_width(char) > 0 for char in text)


def _width(char: str) -> int:
    if unicodedata.category(char) in ("Mn", "Me", "Cf", "Cc"):
        return 0
    return 2 if unicodedata.east_asian_width(char) in "WF" else 1


def joins_previous(char: str, previous: str) -> bool:
    """Whether a character is drawn as one with that before it: marks, joiners, what follows a joiner, skin tones."""
    category = unicodedata.category(char)
    return category in ("Mn", "Mc", "Me", "Cf") or previous == "\u200d" or "\U0001f3fb" <= char <= "\U0001f3ff"
