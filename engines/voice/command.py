"""Any program that speaks, declared in the user's settings (:mod:`engines.media.declared`) and only named in a project.
Its words and phones are found in its sound. See docs/voices.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from shutil import which
from typing import TYPE_CHECKING, Annotated, cast

from pydantic import BaseModel, Field, StringConstraints

from edl.errors import Broken, EnvironmentLacks
from edl.findings import Code, Finding, Place, Severity
from edl.markup import plain
from edl.suggest import meant
from engines.contract import Does, Engine, Limits, Made, Order, Plain, Wish
from engines.media.declared import VoiceProgram, declared_voices
from engines.media.packages import versions
from engines.media.programs import run_program
from engines.voice._text import CODES, TextParams, unspeakable

if TYPE_CHECKING:
    from engines.media.align import Span
    from engines.media.english.script import Line
    from engines.media.timings import Run
    from engines.voice._speech import Samples, Utterance

RATE = 24_000  # of the voice, whatever the program gives
PORTION = 250  # words that a program is given at once: under two minutes, which can be aligned
SILENT = 10 ** (-60 / 20)
LONGEST = 4.0  # seconds a word, above which a sound is not that of the text

UNDECLARED = Code(
    "voice-undeclared",
    Severity.WARNING,
    "A project only names a program; which one it is stands in the settings of each machine. Here it is not declared.",
    "Declare it under voices: in your settings (docs/voices.md), render on another machine, or name another voice.",
)
PROGRAM_MISSING = Code(
    "voice-program-missing",
    Severity.WARNING,
    "The program that the settings of this machine declare for this voice is not there.",
    "Install the program, correct the first word of run: in your settings, or render on another machine.",
)


class CommandParams(TextParams):
    """``name``: of the voice in the user's settings. ``speed``: the pace, where the program takes it (``{speed}``)."""

    name: Annotated[str, StringConstraints(max_length=64)] = ""
    speed: Annotated[float, Field(ge=0.5, le=2.0)] = 1.0


def check(wish: Wish, params: BaseModel) -> tuple[Finding, ...]:
    """A voice that is not declared here, and what it cannot say."""
    own = cast(CommandParams, params)
    voices = declared_voices()
    if own.name not in voices:
        words = f"the settings of this machine declare no voice {own.name or '(params: {name: ...})'}"
        guess = meant(own.name, voices, "voice in your settings")
        return (UNDECLARED.at(Place(path="voice"), words, f"{guess} {UNDECLARED.remedy}"),)
    program = voices[own.name].run[0]
    absent = () if which(program) else (PROGRAM_MISSING.at(Place(path="voice"), _missing(own.name, program)),)
    return (*absent, *unspeakable(own, voices[own.name].english))


def weights(params: BaseModel) -> str:
    """What the declaration says, and the packages that find the words; nothing where it is not declared."""
    program = declared_voices().get(cast(CommandParams, params).name)
    return f"{program.digest}, {versions('pocketsphinx', 'hibari-tts')}" if program else ""


def render(order: Order) -> Made:
    """Let the program speak ``say`` in portions of some minutes.

    :raises EnvironmentLacks: when the voice is not declared on this machine
    :raises Broken: when the program fails, or gives silence or no sound
    :raises Refused: when nothing in the text has a sound
    """
    from engines.media.english.script import joined, script
    from engines.voice._speech import write_voice
    from engines.voice._stress import AS_SPOKEN, HIGHER, LONGER, Stress

    params = cast(CommandParams, order.params)
    program = declared_voices().get(params.name)
    if program is None:
        raise EnvironmentLacks(f"the settings of this machine declare no voice {params.name}", UNDECLARED.remedy)
    if not which(program.run[0]):
        raise EnvironmentLacks(_missing(params.name, program.run[0]), PROGRAM_MISSING.remedy)
    found = program
    lines = script(params.say, params.pronounce, program.english)
    portions = joined(lines, PORTION)
    return write_voice(
        order,
        plain(params.say),
        portions,
        RATE,
        params.speed,
        lambda line: _spoken(order, found, line, params.speed),
        Stress(LONGER * HIGHER, HIGHER) if program.english else AS_SPOKEN,
    )


