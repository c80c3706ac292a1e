"""Numbers in English words, American style: "one hundred five", "two thousand six", "nineteen oh five"."""

from __future__ import annotations

import re

DIGIT = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
LARGEST = 10**36  # no name is known above decillions
_SHARES = {2: ("half", "halves"), 4: ("quarter", "quarters")}
_ROMAN = {"I": 1, "V": 5, "X": 10, "L": 50, "C": 100, "D": 500, "M": 1000}


def cardinal(number: int) -> str:
    """``234`` as "two hundred thirty-four"."""
    from hibari.g2p import numbers

    return _american(numbers.cardinal(number)) if abs(number) < LARGEST else digits(str(number))


def ordinal(number: int) -> str:
    """``21`` as "twenty-first"."""
    from hibari.g2p import numbers

    return _american(numbers.ordinal(number))


def year(number: int) -> str:
    """``1905`` as "nineteen oh five", ``2026`` as "twenty twenty-six"."""
    from hibari.g2p import numbers

    return _american(numbers.year(number)).replace("oh-", "oh ")


def decade(number: int) -> str:
    """``1990`` as "nineteen nineties", ``80`` as "eighties"."""
    words = year(number) if number > 99 else cardinal(number)
    return words[:-1] + "ies" if words.endswith("y") else words + ("es" if words.endswith("x") else "s")


def digits(text: str) -> str:
    """One by one: ``007`` as "zero zero seven"."""
    return " ".join(DIGIT[int(sign)] for sign in text if sign.isdigit())


def amount(text: str) -> str:
    """A number as written: ``1,234.5``, ``1.234,5``, ``-3``, ``.5``, ``007``."""
    number = text.lstrip("+-−")
    sign = {"-": "minus ", "−": "minus ", "+": "plus "}.get(text[:1], "")
    whole, point, rest = plain_number(number).partition(".")
    if not point and len(whole) > 1 and whole[0] == "0":
        return sign + digits(whole)
    words = cardinal(int(whole)) if whole else ""
    return sign + " ".join(filter(None, (words, "point" if point else "", digits(rest))))


def plain_number(text: str) -> str:
    """A number with a point for the decimals and nothing between thousands.

    Both separators: the last one is that of the decimals. A comma alone stands between thousands where three digits
    follow each, else before decimals.
    """
    text = re.sub(r"[\s\u00a0\u2009\u202f'’]", "", text)
    if re.fullmatch(r"[1-9]\d{0,2}(\.\d{3}){2,}", text):
        return text.replace(".", "")
    comma, point = text.rfind(","), text.rfind(".")
    if comma > point >= 0:
        return text.replace(".", "").replace(",", ".")
    if comma >= 0 and point < 0 and not re.fullmatch(r"\d{1,3}(,\d{3})+", text):
        return text.replace(",", ".") if text.count(",") == 1 else text.replace(",", "")
    return text.replace(",", "")


def fraction(over: int, under: int) -> str:
    """``3, 4`` as "three quarters"."""
    one, more = _SHARES.get(under) or (ordinal(under), ordinal(under) + "s")
    return f"{cardinal(over)} {one if over == 1 else more}"


def roman(text: str) -> int:
    """The value of a Roman numeral."""
    values = [_ROMAN[sign] for sign in text]
    following = [*values[1:], 0]
    return sum(-value if value < after else value for value, after in zip(values, following, strict=True))


def _american(words: str) -> str:
    return " ".join(word for word in words.replace(",", "").split() if word != "and")
