"""How a project wants words pronounced: phones in ARPAbet, or another spelling.

pronounce:
  Hubble: HH AH1 B AH0 L      # phones, with or without the digits of stress
  Zorblatt: zor blott         # as an English reader would say this
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from edl.endings import ending, phones_with_s, spelling_with_s
from edl.findings import Finding
from edl.markup import marked, unclosed
from edl.suggest import nearest
from edl.voice_codes import EMPHASIS_OPEN, PAUSE_WRONG, PRONOUNCE_UNUSED, PRONOUNCE_WRONG
from edl.words import tokens

if TYPE_CHECKING:
    from edl.places import Places
    from edl.project import Project

CONSONANTS = frozenset(
    {
        *("B", "CH", "D", "DH", "F", "G", "HH", "JH", "K", "L", "M", "N", "NG"),
        *("P", "R", "S", "SH", "T", "TH", "V", "W", "Y", "Z", "ZH"),
    }
)
VOWELS = frozenset(("AA", "AE", "AH", "AO", "AW", "AY", "EH", "ER", "EY", "IH", "IY", "OW", "OY", "UH", "UW"))
_PHONE = re.compile(r"([A-Z]+)([0-2])?$")
_SPELLING = re.compile(r"[^\W\d_](?:[^\W\d_]|[\u0300-\u036f'’ -])*$")


def phones_of(value: str) -> tuple[str, ...]:
    """The phones of a pronunciation, digits of stress kept (``AH1``); none where it is a spelling.

    :raises ValueError: when it is neither
    """
    parts = value.split()
    if (len(parts) > 1 and value == value.upper()) or _is_phone(value.strip()):
        strange = [part for part in parts if not _is_phone(part)]
        if strange:
            raise ValueError(f"{strange[0]} is no phone of ARPAbet")
        if not any(part.rstrip("012") in VOWELS for part in parts):
            raise ValueError("no phone of it is a vowel")
        return tuple(parts)
    if all(map(_is_phone, value.upper().split())) and (len(parts) > 2 or (len(parts) > 1 and re.search(r"\d", value))):
        raise ValueError(f'phones are written in capitals. Did you mean "{value.upper()}"?')
    if not _SPELLING.match(value.strip()):
        raise ValueError("it is not made of letters")
    return ()


def _is_phone(part: str) -> bool:
    match = _PHONE.match(part)
    return match is not None and (match[1] in VOWELS or (match[1] in CONSONANTS and match[2] is None))


def list_of(project: Project, who: str) -> dict[str, str]:
    """How a person pronounces words: as the project says, unless the cast says otherwise. Of a word that stands in both
    lists, however it is written there, the person's entry counts."""
    member = project.cast.get(who)
    if member is None or not member.pronounce:
        return dict(project.pronounce)
    own = set(map(_names, member.pronounce))
    return {
        **{word: value for word, value in project.pronounce.items() if _names(word) not in own},
        **member.pronounce,
    }


def wanted_in(say: str, pronounce: Mapping[str, str]) -> dict[str, str]:
    """The part of a list that a text needs. Words are compared without case and punctuation; one that stands there
    with the "s" of a plural or possessive is given so, with the sound of that.

    :raises ValueError: when a value is neither phones nor a spelling
    """
    text = marked(say).text
    listed = {_names(word) for word in pronounce}
    found: dict[str, str] = {}
    for word, value in sorted(pronounce.items()):
        for end in sorted(set(_endings(text, word))):
            form = f"{word[: tokens(word)[-1][2]]}{end}" if end else word
            if end in ("", "'") or _names(form) not in listed:
                found[form] = _with_ending(value.strip(), end)
    return found


def _names(word: str) -> tuple[str, ...]:
    return tuple(name for name, _, _ in tokens(word))


def _endings(text: str, word: str) -> Iterator[str]:
    """The endings with which a word stands in a text."""
    *before, (base, begin, stop) = tokens(word)
    names, said = [name for name, _, _ in before], tokens(text)
    for at, (folded, first, last) in enumerate(said[len(names) :]):
        if folded.startswith(base) and [name for name, _, _ in said[at : at + len(names)]] == names:
            end = ending(word[begin:stop], text, first, last)
            if end is not None:
                yield end


def _with_ending(value: str, end: str) -> str:
    if not end:
        return value
    phones = phones_of(value)
    return " ".join(phones_with_s(phones)) if phones else spelling_with_s(value)


def speech_findings(project: Project, places: Places) -> Iterator[Finding]:
    """What is wrong with marks of speech and with the lists of pronunciations."""
    from edl.project import Spoken

    spoken = [segment for segment in project.segments if isinstance(segment, Spoken)]
    said = [(segment.id, segment.say) for segment in spoken if segment.say]
    for name, say in said:
        for written, why in marked(say).wrong:
            yield PAUSE_WRONG.at(places.of(name, "say"), f'"{written}" in "{name}": {why}')
        for opened in unclosed(say):
            yield EMPHASIS_OPEN.at(places.of(name, "say"), f'"{opened}" in "{name}" opens an emphasis that never ends')
    yield from _list_findings(project.pronounce, "pronounce", [say for _, say in said], "this project", places)
    for who, member in project.cast.items():
        texts = [segment.say for segment in spoken if segment.say and segment.who == who]
        yield from _list_findings(member.pronounce, f"cast.{who}.pronounce", texts, who, places)


def _list_findings(
    pronounce: Mapping[str, str], path: str, texts: list[str], whose: str, places: Places
) -> Iterator[Finding]:
    """What is wrong with one list.

    :param texts: those that it is for
    """
    words = [say[first:last] for say in texts for _, first, last in tokens(say)]
    for word, value in pronounce.items():
        place = places.at(f"{path}.{word}")
        try:
            phones_of(value)
        except ValueError as error:
            yield PRONOUNCE_WRONG.at(place, f'"{value}" for "{word}": {error}')
        if not any(True for say in texts for _ in _endings(marked(say).text, word)):
            guess = nearest(word, words)
            meant = f'Did you mean "{guess}"?' if guess else ""
            yield PRONOUNCE_UNUSED.at(place, f'"{word}" is in no text of {whose}', meant)
