"""Time as people write it and as frames count it. Seconds are fractions, frames are whole numbers.

A start rounds down to a frame, a length to the nearest, at least one (design, section 1). Sample positions
count from the start of the programme, never per clip (design, invariant 5).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor

DROP_RATES = {"23.98": "24000/1001", "23.976": "24000/1001", "29.97": "30000/1001", "59.94": "60000/1001"}

_NUMBER = r"-?\d+(?:\.\d+)?"
_TIME = re.compile(rf"^\s*({_NUMBER})\s*(s|ms|f)\s*$")
_TIMECODE = re.compile(r"^(\d{1,2}):(\d{2}):(\d{2})[:;](\d{2,3})$")


@dataclass(frozen=True)
class Time:
    """A moment or a length as written: ``3s``, ``250ms``, ``75f`` or ``00:00:03:00``.

    ``seconds`` and ``frames`` add up; a time code counts its whole seconds at the nominal rate, as editors do.
    """

    seconds: Fraction = Fraction(0)
    frames: int = 0
    clock: int = 0  # whole seconds of a time code

    def exact(self, fps: Fraction) -> Fraction:
        """Length in frames at ``fps``, not rounded."""
        return self.seconds * fps + self.frames + self.clock * ceil(fps)

    def start(self, fps: Fraction) -> int:
        """The frame that shows at this moment (rounded down)."""
        return floor(self.exact(fps))

    def length(self, fps: Fraction) -> int:
        """This length in frames, to the nearest (halves up), at least one."""
        return max(1, floor(self.exact(fps) + Fraction(1, 2)))

    def pause(self, fps: Fraction) -> int:
        """This length in frames, to the nearest, where none is allowed too."""
        return max(0, floor(self.exact(fps) + Fraction(1, 2)))

    def __str__(self) -> str:
        if self.clock:
            return f"{self.clock}s + {self.frames}f"
        return f"{self.frames}f" if self.frames else f"{float(self.seconds):g}s"


def parse_time(text: object) -> Time:
    """Read a time as written in a project.

    :raises ValueError: with a hint, for anything else; a bare number has no unit and is refused.
    """
    if isinstance(text, Time):
        return text
    if isinstance(text, bool) or not isinstance(text, str):
        raise ValueError(f"{text!r} has no unit; write {text}s, {text}ms or {text}f")
    if match := _TIME.match(text):
        number, unit = Fraction(match[1]), match[2]
        if unit == "f":
            if number.denominator != 1:
                raise ValueError(f"{text!r}: frames are whole numbers")
            return Time(frames=int(number))
        return Time(seconds=number / (1000 if unit == "ms" else 1))
    if match := _TIMECODE.match(text):
        hours, minutes, seconds, frames = (int(group) for group in match.groups())
        if minutes > 59 or seconds > 59:
            raise ValueError(f"{text!r}: minutes and seconds end at 59")
        return Time(frames=frames, clock=hours * 3600 + minutes * 60 + seconds)
    raise ValueError(f'{text!r} is not a time; write "3s", "250ms", "75f" or "00:00:03:00"')


def parse_rate(value: object) -> Fraction:
    """Read a frame rate: a whole number or a fraction as text, 1 to 240 frames a second.

    :raises ValueError: with a hint; decimal rates such as 29.97 drift and are refused.
    """
    if isinstance(value, Fraction):
        return value
    text = str(value).strip()
    if text in DROP_RATES:
        raise ValueError(f'{text} is not exact; write "{DROP_RATES[text]}"')
    if isinstance(value, bool) or not re.fullmatch(r"\d+(/\d+)?", text) or text.endswith("/0"):
        raise ValueError(f'{text} is not a frame rate; write a whole number or a fraction such as "30000/1001"')
    try:
        rate = Fraction(text)
    except ZeroDivisionError as error:
        raise ValueError(f"{text} divides by zero") from error
    if not 1 <= rate <= 240:
        raise ValueError(f"{text} is outside 1 to 240 frames a second")
    return rate


def sample_at(frame: int, sample_rate: int, fps: Fraction) -> int:
    """The first sample of a frame, counted from the start of the programme."""
    return floor(frame * sample_rate / fps)


def frames_for(seconds: Fraction, fps: Fraction) -> int:
    """Frames that hold a sound of this length: never fewer, at least one."""
    return max(1, ceil(seconds * fps))


def rate_text(rate: Fraction) -> str:
    """A rate as the project file writes it."""
    return str(rate.numerator) if rate.denominator == 1 else f"{rate.numerator}/{rate.denominator}"
