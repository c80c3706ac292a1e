"""Cuts out of a clean recording what belongs to a clip: from the exact sample on, at the clip's own clock."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from pydantic import JsonValue

from edl.clock import parse_rate, sample_at
from engines.contract import Does, Engine, Made, Order, Params, Plain
from engines.media.pieces import RATE

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from engines.conformer._sources import Source

    Samples = NDArray[np.float32]

BLOCK = 1 << 18
SETTLE = 1 << 12  # samples before the cut, so that the resampler has settled


class DubParams(Params):
    """``start`` is the second of the recording that belongs to the clip's first frame; the recording's clock is ``ppm``
    millionths faster than the clip's. ``frames`` at ``fps`` is the clip's length."""

    start: float = 0.0
    ppm: float = 0.0
    frames: int = 1
    fps: str = "25"


def _render(order: Order) -> Made:
    import soundfile

    from engines.conformer._convert import convert
    from engines.conformer._sources import source

    params = order.params
    assert isinstance(params, DubParams)
    spare = order.folder / "spare.w64"
    convert(order.inputs["clean"], spare, order)
    clean = source(spare)
    wanted, first = sample_at(params.frames, RATE, parse_rate(params.fps)), round(params.start * RATE)
    pieces = _resampled(clean, first, params.ppm) if params.ppm else _copied(clean, first)
    written = 0
    with soundfile.SoundFile(order.folder / "sound.wav", "w", RATE, 2, subtype="PCM_24", format="WAV") as file:
        while written < wanted:
            order.stop_if_cancelled()
            piece = next(pieces)[: wanted - written]
            file.write(piece)
            written += len(piece)
            order.progress(written / wanted, "")
    spare.unlink(missing_ok=True)
    return Made("sound.wav", {"speech": _speech(order.folder / "sound.wav")})


def _speech(path: Path) -> list[JsonValue]:
    """When somebody speaks, in seconds."""
    from engines.media.sound import read_sound
    from engines.media.speech import speech_ranges

    return [list(each) for each in speech_ranges(*read_sound(path))]


def _copied(clean: Source, first: int) -> Iterator[Samples]:
    """Samples as they are; silence beyond both ends."""
    while True:
        yield clean.read(first, BLOCK)
        first += BLOCK


def _resampled(clean: Source, first: int, ppm: float) -> Iterator[Samples]:
    """Samples at the clip's clock: one second of the clip is 1 + ppm / 1e6 seconds of the recording."""
    import soxr

    converter = soxr.ResampleStream(RATE * (1 + ppm / 1e6), RATE, 2, dtype="float32", quality="VHQ")
    skip = round(SETTLE / (1 + ppm / 1e6))
    at = first - SETTLE
    while True:
        piece = converter.resample_chunk(clean.read(at, BLOCK))
        yield piece[skip:]
        skip = max(0, skip - len(piece))
        at += BLOCK


ENGINE = Engine(
    name="conformer/dub",
    pixels=1,
    does=frozenset({Does.TOOL}),
    params=DubParams,
    open=lambda device: Plain(_render),
    says="Cuts the stretch of a clean recording that belongs to a clip",
    requires=("av", "soundfile", "soxr"),
    pace=0.01,
)
