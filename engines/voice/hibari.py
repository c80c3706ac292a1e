"""The embedded English voice: hibari (Apache-2.0), 24 kHz, with exact word and phone timings. See docs/voices.md."""

from __future__ import annotations

import hashlib
import unicodedata
from collections.abc import Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from typing import TYPE_CHECKING, Annotated, cast

from pydantic import BaseModel, Field

from edl.errors import Broken, Refused
from edl.findings import Code, Finding, Place, Severity
from edl.words import tokens
from engines.contract import Does, Engine, Made, Order, Params, Wish

if TYPE_CHECKING:
    from engines.media.timings import Run
    from engines.voice._hibari import Model

MEDIA = "voice.wav"

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


class HibariParams(Params):
    """``say`` comes from the segment. ``speed`` is the pace: .5 slow, 2 fast."""

    say: str = ""
    speed: Annotated[float, Field(ge=0.5, le=2.0)] = 1.0


def check(wish: Wish, params: BaseModel) -> tuple[Finding, ...]:
    """Words that this voice cannot say."""
    return tuple(_complaints(cast(HibariParams, params).say))


def _complaints(say: str) -> Iterator[Finding]:
    place = Place(path="say")
    words = tokens(say)
    if not words:
        yield NOTHING_TO_SAY.at(place, f"nothing to say in {say.strip()[:40]!r}")
        return
    foreign = [say[first:last] for _, first, last in words if not _readable(say[first:last])]
    if foreign:
        yield OTHER_SCRIPT.at(place, f"not in Latin letters: {_listed(foreign)}")
    signs = [sign for sign in say if unicodedata.category(sign) in ("So", "Co", "Cn") and sign not in "°©®™"]
    if signs:
        yield UNSAID.at(place, f"left out: {_listed(signs)}")


@cache
def _latin(sign: str) -> bool:
    letter = unicodedata.category(sign) in ("Lu", "Ll", "Lt", "Lo")
    return not letter or "LATIN" in unicodedata.name(unicodedata.normalize("NFKC", sign)[0], "")


def _readable(word: str) -> bool:
    return all(_latin(sign) for sign in word)


def _listed(found: list[str]) -> str:
    different = list(dict.fromkeys(found))
    return ", ".join(different[:5]) + (f" and {len(different) - 5} more" if len(different) > 5 else "")


class _Session:
    """A loaded model."""

    def __init__(self) -> None:
        from engines.voice._hibari import Model

        self._model: Model | None = Model()

    def render(self, order: Order) -> Made:
        """Speak ``say``, sentence by sentence.

        :raises Refused: when nothing in the text has a sound
        :raises Cancelled: between sentences, when the run is to stop
        """
        import numpy as np
        import soundfile

        from engines.media.g2p import sentences
        from engines.media.timings import facts_of, save
        from engines.voice._hibari import RATE

        params = cast(HibariParams, order.params)
        words: list[Run] = []
        phones: list[Run] = []
        samples = 0
        spans = sentences(params.say)
        with soundfile.SoundFile(order.folder / MEDIA, "w", RATE, 1, "PCM_16", format="WAV") as file:
            for number, (first, last) in enumerate(spans, 1):
                order.stop_if_cancelled()
                spoken = self._loaded().speak(params.say[first:last], params.speed)
                words += [run.later(samples) for run in _words(params.say[first:last], spoken.phones)]
                phones += [run.later(samples) for run in spoken.phones]
                file.write(np.clip(spoken.samples, -1.0, 1.0))
                samples += len(spoken.samples)
                order.progress(number / len(spans), f"sentence {number} of {len(spans)}")
        if not phones:
            raise Refused(f"the voice has no sound for {params.say.strip()[:60]!r}")
        facts = facts_of(params.say, words, phones, samples, RATE)
        save(facts, order.folder)
        return Made(MEDIA, {"voice": facts.model_dump(mode="json")})

    def close(self) -> None:
        self._model = None

    def _loaded(self) -> Model:
        if self._model is None:
            raise Broken("this session is closed")
        return self._model


def _words(sentence: str, phones: tuple[Run, ...]) -> list[Run]:
    """The run of each written word of a sentence."""
    from engines.media.g2p import word_owners
    from engines.media.timings import words_from

    written = [sentence[first:last] for _, first, last in tokens(sentence)]
    owned = word_owners([phone.name for phone in phones], written)
    return words_from(owned, phones if owned else (), len(written), phones[0].first if phones else 0)


@cache
def weights() -> str:
    """A digest of hibari's model, dictionaries and code, from the digests that its package records."""
    try:
        record = distribution("hibari-tts").read_text("RECORD") or ""
    except PackageNotFoundError:
        return ""
    lines = sorted(line for line in record.splitlines() if line.startswith("hibari/") and "sha256=" in line)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


ENGINE = Engine(
    name="voice/hibari",
    pixels=1,
    does=frozenset({Does.VOICE}),
    params=HibariParams,
    open=lambda device: _Session(),
    says="English speech synthesis on the CPU, with exact word and phone timings",
    check=check,
    weights=lambda params: weights(),
    requires=("hibari", "onnxruntime"),
    codes=(NOTHING_TO_SAY, OTHER_SCRIPT, UNSAID),
    pace=0.03,
    session=lambda params: "hibari",
)
