"""Cuts on the beat: which one is nearest, how far a cut moves, and what stays where it was."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from edl.facts import BeatFacts, Word
from edl.hearing import Bed, Hearing, Tie
from edl.music import Music
from edl.output import Output
from edl.project import AnySegment, Clip, Cutaway, Project, Talk, Title
from edl.timeline import Timeline, Voiced, lay_out

FPS = Fraction(25)
BEATS = BeatFacts(seconds=10.2, tempo=120, beats=tuple(0.3 + 0.5 * number for number in range(20)), onsets=(0.1, 4.25))
HEARING = Hearing((Bed(BEATS),))


def project(*segments: AnySegment) -> Project:
    return Project(cutaway=1, title="x", output=Output(fps=FPS), music=(Music(file="m"),), segments=segments)


def title(name: str, length: str, **keys: object) -> Title:
    return Title.model_validate({"title": name, "text": "x", "duration": length, **keys})


def talk(**keys: object) -> Talk:
    return Talk.model_validate({"talk": "hello", "who": "host", "say": "One two.", **keys})


def problems(line: Timeline) -> list[tuple[str, str]]:
    return [(each.segment, each.problem) for each in line.unsnapped]


def test_an_end_moves_to_the_nearest_beat() -> None:
    line = lay_out(project(title("a", "2s", snap="beat"), title("b", "1s")), {}, hearing=HEARING)
    assert [slot.end for slot in line.spine] == [45, 70]  # 1.8 s is nearest to 2 s: frame 45
    assert line.exact
    assert problems(line) == []


@given(st.lists(st.integers(20, 200), min_size=1, max_size=8))
def test_every_snapped_cut_lies_on_a_beat_of_the_repeated_bed(lengths: list[int]) -> None:
    titles = [title(f"t{at}", f"{frames}f", snap="beat") for at, frames in enumerate(lengths)]
    line = lay_out(project(*titles), {}, hearing=HEARING)
    missed = {each.segment for each in line.unsnapped}
    for slot, wanted in zip(line.spine, lengths, strict=True):
        if slot.segment not in missed:
            place = float(slot.end / FPS % 10)  # 10.2 s, repeated with 0.2 s of overlap
            assert min(abs(place - beat) for beat in BEATS.beats) <= 0.021
            assert abs(slot.frames - wanted) <= 7  # half a beat


def test_a_voice_is_never_stretched_but_its_pause_is() -> None:
    voices = {"hello": Voiced(Fraction(2))}
    stays = lay_out(project(talk(snap="beat")), voices, hearing=HEARING)
    assert stays.frames == 50
    assert problems(stays) == [("hello", "fixed")]
    moved = lay_out(project(talk(snap="beat", after="200ms")), voices, hearing=HEARING)
    assert moved.frames == 58  # 2.3 s: the pause takes it
    assert lay_out(project(talk(snap="beat", after="80ms")), voices, hearing=HEARING).frames == 58


def test_an_overlay_starts_and_ends_on_beats() -> None:
    over = title("t", "1s", over="hello", snap="beat", **{"from": "1s"})
    slot = lay_out(project(talk(), over), {"hello": Voiced(Fraction(4))}, hearing=HEARING).slot("t")
    assert (slot.start, slot.end) == (20, 45)


def test_a_clip_is_never_longer_than_its_file() -> None:
    clip = Clip.model_validate({"clip": "c", "file": "c.mp4", "duration": "2250ms", "snap": "beat"})
    short = lay_out(project(clip), {}, {"c": Fraction("2.26")}, HEARING)
    assert (short.frames, problems(short)) == (56, [("c", "no-room")])
    assert lay_out(project(clip), {}, {"c": Fraction(9)}, HEARING).frames == 58


def test_before_the_voices_exist_nothing_is_exact() -> None:
    line = lay_out(project(talk(), title("t", "2s", snap="beat")), {}, hearing=HEARING)
    assert not line.slot("t").exact
    unknown = lay_out(project(title("t", "2s", snap="beat")), {}, hearing=Hearing((Bed(None),)))
    assert (unknown.frames, unknown.exact, unknown.unsnapped) == (50, False, ())


@pytest.mark.parametrize("snap", ["beat", "onset"])
def test_without_music_or_pulse_it_is_said(snap: str) -> None:
    segment = title("t", "2s", snap=snap)
    assert problems(lay_out(project(segment), {})) == [("t", "no-music")]
    assert problems(lay_out(project(segment), {}, hearing=Hearing((Bed(BeatFacts(seconds=9)),)))) == [
        ("t", "no-moment")
    ]


def test_too_far_is_said() -> None:
    segment = title("t", "2s", snap="onset")
    assert problems(lay_out(project(segment), {}, hearing=HEARING)) == [("t", "no-room")]
    assert lay_out(project(title("t", "4s", snap="onset")), {}, hearing=HEARING).frames == 106


def test_a_pause_of_the_voice() -> None:
    words = (Word(text="One", start=0, end=0.9, first=0, last=3), Word(text="two", start=1.1, end=2, first=4, last=7))
    shot = Cutaway.model_validate({"cutaway": "c", "image": "i", "over": "hello", "from": "700ms", "snap": "pause"})
    line = lay_out(project(talk(before="4f"), shot), {"hello": Voiced(Fraction(2), words)}, hearing=HEARING)
    assert line.slot("c").start == 29
    assert line.slot("c").end == 54
    alone = lay_out(project(title("t", "2s", snap="pause")), {}, hearing=HEARING)
    assert problems(alone) == [("t", "no-voice")]


def test_a_pause_has_its_own_words() -> None:
    """Said in the words of the beat once: a nearest beat, for a cut that never looked for one."""
    words = (Word(text="One", start=0, end=0.9, first=0, last=3), Word(text="two", start=1.1, end=2, first=4, last=7))
    shot = Cutaway.model_validate({"cutaway": "c", "image": "i", "over": "hello", "snap": "pause"})
    line = lay_out(project(talk(), shot), {"hello": Voiced(Fraction(2), words)}, hearing=HEARING)
    near = "no pause that it can reach lies within 0.50 s of its start at frame 0 (0.00 s)"
    message = f"c: {near}; the nearest is at frame 25"
    assert [(each.problem, each.message) for each in line.unsnapped] == [("no-pause", message)]
    assert line.slot("c").start == 0
    mute = lay_out(project(talk(), shot), {"hello": Voiced(Fraction(2))}, hearing=HEARING)
    assert problems(mute) == [("c", "no-pause")]
    bare = lay_out(project(title("t", "2s"), shot.model_copy(update={"over": "t"})), {}, hearing=HEARING)
    assert problems(bare) == [("c", "no-voice")]


def test_music_tied_to_an_earlier_segment_gives_its_beats() -> None:
    segments = title("a", "1s"), title("b", "2s", snap="beat"), title("c", "2s", snap="beat")
    line = lay_out(project(*segments), {}, hearing=Hearing((Bed(BEATS, Tie("b")),)))
    assert [slot.end for slot in line.spine] == [25, 25 + 45, 25 + 95]
    assert (line.exact, line.unsnapped) == (True, ())
    later = lay_out(project(*segments), {}, hearing=Hearing((Bed(BEATS, Tie("b", 10)),)))
    assert [slot.end for slot in later.spine] == [25, 25 + 55, 25 + 105]


def test_music_tied_to_the_cut_itself_moves_along() -> None:
    """From the next segment on: it begins at the cut, wherever that is. Music that stays goes before it."""
    segments = title("a", "2s", snap="beat"), title("b", "2s", snap="beat")
    line = lay_out(project(*segments), {}, hearing=Hearing((Bed(BEATS, Tie("b")),)))
    assert [slot.end for slot in line.spine] == [50, 50 + 45]
    assert line.unsnapped == ()
    both = lay_out(project(*segments), {}, hearing=Hearing((Bed(BEATS, Tie("b")), Bed(BEATS, 0, Tie("a")))))
    assert [slot.end for slot in both.spine] == [45, 45 + 45]
    shot = title("t", "1s", over="hello", snap="beat", **{"from": "1s"})
    over = lay_out(project(talk(), shot), {"hello": Voiced(Fraction(4))}, hearing=Hearing((Bed(BEATS, Tie("t")),)))
    assert (over.slot("t").start, over.slot("t").end, over.unsnapped) == (25, 25 + 20, ())


def test_music_tied_to_what_lies_over_an_earlier_segment() -> None:
    shot = title("t", "1s", over="a", **{"from": "300ms"})
    segments = project(title("a", "2s"), title("b", "2s", snap="beat"), shot)
    line = lay_out(segments, {}, hearing=Hearing((Bed(BEATS, Tie("t")),)))
    assert line.slot("b").end == 7 + 95  # 3.8 s after the start of t
    unsure = project(talk(), title("b", "2s", snap="beat"), title("t", "1s", over="hello"))
    assert not lay_out(unsure, {}, hearing=Hearing((Bed(BEATS, Tie("t")),))).slot("b").exact


def test_where_no_music_sounds_it_is_said_and_goes_on() -> None:
    early, late = Bed(BEATS, 0, 30, name="bed.wav"), Bed(BEATS, Tie("b", 25), name="pad.wav")
    short = Bed(BeatFacts(seconds=1, tempo=120, beats=(0.3, 0.8)), loops=False, name="sting.wav")
    segments = project(title("a", "2s", snap="beat"), title("b", "2s"))
    line = lay_out(segments, {}, hearing=Hearing((early, late, short)))
    assert problems(line) == [("a", "silent")]
    assert line.unsnapped[0].message == (
        "a: no music sounds at its end at frame 50 (2.00 s): bed.wav is over at 1.20 s, pad.wav begins at 3.00 s, "
        "sting.wav is over at 1.00 s"
    )
    assert line.slot("a").end == 50
    voice = project(talk(), title("b", "2s", snap="beat"))  # its length is only guessed, so nobody knows yet
    assert problems(lay_out(voice, {}, hearing=Hearing((early,)))) == []
    gone = lay_out(segments, {}, hearing=Hearing((Bed(BEATS, Tie("nobody")),)))
    assert gone.slot("a").end == 45  # that there is no such segment is said by check
