"""Chapter marks: gapless, from the first frame to the last, in the words of the project."""

from __future__ import annotations

from fractions import Fraction

from edl.chapters import Chapter, as_text, as_vtt, chapters
from edl.project import Project
from edl.timeline import lay_out


def project(**more: object) -> Project:
    segments = [
        {"title": "open", "text": "Open", "duration": "50f", "chapter": False},
        {"title": "one", "text": "One", "duration": "25f", "chapter": "Part <one> & more"},
        {"title": "between", "text": "Two", "duration": "10f", "chapter": False},
        {"title": "two", "text": "Two", "duration": "2s"},
    ]
    return Project.model_validate({"cutaway": 1, "title": "A film", "segments": segments, **more})


def test_each_segment_of_the_spine_begins_one() -> None:
    film = project()
    found = chapters(film, lay_out(film, {}))
    assert found == (Chapter(0, 85, "Part <one> & more"), Chapter(85, 135, "two"))


def test_a_segment_that_lies_in_its_joins_has_none() -> None:
    film = project(
        segments=[
            {"title": "one", "text": "One", "duration": "50f"},
            {"title": "flash", "text": "Flash", "duration": "12f"},
            {"title": "two", "text": "Two", "duration": "50f", "transition": {"kind": "dissolve", "duration": "12f"}},
        ]
    )
    assert chapters(film, lay_out(film, {})) == (Chapter(0, 50, "one"), Chapter(50, 100, "two"))


def test_as_players_read_them() -> None:
    marks = (Chapter(0, 85, "Part <one> & more"), Chapter(85, 100_000, "two"))
    assert as_vtt(marks, Fraction(25)).splitlines()[:5] == [
        "WEBVTT",
        "",
        "1",
        "00:00:00.000 --> 00:00:03.400",
        "Part &lt;one&gt; &amp; more",
    ]
    assert as_text((*marks, Chapter(100_000, 100_001, "late")), Fraction(25)).splitlines() == [
        "0:00 Part <one> & more",
        "0:03 two",
        "1:06:40 late",
    ]
