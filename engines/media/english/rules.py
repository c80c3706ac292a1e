"""What stands in a text and is spoken otherwise: one rule for each kind, first rules first.

A rule is a pattern and a function that gives the words, or None where the pattern means nothing after all. A rule never
sees what another one has read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import cache
from re import Match

from edl.abbreviations import ABBREVIATIONS, BEFORE_NUMBERS, DAYS, TITLES
from engines.media.english import dates, quantities
from engines.media.english.numbers import amount, cardinal, decade, digits, fraction, ordinal, roman, year
from engines.media.english.tables import NUMBERED, ORDERED, SHARES, SIGNS

Rule = tuple[re.Pattern[str], Callable[[Match[str]], str | None]]

NUMBER = quantities.NUMBER
_ENDS = r"(?![\w])"
_CAPITAL = r"(?=\s+[\"“‘(]?[A-ZÀ-Þ])"
# An "I" alone is a numeral only where nobody can go on to speak of himself.
_ROMAN = r"(?:[IVXLC]{2,}|[VX]|I(?=\s*(?:[.,:;!?)—–]|$|of\b|is\b|was\b|and\b)))"
_VERBS = frozenset(
    {
        *("was", "is", "has", "as", "its", "this", "his", "us", "thus", "yes", "does", "plus"),
        *("perhaps", "always", "sometimes", "across", "towards"),
    }
)
_SCALES = {"k": "thousand", "M": "million", "bn": "billion"}


@cache
def rules() -> tuple[Rule, ...]:
    """All rules."""
    return (
        (re.compile(r"(?:https?://|www\.)[^\s<>\"“”]*[\w/]|[\w.+-]+@[\w-]+(?:\.[\w-]+)*\.[A-Za-z]{2,}"), _address),
        (re.compile(r"\b(?:[a-z0-9-]+\.)+(?:com|org|net|edu|gov|io|dev|tv|ai|uk|de)\b(?:/[\w./-]*\w)?"), _address),
        *dates.RULES,
        (re.compile(rf"(?<![\w.,])(?:(?:(?<=the )|['’])(\d0)|([12]\d\d0))['’]?s{_ENDS}"), _decade),
        (
            re.compile(r"(?<!\w)(\d)['’′] ?(\d{1,2})(?:[\"”″]|['’]['’])"),
            lambda m: f"{cardinal(int(m[1]))} foot {cardinal(int(m[2]))}",
        ),
        *quantities.RULES,
        (
            re.compile(
                r"(?<!\w)\+\d{1,3}(?: ?\(\d{1,4}\))?(?:[ -]\d{2,9}){1,4}(?![\w-])"
                r"|(?<![\w.])\+?\(?\d{1,4}\)?(?:[ -]\(?\d{2,4}\)?){2,4}(?![\w-])|(?<![\w-])\d{3}-\d{4}(?![\w-])"
            ),
            _phone,
        ),
        (re.compile(rf"(?<![\w.,])(\d+)?\s?([{''.join(SHARES)}])"), _share),
        (re.compile(r"(?<![\w./])(?:(\d+) )?(\d{1,3})/(\d{1,3})(?![\w/]|\.\d)"), _fraction),
        (re.compile(rf"\b({_any(NUMBERED)}) ({_ROMAN})\b(?![.'’]\w)"), lambda m: _counted(m[1], cardinal, m[2])),
        (re.compile(rf"\b({_any(ORDERED)}) ({_ROMAN})\b(?![.'’]\w)"), lambda m: _counted(f"{m[1]} the", ordinal, m[2])),
        (re.compile(r"\b([IVX]{2,})(?:st|nd|rd|th)?(?= (?:century|centuries)\b)"), _century),
        (re.compile(rf"(?<![\w])({_any(BEFORE_NUMBERS)})\s?(?=\d)"), lambda m: BEFORE_NUMBERS[m[1]].strip() + " "),
        (re.compile(rf"(?<![\w.,])(-?\d[\d,]*)(st|nd|rd|th){_ENDS}"), lambda m: ordinal(int(m[1].replace(",", "")))),
        (re.compile(r"(?<![\w.,])v?(\d+(?:\.\d+){2,})(?!\w)"), _version),
        (re.compile(rf"\b([A-Za-z]{{1,6}})-?(\d{{1,4}})([A-Za-z]{{0,2}}){_ENDS}"), _model),
        (re.compile(rf"(?<![\w.,])(\d{{1,5}})([A-Za-z]{{1,3}}){_ENDS}"), _suffixed),
        (re.compile(rf"(?<![\w.,])(\d+[.,]\d+)(k|M|bn){_ENDS}"), lambda m: f"{amount(m[1])} {_SCALES[m[2]]}"),
        (re.compile(rf"(?<![\w.,])({NUMBER})\^([-−]?\d+)(?!\w)"), _power),
        (re.compile(r"(?<![\w.,])([12]\d{3})(?!\w|[.,]\d|-\w)(?:(?= ([a-z]+))|)"), _year),
        (re.compile(rf"(?<![\w])[-−+]?{NUMBER}"), lambda m: amount(m[0])),
        (re.compile(rf"\b({_any(TITLES)})\.?{_CAPITAL}"), _title),
        (re.compile(rf"(?<![\w.])({_any(ABBREVIATIONS)})(?!\w)"), _abbreviation),
        (re.compile(rf"\b({_any(DAYS)})\.(?=[\s,])"), lambda m: DAYS[m[1]]),
        (re.compile(r"#(\w+)"), lambda m: f"hashtag {m[1]}"),
        (re.compile(r"\band/or\b"), lambda m: "and or"),
        (re.compile(rf"[{re.escape(''.join(SIGNS))}]"), lambda m: f" {SIGNS[m[0]]} "),
    )


def _any(words: Iterable[str]) -> str:
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))


def _address(match: Match[str]) -> str:
    """``www.example.org/a-b`` as "w w w dot example dot org slash a dash b"."""
    text = re.sub(r"^https?://", "", match[0])
    names = {".": "dot", "/": "slash", "@": "at", "-": "dash", "_": "underscore", "+": "plus", "?": "question mark"}
    names |= {"=": "equals", "&": "and", "#": "hash", ":": "colon", "%": "percent", "~": "tilde"}
    parts = re.findall(r"[^\W\d_]+|\d+|[^\w\s]|_", text)
    said = (
        names.get(part) or ("w w w" if part == "www" else _figure(part) if part.isdigit() else part) for part in parts
    )
    return " ".join(said)


def _figure(text: str) -> str:
    return digits(text) if text[0] == "0" or len(text) > 4 else cardinal(int(text))


def _phone(match: Match[str]) -> str | None:
    groups = re.findall(r"\d+", match[0])
    thousands = re.fullmatch(r"[1-9]\d{0,2}(?: \d{3}){2,}", match[0])
    if sum(map(len, groups)) < 7 or thousands:
        return None
    return ("plus " if match[0][0] == "+" else "") + ", ".join(digits(group) for group in groups)


def _share(match: Match[str]) -> str:
    words = fraction(*SHARES[match[2]])
    words = words.replace("one ", "a ", 1) if match[1] else words
    return f"{cardinal(int(match[1]))} and {words}" if match[1] else words


def _fraction(match: Match[str]) -> str | None:
    over, under = int(match[2]), int(match[3])
    if (over, under) == (24, 7):
        return "twenty-four seven"
    if (over, under) == (9, 11):
        return "nine eleven"
    if not 0 < over < under or not (under <= 10 or under in (12, 16, 20, 32, 64, 100)):
        day = dates.month_and_day(over, under)
        return day if day and not match[1] else f"{cardinal(over)} slash {cardinal(under)}"
    words = fraction(over, under)
    return f"{cardinal(int(match[1]))} and {words.replace('one ', 'a ', 1)}" if match[1] else words


def _counted(before: str, reading: Callable[[int], str], numeral: str) -> str:
    return f"{before} {reading(roman(numeral))}"


def _century(match: Match[str]) -> str:
    return ordinal(roman(match[1]))


def _decade(match: Match[str]) -> str | None:
    return decade(int(match[1] or match[2])) if int(match[1] or match[2]) else None


def _version(match: Match[str]) -> str:
    if re.fullmatch(r"[1-9]\d{0,2}(?:\.\d{3}){2,}", match[0]):
        return amount(match[0])
    return ("version " if match[0][0] == "v" else "") + " point ".join(_figure(part) for part in match[1].split("."))


def _model(match: Match[str]) -> str | None:
    """``H264``, ``COVID-19``, ``MP3``, ``A4``: letters and a number."""
    before, number, after = match.groups()
    if before.islower() and len(before) > 2:
        return f"{before} {_pairs(number)}" + (f" {letters(after)}" if after else "")
    shown = before if len(before) > 4 or not before.isupper() else letters(before)
    return f"{shown} {_pairs(number)}" + (f" {letters(after)}" if after else "")


def _suffixed(match: Match[str]) -> str:
    """``4K``, ``5G``, ``1080p``."""
    scale = _SCALES.get(match[2])
    return f"{cardinal(int(match[1]))} {scale}" if scale else f"{_pairs(match[1])} {letters(match[2])}"


def _power(match: Match[str]) -> str:
    """``10^6``."""
    words = {"2": "squared", "3": "cubed"}.get(match[2], f"to the power of {amount(match[2])}")
    return f"{amount(match[1])} {words}"


def _pairs(number: str) -> str:
    """Names with numbers are read in pairs: 264 as "two sixty-four", 1080 as "ten eighty"."""
    if number[0] == "0" or len(number) > 4:
        return digits(number)
    value = int(number)
    if value < 100 or value % 100 == 0 or value // 10 % 10 == 0:
        return year(value) if len(number) == 4 and value % 1000 else cardinal(value)
    return f"{cardinal(value // 100)} {cardinal(value % 100)}"


def letters(text: str) -> str:
    """Letters by their names; the article "a" has the sound of the letter only as a capital."""
    return " ".join(text.upper())


def _year(match: Match[str]) -> str | None:
    """Four digits are a year, unless they count something: "1969", but "2050 frames"."""
    number, following = int(match[1]), match[2] or ""
    counts = following.endswith("s") and not following.endswith("ss") and following not in _VERBS
    return year(number) if 1100 <= number < 2100 and not (counts and number % 100) else None


def _title(match: Match[str]) -> str | None:
    """Before a name; a street's name ends with the same letters: "It is in Elm St. Next". The first word of a sentence
    has its capital from there: "Ask Dr. Smith"."""
    before = match.string[: match.start()].rstrip()
    street = match[1] in ("St", "Dr") and match[0].endswith(".") and re.search(r"[\w,;:] +[A-Z]\w+$", before)
    return None if street else TITLES[match[1]]


def _abbreviation(match: Match[str]) -> str:
    """The full stop goes on as the end of the sentence where there is nothing else to end it."""
    rest = match.string[match.end() :].lstrip('"”’)')
    closes = match[1] in ("etc.", "St.", "Dr.", "Ave.", "Blvd.", "Rd.") and re.match(r"\s+[A-Z]", rest)
    ends = match[1].endswith(".") and (closes or not rest.strip())
    return ABBREVIATIONS[match[1]] + ("." if ends else "")
