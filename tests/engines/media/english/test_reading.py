"""How written English is read aloud."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edl.pronounce import wanted_in
from edl.words import tokens
from engines.media.english.reading import pieces, spoken
from engines.media.english.script import joined, script

READ = {
    # numbers
    "1,234,567": "one million two hundred thirty-four thousand five hundred sixty-seven",
    "1.234,5 or 3,5": "one thousand two hundred thirty-four point five or three point five",
    "3.14, .5, -7, 007": "three point one four, point five, minus seven, zero zero seven",
    "10 000 strong": "ten thousand strong",
    "the 21st, the 80s, the '90s, 1990s": "the twenty-first, the eighties, the nineties, nineteen nineties",
    "1 000 000 euros, 1.000.000": "one million euros, one million",
    "5 - 3 = 2, 10^6, 3^2": "five minus three equals two, ten to the power of six, three squared",
    "2.30 pm, 3.5M, 100k": "two thirty P M, three point five million, one hundred thousand",
    "+49 30 1234567": "plus four nine, three zero, one two three four five six seven",
    "1/2, 2 1/2, 3½, ¾, 24/7": "one half, two and a half, three and a half, three quarters, twenty-four seven",
    "version 1.2.3": "version one point two point three",
    # years and dates
    "in 1969, 1905, 2005, 2026": "in nineteen sixty-nine, nineteen oh five, two thousand five, twenty twenty-six",
    "2050 frames": "two thousand fifty frames",
    "1914–1918, 1939–45": "nineteen fourteen to nineteen eighteen, nineteen thirty-nine to forty-five",
    "2026-03-12": "March twelfth, twenty twenty-six",
    "12 March 2026": "the twelfth of March, twenty twenty-six",
    "Mar. 3rd": "March third",
    "12/03/2026 and 25/03/2026": "December third, twenty twenty-six and March twenty-fifth, twenty twenty-six",
    "12.03.2026": "the twelfth of March, twenty twenty-six",
    # times
    "7:05 pm, 19:30, 12:00": "seven oh five P M, nineteen thirty, twelve o'clock",
    "at 5 p.m. Then": "at five P M. Then",
    "at 10 a.m. we": "at ten A M we",
    # money and units
    "$3.50, $1, $0.99, €2m": "three dollars and fifty cents, one dollar, ninety-nine cents, two million euros",
    "20 EUR, £1.2 billion, $5–10": "twenty euros, one point two billion pounds, five to ten dollars",
    "120 km/h, 1 km, 5 MB": "one hundred twenty kilometers per hour, one kilometer, five megabytes",
    "-5 °C, 50%, 10–20 m²": "minus five degrees Celsius, fifty percent, ten to twenty square meters",
    "6 in. 5 in the box": "six inches. five in the box",
    "three km of rope": "three kilometers of rope",
    # abbreviations, names, signs
    "Dr. Ada lives in Elm St. near St. Paul": "Doctor Ada lives in Elm Street near Saint Paul",
    "Ask Dr. Smith, or visit St. Helena": "Ask Doctor Smith, or visit Saint Helena",
    "He drove along Sunset Dr. They waited": "He drove along Sunset Drive. They waited",
    "e.g. this, etc. And": "for example this, et cetera. And",
    "No. 5, p. 12, #1": "number five, page twelve, number one",
    "Henry VIII in Act II, and I go": "Henry the eighth in Act two, and I go",
    "H264, COVID-19, A4, 4K, 1080p": "H two sixty-four, COVID nineteen, A four, four K, ten eighty P",
    "1920x1080": "nineteen twenty by ten eighty",
    "R&D": "R and D",
    "(555) 123-4567": "five five five, one two three, four five six seven",
    "see https://a-b.org/faq or me@host.org": "see a dash b dot org slash faq or me at host dot org",
    "Well-known 2-year-olds": "Well-known two-year-olds",
    # as it is
    "Plain words, don’t change; naïve café.": "Plain words, don’t change; naïve café.",
}


@pytest.mark.parametrize("written", READ)
def test_reading(written: str) -> None:
    assert " ".join(spoken(written).split()) == READ[written]


def test_signs_without_a_reading_are_left_out() -> None:
    assert spoken("Hi 😀 there\u200f™").split() == ["Hi", "there"]


@given(st.text(alphabet="aB 19.,:/-–$€%°CkmIVst\n'😀", max_size=40))
def test_pieces_cover_any_text(written: str) -> None:
    found = pieces(written)
    assert [piece.first for piece in found] == [0, *(piece.last for piece in found)][: len(found)]
    assert not found or found[-1].last == len(written)


def owned(say: str, *pronounce: tuple[str, str]) -> dict[str, str]:
    """What is spoken for each written word."""
    from edl.markup import plain

    text = plain(say)
    written = [text[first:last] for _, first, last in tokens(text)]
    found = dict.fromkeys(written, "")
    for line in script(say, pronounce):
        for word in line.words:
            found[written[word.owner]] += f" {word.text}"
    return {name: words.strip() for name, words in found.items()}


def test_spoken_words_know_what_was_written() -> None:
    assert owned("In 1969, Dr. Smith paid $9.98 & more on 12 March") == {
        **{"In": "In", "1969": "nineteen sixty nine", "Dr": "Doctor", "Smith": "Smith", "paid": "paid"},
        **{"9": "nine dollars and", "98": "ninety eight cents and", "more": "more", "on": "on"},
        **{"12": "the twelfth of", "March": "March"},
    }


def test_pronunciations_stand_for_their_words() -> None:
    say = "Ask hubble in San Juan"
    assert owned(say, ("San Juan", "san hwan"))["Juan"] == "hwan"
    words = [word for line in script(say, (("Hubble", "HH AH1 B AH0 L"),)) for word in line.words]
    assert words[1].phones == ("HH", "AH1", "B", "AH0", "L")


@given(st.text(alphabet="ab. 1$*!?\n[pause1s]é", max_size=60))
def test_no_written_word_is_lost_or_out_of_order(say: str) -> None:
    from edl.markup import plain

    lines = script(say)
    edges = [edge for line in lines for edge in line.written]
    assert edges == sorted(edges)
    if lines:
        assert (edges[0], edges[-1]) == (0, len(tokens(plain(say))))
    for line in lines:
        assert all(line.text[word.first : word.last] == word.text for word in line.words)
        assert all(line.written[0] <= word.owner < line.written[1] for word in line.words)


def test_pauses_and_stress_reach_the_words() -> None:
    (line, other) = script("One two [pause 1s] *three*. [pause 2s] Four.")
    assert line.text == "One two, three."
    assert line.pauses == ((2, 1.0), (3, 2.0))
    assert [word.text for word in line.words if word.stressed] == ["three"]
    (both,) = joined((line, other), 10)
    assert both.pauses == line.pauses
    assert [both.text[word.first : word.last] for word in both.words] == ["One", "two", "three", "Four"]
    assert joined((line, other), 3) == (line, other)


@pytest.mark.parametrize(
    ("say", "spoken_text"),
    [
        ("Dr. Hubble came.", "Doctor Hubble came."),
        ("St. Hubble, e.g. Hubble", "Saint Hubble, for example Hubble"),
        ("Louis VIII and 10 km.", "Lou the eighth and ten kay em."),
    ],
)
def test_a_word_of_the_list_is_a_neighbour_to_the_rules(say: str, spoken_text: str) -> None:
    listed = (("Hubble", "HH AH1 B AH0 L"), ("Louis", "Lou"), ("km", "kay em"))
    assert [line.text for line in script(say, listed)] == [spoken_text]


def test_plurals_and_possessives_of_the_list_reach_the_words() -> None:
    listed = {"Hubble": "HH AH1 B AH0 L", "Zorb": "zorp", "Xanthes": "Z AE1 N TH IY0 Z"}
    say = "Hubble's Hubbles Zorb’s Xanthes' ship, not Xanthes."
    (line,) = script(say, tuple(wanted_in(say, listed).items()))
    assert line.text == "Hubble's Hubbles zorp's Xanthes ship, not Xanthes."
    assert [word.phones[3:] for word in line.words] == [
        ("AH0", "L", "Z"),
        ("AH0", "L", "Z"),
        (),
        ("TH", "IY0", "Z", "IH0", "Z"),
        (),
        (),
        ("TH", "IY0", "Z"),
    ]
    assert [word.owner for word in line.words] == list(range(7))
