"""Money, ranges, and numbers with units in English words."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from re import Match

from edl.abbreviations import IRREGULAR, UNCHANGED, UNITS
from engines.media.english.numbers import amount, cardinal, plain_number, year
from engines.media.english.tables import CURRENCIES, POWERS, SCALES

NUMBER = r"(?:\d{1,3}(?:[ \u00a0\u2009\u202f]\d{3})+(?!\d)(?:[.,]\d+)?|\d+(?:[.,]\d+)*|\.\d+)"
_SIGNED = rf"[-−+]?{NUMBER}"


def _any(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


_SCALE = rf"(?:[ \u00a0]?({_any(SCALES)})\b)?"
_SYMBOLS = _any(CURRENCIES)
_NAMED = _any([*UNITS, *IRREGULAR, *UNCHANGED])
_UNIT = rf"(?:{_NAMED})(?:[²³23])?(?:/(?:{_any([*UNITS, *IRREGULAR])})[²³]?)?(?![\w/])"
_GAP = r"[ \u00a0\u202f\u2009]?"


def _money(number: str, scale: str | None, symbol: str) -> str:
    """``3.50`` dollars as "three dollars and fifty cents", ``2 m`` euros as "two million euros"."""
    one, several, hundredth = CURRENCIES[symbol]
    written = plain_number(number)
    whole, _, rest = written.partition(".")
    if scale:
        return f"{amount(number)} {SCALES[scale]} {several}"
    if len(rest) != 2 or not hundredth:
        return f"{amount(number)} {one if written == '1' else several}"
    main, part = int(whole or 0), int(rest)
    small = f"{cardinal(part)} {hundredth}" + ("s" if part != 1 and len(hundredth) > 1 and hundredth != "paisa" else "")
    large = f"{cardinal(main)} {one if main == 1 else several}"
    if not part:
        return large
    return f"{large} and {small}" if main else small


def _price(match: Match[str]) -> str:
    minus = "minus " if match[1] else ""
    return minus + _money(match[3], match[4], match[2])


def _price_after(match: Match[str]) -> str:
    return _money(match[1], match[2], match[3])


def _cents(match: Match[str]) -> str:
    return f"{amount(match[1])} {'cent' if match[1] == '1' else 'cents'}"


def _unit(text: str, one: bool) -> str:
    """``km/h`` as "kilometers per hour", ``m²`` as "square meters"."""
    name, _, under = text.partition("/") if text not in UNCHANGED else (text, "", "")
    power = ""
    if name not in UNCHANGED and name not in UNITS and name not in IRREGULAR:
        name, power = name[:-1], POWERS[name[-1]]
    words = f"{_named(name, one)} {power}d" if power and name == "s" else f"{power} {_named(name, one)}".strip()
    return f"{words} per {_unit(under, one=True)}" if under else words


def _named(name: str, one: bool) -> str:
    if name in UNCHANGED:
        return UNCHANGED[name]
    if name in IRREGULAR:
        return IRREGULAR[name][0 if one else 1]
    first, per, rest = UNITS[name].partition(" per ")
    return (first if one else first + "s") + per + rest


def _quantity(match: Match[str]) -> str | None:
    number, unit = match[1], match[2]
    if unit in ("in", "s", "A", "m", "h", "g", "B", "K", "l", "L", "W", "V", "N", "J") and not _clear(match):
        return None
    return f"{amount(number)} {_unit(unit, plain_number(number) == '1')}"


def _clear(match: Match[str]) -> bool:
    """Whether short units are units: "in" and "A" are words as well, and a letter at the number may be a name (4K)."""
    unit, apart = match[2], match[0][len(match[1]) : -len(match[2])]
    if unit == "in":
        return (
            bool(apart)
            and re.match(r"\s*(?:[.,;:!?)]|$|wide|long|high|tall|deep|by\b)", match.string[match.end() :]) is not None
        )
    if unit == "A":
        return bool(apart) and re.match(r"\s*(?:[.,;:!?)]|$)", match.string[match.end() :]) is not None
    return bool(apart) if unit in ("K", "B") else True


def _degrees(match: Match[str]) -> str:
    scale = {"C": " Celsius", "F": " Fahrenheit"}.get(match[2] or "", "")
    return f"{amount(match[1])} {'degree' if plain_number(match[1]) == '1' else 'degrees'}{scale}"


def _range(match: Match[str]) -> str | None:
    """``10–20 km`` as "ten to twenty kilometers", ``1914–18`` and ``1939–1945`` as years."""
    symbol, first, last, scale, after, unit = match.groups()
    if "." not in first + last and "," not in first + last and not (symbol or after or unit or scale):
        if len(first) == 4 and 1100 <= int(first) < 2100 and len(last) in (2, 4):
            return f"{year(int(first))} to {year(int(last)) if len(last) == 4 else amount(last)}"
        if len(first) > 4 or len(last) > 4 or (len(first) == 3 and len(last) == 4):
            return None
    if not unit and re.match(r"\s*=", match.string[match.end() :]):
        return f"{amount(first)} minus {amount(last)}"
    words = f"{amount(first)} to {amount(last)}" + (f" {SCALES[scale]}" if scale else "")
    if symbol or after:
        return f"{words} {CURRENCIES[symbol or after][1]}"
    return f"{words} {_unit(unit, one=False)}" if unit else words


def _by(match: Match[str]) -> str:
    """``1920x1080`` and ``2 × 4``."""
    return f"{amount(match[1])} by {amount(match[2])}"


def _pixels(match: Match[str]) -> str:
    return " by ".join(_half(each) for each in match.groups())


def _half(number: str) -> str:
    return year(int(number)) if len(number) == 4 and int(number) % 1000 else cardinal(int(number))


# Units behind any word: "three km".
_PLAIN = ("km", "kg", "cm", "mm", "km/h", "mph", "kB", "MB", "GB", "TB", "kHz", "MHz", "GHz", "kW", "kWh", "°C", "°F")
_RANGE = (
    rf"(?<![\w.,/–-])({_SYMBOLS})?({NUMBER}){_GAP}(?:–|-){_GAP}(?:{_SYMBOLS})?({NUMBER}){_SCALE}"
    rf"(?:{_GAP}({_SYMBOLS})|{_GAP}({_UNIT}))?(?![\w/–-]|[.,]\d)"
)

RULES: tuple[tuple[re.Pattern[str], Callable[[Match[str]], str | None]], ...] = (
    (re.compile(_RANGE), _range),
    (re.compile(rf"(?<!\w)([-−])?({_SYMBOLS}){_GAP}({NUMBER}){_SCALE}(?![A-Za-z])"), _price),
    (re.compile(rf"(?<![\w.,])({NUMBER}){_SCALE}{_GAP}({_SYMBOLS})(?!\w)"), _price_after),
    (re.compile(rf"(?<![\w.,])({NUMBER}){_GAP}¢"), _cents),
    (re.compile(rf"(?<![\w.,])({_SIGNED}){_GAP}°{_GAP}([CF])?(?!\w)"), _degrees),
    (re.compile(rf"(?<![\w.,])({_SIGNED}){_GAP}({_UNIT})"), _quantity),
    (
        re.compile(rf"(?<=[a-z] )({_any(_PLAIN)})(?![\w/])"),
        lambda m: _unit(m[1], m.string[: m.start()].endswith("one ")),
    ),
    (re.compile(r"(?<![\w.,])(\d{3,4})[x×](\d{3,4})(?!\w)"), _pixels),
    (re.compile(rf"(?<![\w.,])({NUMBER}){_GAP}x{_GAP}({NUMBER})(?!\w)"), _by),
)
