"""A recording as the voice: any sound file becomes mono PCM with word and phone timings. See docs/voices.md."""

from __future__ import annotations

from difflib import SequenceMatcher
from fractions import Fraction
from typing import TYPE_CHECKING, cast

from edl.errors import Broken, Refused
from edl.words import tokens
from engines.contract import Does, Engine, Limits, Made, Order, Params, Plain

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from engines.media.align import Aligned, Span, Spelled
    from engines.media.timings import Run

    Samples = NDArray[np.float32]

MEDIA = "voice.wav"
RATES = range(16_000, 48_001)
OTHER_RATE = 48_000
SILENT = 10 ** (-60 / 20)  # peak below which a file holds no voice
_SAME_WORD = 0.6  # likeness of two pronunciations of one word
_AGREEMENT = 0.2  # share of the speech in which the alignment must name the phone that is heard without a text


class RecordingParams(Params):
    """``say`` is the transcript; without it there are phones but no words."""

    say: str = ""


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

    say = cast(RecordingParams, order.params).say
    sound, rate = _voice(order)
    order.progress(0.1, "read")
    order.stop_if_cancelled()
    write_wav(order.folder / MEDIA, sound, rate)
    heard = resample(sound, rate, RATE)
    phones = recognise_phones(heard) or speech(heard)
    order.progress(0.5, "phones")
    order.stop_if_cancelled()
    found = _aligned(heard, say, phones) if tokens(say) else None
    order.stop_if_cancelled()
    words, phones = (found.words, found.phones) if found else (_spread(say, phones), phones)
    facts = facts_of(say, _runs(words, rate, len(sound)), _runs(phones, rate, len(sound)), len(sound), rate)
    save(facts, order.folder)
    order.progress(1.0, "")
    return Made(MEDIA, {"voice": facts.model_dump(mode="json"), "timing": "aligned" if found else "rough"})


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


def _aligned(heard: Samples, say: str, phones: tuple[Span, ...]) -> Aligned | None:
    """The alignment of the transcript; None where it fails, or where other phones are heard than it says: a
    wrong transcript aligns, too."""
    from engines.media.align import Aligned, Span, agreement, align

    spelled = _spelled(say)
    found = align(heard, [word for word in spelled if word])
    if found is None or agreement(found.phones, phones) < _AGREEMENT:
        return None
    spans = iter(found.words)
    words: list[Span] = []
    for word in spelled:
        before = words[-1].end if words else 0.0
        words.append(next(spans) if word else Span("", before, before))
    return Aligned(tuple(words), found.phones)


def _spelled(say: str) -> list[Spelled | None]:
    """Each word of the transcript as the aligner wants it; None for a word without a sound.

    The dictionary knows several pronunciations of a word, so it is preferred where it means the same; numbers,
    abbreviations and unknown words are spelled as the phonemizer reads them in this sentence.
    """
    from engines.media.align import Spelled, dictionary
    from engines.media.g2p import read_words

    written = [say[first:last].lower().replace("’", "'") for _, first, last in tokens(say)]
    listed = dictionary(written)
    return [
        Spelled(word) if word in listed and _same(listed[word], phones) else Spelled(word, phones) if phones else None
        for word, phones in zip(written, read_words(say), strict=True)
    ]


def _same(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    return SequenceMatcher(None, one, other, autojunk=False).ratio() >= _SAME_WORD


def _spread(say: str, phones: tuple[Span, ...]) -> tuple[Span, ...]:
    """Words one after the other over the time in which there is speech, each by its number of phones."""
    from engines.media.align import Span
    from engines.media.g2p import read_words
    from engines.media.phones import SILENCE

    weights = [max(1, len(word)) for word in read_words(say)]
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
    pixels=1,
    does=frozenset({Does.VOICE}),
    params=RecordingParams,
    open=lambda device: Plain(render),
    says="a recording as the voice, timed by its transcript or by the sound alone",
    limits=Limits(silent=False),
    requires=("pocketsphinx", "hibari"),
    pace=0.1,
)
