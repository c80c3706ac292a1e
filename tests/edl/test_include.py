"""Projects of several files."""

import pytest

from edl.errors import ProjectInvalid
from edl.loader import load

MAIN = """\
include: [parts/base.yaml, parts/second.yaml]
cutaway: 1
title: Main
output: {width: 640}
segments:
  - {title: first, text: First, duration: 1s}
"""
BASE = """\
title: Base
output: {width: 1920, height: 1080}
cast: {host: {voice: voice/hibari}}
vars: {name: Ada}
segments:
  - narrate: hello
    who: host
    say: "I am ${name}."
    promt: x
"""
SECOND = """\
output: {height: 360}
segments:
  - {title: last, text: "${name}", duration: 1s}
"""


@pytest.fixture
def film(tmp_path):
    (tmp_path / "parts").mkdir()
    (tmp_path / "project.yaml").write_text(MAIN)
    (tmp_path / "parts" / "base.yaml").write_text(BASE.replace("    promt: x\n", ""))
    (tmp_path / "parts" / "second.yaml").write_text(SECOND)
    return tmp_path


def said(film):
    with pytest.raises(ProjectInvalid) as caught:
        load(film / "project.yaml")
    return [(each.code, each.place.file, each.place.line) for each in caught.value.findings]


def test_the_main_file_wins_and_segments_follow_one_another(film):
    project = load(film / "project.yaml").project
    assert project.title == "Main"
    assert (project.output.width, project.output.height) == (640, 360)
    assert [segment.id for segment in project.segments] == ["first", "hello", "last"]
    assert project.segments[2].text == "Ada"


def test_places_name_the_included_file(film):
    place = load(film / "project.yaml").places.of("hello", "say")
    assert (place.file, place.line, place.path) == ("parts/base.yaml", 8, "segments[0].say")
    (film / "parts" / "base.yaml").write_text(BASE)
    assert said(film) == [("key-unknown", "parts/base.yaml", 9)]


def test_a_cycle_is_found(film):
    (film / "parts" / "second.yaml").write_text("include: ../project.yaml\n")
    assert ("include-cycle", "parts/second.yaml", 1) in said(film)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("parts/bas.yaml", "file-missing"),
        ("../other.yaml", "path-leaves"),
        ("http://x/y.yaml", "path-odd"),
        ("parts", "path-odd"),
        ("[nested]", "value-wrong"),
    ],
)
def test_what_cannot_be_included(film, written, code):
    (film / "project.yaml").write_text(MAIN.replace("[parts/base.yaml, parts/second.yaml]", f"[{written}]"))
    assert said(film) == [(code, "project.yaml", 1)]


def test_broken_files_are_all_named(film):
    for name in ("base", "second"):
        (film / "parts" / f"{name}.yaml").write_text("a: b: c\n")
    assert said(film) == [("yaml-broken", "parts/base.yaml", 1), ("yaml-broken", "parts/second.yaml", 1)]


def test_very_many_files_are_refused(film):
    for number in range(12):
        entry = f"include: [s{number + 1}.yaml, s{number + 1}.yaml]\n" if number < 11 else "vars: {}\n"
        (film / "parts" / f"s{number}.yaml").write_text(entry)
    (film / "project.yaml").write_text(MAIN.replace("parts/base.yaml", "parts/s0.yaml"))
    assert "yaml-too-large" in [code for code, _, _ in said(film)]
