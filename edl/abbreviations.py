"""What English shortens, with its reading: months, days, units, titles and other abbreviations; and in any language,
whether a full stop belongs to an abbreviation or ends a sentence, and what an abbreviation or a number belongs to."""

from __future__ import annotations

import re
import unicodedata

MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
MONTH_OF = {
    **{name: at for at, name in enumerate(MONTHS, 1)},
    **{name[:3]: at for at, name in enumerate(MONTHS, 1)},
    "Sept": 9,
}
DAYS = {
    **{"Mon": "Monday", "Tue": "Tuesday", "Tues": "Tuesday", "Wed": "Wednesday", "Thu": "Thursday"},
    **{"Thur": "Thursday", "Thurs": "Thursday", "Fri": "Friday", "Sat": "Saturday", "Sun": "Sunday"},
}
# One and several; a unit after "per" is always one.
UNITS = {
    **{"km": "kilometer", "m": "meter", "cm": "centimeter", "mm": "millimeter", "µm": "micrometer", "μm": "micrometer"},
    **{"nm": "nanometer", "mi": "mile", "yd": "yard", "ha": "hectare", "kg": "kilogram", "g": "gram"},
    **{"mg": "milligram", "µg": "microgram", "μg": "microgram", "lb": "pound", "lbs": "pound", "oz": "ounce"},
    **{"l": "liter", "L": "liter", "ml": "milliliter", "mL": "milliliter", "cl": "centiliter", "gal": "gallon"},
    **{"s": "second", "sec": "second", "secs": "second", "ms": "millisecond", "min": "minute", "mins": "minute"},
    **{"h": "hour", "hr": "hour", "hrs": "hour", "bit": "bit", "B": "byte", "kB": "kilobyte", "KB": "kilobyte"},
    **{"MB": "megabyte", "GB": "gigabyte", "TB": "terabyte", "PB": "petabyte", "kW": "kilowatt", "MW": "megawatt"},
    **{"GW": "gigawatt", "W": "watt", "V": "volt", "kV": "kilovolt", "mV": "millivolt", "A": "amp", "mA": "milliamp"},
    **{"J": "joule", "kJ": "kilojoule", "N": "newton", "Pa": "pascal", "hPa": "hectopascal", "kPa": "kilopascal"},
    **{"kcal": "kilocalorie", "cal": "calorie", "kWh": "kilowatt hour", "MWh": "megawatt hour", "px": "pixel"},
    **{"mAh": "milliamp hour", "dpi": "dot per inch", "rpm": "revolution per minute", "fps": "frame per second"},
    **{"mph": "mile per hour", "kph": "kilometer per hour", "kbps": "kilobit per second"},
    **{"Mbps": "megabit per second", "Gbps": "gigabit per second", "Mbit": "megabit", "ac": "acre"},
}
UNCHANGED = {  # the same for one and for several
    **{"Hz": "hertz", "kHz": "kilohertz", "MHz": "megahertz", "GHz": "gigahertz", "THz": "terahertz"},
    **{"dB": "decibels", "dBFS": "decibels full scale", "LUFS": "lufs", "ppm": "parts per million", "K": "kelvin"},
    **{"%": "percent", "‰": "per mille", "pct": "percent", "°C": "degrees Celsius", "°F": "degrees Fahrenheit"},
}
IRREGULAR = {"ft": ("foot", "feet"), "in": ("inch", "inches"), "sq ft": ("square foot", "square feet")}
# Before a name.
TITLES = {
    **{"Mr": "Mister", "Mrs": "Missus", "Ms": "Miz", "Dr": "Doctor", "Prof": "Professor", "St": "Saint"},
    **{"Mt": "Mount", "Ft": "Fort", "Gen": "General", "Gov": "Governor", "Sen": "Senator", "Rep": "Representative"},
    **{"Capt": "Captain", "Lt": "Lieutenant", "Col": "Colonel", "Sgt": "Sergeant", "Rev": "Reverend"},
    **{"Hon": "Honorable", "Pres": "President", "Fr": "Father"},
}
# Always with the full stop, whatever follows.
ABBREVIATIONS = {
    **{"e.g.": "for example", "i.e.": "that is", "etc.": "et cetera", "vs.": "versus", "cf.": "compare"},
    **{"approx.": "approximately", "ca.": "circa", "est.": "established", "et al.": "and others", "viz.": "namely"},
    **{"Jr.": "Junior", "Sr.": "Senior", "Ave.": "Avenue", "Blvd.": "Boulevard", "Rd.": "Road", "St.": "Street"},
    **{"Dr.": "Drive", "Inc.": "Incorporated", "Ltd.": "Limited", "Corp.": "Corporation", "Co.": "Company"},
    **{"Bros.": "Brothers", "Dept.": "Department", "Univ.": "University", "Assn.": "Association"},
    **{"Govt.": "Government", "Apt.": "Apartment", "Bldg.": "Building", "Hwy.": "Highway", "min.": "minutes"},
    **{"p.a.": "per year", "a.k.a.": "also known as", "w/o": "without", "w/": "with", "vs": "versus"},
}
# Before a number only.
BEFORE_NUMBERS = {
    **{"No.": "number", "no.": "number", "Nos.": "numbers", "nos.": "numbers", "Nr.": "number", "p.": "page"},
    **{"pp.": "pages", "Fig.": "figure", "fig.": "figure", "Vol.": "volume", "vol.": "volume", "ch.": "chapter"},
    **{"Ch.": "chapter", "Sec.": "section", "sec.": "section", "Eq.": "equation", "§": "section", "#": "number"},
    **{"№": "number", "~": "about ", "≈": "about ", "±": "plus or minus ", "ca": "circa"},
}
# Of other languages, in small letters: what stands before a name or a number.
_OTHER_TITLES = frozenset(
    {
        *("hr", "fr", "frl", "nr", "abb", "bzw", "vgl", "sog", "mme", "mlle", "sr", "sra", "srta", "dra", "núm", "pág"),
        *("sig", "dott", "ing"),
    }
)
# Of which nothing ends a sentence that goes on behind it.
_ALWAYS_MORE = frozenset(("e.g.", "i.e.", "cf.", "viz.", "vs.", "approx.", "ca.", "z.b.", "d.h.", "p.ex."))
_OPENERS, _CLOSERS = "\"'([{“„‘«¿¡", ".,;:!?…\"'”’»)]}"
_NUMBER = re.compile(r"[-−+~≈±]?\d[\d.,]*")
_ROMAN = re.compile(r"[IVXLC]+(?!\w)")
_LETTERS = re.compile(r"(?:[^\W\d_]{1,2}\.){2,}")


