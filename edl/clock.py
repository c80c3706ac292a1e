"""Time as people write it and as frames count it. Seconds are fractions, frames are whole numbers.

A start rounds down to a frame, a length to the nearest, at least one (design, section 1). Sample positions
count from the start of the programme, never per clip (design, invariant 5).
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import ceil, floor, lcm

DROP_RATES = {"23.98": "24000/1001", "23.976": "24000/1001", "29.97": "30000/1001", "59.94": "60000/1001"}

FINEST = 240_000  # numerator of a rate; beyond it the index of a long film runs out of numbers
USUAL_RATES = (*map(Fraction, range(1, 241)), *(Fraction(rate * 1000, 1001) for rate in (24, 30, 48, 60, 120, 240)))

LONGEST = 24 * 3600  # seconds; a longer time is a slip of the keyboard
MOST_FRAMES = LONGEST * 240

_NUMBER = r"-?[0-9]{1,12}(?:\.[0-9]{1,12})?"
_TIME = re.compile(rf"^\s*({_NUMBER})\s*(s|ms|f)\s*$")
_TIMECODE = re.compile(r"^([0-9]{1,2}):([0-9]{2}):([0-9]{2})[:;]([0-9]{2,3})$")


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

    @property
    def negative(self) -> bool:
        """Whether this counts backwards."""
        return self.seconds < 0 or self.frames < 0

    @property
    def nothing(self) -> bool:
        """Whether this is no time at all."""
        return not (self.seconds or self.frames or self.clock)

    def __str__(self) -> str:
        """As a project file writes it: ``parse_time(str(time)) == time``."""
        if self.clock:
            hours, minutes, seconds = self.clock // 3600, self.clock // 60 % 60, self.clock % 60
            return f"{hours:02}:{minutes:02}:{seconds:02}:{self.frames:02}"
        if self.frames:
            return f"{self.frames}f"
        return f"{Decimal(self.seconds.numerator) / Decimal(self.seconds.denominator):f}s"


def parse_time(text: object) -> Time:
    """Read a time as written in a project.

    :raises ValueError: with a hint, for anything else; a bare number has no unit and is refused.
    """
    if isinstance(text, Time):
        return text
    if isinstance(text, (int, float)) and not isinstance(text, bool):
        raise ValueError(f'{text} has no unit; write "{text}s" for seconds, "{text}ms" or "{text}f" for frames')
    if isinstance(text, str):
        if match := _TIME.match(text):
            return _checked(text, _with_unit(text, Fraction(match[1]), match[2]))
        if match := _TIMECODE.match(text):
            return _checked(text, _timecode(text, *(int(group) for group in match.groups())))
        if re.fullmatch(r"\s*-?[0-9.]+\s*", text):
            number = text.strip()
            raise ValueError(f'{number} has no unit; write "{number}s" for seconds or "{number}f" for frames')
    shown = f'"{text}"' if isinstance(text, str) else "this"
    raise ValueError(f'{shown} is not a time; write "3s", "250ms", "75f" or "00:00:03:00"')


def _with_unit(text: str, number: Fraction, unit: str) -> Time:
    if unit != "f":
        return Time(seconds=number / (1000 if unit == "ms" else 1))
    if number.denominator != 1:
        raise ValueError(f'"{text}": frames are whole numbers')
    return Time(frames=int(number))


def _timecode(text: str, hours: int, minutes: int, seconds: int, frames: int) -> Time:
    if minutes > 59 or seconds > 59:
        raise ValueError(f'"{text}": minutes and seconds end at 59')
    return Time(frames=frames, clock=hours * 3600 + minutes * 60 + seconds)


def _checked(text: str, time: Time) -> Time:
    if abs(time.seconds) > LONGEST or time.clock > LONGEST or abs(time.frames) > MOST_FRAMES:
        raise ValueError(f'"{text}" is longer than a day')
    return time


def parse_rate(value: object) -> Fraction:
    """Read a frame rate: a whole number or a fraction as text, 1 to 240 frames a second.

    :raises ValueError: with a hint; decimal rates such as 29.97 drift and are refused, as are measured ones such as
        2997003/125000, at which no film can be written.
    """
    if isinstance(value, Fraction):
        return value
    text = str(value).strip()
    if text in DROP_RATES:
        raise ValueError(f'{text} is not exact; write "{DROP_RATES[text]}"')
    if re.fullmatch(r"[0-9]{1,9}\.0+", text):
        text = text.partition(".")[0]
    if isinstance(value, bool) or not re.fullmatch(r"[0-9]{1,9}(/[0-9]{1,9})?", text) or text.endswith("/0"):
        raise ValueError(f'{text} is not a frame rate; write a whole number or a fraction such as "30000/1001"')
    try:
        rate = Fraction(text)
    except ZeroDivisionError as error:
        raise ValueError(f"{text} divides by zero") from error
    if not 1 <= rate <= 240:
        raise ValueError(f"{text} is outside 1 to 240 frames a second")
    if not _countable(rate):
        usual = min(USUAL_RATES, key=lambda known: abs(known - rate))
        raise ValueError(f'{text} is finer than the clock of a film file; write "{rate_text(usual)}"')
    return rate


def _countable(rate: Fraction) -> bool:
    """Whether a film file, whose clock has 32 bits, can count both frames and samples of sound in whole ticks."""
    return rate.numerator <= FINEST and lcm(rate.numerator, 48_000) < 1 << 32


def sample_at(frame: int, sample_rate: int, fps: Fraction) -> int:
    """The first sample of a frame, counted from the start of the programme."""
    return floor(frame * sample_rate / fps)


def frames_for(seconds: Fraction, fps: Fraction) -> int:
    """Frames that hold a sound of this length: never fewer, at least one."""
    return max(1, ceil(seconds * fps))


def rate_text(rate: Fraction) -> str:
    """A rate as the project file writes it."""
    return str(rate.numerator) if rate.denominator == 1 else f"{rate.numerator}/{rate.denominator}"
