"""Mixes the programme's sound on one sample clock: voices on their frames, music under them, loudness and peak as
delivered."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, ConfigDict, Field

from edl.clock import parse_rate
from edl.errors import Broken
from engines.contract import Does, Engine, Made, Order, Params, Plain

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from engines.conformer._sources import Loop, Span

    Samples = NDArray[np.float32]

BLOCK_SECONDS = 4
MOST_GAIN = 40.0  # dB; what is quieter than that is noise
NEAR = 0.1  # LU
TRIES = 4
HEADROOM = 0.3  # dB left for the sound codec, whose output peaks a little higher than its input
LAST_FADE = 0.5  # seconds over which music ends
SHORTEST_BED = 0.5  # seconds; less is no music to repeat


class Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Voice(Part):
    """A sound on the programme: from ``frame`` on, at most ``frames`` long, beginning ``skip`` frames into the file.
    Music steps back where ``speech`` is heard."""

    input: str
    frame: int = 0
    frames: int | None = None
    skip: int = 0
    gain: float = 0.0
    speech: bool = True


class Bed(Part):
    """Music under the whole programme; ``duck`` is how many dB it steps back under speech."""

    input: str
    gain: float = 0.0
    duck: float = 0.0


class MixParams(Params):
    """``loudness`` in LUFS, integrated (None leaves it as it is); ``peak`` is the highest true peak in dBTP; ``frames``
    at ``fps`` is the programme's length."""

    loudness: float | None = -16.0
    peak: Annotated[float, Field(le=0)] = -1.0
    voices: tuple[Voice, ...] = ()
    music: tuple[Bed, ...] = ()
    fps: str = "25"
    frames: int = 1


def _render(order: Order) -> Made:
    from engines.conformer._sources import samples_of
    from engines.media.loudness import decibels

    params = order.params
    assert isinstance(params, MixParams)
    samples = samples_of(params.frames, parse_rate(params.fps))
    raw = order.folder / "raw.wav"
    target = order.folder / "mix.wav"
    loudness = _write_raw(order, params, samples, raw)
    master = _Mastering(order, raw, target, samples, 10 ** ((params.peak - HEADROOM) / 20))
    gain = 0.0
    if params.loudness is not None and loudness is not None:
        gain = min(MOST_GAIN, params.loudness - loudness)
    for _ in range(TRIES):
        reached, peak = master.write(gain)
        if params.loudness is None or reached is None or abs(params.loudness - reached) <= NEAR:
            break
        if gain >= MOST_GAIN:
            break
        gain = min(MOST_GAIN, gain + params.loudness - reached)  # what the limiter took away
    for spare in order.folder.iterdir():
        if spare != target:
            spare.unlink()
    return Made(target.name, {"loudness": _round(reached), "peak": _round(decibels(peak)), "gain": _round(gain)})


def _round(value: float | None) -> float | None:
    return None if value is None else round(value, 2)


def _spans(order: Order, params: MixParams) -> list[tuple[Span, bool]]:
    """Every voice on the programme's sample clock, and whether it is speech."""
    from engines.conformer._sources import Span, samples_of, source

    fps = parse_rate(params.fps)
    ready = {
        name: source(order.inputs[name], order.folder / f"{number}.wav")
        for number, name in enumerate(dict.fromkeys(voice.input for voice in params.voices))
    }
    spans = []
    for voice in params.voices:
        sound = ready[voice.input]
        start, skip = samples_of(voice.frame, fps), samples_of(voice.skip, fps)
        end = start + max(0, sound.samples - skip)
        if voice.frames is not None:
            end = min(end, samples_of(voice.frame + voice.frames, fps))
        spans.append((Span(sound, start, end, skip, 10 ** (voice.gain / 20)), voice.speech))
    return spans


def _write_raw(order: Order, params: MixParams, samples: int, raw: Path) -> float | None:
    """Write the sum of everything, before loudness; returns its loudness."""
    import soundfile

    from engines.media.loudness import RATE, LoudnessMeter

    meter = LoudnessMeter()
    with soundfile.SoundFile(raw, "w", RATE, 2, subtype="FLOAT", format="W64") as file:
        for done, block in _summed(order, params, samples):
            meter.add(block)
            file.write(block)
            order.progress(0.5 * done / max(1, samples), "mixing")
    return meter.integrated()


def _summed(order: Order, params: MixParams, samples: int) -> Iterator[tuple[int, Samples]]:
    import numpy as np

    from engines.conformer._duck import HOP, speaking
    from engines.conformer._sources import RATE

    spans = _spans(order, params)
    down = speaking([span for span, speech in spans if speech], samples) if params.music else np.zeros(1, np.float32)
    hops = np.arange(len(down)) * HOP
    beds = [(_loop(order, bed, number), bed.duck) for number, bed in enumerate(params.music)]
    size = BLOCK_SECONDS * RATE
    for start in range(0, samples, size):
        order.stop_if_cancelled()
        count = min(size, samples - start)
        block = np.zeros((count, 2), np.float32)
        for span, _ in spans:
            if span.reach[0] < start + count and span.reach[1] > start:
                block += span.read(start, count)
        at = np.arange(start, start + count)
        last = np.sin(np.clip((samples - at) / (LAST_FADE * RATE), 0, 1) * np.pi / 2)
        for loop, duck in beds:
            step_back = 10 ** (-duck / 20 * np.interp(at, hops, down)) * last
            block += (loop.read(start, count) * step_back[:, None]).astype(np.float32)
        yield start + count, block


def _loop(order: Order, bed: Bed, number: int) -> Loop:
    from engines.conformer._sources import RATE, Loop, source

    music = source(order.inputs[bed.input], order.folder / f"bed{number}.wav")
    if music.samples < SHORTEST_BED * RATE:
        raise Broken(f"{order.inputs[bed.input].name} is too short to be music: {music.samples / RATE:.2f} s")
    return Loop(music, 10 ** (bed.gain / 20))


class _Mastering:
    """Writes the mix with a gain, limited; reading the raw sum block by block with the limiter's context."""

    def __init__(self, order: Order, raw: Path, target: Path, samples: int, ceiling: float) -> None:
        self._order, self._raw, self._target = order, raw, target
        self._samples, self._ceiling = samples, ceiling

    def write(self, gain: float) -> tuple[float | None, float]:
        """Write the file; returns its loudness in LUFS and its true peak as a factor."""
        import soundfile

        from engines.conformer._sources import Source
        from engines.media.loudness import CONTEXT, RATE, LoudnessMeter, PeakMeter, limited

        meter, peaks, factor = LoudnessMeter(), PeakMeter(), 10 ** (gain / 20)
        raw = Source(self._raw, self._samples)
        size = BLOCK_SECONDS * RATE
        with soundfile.SoundFile(self._target, "w", RATE, 2, subtype="PCM_24", format="WAV") as file:
            for start in range(0, self._samples, size):
                self._order.stop_if_cancelled()
                count = min(size, self._samples - start)
                wide = raw.read(start - CONTEXT, count + 2 * CONTEXT) * factor
                block = limited(wide.astype("float32"), self._ceiling)
                meter.add(block)
                peaks.add(block)
                file.write(block)
                self._order.progress(0.5 + 0.5 * (start + count) / self._samples, "mastering")
        return meter.integrated(), peaks.peak()


ENGINE = Engine(
    name="conformer/mix",
    pixels=1,
    does=frozenset({Does.TOOL}),
    params=MixParams,
    open=lambda device: Plain(_render),
    says="Mixes voices and music on one sample clock",
    requires=("soundfile", "soxr", "scipy", "av"),
    pace=0.05,
)
