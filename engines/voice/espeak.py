"""Voices of eSpeak NG, a program of the operating system: many languages, on the CPU, with its own word and phone
timings. See docs/voices.md."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast
from xml.sax.saxutils import escape

from pydantic import BaseModel, Field, StringConstraints

from edl.errors import Broken
from edl.findings import Finding
from edl.markup import plain
from engines.contract import Does, Engine, Made, Order, Plain, Wish
from engines.media.programs import path_of, run_program, version_of
from engines.voice._espeak_voices import LANGUAGE, PACKAGE, PROGRAM, VARIANT, voice_findings, voice_of
from engines.voice._text import CODES, TextParams, unspeakable

if TYPE_CHECKING:
    from engines.media.english.script import Line, SpokenWord
    from engines.media.timings import Run
    from engines.voice._speech import Utterance

PACE = 160  # words a minute at speed 1
STRESS = ('<prosody rate="85%" pitch="+20%">', "</prosody>")  # longer and higher, as people stress a word
_LATE = 0.015  # seconds by which its events come after forced alignment
TIMEOUT = 300.0  # seconds for a portion
PORTION = 40  # lines that are spoken by one process
ROOT = Path(__file__).resolve().parents[2]
# Phonemes in IPA of more than one sign, longest first; one sign as in hibari's alphabet (engines.media.phones).
_LONGER = {
    **{"tʃ": "CH", "dʒ": "JH", "aɪ": "AY", "aʊ": "AW", "eɪ": "EY", "oʊ": "OW", "əʊ": "OW", "ɔɪ": "OY", "ɔø": "OY"},
    **{"ɜː": "ER", "ɑː": "AA", "ɔː": "AO", "oː": "AO", "iː": "IY", "uː": "UW", "əl": "AH L", "n̩": "N", "ts": "T S"},
}
_MORE = {
    "r": "R",
    "ʀ": "R",
    "ø": "ER",
    "œ": "ER",
    "ʏ": "IH",
    "ɯ": "UH",
    "ɤ": "AH",
    "ɵ": "UH",
    "ʉ": "UW",
    "ɘ": "AH",
    "ɥ": "W",
}
# What eSpeak NG calls the phones of English, for pronunciations that a project asks for.
_MNEMONICS = {
    **{"AA": "A:", "AE": "a", "AH": "V", "AO": "O:", "AW": "aU", "AY": "aI", "B": "b", "CH": "tS", "D": "d"},
    **{"DH": "D", "EH": "E", "ER": "3:", "EY": "eI", "F": "f", "G": "g", "HH": "h", "IH": "I", "IY": "i:"},
    **{"JH": "dZ", "K": "k", "L": "l", "M": "m", "N": "n", "NG": "N", "OW": "oU", "OY": "OI", "P": "p", "R": "r"},
    **{"S": "s", "SH": "S", "T": "t", "TH": "T", "UH": "U", "UW": "u:", "V": "v", "W": "w", "Y": "j", "Z": "z"},
    "ZH": "Z",
}


class EspeakParams(TextParams):
    """``language``: as eSpeak NG names it (``espeak-ng --voices``). ``variant``: ``m1`` to ``m8``, ``f1`` to ``f5`` or
    another one (``espeak-ng --voices=variant``). ``speed``: the pace, .5 slow, 2 fast. ``pitch``: 0 low, 99 high."""

    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[a-z0-9-]{1,20})?$")] = "en-us"
    variant: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9]{0,20}$")] = ""
    speed: Annotated[float, Field(ge=0.5, le=2.0)] = 1.0
    pitch: Annotated[int, Field(ge=0, le=99)] = 50

    @property
    def english(self) -> bool:
        return self.language.split("-")[0] == "en"


def check(wish: Wish, params: BaseModel) -> tuple[Finding, ...]:
    """A voice that is not there on this machine, and what it cannot say of the text."""
    own = cast(EspeakParams, params)
    return (*voice_findings(own.language, own.variant), *unspeakable(own, own.english))


def render(order: Order) -> Made:
    """Speak ``say``, sentence by sentence.

    :raises Refused: when nothing in the text has a sound
    :raises EnvironmentLacks: when eSpeak NG is not installed, or has no such voice
    """
    from engines.media.english.script import script
    from engines.voice._speech import REFERENCE, levelled, write_voice

    params = cast(EspeakParams, order.params)
    path_of(PROGRAM, PACKAGE)
    lines = script(params.say, params.pronounce, params.english)
    rate, (reference,) = _spoken(order, script(REFERENCE))
    gain = levelled(reference)
    sentences = _sentences(order, lines)

    def speak(line: Line) -> Utterance:
        spoken = next(sentences)
        return replace(spoken, samples=spoken.samples * gain)

    return write_voice(order, plain(params.say), lines, rate, params.speed, speak)


def _sentences(order: Order, lines: tuple[Line, ...]) -> Iterator[Utterance]:
    for first in range(0, len(lines), PORTION):
        yield from _spoken(order, lines[first : first + PORTION])[1]


def _spoken(order: Order, lines: tuple[Line, ...]) -> tuple[int, list[Utterance]]:
    """The sampling rate, and one utterance for each line."""
    from engines.voice._speech import substituted

    params = cast(EspeakParams, order.params)
    written = [substituted(line, _mnemonics, STRESS, _safe) for line in lines]
    asked = {
        "voice": voice_of(params.language, params.variant),
        "rate": round(PACE * params.speed),
        "pitch": params.pitch,
    }
    asked["lines"] = [text.replace("\n", " ") for text, _ in written]
    command = [sys.executable, "-m", "engines.voice._espeak"]
    told = run_program(command, order.cancelled, TIMEOUT, json.dumps(asked).encode(), str(ROOT))
    try:
        answer = json.loads(told)
    except ValueError as error:
        raise Broken("eSpeak NG gave no timings") from error
    rate = int(answer["rate"])
    told_lines = zip(lines, written, answer["lines"], strict=True)
    return rate, [_utterance(line, starts, found, rate, params.speed) for line, (_, starts), found in told_lines]


def _safe(text: str) -> str:
    """Text as SSML; double brackets would begin phonemes."""
    return escape(text.replace("[", "(").replace("]", ")"))


def _mnemonics(word: SpokenWord) -> str | None:
    """A word as phonemes, where the project says how it sounds."""
    if not word.phones:
        return None
    names = (
        ("'" if phone[-1] == "1" else "," if phone[-1] == "2" else "")
        + ("@" if phone == "AH0" else _MNEMONICS[phone.rstrip("012")])
        for phone in word.phones
    )
    return f"[[{''.join(names)}]]" + (" " if word.stressed else "")  # else the tag that follows is spoken


def _utterance(line: Line, starts: list[int], found: dict[str, Any], rate: int, speed: float) -> Utterance:
    """A line's sound with its phones; which word each belongs to is known by the places of the words."""
    from bisect import bisect_right

    import numpy as np

    from engines.voice._speech import framed

    samples = np.frombuffer(bytes.fromhex(found["samples"]), "<i2").astype(np.float32) / np.float32(32768)
    named: list[tuple[str, int, int]] = []  # a phoneme, where it begins, and the index of its word
    word = 0
    for event in found["events"]:
        if event[0] == "word":
            word = max(word, bisect_right(starts, event[1] + 1) - 1)
        else:
            named.append((event[1], max(0, event[2] - round(_LATE * rate)), word))
    runs, owners = timed(named, len(samples))
    return framed(samples, runs, owners if line.words else [], rate, speed)