def ends_no_sentence(word: str, following: str) -> bool:
    """Whether the full stop at the end of a word stands for letters that are left out, and no sentence ends there.

    :param following: what stands behind it
    """
    word, following = word.lstrip(_OPENERS), following.lstrip(_OPENERS)
    if len(word) == 2 or belongs_to_next(word, following):
        return True
    base, goes_on = word[:-1], following[:1].islower() or following[:1].isdigit()
    if _LETTERS.fullmatch(word):
        return goes_on or word.isupper()
    known = word in ABBREVIATIONS or word in BEFORE_NUMBERS or word.lower() in ABBREVIATIONS
    return goes_on and (known or base in MONTH_OF or base in DAYS or _is_unit(base))


def belongs_to_next(word: str, following: str) -> bool:
    """Whether a word and that behind it are one: a title or an initial and a name ("Dr. Weiss", "J. Bell"), an
    abbreviation and what it introduces ("e.g. this", "No. 5"), a number and its unit ("3 km")."""
    word, following = word.lstrip(_OPENERS), following.lstrip(_OPENERS).rstrip()
    if not following:
        return False
    if _NUMBER.fullmatch(word):
        return _is_unit(following.rstrip(_CLOSERS))
    base = word.removesuffix(".")
    if following[0].isupper() and (base in TITLES or (base.isupper() and base.capitalize() in TITLES)):
        return True
    if not word.endswith("."):
        return False
    initial = len(base) == 1 and base.isupper() and following[0].isupper()
    numbered = word in BEFORE_NUMBERS and (following[0].isdigit() or _ROMAN.match(following) is not None)
    return initial or numbered or base.lower() in _OTHER_TITLES or word.lower() in _ALWAYS_MORE


def _is_unit(word: str) -> bool:
    """Whether a word is a unit or a sign of money: "km", "km/h", "m²", "°C", "€"; "in" is a word as well."""
    name = re.sub(r"[²³23]$", "", word.partition("/")[0])
    if len(word) == 1 and unicodedata.category(word) == "Sc":
        return True
    return name != "in" and any(each in table for each in (word, name) for table in (UNITS, UNCHANGED, IRREGULAR))
