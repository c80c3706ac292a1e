"""Cuts the exact sound of one animator part out of a voice: the part's own samples, silence before and after."""

from __future__ import annotations

from fractions import Fraction

from edl.clock import parse_rate, sample_at
from edl.errors import Broken
from edl.facts import Phone, VoiceFacts, Word
from engines.contract import Does, Engine, Made, Order, Params, Plain

SILENCE = "SIL"


class CueParams(Params):
    """All in delivery frames: silence before the voice begins in the take, where in the take this part begins, and
    how long it is; ``fps`` as the project writes it."""

    lead: int = 0
    first: int = 0
    frames: int = 1
    fps: str = "25"


def _render(order: Order) -> Made:
    import numpy as np
    import soundfile

    params = order.params
    assert isinstance(params, CueParams)
    fps = parse_rate(params.fps)
    facts = VoiceFacts.model_validate_json(order.inputs["timings"].read_bytes())
    try:
        voice, rate = soundfile.read(order.inputs["voice"], dtype="int16", always_2d=True)
    except soundfile.LibsndfileError as error:
        raise Broken(f"the voice cannot be read: {error}") from error
    if voice.shape[1] != 1 or rate != facts.rate or len(voice) != facts.samples:
        raise Broken(
            f"the voice has {len(voice)} samples at {rate} Hz in {voice.shape[1]} channels, "
            f"its timings say {facts.samples} at {facts.rate} Hz in 1"
        )
    begin, end = (sample_at(frame, rate, fps) for frame in (params.first, params.first + params.frames))
    at = sample_at(params.lead, rate, fps) - begin  # of the voice's first sample, in the piece
    piece = np.zeros(end - begin, np.int16)
    heard = voice[max(0, -at) : max(0, len(piece) - at), 0]
    piece[max(0, at) : max(0, at) + len(heard)] = heard
    soundfile.write(order.folder / "sound.wav", piece, rate, subtype="PCM_16")
    cut = _cut(facts, Fraction(at, rate), len(piece))
    (order.folder / "timings.json").write_text(cut.model_dump_json(), encoding="utf-8")
    return Made("sound.wav", {"voice": cut.model_dump(mode="json")})


def _cut(facts: VoiceFacts, shift: Fraction, samples: int) -> VoiceFacts:
    """Timings moved by ``shift`` seconds and clipped to the piece; phones fill it, with silence in between."""
    length = samples / facts.rate
    words = tuple(
        word.model_copy(update=_clipped(word, shift, length)) for word in facts.words if _inside(word, shift, length)
    )
    phones: list[Phone] = []
    for phone in facts.phones:
        if _inside(phone, shift, length):
            _extend(phones, phone.model_copy(update=_clipped(phone, shift, length)))
    _extend(phones, Phone(name=SILENCE, start=length, end=length))
    return VoiceFacts(samples=samples, rate=facts.rate, words=words, phones=tuple(phones))


def _inside(sounding: Word | Phone, shift: Fraction, length: float) -> bool:
    return sounding.end + float(shift) > 0 and sounding.start + float(shift) < length


def _clipped(sounding: Word | Phone, shift: Fraction, length: float) -> dict[str, float]:
    start, end = (round(moment + float(shift), 6) for moment in (sounding.start, sounding.end))
    return {"start": max(0.0, start), "end": min(length, end)}


def _extend(phones: list[Phone], phone: Phone) -> None:
    """Append a phone, with silence up to its start; silences that touch become one."""
    reached = phones[-1].end if phones else 0.0
    if phone.start > reached:
        _extend(phones, Phone(name=SILENCE, start=reached, end=phone.start))
    if phones and phones[-1].name == phone.name == SILENCE:
        phones[-1] = phones[-1].model_copy(update={"end": phone.end})
    elif phone.end > phone.start:
        phones.append(phone)


ENGINE = Engine(
    name="conformer/cue",
    pixels=1,
    does=frozenset({Does.TOOL}),
    params=CueParams,
    open=lambda device: Plain(_render),
    says="Cuts the exact sound of one part out of a voice",
    requires=("soundfile",),
    pace=0.001,
)
