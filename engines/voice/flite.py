"""Voices of flite (Carnegie Mellon University), a program of the operating system: English, on the CPU, with its own
phone timings. See docs/voices.md."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal, cast

from pydantic import BaseModel, Field

from edl.errors import Broken, EnvironmentLacks
from edl.findings import Code, Finding, Place, Severity
from edl.markup import plain
from edl.suggest import meant
from engines.contract import Does, Engine, Made, Order, Plain, Wish
from engines.media.programs import path_of, run_program, told_by, version_of
from engines.voice._text import CODES, TextParams, check_english

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from engines.media.english.script import Line, SpokenWord
    from engines.media.timings import Run
    from engines.voice._speech import Utterance

PROGRAM = PACKAGE = "flite"
RATE = 16_000
TIMEOUT = 120.0  # seconds a sentence
STRESS = ('<prosody rate="0.785">', "</prosody>")  # long enough to be raised (engines.voice._stress)
_BEHIND = re.compile(r"(</prosody>)([^\w\s<]+)")  # a comma behind a tag would be no pause
_ARPABET = {"AX": "AH", "AXR": "ER", "IX": "IH", "DX": "T", "EL": "L", "EM": "M", "EN": "N", "NX": "N", "UX": "UW"}
_SYLLABLES = ("ba", "be", "bi", "bo", "bu", "da", "de", "di", "do", "du")  # what cannot be pronounced flite spells
_PLAINER = {"’": "'", "‘": "'", "“": '"', "”": '"', "–": ",", "—": ",", "…": "..."}
_SILENCES = frozenset(("PAU", "SSIL", "BRTH"))


VOICE = Code(
    "flite-voice",
    Severity.WARNING,
    "The flite that is installed here was built without this voice; it would speak with another one instead.",
    "Name one that `flite -lv` lists, or install the flite of Debian, which has all five.",
)


class FliteParams(TextParams):
    """``name``: which voice. ``speed`` is the pace: .5 slow, 2 fast. ``pitch``: mean pitch in Hz, the voice's own where
    left out."""

    name: Literal["slt", "rms", "awb", "kal", "kal16"] = "rms"
    speed: Annotated[float, Field(ge=0.5, le=2.0)] = 1.0
    pitch: Annotated[int, Field(ge=60, le=400)] | None = None


def check(wish: Wish, params: BaseModel) -> tuple[Finding, ...]:
    """A voice that is not there on this machine, and what it cannot say of the text."""
    return (*_absent(cast(FliteParams, params).name), *check_english(wish, params))


def _absent(name: str) -> tuple[Finding, ...]:
    """What there is to say of a voice that the installed program lacks."""
    there = told_by(PROGRAM, "-lv").partition(":")[2].split()
    if not there or name in there:
        return ()
    return (VOICE.at(Place(path="params.name"), f"flite here has no voice {name}", meant(name, there, "voice")),)


def render(order: Order) -> Made:
    """Speak ``say``, sentence by sentence, one process for each.

    :raises Refused: when nothing in the text has a sound
    :raises EnvironmentLacks: when flite is not installed, or has no such voice
    """
    from dataclasses import replace

    from engines.media.english.script import script
    from engines.voice._speech import REFERENCE, levelled, write_voice
    from engines.voice._stress import HIGHER, Stress

    params = cast(FliteParams, order.params)
    lines = script(params.say, params.pronounce)
    speaker = _Speaker(order, params, lines)
    gain = levelled(speaker.speak(script(REFERENCE)[0]))

    def speak(line: Line) -> Utterance:
        spoken = speaker.speak(line)
        return replace(spoken, samples=spoken.samples * gain)

    return write_voice(order, plain(params.say), lines, RATE, params.speed, speak, Stress(higher=HIGHER))


class _Speaker:
    """flite with one voice. Words outside its dictionary go to it with their phones, under names of their own."""

    def __init__(self, order: Order, params: FliteParams, lines: tuple[Line, ...]) -> None:
        from engines.media.align import dictionary
        from engines.media.english.script import script
        from engines.voice._speech import REFERENCE

        self._order, self._params = order, params
        self._program = path_of(PROGRAM, PACKAGE)
        for finding in _absent(params.name):
            raise EnvironmentLacks(finding.message, finding.remedy)
        written = {
            word.text.casefold().replace("’", "'") for line in (*lines, *script(REFERENCE)) for word in line.words
        }
        self._listed = frozenset(dictionary(sorted(written)))

    def speak(self, line: Line) -> Utterance:
        """One sentence; it is empty when nothing in it has a sound."""
        from engines.voice._speech import framed, substituted

        added: dict[str, str] = {}
        stressed = any(word.stressed for word in line.words)
        text, _ = substituted(line, lambda word: self._added(word, added), STRESS, _tagless if stressed else _ascii)
        folder = self._order.folder
        sound, lexicon = folder / "sentence.wav", folder / "lexicon.txt"
        lexicon.write_text("".join(f"{name} : {phones}\n" for name, phones in added.items()), encoding="ascii")
        try:
            shown = run_program(
                [
                    *self._command(lexicon if added else None),
                    "-psdur",
                    *(("-ssml",) if stressed else ()),
                    "-t",
                    _BEHIND.sub(r"\2\1", text),
                    "-o",
                    str(sound),
                ],
                self._order.cancelled,
                TIMEOUT,
            )
            samples = _read(sound)
        finally:
            sound.unlink(missing_ok=True)
            lexicon.unlink(missing_ok=True)
        return framed(samples, timed(shown.decode("ascii", "replace")), (), RATE, self._params.speed)

    def _command(self, lexicon: Path | None) -> list[str]:
        params = self._params
        command = [self._program, "-voice", params.name, "--setf", f"duration_stretch={1 / params.speed:.4f}"]
        if params.pitch is not None:
            command += ["--setf", f"int_f0_target_mean={params.pitch}"]
        return command + (["-add_lex", str(lexicon)] if lexicon else [])

    def _added(self, word: SpokenWord, added: dict[str, str]) -> str | None:
        """The name under which a word goes to flite with its phones; None where flite knows it."""
        from engines.media.g2p import phonemizer
        from engines.media.phones import with_stress

        spelled = word.text.casefold().replace("’", "'")
        if not word.phones and (spelled in self._listed or len(word.text) == 1 or word.text.isupper()):
            return None
        phones = word.phones or with_stress(phonemizer()(word.text))
        if not phones:
            return None
        name = "zoda" + "".join(_SYLLABLES[int(digit)] for digit in str(len(added))) + "num"
        added[name] = " ".join("ax0" if phone == "AH0" else phone.lower().replace("2", "1") for phone in phones)
        return name


def _ascii(text: str) -> str:
    """flite reads ASCII: accents are dropped, quotation marks and dashes become plain ones."""
    import unicodedata

    plainer = "".join(_PLAINER.get(sign, sign) for sign in text)
    return unicodedata.normalize("NFKD", plainer).encode("ascii", "ignore").decode("ascii")


def _tagless(text: str) -> str:
    """Text for flite's SSML, in which these signs stand for themselves and would take a pause with them."""
    return _ascii(text).translate({ord('"'): "", ord(";"): ",", **dict.fromkeys(map(ord, "<>&/"), " ")})