def timed(named: Sequence[tuple[str, int, int]], samples: int) -> tuple[list[Run], list[int]]:
    """Phones with their owners. Phonemes that are told for the same moment (an L behind its vowel), and those that are
    several phones, share their time."""
    from engines.media.timings import Run

    runs: list[Run] = []
    owners: list[int] = []
    edges = [first for _, first, _ in named] + [samples]
    waiting: list[tuple[str, int]] = []
    begin = 0
    for at, (name, first, owner) in enumerate(named):
        begin = begin if waiting else first
        waiting += [(phone, owner) for phone in arpabet(name)]
        following = edges[at + 1]
        joins = at + 1 < len(named) and edges[at + 2] <= following and arpabet(named[at + 1][0])
        if joins or following <= begin:
            continue
        for number, (phone, whose) in enumerate(waiting):
            length = following - begin
            runs.append(
                Run(phone, begin + length * number // len(waiting), begin + length * (number + 1) // len(waiting))
            )
            owners.append(whose)
        waiting = []
    return runs, owners


def arpabet(ipa: str) -> tuple[str, ...]:
    """The phones of one phoneme of eSpeak NG; a pause has none."""
    from engines.media.phones import names

    found: list[str] = []
    at = 0
    while at < len(ipa):
        longer = next((size for size in (3, 2) if ipa[at : at + size] in _LONGER), 0)
        if longer:
            found += _LONGER[ipa[at : at + longer]].split()
            at += longer
            continue
        found += (_MORE[ipa[at]],) if ipa[at] in _MORE else names(ipa[at])
        at += 1
    return tuple(found)


ENGINE = Engine(
    name="voice/espeak",
    pixels=2,
    does=frozenset({Does.VOICE}),
    params=EspeakParams,
    open=lambda device: Plain(render),
    says="voices of eSpeak NG in many languages, where it is installed",
    check=check,
    weights=lambda params: version_of(PROGRAM),
    requires=("hibari", "numpy", "soundfile"),
    programs={PROGRAM: PACKAGE},
    codes=(*CODES, LANGUAGE, VARIANT),
    pace=0.03,
)
