"""When each word and phone of a recording sounds: pocketsphinx (BSD) with its own English model.

Three ways, best first: forced alignment of a known text; phones without a text ("allphone"); nothing but energy.
Times are in whole frames of 10 ms. Every call makes a decoder of its own (0.3 s), because a decoder adapts to what it
heard before and two runs would differ.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise, product
from typing import TYPE_CHECKING, Any

from edl.errors import EnvironmentLacks
from engines.kernels import one_compiles
from engines.media.phones import SILENCE, VOWELS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Samples = NDArray[np.float32]

RATE = 16_000
FRAME = 0.01  # seconds
BEAMS = (1e-80, 1e-48, 1e-120)  # 1e-80 aligned all that was tried; wider ones take gigabytes on long sounds
LONGEST = 240  # seconds that are aligned at once; scores overflow somewhere above three minutes
_FLOOR = 10 ** (-78 / 20)  # about two steps of 16 bit
_FILLERS = ("<", "[", "+")


@dataclass(frozen=True)
class Spelled:
    """One word to align. Without ``phones`` the dictionary's pronunciations are used."""

    text: str
    phones: tuple[str, ...] = ()


@dataclass(frozen=True)
class Span:
    """Something that sounds from ``start`` to ``end`` (seconds)."""

    name: str
    start: float
    end: float


@dataclass(frozen=True)
class Aligned:
    """``words`` has one span for each word that was asked for; ``phones`` include silences."""

    words: tuple[Span, ...]
    phones: tuple[Span, ...]


def align(samples: Samples, words: Sequence[Spelled]) -> Aligned | None:
    """Align a known text with its sound.

    :param samples: float32, shape (n,), at 16 kHz
    :return: None where the sound does not hold these words, or is longer than four minutes
    """
    if not words or not RATE // 10 <= len(samples) <= LONGEST * RATE:
        return None
    rough: Aligned | None = None
    for pcm, beam in product((_pcm(samples), _pcm(_over_noise(samples))), BEAMS):
        try:
            found, by_words = _align(pcm, words, beam)
        except RuntimeError:  # pocketsphinx: the final result does not match the grammar, or a score overflowed
            continue
        if found and not by_words:
            return found
        rough = rough or found  # None: it gave up before the last word
    return rough


def recognise_phones(samples: Samples) -> tuple[Span, ...]:
    """Phones without a text, rough, silences included.

    :param samples: float32, shape (n,), at 16 kHz
    """
    from pocketsphinx import get_model_path

    if len(samples) < RATE // 10:
        return ()
    decoder = _decoder(allphone=get_model_path("en-us/en-us-phone.lm.bin"), lw=2.0, beam=1e-20, pbeam=1e-20)
    try:
        _decode(decoder, _pcm(samples))
        segments = list(decoder.seg() or ())
    except RuntimeError:
        return ()
    return tuple(_span(_phone(item.word), item.start_frame, item.end_frame + 1) for item in segments)


def heard_phones(samples: Samples) -> tuple[Span, ...]:
    """Phones without a text; where the recogniser hears silence alone, an open vowel wherever there is sound."""
    phones = recognise_phones(samples)
    return phones if any(phone.name != SILENCE for phone in phones) else speech(samples)


def _align(pcm: bytes, words: Sequence[Spelled], beam: float) -> tuple[Aligned | None, bool]:
    """What was found, and whether phones are only divided by words."""
    decoder = _decoder(lm=None, beam=beam, wbeam=beam**0.75, pbeam=beam)
    for number, word in enumerate(words):
        _add(decoder, f"w{number}", word)
    decoder.set_align_text(" ".join(f"w{number}" for number in range(len(words))))
    _decode(decoder, pcm)
    heard = [(item.word, item.start_frame, item.end_frame + 1) for item in decoder.seg() or ()]
    decoder.set_alignment()
    try:
        _decode(decoder, pcm)
    except RuntimeError:  # its search for phones breaks off at times, with synthetic voices above all: the words stand
        return _by_words(decoder, heard, words), True
    spans: list[Span] = []
    phones: list[Span] = []
    for item in decoder.get_alignment():  # to be read in one go: the entries die when the iterator moves on
        phones += [_span(_phone(phone.name), phone.start, phone.start + phone.duration) for phone in item]
        if not item.name.startswith(_FILLERS):
            spans.append(_span(words[len(spans)].text, item.start, item.start + item.duration))
    return (Aligned(tuple(spans), tuple(phones)) if len(spans) == len(words) else None), False


