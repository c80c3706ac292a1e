"""Cues: where phrases end, how lines are broken, how long captions show."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise, zip_longest

import pytest

from edl.cues import GAP, LEAST, MOST, Cue, Said, apart, broken, narrowed, phrases, timed
from edl.facts import Word
from edl.scripts import CHINESE, JAPANESE, KOREAN, LATIN, cells, characters, reading_of
from edl.timeline import Slot
from edl.units import Unit, retimed, units_of
from edl.words import tokens

FPS = Fraction(25)
TALE = (
    "Point a telescope at an empty patch of sky, and wait. Every speck of light that appears is a galaxy. "
    "To see them clearly, we had to leave the ground, and a rocket needs nine minutes to reach orbit."
)


def spoken(text: str, rate: float = 0.3, pauses: dict[str, float] | None = None) -> tuple[Word, ...]:
    """A word every ``rate`` seconds; ``pauses`` are silences after words that end so."""
    words, at = [], 0.0
    for _, first, last in tokens(text):
        words.append(Word(text=text[first:last], start=at, end=at + rate, first=first, last=last))
        at += rate + (pauses or {}).get(text[first:last], 0.0)
    return tuple(words)


def cut(text: str, reading=LATIN, **named) -> list[str]:
    words = spoken(text, **named)
    units = units_of(text, words, words[-1].end)
    return ["".join(unit.text for unit in phrase).strip() for phrase in phrases(units, reading)]


def test_phrases_end_where_sentences_and_clauses_do():
    found = cut(TALE)
    assert " ".join(found) == TALE
    assert all(phrase[-1] in ".," for phrase in found)
    assert found[0] == "Point a telescope at an empty patch of sky, and wait."


def test_a_pause_ends_a_phrase():
    text = "we waited for the light of a star that had gone out before anybody was there to look at it"
    found = cut(text, pauses={"star": 0.8})
    assert found[0].endswith("a star")


def test_two_lines_that_fit_and_are_alike():
    words = spoken(TALE)
    for phrase in phrases(units_of(TALE, words, words[-1].end), LATIN):
        lines = ["".join(unit.text for unit in line).strip() for line in broken(phrase, LATIN)]
        assert len(lines) <= 2
        assert all(cells(line) <= LATIN.line for line in lines)
        assert not any(line.endswith((" a", " the", " of")) for line in lines[:-1])


def test_a_narrow_picture_has_shorter_lines():
    narrow = narrowed(LATIN, 20)
    words = spoken(TALE)
    lines = [line for phrase in phrases(units_of(TALE, words, 30), narrow) for line in broken(phrase, narrow)]
    assert max(cells("".join(unit.text for unit in line).strip()) for line in lines) <= 20


@pytest.mark.parametrize(
    ("text", "ends"),
    [
        ("Dr. Weiss saw it. It was Mr. J. R. Bell.", ["it.", "Bell."]),
        ("Der Satz von Hr. Maier, z. B. dieser.", ["dieser."]),
        ("Prof. Gray, i.e. Bob, e.g. Here.", ["Here."]),
        ("See No. 5 and Vol. II. Is it? No. We go.", ["II.", "it?", "No.", "go."]),
        ("On Jan. 5 approx. ten. In Jan. It rained, etc. and so on, etc. Then", ["ten.", "Jan.", "etc."]),
        ("The U.S. Navy at 5 p.m. sharp. At 5 p.m. They", ["sharp.", "p.m."]),
        ("Acme Inc. of Ohio. Acme Inc. They, a B.Sc. from Yale.", ["Ohio.", "Inc.", "Yale."]),
        ("It weighs 3 kg. The other 5 oz. only. He said “Hello.” Then", ["kg.", "only.", "“Hello.”"]),
    ],
)
def test_an_abbreviation_ends_no_sentence(text, ends):
    units = units_of(text, (), 5)
    found = [
        unit.bare
        for unit, after in zip_longest(units, units[1:])
        if unit.ending(after) == "." and (after or text[-1] == ".")
    ]
    assert found == ends


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("And then we all went down Dr. Weiss and his old brown dog was.", "Dr. Weiss"),
        ("And then we all went down to see how 3 km and his old brown dog was there with.", "3 km"),
        ("And then we all went down to No. 5 and his old brown dog was there.", "No. 5"),
        ("And then we all went e.g. moons and his old brown dog.", "e.g. moons"),
        ("And then we all went down to see 40 € and his old brown dog was there.", "40 €"),
    ],
)
def test_lines_are_not_broken_inside_what_belongs_together(text, kept):
    words = spoken(text)
    lines = ["".join(unit.text for unit in line) for line in broken(units_of(text, words, 9), LATIN)]
    assert len(lines) == 2
    assert any(kept in line for line in lines)
    assert max(cells(line.strip()) for line in lines) <= LATIN.line
    assert abs(cells(lines[0]) - cells(lines[1])) < 20


def test_texts_without_blanks_are_torn_between_characters():
    text = "空のどこを見ても、そこには必ず銀河がある。コーヒーを飲んで、GPS(全地球測位)で空を見上げてください。"
    units = [unit.text for unit in units_of(text, spoken(text), 9)]
    assert "".join(units) == text
    assert "コーヒー" in units
    assert "GPS" in units
    assert not any(unit[0] in "、。）)ー" for unit in units)
    assert "(全" in units
    found = cut(text, JAPANESE)
    assert found[0].endswith(("、", "。"))


def test_marks_stay_with_their_letters():
    text = "हर प्रकाश का कण एक आकाशगंगा है"
    units = units_of(text, spoken(text), 5)
    assert [unit.bare for unit in units] == text.split()
    assert all(one.start <= one.end <= two.start + 0.31 for one, two in pairwise(units))


@pytest.mark.parametrize(
    ("text", "language", "reading"),
    [
        ("Hello", "", LATIN),
        ("空を見て", "", JAPANESE),
        ("銀河", "ja", JAPANESE),
        ("银河", "zh", CHINESE),
        ("은하", "", KOREAN),
        ("1969", "", LATIN),
    ],
)
def test_scripts_are_read_differently(text, language, reading):
    assert reading_of(text, language) is reading


def test_width_counts_what_takes_room():
    assert [cells(text) for text in ("abc", "e\u0301", "空", "\u200dx")] == [3, 1, 2, 1]


def test_characters_are_counted_as_people_count_them():
    assert [characters(text) for text in ("abc", "e\u0301", "空を (WHO)", "a\u200f\nb")] == [3, 1, 8, 2]


def frames_of(text: str, slot: Slot, gap: int = GAP):
    words = spoken(text)
    units = units_of(text, words, words[-1].end)
    return timed(phrases(units, LATIN), slot, FPS, LATIN, gap)


def test_cues_lie_inside_their_segment_and_apart():
    slot = Slot("a", 100, 400, voice=6)
    cues = frames_of(TALE, slot)
    assert cues[0].start == 106
    assert cues[-1].end <= slot.end
    assert all(two.start - one.end >= GAP for one, two in pairwise(cues))
    assert all(LEAST <= (cue.end - cue.start) / FPS <= MOST + 0.5 for cue in cues)
    assert " ".join(cue.text.replace("\n", " ") for cue in cues) == TALE


def test_a_short_word_stays_as_long_as_it_can():
    assert frames_of("Yes.", Slot("a", 0, 100))[0].end == 21  # LEAST
    assert frames_of("Yes.", Slot("a", 0, 9))[0].end == 9  # but never beyond the segment


def test_cues_follow_a_voice_through_its_j_and_l_cuts():
    slot = Slot("a", 75, 60, voice=-50)  # two seconds before its picture, and one after it
    words = spoken("One, two three four five six. Seven eight nine ten eleven twelve.", rate=0.36)
    units = units_of("One, two three four five six. Seven eight nine ten eleven twelve.", words, words[-1].end)
    cues = timed(phrases(units, LATIN), slot.heard(25, 1000), FPS, LATIN)
    assert [cue.start for cue in cues] == [25, 79]
    assert slot.end < cues[-1].end <= slot.end + 25
    assert timed(phrases(units, LATIN), slot.heard(25, 140), FPS, LATIN)[-1].end == 140  # the film ends


def test_what_is_said_before_the_film_begins_has_no_cue():
    words = spoken("One two. Three four five six.", pauses={"two": 2.0})
    units = units_of("One two. Three four five six.", words, words[-1].end)
    (cue,) = timed(phrases(units, LATIN), Slot("a", 0, 100, voice=-40).heard(0, 100), FPS, LATIN)
    assert cue.text == "Three four five six."
    assert cue.start == int(2.6 * 25) - 40


def at(start: int, end: int, reads: int) -> Cue:
    return Cue("a", start, end, ((Said("x", start),),), reads)


@pytest.mark.parametrize(
    ("cues", "spans"),
    [
        ([at(0, 50, 30), at(40, 90, 30)], [(0, 38), (40, 90)]),  # it has been read: the next one takes its place
        ([at(0, 50, 45), at(40, 90, 30)], [(0, 43), (45, 90)]),  # it is read first
        ([at(0, 90, 60), at(10, 80, 20)], [(0, 58), (60, 80)]),
        ([at(0, 90, 90), at(10, 80, 30)], [(0, 58), (60, 80)]),  # no time for both: shares
        ([at(0, 50, 30), at(50, 90, 30)], [(0, 50), (50, 90)]),
        ([at(0, 99, 30), at(10, 60, 30), at(12, 28, 20)], [(0, 28), (30, 60)]),  # that would come when it is over
    ],
)
def test_of_two_voices_at_once_one_cue_shows_at_a_time(cues, spans):
    assert [(cue.start, cue.end) for cue in apart(cues[::-1])] == spans


def test_words_begin_when_they_are_said():
    cue = frames_of("one two three", Slot("a", 50, 40, voice=2))[0]
    assert [(said.text, said.frame) for said in cue.lines[0]] == [("one ", 52), ("two ", 59), ("three", 67)]


def test_burned_cues_follow_without_a_gap():
    cues = frames_of(TALE, Slot("a", 0, 400), gap=0)
    assert [cue.end for cue in cues[:-1]] == [cue.start for cue in cues[1:]]


def test_a_translation_follows_the_speech_by_sentences():
    words = spoken("One two three. Four five.", pauses={"three": 1.0})
    heard = units_of("One two three. Four five.", words, words[-1].end)
    found = retimed("Eins zwei drei vier. Und fünf.", heard)
    assert next(unit.start for unit in found if unit.bare == "Und") == words[3].start
    assert found[0].start == 0
    assert found[-1].end == words[-1].end


def test_a_translation_is_divided_by_time_and_not_by_letters():
    """What is said slowly has few letters, but time to read."""
    text = "A b c d e f g extraordinarily"
    words = spoken(text, rate=0.3)
    found = retimed("x" * 20 + " " + "y" * 20, units_of(text, words, words[-1].end))
    assert found[1].start == words[4].start  # half of the time


def test_a_silence_inside_a_sentence_is_not_time_that_is_spoken():
    text = "one two three four"
    words = spoken(text, pauses={"two": 5.0})
    found = retimed("x" * 20 + " " + "y" * 20 + " z", units_of(text, words, words[-1].end))
    assert found[1].start == words[2].start


def test_a_letter_more_moves_no_other_caption():
    words = spoken(TALE)
    heard = units_of(TALE, words, words[-1].end)
    text = (
        "Richte ein Teleskop auf ein leeres Stück Himmel, und warte. Jeder Lichtfleck ist eine Galaxie. "
        "Um sie klar zu sehen, mussten wir den Boden verlassen, und eine Rakete braucht neun Minuten."
    )
    one, other = (
        [(phrase[0].start, phrase[-1].end) for phrase in phrases(retimed(each, heard), LATIN)]
        for each in (text, text.replace("Himmel", "Himmels"))
    )
    assert one == other


def test_a_recording_without_word_times_is_spread():
    found = units_of("one two", (), 3.5)
    assert [(unit.start, unit.end) for unit in found] == [(0.0, 2.0), (2.0, 3.5)]


def test_nothing_said_gives_nothing():
    assert units_of("", (), 2) == ()
    assert phrases((), LATIN) == ()
    assert retimed("", (Unit("a", 0, 1),)) == ()