def _spoken(order: Order, program: VoiceProgram, line: Line, speed: float) -> Utterance:
    from engines.voice._speech import framed, levelled

    samples = _sound(order, program, line.text, speed)
    if len(samples) > RATE * LONGEST * (len(line.words) + 2):
        raise Broken(f"{_name(program)} spoke {len(samples) / RATE:.0f} s for {len(line.words)} words")
    spoken = _timed(samples, line, program.english, speed)
    return (
        replace(spoken, samples=spoken.samples * levelled(spoken))
        if spoken.phones
        else framed(samples, (), (), RATE, 1)
    )


def _sound(order: Order, program: VoiceProgram, text: str, speed: float) -> Samples:
    """Run the program on a text and read what it gives, in mono."""
    import numpy as np

    from engines.media.sound import read_mono

    given, out = order.folder / "text.txt", order.folder / "spoken.wav"
    given.write_text(text + "\n", encoding="utf-8")
    slots = {"{text_file}": str(given), "{out}": str(out), "{speed}": f"{speed:g}"}
    command = [_filled(part, slots) for part in program.run]
    try:
        told = run_program(command, order.cancelled, program.timeout, f"{text}\n".encode(), str(order.folder))
        if not any("{out}" in part for part in program.run):
            out.write_bytes(told)
        if not out.exists() or not out.stat().st_size:
            raise Broken(f"{_name(program)} wrote no sound")
        try:
            sound = np.nan_to_num(read_mono(out, RATE))
        except Broken as error:
            raise Broken(f"{_name(program)} wrote what is no sound") from error
    finally:
        given.unlink(missing_ok=True)
        out.unlink(missing_ok=True)
    if not len(sound) or float(np.abs(sound).max()) < SILENT:
        raise Broken(f"{_name(program)} gave silence")
    return sound


def _filled(part: str, slots: dict[str, str]) -> str:
    for slot, value in slots.items():
        part = part.replace(slot, value)
    return part


def _missing(voice: str, program: str) -> str:
    return f'the voice {voice} is declared as the program "{program}", which is not installed here'


def _name(program: VoiceProgram) -> str:
    return Path(program.run[0]).name


def _timed(samples: Samples, line: Line, english: bool, speed: float) -> Utterance:
    """Phones and the words that they belong to, found in the sound."""
    from engines.media.align import RATE as HEARD
    from engines.media.align import heard_phones
    from engines.media.g2p import phones_of_word
    from engines.media.sound import resample
    from engines.media.transcript import find_words, spread
    from engines.voice._speech import framed

    heard = resample(samples, RATE, HEARD)
    phones = heard_phones(heard)
    if english:
        timed = find_words(
            heard, [word.text for word in line.words], [phones_of_word(word) for word in line.words], phones
        )
        words, phones = timed.words, timed.phones
    else:
        words = spread([tuple(word.text) for word in line.words], phones)
    runs, owners = _owned(phones, words)
    return framed(samples, runs, owners, RATE, speed)


def _owned(phones: Sequence[Span], words: Sequence[Span]) -> tuple[list[Run], list[int]]:
    """Phones as runs, each with the word in whose time its middle lies."""
    from engines.media.phones import SILENCE
    from engines.media.timings import Run

    runs: list[Run] = []
    owners: list[int] = []
    owner = 0
    for phone in phones:
        middle = (phone.start + phone.end) / 2
        while owner + 1 < len(words) and words[owner + 1].start <= middle:
            owner += 1
        if phone.name != SILENCE:
            runs.append(Run(phone.name, round(phone.start * RATE), round(phone.end * RATE)))
            owners.append(owner)
    return runs, owners


ENGINE = Engine(
    name="voice/command",
    pixels=2,
    does=frozenset({Does.VOICE}),
    params=CommandParams,
    open=lambda device: Plain(render),
    says="any program that speaks, declared in your settings",
    check=check,
    weights=weights,
    limits=Limits(deterministic=False),
    requires=("pocketsphinx", "hibari", "numpy", "soundfile"),
    codes=(*CODES, UNDECLARED, PROGRAM_MISSING),
    pace=0.3,
    patience=600.0,
)
