"""How English reads powers, currencies, scales, signs, shares and Roman numerals; the rest that it shortens stands in
:mod:`edl.abbreviations`."""

from __future__ import annotations

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
