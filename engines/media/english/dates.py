"""Dates and times of day in English words."""

from __future__ import annotations

import re
from collections.abc import Callable
from re import Match

from edl.abbreviations import MONTH_OF, MONTHS
from engines.media.english.numbers import cardinal, ordinal, year

_MONTH = "(" + "|".join(sorted({*MONTHS, *MONTH_OF}, key=len, reverse=True)) + r")\b\.?"
_DAY = r"(\d{1,2})(?:st|nd|rd|th)?"
_YEAR = r"(?:,?\s+([12]\d{3})\b(?!,\d))"


def _date(year_: int | None, month: int, day: int, of: bool = False) -> str | None:
    """ "March twelfth", or "the twelfth of March"; None where there is no such day."""
    if not (1 <= month <= 12 and 1 <= day <= 31):
        return None
    name = MONTHS[month - 1]
    words = f"the {ordinal(day)} of {name}" if of else f"{name} {ordinal(day)}"
    return words + (f", {year(year_)}" if year_ else "")


def month_and_day(month: int, day: int) -> str | None:
    """``3, 14`` as "March fourteenth"; None where there is no such day."""
    return _date(None, month, day)


def _iso(match: Match[str]) -> str | None:
    return _date(int(match[1]), int(match[2]), int(match[3]))


def _slashed(match: Match[str]) -> str | None:
    """Month first, as in the United States, unless only the other order is a date."""
    first, second, written = int(match[1]), int(match[2]), int(match[3])
    full = written if len(match[3]) == 4 else written + (1900 if written > 40 else 2000)
    return _date(full, first, second) or _date(full, second, first)


def _dotted(match: Match[str]) -> str | None:
    return _date(int(match[3]), int(match[2]), int(match[1]), of=True)


def _month_first(match: Match[str]) -> str | None:
    return _date(int(match[3]) if match[3] else None, MONTH_OF[match[1]], int(match[2]))


def _day_first(match: Match[str]) -> str | None:
    article = "" if match.string[: match.start()].lower().endswith("the ") else "the "
    words = _date(int(match[3]) if match[3] else None, MONTH_OF[match[2]], int(match[1]), of=True)
    return article + words.removeprefix("the ") if words else None


def _month_of_year(match: Match[str]) -> str:
    return f"{MONTHS[MONTH_OF[match[1]] - 1]} {year(int(match[2]))}"


def _time(match: Match[str]) -> str | None:
    """``7:05 pm`` as "seven oh five P M", ``19:00`` as "nineteen hundred"."""
    hour, minute, second = int(match[1]), int(match[2] or 0), match[3]
    half = f" {match[4].upper()} M" if match[4] else ""
    if hour > 24 or minute > 59 or (half and not 1 <= hour <= 12):
        return None
    words = cardinal(hour) if hour or half else "zero"
    if minute or second:
        words += " oh" if minute < 10 else ""
        words += f" {cardinal(minute)}" if minute else " zero"
    elif not half:
        words += " o'clock" if 0 < hour <= 12 else " hundred"
    return words + (f" and {cardinal(int(second))} seconds" if second else "") + half


RULES: tuple[tuple[re.Pattern[str], Callable[[Match[str]], str | None]], ...] = (
    (
        re.compile(
            r"(?<![\w:.])(\d{1,2}):(\d{2})(?::(\d{2}))?(?:\s?([AaPp])(?:m\b|M\b|\.[Mm]\b(?:\.(?!\s*$|\s+[A-Z]))?))?(?![\w:])"
        ),
        _time,
    ),
    (re.compile(r"(?<![\w:.,])(\d{1,2})()()\s?([AaPp])(?:m\b|M\b|\.[Mm]\b(?:\.(?!\s*$|\s+[A-Z]))?)"), _time),
    (re.compile(r"(?<![\w:.,])(\d{1,2})\.(\d{2})()\s?([AaPp])(?:m\b|M\b|\.[Mm]\b(?:\.(?!\s*$|\s+[A-Z]))?)"), _time),
    (re.compile(r"(?<![\w-])(\d{4})-(\d{2})-(\d{2})(?![\w-])"), _iso),
    (re.compile(r"(?<![\w/])(\d{1,2})/(\d{1,2})/(\d{4}|\d{2})(?![\w/])"), _slashed),
    (re.compile(r"(?<![\w.])(\d{1,2})\.\s?(\d{1,2})\.\s?([12]\d{3})(?!\w)"), _dotted),
    (re.compile(rf"\b{_MONTH} {_DAY}(?![\w:%]|[.,]\d){_YEAR}?"), _month_first),
    (re.compile(rf"(?<![\w.,-]){_DAY} (?:of )?{_MONTH}{_YEAR}?"), _day_first),
    (re.compile(rf"\b{_MONTH} ([12]\d{{3}})(?![\w,])"), _month_of_year),
)
