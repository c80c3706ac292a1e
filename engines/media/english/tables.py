"""What English shortens: months, units, currencies, abbreviations, signs."""

from __future__ import annotations

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
POWERS = {"²": "square", "2": "square", "³": "cubic", "3": "cubic"}
# One, several, a hundredth of it.
CURRENCIES = {
    **dict.fromkeys(("$", "USD", "US$"), ("dollar", "dollars", "cent")),
    **dict.fromkeys(("€", "EUR"), ("euro", "euros", "cent")),
    **dict.fromkeys(("£", "GBP"), ("pound", "pounds", "p")),
    **dict.fromkeys(("¥", "JPY"), ("yen", "yen", "")),
    **dict.fromkeys(("₹", "INR"), ("rupee", "rupees", "paisa")),
    **dict.fromkeys(("₩", "KRW"), ("won", "won", "")),
    **{"CHF": ("franc", "francs", "centime"), "CAD": ("Canadian dollar", "Canadian dollars", "cent")},
    **{
        "AUD": ("Australian dollar", "Australian dollars", "cent"),
        "C$": ("Canadian dollar", "Canadian dollars", "cent"),
    },
}
SCALES = {
    **dict.fromkeys(("k", "K", "thousand"), "thousand"),
    **dict.fromkeys(("m", "M", "mn", "million"), "million"),
    **dict.fromkeys(("b", "B", "bn", "billion"), "billion"),
    **dict.fromkeys(("t", "T", "tn", "trillion"), "trillion"),
}
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
SIGNS = {
    **{"&": "and", "%": "percent", "=": "equals", "×": "times", "÷": "divided by", "±": "plus or minus"},
    **{"→": "to", "≈": "about", "≤": "at most", "≥": "at least", "©": "copyright", "§": "section", "@": "at"},
    **{"+": "plus", "<": "less than", ">": "more than", "°": "degrees"},
}
SHARES = {
    **{"½": (1, 2), "⅓": (1, 3), "⅔": (2, 3), "¼": (1, 4), "¾": (3, 4), "⅕": (1, 5), "⅖": (2, 5), "⅗": (3, 5)},
    **{"⅘": (4, 5), "⅙": (1, 6), "⅚": (5, 6), "⅛": (1, 8), "⅜": (3, 8), "⅝": (5, 8), "⅞": (7, 8)},
}
# What a Roman numeral may follow: read as a number, or as an ordinal.
NUMBERED = (
    *("Chapter", "Part", "Act", "Scene", "Section", "Volume", "Book", "Phase", "Article", "World War", "Mark"),
    *("Type", "Level", "Stage", "Class", "Grade", "Super Bowl", "Apollo", "Episode", "Round", "Title", "Appendix"),
)
ORDERED = (
    *("Pope", "King", "Queen", "Henry", "Louis", "Edward", "George", "William", "Charles", "James", "Richard"),
    *("Elizabeth", "Napoleon", "Pius", "Benedict", "Leo", "John Paul", "Ramses", "Frederick", "Philip", "Alexander"),
    *("Nicholas", "Peter", "Catherine", "Ivan", "Gustav", "Christian", "Ferdinand", "Mary", "Tsar", "Emperor"),
)
