"""The "s" of plurals and possessives: in which words of a text a listed word stands with one, and how it sounds.

Hubble -> Hubbles, Hubble's          Xanthes -> Xantheses, Xanthes's, Xanthes'
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from edl.words import fold

_HISSES = frozenset(("S", "Z", "SH", "ZH", "CH", "JH"))
_VOICELESS = frozenset(("P", "T", "K", "F", "TH"))
_SPELLED_HISS = re.compile(r"(?:[sxz]|[cs]h|j)$", re.IGNORECASE)
_SPELLED_HISS_E = re.compile(r"(?:[scz]|dg|g)e$", re.IGNORECASE)
_SHORTEST = 3  # letters of a name that has a plural: "Lo" has none in "Los Angeles"
_OTHERS = frozenset(("does", "hers", "ours", "yours", "theirs", "this", "thus", "yes", "plus", "always", "perhaps"))
_QUOTES = re.compile(r"(?<![^\s(\[—–-])(['‘])(?=\w)|(?<=[\w.,;:!?…])['’](?!\w)")  # with a group where one opens


def ending(listed: str, text: str, first: int, last: int) -> str | None:
    """With which ending a listed word stands at ``text[first:last]``: none (``""``), ``'s``, ``'``, ``s`` or ``es``;
    None where that is another word."""
    found = text[first:last]
    base, folded = fold(listed), fold(found)
    if folded == base:
        return "'" if stands_alone(text, last) else ""
    if folded == f"{base}'s":
        return "'s"
    if _is_name(listed, found) and folded not in _OTHERS:
        if folded == f"{base}s":
            return "s"
        if folded == f"{base}es" and _SPELLED_HISS.search(base):
            return "es"
    return None


def stands_alone(text: str, last: int) -> bool:
    """Whether the apostrophe at ``text[last]`` makes a possessive of the word before it ("Xanthes' ship"), and does
    not end a quotation."""
    if text[last - 1] not in "sxzSXZ" or not re.match(r"['’]\s+\w", text[last : last + 80]):
        return False
    marks = _QUOTES.findall(text, 0, last)
    return not (marks and marks[-1])


def _is_name(listed: str, found: str) -> bool:
    """Whether a word may be the plural of a listed one: of a name or of an abbreviation, written with its capital.
    Of other words nobody knows which the "s" is: "live" is not in "he lives"."""
    if listed == listed.lower():
        return False
    if listed == listed.upper():
        return len(listed) >= _SHORTEST or found.startswith(listed)
    return len(listed) >= _SHORTEST and (found[0].isupper() or not listed[0].isupper())


def phones_with_s(phones: Sequence[str]) -> tuple[str, ...]:
    """Phones with the sound that an "s" has behind the last of them."""
    if phones[-1] in _HISSES:
        return (*phones, "IH0", "Z")
    return (*phones, "S" if phones[-1] in _VOICELESS else "Z")


def spelling_with_s(spelling: str) -> str:
    """A spelling with an "s" that English readers say with the right sound."""
    if _SPELLED_HISS_E.search(spelling):
        return f"{spelling}s"
    if _SPELLED_HISS.search(spelling):
        return re.sub(r"d?j+$", "dge", spelling) + ("s" if spelling.endswith("j") else "es")
    return f"{spelling}'s"
