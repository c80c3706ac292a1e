"""A recording as the voice: any sound file becomes mono PCM with word and phone timings. See docs/voices.md."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from fractions import Fraction
from typing import TYPE_CHECKING, cast

from edl.errors import Broken, Refused
from edl.markup import plain
from edl.words import tokens
from engines.contract import Does, Engine, Limits, Made, Order, Params, Plain
from engines.media.packages import versions

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from engines.media.align import Span, Spelled
    from engines.media.timings import Run

    Samples = NDArray[np.float32]

MEDIA = "voice.wav"
RATES = range(16_000, 48_001)
OTHER_RATE = 48_000
SILENT = 10 ** (-60 / 20)  # peak below which a file holds no voice
_SAME_WORD = 0.6  # likeness of two pronunciations of one word
# Share of the speech in which the alignment names the phone that is heard without a text. Measured: right transcript
# .5 to .7 (.3 in noise at 15 dB), wrong one 0 to .11, three words too many .2 to .4.
_SURE, _POSSIBLE = 0.45, 0.2
_SIMILAR = 0.35  # share of heard phones that a nearly right transcript explains; wrong ones reach .3


_LARGEST_MATCH = 60_000_000  # cells of the table: 240 MB, about ten minutes of speech


@dataclass(frozen=True)
class _Timed:
    """Timings of a recording; ``aligned`` where the transcript was found in it."""

    words: tuple[Span, ...]
    phones: tuple[Span, ...]
    aligned: bool


class RecordingParams(Params):
    """``say`` is the transcript; without it there are phones but no words. ``pronounce`` comes from the project."""

    say: str = ""
    pronounce: tuple[tuple[str, str], ...] = ()


def render(order: Order) -> Made:
    """Write ``voice.wav`` and ``timings.json``.

    The manifest says how the timings came about: ``aligned`` with the transcript, or ``rough`` (from the sound alone,
    with the words spread over the speech).

    :raises Broken: when the file cannot be read
    :raises Refused: when it holds no sound or nothing but silence
    """
    from engines.media.align import RATE, recognise_phones, speech
    from engines.media.sound import resample, write_wav
    from engines.media.timings import facts_of, save

    params = cast(RecordingParams, order.params)
    say = plain(params.say)
    sound, rate = _voice(order)
    order.progress(0.1, "read")
    order.stop_if_cancelled()
    write_wav(order.folder / MEDIA, sound, rate)
    heard = resample(sound, rate, RATE)
    phones = recognise_phones(heard) or speech(heard)
    order.progress(0.5, "phones")
    order.stop_if_cancelled()
    timed = _timed(heard, params, phones) if tokens(say) else _Timed((), phones, False)
    order.stop_if_cancelled()
    facts = facts_of(say, _runs(timed.words, rate, len(sound)), _runs(timed.phones, rate, len(sound)), len(sound), rate)
    save(facts, order.folder)
    order.progress(1.0, "")
    return Made(MEDIA, {"voice": facts.model_dump(mode="json"), "timing": "aligned" if timed.aligned else "rough"})


def _voice(order: Order) -> tuple[Samples, int]:
    """The recording in mono, and its rate."""
    import numpy as np

    from engines.media.sound import read_sound, resample, to_mono

    path = order.inputs["audio"]
    if not path.stat().st_size:
        raise Broken(f"{path.name} is empty")
    samples, rate = read_sound(path)
    sound = np.nan_to_num(to_mono(samples))
    if not len(sound):
        raise Refused(f"{path.name} holds no samples")
    if float(np.abs(sound).max()) < SILENT:
        raise Refused(f"{path.name} is silent: there is no voice in it")
    if rate not in RATES:
        sound, rate = resample(sound, rate, OTHER_RATE), OTHER_RATE
    return sound, rate


def _runs(spans: tuple[Span, ...], rate: int, samples: int) -> list[Run]:
    """Seconds to whole samples."""
    from engines.media.timings import Run

    return [Run(span.name, *(min(samples, round(edge * rate)) for edge in (span.start, span.end))) for span in spans]


def _timed(heard: Samples, params: RecordingParams, phones: tuple[Span, ...]) -> _Timed:
    """Forced alignment where it agrees with what is heard (a wrong transcript aligns, too); else each word where its
    phones are heard; else the words spread over the speech."""
    from engines.media.align import agreement, align
    from engines.media.g2p import read_words

    read = read_words(params.say, params.pronounce)
    spelled = _spelled(plain(params.say), read)
    found = align(heard, [word for word in spelled if word])
    agreed = agreement(found.phones, phones) if found else 0.0
    if not found or agreed < _SURE:
        words = _heard(read, phones)
        if words:
            return _Timed(words, phones, False)
    if not found or agreed < _POSSIBLE:
        return _Timed(_spread(read, phones), phones, False)
    spans = iter(found.words)
    return _Timed(_in_between([next(spans) if word else None for word in spelled]), found.phones, True)


def _in_between(words: list[Span | None]) -> tuple[Span, ...]:
    """Words that were not found are placed where the one before them ends."""
    from engines.media.align import Span

    placed: list[Span] = []
    for word in words:
        before = placed[-1].end if placed else 0.0
        placed.append(word or Span("", before, before))
    return tuple(placed)


def _spelled(say: str, read: list[tuple[str, ...]]) -> list[Spelled | None]:
    """Each word of the transcript as the aligner wants it; None for a word without a sound.

    The dictionary knows several pronunciations of a word, so it is preferred where it means the same; numbers,
    abbreviations and unknown words are spelled as the phonemizer reads them in this sentence.
    """
    from engines.media.align import Spelled, dictionary

    written = [say[first:last].lower().replace("’", "'") for _, first, last in tokens(say)]
    listed = dictionary(written)
    return [
        Spelled(word) if word in listed and _same(listed[word], phones) else Spelled(word, phones) if phones else None
        for word, phones in zip(written, read, strict=True)
    ]


def _same(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    return SequenceMatcher(None, one, other, autojunk=False).ratio() >= _SAME_WORD


def _heard(read: list[tuple[str, ...]], phones: tuple[Span, ...]) -> tuple[Span, ...]:
    """Each word from the first to the last of its phones that is heard; empty where the transcript is another text.
    Words too many and words left out do no harm."""
    from engines.media.align import Span
    from engines.media.phones import SILENCE, match

    spoken = [phone for phone in phones if phone.name != SILENCE]
    wanted = [(name, word) for word, names in enumerate(read) for name in names]
    if not wanted or len(spoken) * len(wanted) > _LARGEST_MATCH:
        return ()
    found: list[Span | None] = [None] * len(read)
    equal = 0
    for phone, at in zip(spoken, match([phone.name for phone in spoken], [name for name, _ in wanted]), strict=True):
        if at is None:
            continue
        name, word = wanted[at]
        equal += name == phone.name
        before = found[word]
        found[word] = Span("", before.start if before else phone.start, phone.end)
    return _in_between(found) if equal >= _SIMILAR * max(len(spoken), len(wanted)) else ()


def _spread(read: list[tuple[str, ...]], phones: tuple[Span, ...]) -> tuple[Span, ...]:
    """Words one after the other over the time in which there is speech, each by its number of phones."""
    from engines.media.align import Span
    from engines.media.phones import SILENCE

    weights = [max(1, len(word)) for word in read]
    spoken = [phone for phone in phones if phone.name != SILENCE] or list(phones)
    total = sum((Fraction(phone.end - phone.start) for phone in spoken), Fraction(0))
    words, done = [], 0
    for weight in weights:
        first, last = (total * share / sum(weights) for share in (done, done + weight))
        words.append(Span("", _moment(spoken, first, late=True), _moment(spoken, last, late=False)))
        done += weight
    return tuple(words)


def _moment(spoken: list[Span], passed: Fraction, late: bool) -> float:
    """The time at which so much speech has passed; at a pause its end (``late``) or its beginning."""
    for at, phone in enumerate(spoken):
        length = Fraction(phone.end - phone.start)
        if passed < length or (passed == length and (not late or at + 1 == len(spoken))):
            return phone.start + float(passed)
        passed -= length
    return spoken[-1].end


ENGINE = Engine(
    name="voice/recording",
    pixels=2,
    does=frozenset({Does.VOICE}),
    params=RecordingParams,
    open=lambda device: Plain(render),
    says="a recording as the voice, timed by its transcript or by the sound alone",
    needs={"audio": ("sound",)},
    weights=lambda params: versions("pocketsphinx", "hibari-tts"),
    limits=Limits(hears=True),
    requires=("pocketsphinx", "hibari"),
    pace=0.15,
)
