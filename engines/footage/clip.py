"""Footage that exists already: the wanted range of a file at delivery size and rate, with its sound.

Frames are chosen by their time stamps, so a variable rate keeps its timing. The picture is turned upright, cropped
around its centre and scaled, never stretched; interlaced lines are interpolated; colours come through the matrix and
range of the file, high dynamic range is mapped to standard range.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from typing import TYPE_CHECKING

from pydantic import BaseModel

from edl.clock import Time
from edl.errors import Broken
from edl.fields import Moment
from edl.findings import Code, Finding, Place, Severity
from engines.contract import Does, Engine, Made, Order, Params, Plain, Wish

if TYPE_CHECKING:
    from edl.facts import InputFacts
    from engines.media.probe import Tempo

SOUND = "sound.w64"

TOO_SHORT = Code(
    "footage-too-short",
    Severity.ERROR,
    "the file ends before the segment does, and nothing is made up for what is missing",
    "shorten duration, or start earlier with in",
)
DAMAGED = Code(
    "footage-damaged",
    Severity.REFUSED,
    "this part of the file cannot be decoded, and nothing is made up for what is missing",
    "use an undamaged copy, or show another part of it with in and duration; with allow: [footage-damaged] all else is "
    "made, and render --partial shows a slate in its place",
)


class ClipParams(Params):
    """``in_`` is where in the file the clip begins. A clip that follows a voice begins at ``shift`` seconds of the file
    instead, at the nearest frame, and runs at a clock that is ``clock`` millionths faster than the film's."""

    in_: Moment = Time()
    shift: float | None = None
    clock: float = 0.0


def _render(order: Order) -> Made:
    from engines.media.container import open_media, picture_stream, sound_stream
    from engines.media.frames import Fitter, shown_at
    from engines.media.probe import measure_tempo
    from engines.media.sink import FrameSink, mezzanine_format

    native, path, start = order.shape(), order.inputs["file"], _start(order)
    tempo = measure_tempo(path)
    _check_length(order, tempo, start)
    with open_media(path) as container:
        aspect = picture_stream(container, path).sample_aspect_ratio
        has_sound = sound_stream(container) is not None
    planar = mezzanine_format(native.width, native.height, native.alpha) == "yuv420p"
    fitter = Fitter(native.width, native.height, "yuv420p" if planar else "rgb24", aspect)
    last, pixels = None, None
    with FrameSink(order) as sink:
        write = sink.write_planes if planar else sink.write
        for frame in shown_at(path, tempo, _moments(order, tempo, start)):
            if frame is not last or pixels is None:
                last, pixels = frame, fitter.fit(frame)
            write(pixels)
    if not has_sound:
        return sink.made()
    return sink.made(sound=SOUND, speech=_write_sound(order, tempo.start + start))


def _start(order: Order) -> Fraction:
    params = order.params
    assert isinstance(params, ClipParams)
    if params.shift is not None:
        return Fraction(params.shift).limit_denominator(1_000_000)
    return params.in_.exact(order.shape().fps) / order.shape().fps


def _moments(order: Order, tempo: Tempo, start: Fraction) -> Iterator[Fraction]:
    """When in the file each frame lies. One that follows a voice may come half a frame early or late, never a whole
    one late."""
    params, native = order.params, order.shape()
    assert isinstance(params, ClipParams)
    pace = 1 + Fraction(params.clock).limit_denominator(1000) / 1_000_000
    nearest = Fraction(0) if params.shift is None else 1 / (2 * tempo.fps)
    return (max(Fraction(0), start + count * pace / native.fps + nearest) for count in range(native.frames))


def _check_length(order: Order, tempo: Tempo, start: Fraction) -> None:
    native = order.shape()
    if start < -max(1 / native.fps, 1 / tempo.fps):
        raise Broken(f"{order.inputs['file'].name} begins {float(-start):.3f} s after the voice that it is to show")
    if start + native.seconds > tempo.seconds + max(1 / native.fps, 1 / tempo.fps):
        raise Broken(
            f"{order.inputs['file'].name} is {float(tempo.seconds):.3f} s long, "
            f"the clip needs it up to {float(start + native.seconds):.3f} s"
        )


def _write_sound(order: Order, since: Fraction) -> list[list[float]]:
    """Write the sound from ``since`` (time stamp in seconds) on, one exact length, aligned on the first frame; says
    when somebody speaks in it."""
    from edl.clock import sample_at
    from engines.media.range import sound_range
    from engines.media.sound import write_float
    from engines.media.speech import speech_ranges

    native, rate = order.shape(), 48_000
    samples = sample_at(native.frames, rate, native.fps)
    heard = sound_range(order.inputs["file"], since, samples, rate)
    write_float(order.folder / SOUND, heard, rate)
    return [list(each) for each in speech_ranges(heard, rate)]


def _check(wish: Wish, params: BaseModel) -> tuple[Finding, ...]:
    assert isinstance(params, ClipParams)
    facts = wish.facts.get("file")
    if facts is None or facts.footage is None:
        return ()
    fps = wish.delivery.fps
    begin = params.in_.exact(fps) / fps + wish.start
    needed = begin + wish.seconds
    footage = facts.footage
    end, frame = Fraction(footage.seconds), max(1 / fps, 1 / Fraction(footage.fps))
    if begin < end and needed <= end + frame:
        return tuple(_damaged(facts, float(begin), float(needed)))
    message = f"the file is {footage.seconds:.2f} s long, the clip needs it up to {float(needed):.2f} s"
    return (TOO_SHORT.at(Place(path="file"), message),)


def _damaged(facts: InputFacts, begin: float, end: float) -> Iterator[Finding]:
    """The damaged stretches in what is shown."""
    met = facts.damage.within(begin, end) if facts.damage else ()
    if met:
        where = " and ".join(f"{first:.2f} to {last:.2f} s" for first, last in met)
        message = f"the file is damaged at {where}, the clip shows {begin:.2f} to {end:.2f} s of it"
        yield DAMAGED.at(Place(path="file"), message)


ENGINE = Engine(
    name="footage/clip",
    pixels=3,
    does=frozenset({Does.CLIP}),
    params=ClipParams,
    open=lambda device: Plain(_render),
    says="The wanted range of footage that exists already",
    check=_check,
    needs={"file": ("footage", "damage")},
    requires=("av", "pocketsphinx", "soundfile", "soxr"),
    codes=(TOO_SHORT, DAMAGED),
    pace=0.03,
)
