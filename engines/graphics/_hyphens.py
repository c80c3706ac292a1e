"""Where a word may be broken at the end of a line: at the writer's soft hyphens and behind signs that stand there, or,
where that is not enough, with a hyphen that is added.

Hyphens are added to words of Latin, Greek and Cyrillic letters, before a consonant that a vowel follows: close to
syllables in the languages that are written so, though no dictionary's hyphenation. Addresses, names of files and
numbers get none, as a sign more would make them others. Words of other scripts are left to the rules of those.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from edl.scripts import cells, joins_previous, script_of
from edl.soft_hyphens import SOFT, unhyphenated

HYPHEN = "-"
OPEN = "\u200b"  # behind a part: the line may end here, and nothing is added
LONGEST = 18  # cells of a word of other scripts that is not cut
_BEFORE, _BEHIND = 2, 3  # letters that stand before an added hyphen, and behind it, at least
_FEW = 6  # letters of a part, where no syllable is found
_SCRIPTS = frozenset(("LATIN", "GREEK", "CYRILLIC"))
_ADDRESS = re.compile(r"://|^www\.|^[#~]|@|\\|_|/.*/|\w\.\w")
_SIGNS = re.compile(r"(?<=\w\w[-‐–—/])(?=\w\w)")
_SIGNS_OF_ADDRESS = re.compile(r"(?<=\w[-/\\:_?&=@#+,])(?=\w)|(?<=//)(?=\w)|(?<=\w)(?=\.\w)")
_VOWELS = frozenset("aeiouyæøœ" + "αεηιουω" + "аеиоуыэюяє" + "ıі")  # without their accents
_ONE_SOUND = frozenset(("ch", "ck", "gh", "kh", "ph", "qu", "rh", "sh", "sch", "th"))
_BELONGS_BEFORE = frozenset("ьъй")


def whole(word: str) -> list[str]:
    """A word unbroken; in parts where it is long and its script has no hyphens."""
    plain = unhyphenated(word)
    return _in_cells(plain) if cells(plain) > LONGEST and not _hyphenates(plain) else [plain]


def at_signs(word: str) -> list[str]:
    """A word in parts that end at a soft hyphen, which the part keeps, or behind a sign (before the dot of an address),
    where it has :data:`OPEN`."""
    if not _hyphenates(word):
        return whole(word)
    address = _ADDRESS.search(word) is not None
    signs = _SIGNS_OF_ADDRESS if address else _SIGNS
    parts: list[str] = []
    for stretch in filter(None, word.split(SOFT)):
        *inner, last = signs.split(stretch)
        hyphen = last[-1].isalnum() and not address
        parts += [*(each + OPEN for each in inner), last + (SOFT if hyphen else OPEN)]
    parts[-1] = shown(parts[-1])
    return parts


def anywhere(word: str) -> list[str]:
    """A word in the parts of :func:`at_signs`, and these in smaller ones: syllables, or a few letters."""
    if not _hyphenates(word):
        return whole(word)
    address = _ADDRESS.search(word) is not None
    found: list[str] = []
    for part in at_signs(word):
        bare = shown(part)
        as_it_is = address or any(char.isdigit() for char in bare)
        found += _torn(bare, [] if as_it_is else _syllables(bare), as_it_is)
        found[-1] += part[len(bare) :]
    return found


def shown(part: str) -> str:
    """What of a part is drawn inside a line."""
    return part.rstrip(f" {SOFT}{OPEN}")


def line_of(parts: Sequence[str]) -> str:
    """A line of parts, with the hyphen that a broken word has at its end."""
    text = "".join(part.rstrip(SOFT + OPEN) for part in parts).strip()
    return text + HYPHEN if parts and parts[-1].endswith(SOFT) else text


def is_torn(parts: Sequence[str]) -> bool:
    """Whether a line ends inside a word."""
    return bool(parts) and parts[-1].endswith((SOFT, OPEN))


def _hyphenates(word: str) -> bool:
    letters = [char for char in word if char.isalnum()]
    return bool(letters) and all(char.isdigit() or script_of(char) in _SCRIPTS for char in letters)


def _syllables(word: str) -> list[int]:
    """Where syllables begin, of which each has a vowel."""
    letters = "".join(unicodedata.normalize("NFD", char)[0] for char in word.lower())
    found = [0]
    for at in range(len(letters)):
        if _takes_hyphen(word, at) and _begins_syllable(letters, at) and _VOWELS & set(letters[found[-1] : at]):
            found.append(at)
    return found[1:]


def _begins_syllable(letters: str, at: int) -> bool:
    """Whether a consonant, or several that are one sound, stands here before a vowel."""
    if letters[at] in _VOWELS or letters[at] in _BELONGS_BEFORE or letters[at - 1 : at + 1] in _ONE_SOUND:
        return False
    sound = next((each for each in _ONE_SOUND if letters.startswith(each, at)), letters[at])
    return letters[at + len(sound) : at + len(sound) + 1] in _VOWELS


def _torn(word: str, places: Sequence[int], as_it_is: bool) -> list[str]:
    """A word in parts that end at the places, and every few letters where those are far from one another; each but the
    last with the mark of what shows at its end."""
    parts, begin = [], 0
    for at in range(1, len(word)):
        near = (
            at - begin < _FEW or len(word) - at < _BEHIND or any(begin < place < begin + 2 * _FEW for place in places)
        )
        if at in places or not (near or joins_previous(word[at], word[at - 1])):
            mark = SOFT if not as_it_is and _takes_hyphen(word, at) else OPEN
            parts.append(word[begin:at] + mark)
            begin = at
    return [*parts, word[begin:]]


def _takes_hyphen(word: str, at: int) -> bool:
    """Whether enough letters stand on both sides of a place."""
    return at >= _BEFORE and len(word) - at >= _BEHIND and word[at - _BEFORE : at + _BEHIND].isalpha()


def _in_cells(word: str) -> list[str]:
    """A long word in parts of like length; never inside what is drawn as one."""
    parts = [""]
    for at, char in enumerate(word):
        together = at > 0 and joins_previous(char, word[at - 1])
        if cells(parts[-1]) >= LONGEST // 2 and not together:
            parts.append("")
        parts[-1] += char
    return parts
