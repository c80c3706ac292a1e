"""Marks of speech in what is said: pauses and emphasis. Voices follow them, captions do not show them.

Every coastline starts [pause 400ms] as a *single* still.

``[pause 400ms]`` is a silence of that length between two words, ``*word*`` is said with emphasis. Anything else stands
for itself: ``[sic]``, ``5 * 3``, a lone asterisk.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from edl.clock import parse_time

LONGEST = 10.0  # seconds of one pause
_MARK = re.compile(r"(?P<pause>[ \t]*\[\s*pause\b(?P<length>[^\[\]\n]*)\])|(?P<star>\*)", re.IGNORECASE)
_EMPHASIS = re.compile(
    r"(?<![\w*])\*(?![\s*])(?:(?:(?!\n[ \t]*\n)[^*])*[^*\s])\*(?![\w*])"
)  # across a line, not a paragraph
_OPEN = re.compile(r"(?<![\w*])\*+(?=[^\W\d_])[^\s*]+\**")


@dataclass(frozen=True)
class Pause:
    """A silence of ``seconds`` at ``text[place]``."""

    place: int
    seconds: float


@dataclass(frozen=True)
class Marked:
    """A text without its marks, and what they ask for. ``stressed`` are spans ``text[first:last]``; ``wrong`` are
    pauses as written that cannot be read, each with what is wrong."""

    text: str
    pauses: tuple[Pause, ...] = ()
    stressed: tuple[tuple[int, int], ...] = ()
    wrong: tuple[tuple[str, str], ...] = ()


@lru_cache(maxsize=1024)  # plans are made again and again
def marked(say: str) -> Marked:
    """Read the marks of a text. A text without marks is left as it is."""
    stars = {at for found in _EMPHASIS.finditer(say) for at in (found.start(), found.end() - 1)}
    text, done, opened = "", 0, -1
    pauses: list[Pause] = []
    stressed: list[tuple[int, int]] = []
    wrong: list[tuple[str, str]] = []
    for mark in _MARK.finditer(say):
        if mark["star"] and mark.start() not in stars:
            continue
        text += say[done : mark.start()]
        done = mark.end()
        if mark["pause"] and text[-1:].isalnum() and say[done : done + 1].isalnum():
            text += " "
        if mark["star"]:
            opened, closed = (len(text), -1) if opened < 0 else (-1, opened)
            stressed += [(closed, len(text))] if closed >= 0 else []
            continue
        try:
            pauses.append(Pause(len(text), _seconds(mark["length"])))
        except ValueError as error:
            wrong.append((mark["pause"].strip(), str(error)))
    return Marked(text + say[done:], tuple(pauses), tuple(stressed), tuple(wrong))


def unclosed(say: str) -> tuple[str, ...]:
    """What looks like a mark of emphasis and is none: ``*word`` that nothing closes, ``**word**``."""
    stars = {found.start() for found in _EMPHASIS.finditer(say)}
    return tuple(found.group() for found in _OPEN.finditer(say) if found.start() not in stars)


def plain(say: str) -> str:
    """A text without its marks."""
    return marked(say).text


def _seconds(written: str) -> float:
    if not written.strip():
        raise ValueError("it has no length")
    time = parse_time(written.strip())
    if time.frames or time.clock:
        raise ValueError("a voice knows no frames")
    if not 0 < time.seconds <= LONGEST:
        raise ValueError(f"a pause is longer than nothing and {LONGEST:g} s at most")
    return float(time.seconds)
