"""From spoken sentences to a voice: what is the same for every engine that speaks a text.

An engine speaks one line after the other; here pauses and emphasis are worked in, words get their times, and
``voice.wav`` and ``timings.json`` are written.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import soundfile
from numpy.typing import NDArray

from edl.errors import Refused
from engines.contract import Made, Order
from engines.media.english.script import Line, SpokenWord
from engines.media.g2p import spoken_owners
from engines.media.timings import Run, facts_of, save, words_from
from engines.voice._stress import AS_SPOKEN, Stress, stressed

Samples = NDArray[np.float32]

MEDIA = "voice.wav"
HEAD, TAIL = 0.10, 0.25  # seconds of silence around a sentence at speed 1: 350 ms between two
REFERENCE = "The quick brown fox jumps over the lazy dog."  # its loudness sets the level of another voice
LEVEL = 10 ** (-25.5 / 20)  # RMS of the speech of voice/hibari
_FADE = 0.01  # seconds


@dataclass(frozen=True)
class Utterance:
    """One sentence: float32 samples that begin and end at zero, and its phones; gaps are pauses. ``owners`` has for
    each phone the index of its word in the line, where the engine knows it."""

    samples: Samples
    phones: tuple[Run, ...]
    owners: tuple[int, ...] = ()


def write_voice(
    order: Order,
    text: str,
    lines: Sequence[Line],
    rate: int,
    speed: float,
    speak: Callable[[Line], Utterance],
    stress: Stress = AS_SPOKEN,
) -> Made:
    """Speak line after line, so that a text of any length needs no more memory than its longest sentence.

    :param text: as captions show it
    :param stress: of a stressed word, what the voice does not do itself
    :raises Refused: when nothing in the text has a sound
    :raises Cancelled: between sentences, when the run is to stop
    """
    words: list[Run] = []
    phones: list[Run] = []
    samples = 0
    with soundfile.SoundFile(order.folder / MEDIA, "w", rate, 1, "PCM_16", format="WAV") as file:
        for number, line in enumerate(lines, 1):
            order.stop_if_cancelled()
            spoken = shaped(speak(line), line, rate, speed, stress)
            words += [run.later(samples) for run in written_words(line, spoken)]
            phones += [run.later(samples) for run in spoken.phones]
            file.write(np.clip(spoken.samples, -1.0, 1.0))
            samples += len(spoken.samples)
            order.progress(number / len(lines), f"sentence {number} of {len(lines)}")
    if not phones:
        raise Refused(f"the voice has no sound for {text.strip()[:60]!r}")
    facts = facts_of(text, words, phones, samples, rate)
    save(facts, order.folder)
    return Made(MEDIA, {"voice": facts.model_dump(mode="json")})


def shaped(spoken: Utterance, line: Line, rate: int, speed: float, stress: Stress) -> Utterance:
    """A sentence with its owners known, its stressed words heard as such and its pauses as long as they are to be."""
    known = spoken.owners or tuple(spoken_owners(line, [phone.name for phone in spoken.phones]))
    spoken = replace(spoken, phones=spoken.phones if known else (), owners=known)
    spoken = stressed(spoken, tuple(word.stressed for word in line.words), rate, stress)
    for before, seconds in reversed(line.pauses):
        spoken = _paused(spoken, before, round(seconds * rate), round(HEAD * rate / speed))
    return spoken


def written_words(line: Line, spoken: Utterance) -> list[Run]:
    """The run of each written word of a line."""
    first, last = line.written
    owners = [line.words[owner].owner - first for owner in spoken.owners]
    return words_from(owners, spoken.phones, last - first, spoken.phones[0].first if spoken.phones else 0)


def substituted(
    line: Line,
    other: Callable[[SpokenWord], str | None],
    stressed: tuple[str, str] = ("", ""),
    safe: Callable[[str], str] = str,
) -> tuple[str, list[int]]:
    """A line with some words written otherwise, and where each of its words begins then.

    :param stressed: what stands before and behind a word that is said with emphasis
    :param safe: what becomes of all that is not written otherwise
    """
    text, done = "", 0
    starts: list[int] = []
    for word in line.words:
        before, behind = stressed if word.stressed else ("", "")
        text += safe(line.text[done : word.first]) + before
        starts.append(len(text))
        text += (other(word) or safe(word.text)) + behind
        done = word.last
    return text + safe(line.text[done:]), starts


def framed(samples: Samples, phones: Sequence[Run], owners: Sequence[int], rate: int, speed: float) -> Utterance:
    """A sentence with 100 ms of silence before and 250 ms after it (at speed 1)."""
    if not phones:
        return Utterance(np.zeros(0, np.float32), ())
    begin, end = phones[0].first - round(HEAD * rate / speed), phones[-1].last + round(TAIL * rate / speed)
    inside = faded(samples[max(begin, 0) : min(end, len(samples))], rate)
    cut = np.zeros(end - begin, np.float32)
    cut[max(-begin, 0) : max(-begin, 0) + len(inside)] = inside
    return Utterance(cut, tuple(phone.later(-begin) for phone in phones), tuple(owners))


def levelled(spoken: Utterance) -> float:
    """The factor that brings the speech of a sentence to the level of the embedded voice, without clipping."""
    voiced = np.concatenate([spoken.samples[phone.first : phone.last] for phone in spoken.phones])
    loudness = float(np.sqrt(np.mean(voiced.astype(np.float64) ** 2))) if len(voiced) else 0.0
    peak = float(np.abs(spoken.samples).max(initial=0.0))
    return min(LEVEL / loudness, 0.9 / peak) if loudness else 1.0


def _paused(spoken: Utterance, before: int, wanted: int, head: int) -> Utterance:
    """The silence before a word (behind the last one: with the head of what follows) made ``wanted`` samples long."""
    at = next((at for at, owner in enumerate(spoken.owners) if owner >= before), len(spoken.phones))
    if at == len(spoken.phones):
        end = spoken.phones[-1].last if spoken.phones else 0
        quiet = np.zeros(max(wanted - head, 0), np.float32)
        return replace(spoken, samples=np.concatenate([spoken.samples[:end], _tail(spoken.samples[end:], len(quiet))]))
    begin, end = (spoken.phones[at - 1].last if at else 0), spoken.phones[at].first
    change = wanted - (end - begin)
    kept = min(end - begin, wanted)  # the sound of the gap: breath and decay, its middle cut where there is too much
    left = kept // 2
    parts = [
        spoken.samples[: begin + left],
        np.zeros(max(change, 0), np.float32),
        spoken.samples[end - (kept - left) :],
    ]
    phones = (*spoken.phones[:at], *(run.later(change) for run in spoken.phones[at:]))
    return replace(spoken, samples=np.concatenate(parts), phones=phones)


def _tail(samples: Samples, length: int) -> Samples:
    tail = np.zeros(length, np.float32)
    kept = samples[:length].copy()
    ramp = np.linspace(1.0, 0.0, min(len(kept), 240), dtype=np.float32)
    kept[len(kept) - len(ramp) :] *= ramp
    tail[: len(kept)] = kept
    return tail


def faded(samples: Samples, rate: int) -> Samples:
    """Samples whose first and last 10 ms rise from and fall to zero."""
    window = np.ones(len(samples), np.float32)
    ramp = np.linspace(0.0, 1.0, min(int(_FADE * rate), len(samples) // 2), dtype=np.float32)
    window[: len(ramp)] = ramp
    window[len(samples) - len(ramp) :] = ramp[::-1]
    return np.asarray(samples * window, np.float32)
