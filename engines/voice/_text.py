"""What every voice that reads a text is asked, and what it has to say about a text before it speaks."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from functools import cache

from pydantic import BaseModel

from edl.findings import Code, Finding, Place, Severity
from edl.markup import plain
from edl.words import tokens
from engines.contract import Params, Wish
from engines.media.english.tables import SIGNS

NOTHING_TO_SAY = Code(
    "voice-nothing-to-say",
    Severity.ERROR,
    "the text holds no letter and no digit, so there is nothing that a voice could say",
    "write words, or take the segment out",
)
OTHER_SCRIPT = Code(
    "voice-other-script",
    Severity.REFUSED,
    "the voice reads English; it spells or skips letters of other scripts",
    "write the words in Latin letters, use a recording (audio:), or name another voice",
)
UNSAID = Code(
    "voice-unsaid",
    Severity.WARNING,
    "the voice has no reading for these signs and leaves them out",
    "write them as words if they are to be heard",
)
READ = frozenset("®™−|~¬") | frozenset(SIGNS)  # said, or only a separator
CODES = (NOTHING_TO_SAY, OTHER_SCRIPT, UNSAID)


class TextParams(Params):
    """``say`` comes from the segment, ``pronounce`` from the project: only the words that the text holds."""

    say: str = ""
    pronounce: tuple[tuple[str, str], ...] = ()


def check_english(wish: Wish, params: BaseModel) -> tuple[Finding, ...]:
    """What an English voice cannot say of a text."""
    return unspeakable(params, english=True) if isinstance(params, TextParams) else ()


def unspeakable(params: TextParams, english: bool) -> tuple[Finding, ...]:
    """What a voice cannot say of a text: of other languages than English nobody here knows the letters."""
    say = plain(params.say)
    return (*_nothing_to_say(say), *(_foreign(say) if english else ()), *_unsaid_signs(say))


def _nothing_to_say(say: str) -> Iterator[Finding]:
    """A text without a word."""
    if not tokens(say):
        yield NOTHING_TO_SAY.at(Place(path="say"), f"nothing to say in {say.strip()[:40]!r}")


def _foreign(say: str) -> Iterator[Finding]:
    foreign = [say[first:last] for _, first, last in tokens(say) if not all(map(_latin, say[first:last]))]
    if foreign:
        yield OTHER_SCRIPT.at(Place(path="say"), f"not in Latin letters: {_listed(foreign)}")


def _unsaid_signs(say: str) -> Iterator[Finding]:
    """Emoji, signs of mathematics and others without a reading."""
    signs = [sign for sign in say if unicodedata.category(sign) in ("So", "Sm", "Co", "Cn") and sign not in READ]
    if signs and tokens(say):
        yield UNSAID.at(Place(path="say"), f"left out: {_listed(signs)}")


@cache
def _latin(sign: str) -> bool:
    letter = unicodedata.category(sign) in ("Lu", "Ll", "Lt", "Lo")
    return not letter or "LATIN" in unicodedata.name(unicodedata.normalize("NFKC", sign)[0], "")


def _listed(found: list[str]) -> str:
    different = list(dict.fromkeys(found))
    return ", ".join(different[:5]) + (f" and {len(different) - 5} more" if len(different) > 5 else "")
