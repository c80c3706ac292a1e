"""A sound file, or the sound of a video, as two channels at 48 kHz: all of it or a stretch. Music, room tone and
footage become tracks once; pieces of the programme read them anywhere."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from engines.contract import Does, Engine, Made, Order, Params, Plain
from engines.media.pieces import RATE

if TYPE_CHECKING:
    from pathlib import Path


class TrackParams(Params):
    """``since``: where in the file, in seconds of the picture (a fraction as text), and so many ``samples``; without
    these the whole file. ``speech``: find where somebody speaks."""

    since: str | None = None
    samples: int | None = None
    speech: bool = False


def _render(order: Order) -> Made:
    import soundfile

    from engines.conformer._convert import convert
    from engines.media.speech import speech_ranges

    params, path = order.params, order.inputs["file"]
    assert isinstance(params, TrackParams)
    target = order.folder / "track.w64"
    if params.since is not None and params.samples is not None:
        _stretch(path, Fraction(params.since), params.samples, target)
    else:
        convert(path, target, order)
    facts: dict[str, int | list[list[float]]] = {"samples": soundfile.info(target).frames}
    if params.speech:
        heard, _ = soundfile.read(target, dtype="float32", always_2d=True)
        facts["speech"] = [list(each) for each in speech_ranges(heard, RATE)]
    return Made(target.name, facts)  # type: ignore[arg-type]


def _stretch(path: Path, since: Fraction, samples: int, target: Path) -> None:
    from engines.media.probe import measure_tempo
    from engines.media.range import sound_range
    from engines.media.sound import write_float

    write_float(target, sound_range(path, measure_tempo(path).start + since, samples, RATE), RATE)


ENGINE = Engine(
    name="conformer/track",
    pixels=1,
    does=frozenset({Does.TOOL}),
    params=TrackParams,
    open=lambda device: Plain(_render),
    says="Brings a sound file, or the sound of a video, to two channels at 48 kHz",
    requires=("av", "soundfile", "soxr", "pocketsphinx"),
    pace=2.0,
)