def _by_words(decoder: Any, heard: Sequence[tuple[str, int, int]], words: Sequence[Spelled]) -> Aligned | None:
    """Words as they were found, each divided among its phones, a vowel longer than a consonant."""
    spans: list[Span] = []
    phones: list[Span] = []
    for key, first, last in heard:
        if key.startswith((*_FILLERS, "(")):
            phones.append(_span(SILENCE, first, last))
            continue
        names = (decoder.lookup_word(key) or "").split()
        shares = [0.0, *accumulate(1.5 if name in VOWELS else 1.0 for name in names)]
        edges = [(first + (last - first) * share / max(1.0, shares[-1])) * FRAME for share in shares]
        phones += [Span(name, *edge) for name, edge in zip(names, pairwise(edges), strict=True)]
        spans.append(_span(words[min(len(spans), len(words) - 1)].text, first, last))
    return Aligned(tuple(spans), tuple(phones)) if len(spans) == len(words) else None


def _add(decoder: Any, key: str, word: Spelled) -> None:
    """Teach the decoder a word under a key of its own, in all its pronunciations."""
    for number, phones in enumerate([" ".join(word.phones)] if word.phones else _variants(decoder, word.text), 1):
        decoder.add_word(key if number == 1 else f"{key}({number})", phones, False)


def _variants(decoder: Any, word: str) -> Iterator[str]:
    """The dictionary's pronunciations of a word: those of ``every`` and ``every(2)``."""
    number, phones = 1, decoder.lookup_word(word)
    while phones:
        yield phones
        number += 1
        phones = decoder.lookup_word(f"{word}({number})")


def agreement(one: Sequence[Span], other: Sequence[Span]) -> float:
    """The share of the speech (in either) in which both name the same phone, 0 to 1.

    An alignment of the right text against :func:`recognise_phones` reached .7 (clean) and .3 (noise at 15 dB), one
    of a wrong text .0 to .11.
    """
    import numpy as np

    frames = 1 + max((round(span.end / FRAME) for span in (*one, *other)), default=0)
    names = [np.full(frames, SILENCE, dtype="U3") for _ in range(2)]
    for spans, track in zip((one, other), names, strict=True):
        for span in spans:
            track[round(span.start / FRAME) : round(span.end / FRAME)] = span.name
    spoken = (names[0] != SILENCE) | (names[1] != SILENCE)
    return float(np.mean(names[0][spoken] == names[1][spoken])) if spoken.any() else 0.0


def dictionary(words: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Those of these words (lower case) that the dictionary holds, each with its first pronunciation."""
    decoder = _decoder(lm=None)
    found = {word: decoder.lookup_word(word) for word in words}
    return {word: tuple(phones.split()) for word, phones in found.items() if phones}


def speech(samples: Samples) -> tuple[Span, ...]:
    """Where there is sound at all: stretches within 35 dB of the loudest 25 ms, gaps under .2 s bridged.

    An open vowel stands for whatever is said there. The last resort where no recogniser finds a phone.
    """
    window = RATE // 40
    with one_compiles():
        import librosa

        intervals = librosa.effects.split(samples, top_db=35, frame_length=window, hop_length=window)
    spans: list[Span] = []
    for start, end in (intervals / RATE).tolist():
        begin = spans.pop().start if spans and start - spans[-1].end < 0.2 else start
        spans.append(Span("AH", begin, min(end, len(samples) / RATE)))
    return tuple(spans)


def _decoder(**settings: Any) -> Any:
    try:
        from pocketsphinx import Decoder
    except ImportError as error:
        raise EnvironmentLacks("pocketsphinx is not installed", remedy="pip install pocketsphinx==5.1.1") from error
    return Decoder(samprate=RATE, loglevel="FATAL", **settings)


def _decode(decoder: Any, pcm: bytes) -> None:
    decoder.start_utt()
    decoder.process_raw(pcm, full_utt=True)
    decoder.end_utt()


def _pcm(samples: Samples) -> bytes:
    import numpy as np

    pcm: bytes = (np.clip(samples, -1.0, 1.0) * 32767.0).astype("<i2").tobytes()
    return pcm


def _over_noise(samples: Samples) -> Samples:
    """A sound over a floor of noise, always the same: pure silence, as programs make it, has no spectrum, and the
    search for phones breaks off there."""
    import numpy as np

    return samples + np.random.default_rng(1).normal(0.0, _FLOOR, len(samples)).astype(np.float32)


def _span(name: str, first: int, last: int) -> Span:
    return Span(name, first * FRAME, last * FRAME)


def _phone(name: str) -> str:
    """Fillers (breath, noise, silence) count as silence."""
    return SILENCE if name.startswith("+") or name == SILENCE else name