def timed(shown: str) -> tuple[Run, ...]:
    """The phones that flite prints as ``hh:0.233 ax:0.282``, each with the second at which it ends; pauses are gaps."""
    from engines.media.timings import Run

    runs: list[Run] = []
    before = 0
    for name, end in re.findall(r"(?<!\S)([a-z]{1,4}):(\d+\.\d+)(?!\S)", shown):
        last, phone = round(float(end) * RATE), name.upper()
        if phone not in _SILENCES and last > before:
            runs.append(Run(_ARPABET.get(phone, phone), before, last))
        before = last
    return tuple(runs)


def _read(path: Path) -> NDArray[np.float32]:
    from engines.media.sound import read_mono

    if not path.exists() or not path.stat().st_size:
        raise Broken("flite wrote no sound")
    return read_mono(path, RATE)


ENGINE = Engine(
    name="voice/flite",
    pixels=2,
    does=frozenset({Does.VOICE}),
    params=FliteParams,
    open=lambda device: Plain(render),
    says="English voices of flite, where it is installed: slt (female), rms, awb, kal, kal16 (male)",
    check=check,
    weights=lambda params: version_of(PROGRAM),
    requires=("pocketsphinx", "hibari", "numpy", "soundfile"),
    programs={PROGRAM: PACKAGE},
    codes=(*CODES, VOICE),
    pace=0.15,
)
