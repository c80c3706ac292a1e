"""A recording as the voice: any sound file becomes mono PCM with word and phone timings. See docs/voices.md."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from edl.errors import Broken, Refused
from edl.markup import plain
from edl.words import tokens
from engines.contract import Does, Engine, Limits, Made, Order, Params, Plain
from engines.media.packages import versions

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from engines.media.align import Span
    from engines.media.timings import Run

    Samples = NDArray[np.float32]

MEDIA = "voice.wav"
RATES = range(16_000, 48_001)
OTHER_RATE = 48_000
SILENT = 10 ** (-60 / 20)  # peak below which a file holds no voice


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
    from engines.media.align import RATE, heard_phones
    from engines.media.g2p import read_words
    from engines.media.sound import resample, write_wav
    from engines.media.timings import facts_of, save
    from engines.media.transcript import Timed, find_words

    params = cast(RecordingParams, order.params)
    say = plain(params.say)
    sound, rate = _voice(order)
    order.progress(0.1, "read")
    order.stop_if_cancelled()
    write_wav(order.folder / MEDIA, sound, rate)
    heard = resample(sound, rate, RATE)
    phones = heard_phones(heard)
    order.progress(0.5, "phones")
    order.stop_if_cancelled()
    timed = Timed((), phones, False)
    if written := [say[first:last] for _, first, last in tokens(say)]:
        timed = find_words(heard, written, read_words(params.say, params.pronounce), phones)
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
