"""What is said of joins, layouts, ranges and logos that cannot be, and of what may be."""

from __future__ import annotations

from pathlib import Path

import pytest

from edl.errors import ProjectInvalid
from edl.findings import Finding
from edl.loader import load

FILM = """\
cutaway: 1
title: Rules
cast: {ann: {portrait: x.png}}
segments:
  - {cutaway: a, image: x.png, duration: 2s}
  - {talk: b, who: ann, say: one two}
  - {cutaway: c, image: x.png, duration: 2s}
"""


@pytest.fixture
def says(tmp_path: Path):
    """Findings of the film with more lines at its end, or at its top."""

    def check(more: str, top: str = "") -> list[Finding]:
        (tmp_path / "x.png").write_bytes(b"x")
        file = tmp_path / "project.yaml"
        file.write_text(FILM.replace("cast:", f"{top}\ncast:") + more)
        try:
            return list(load(file).warnings)
        except ProjectInvalid as error:
            return list(error.findings)

    return check


@pytest.mark.parametrize(
    ("more", "code", "words"),
    [
        ("over: [c, a]", "over-range", '"a" comes before "c"'),
        ("over: [a, a]", "over-range", "the same one twice"),
        ("over: [a, nobody]", "over-unknown", '"nobody", which does not exist'),
        ("over: [a, b, c]", "value-wrong", "at most 2 entries"),
        ("over: [a]", "value-wrong", "over"),
        ("over: [a, c], from: {word: two}", "no-transcript", 'nobody speaks in the cutaway "a"'),
        ("over: [b, c], from: {word: three}", "no-word", "three"),
        ("duration: 1s, layout: {pip: top-left}", "layout-bare", "lies over nothing"),
        ("duration: 1s, transition_out: dissolve", "transition-out", "lies over nothing"),
        ("over: a, layout: {pip: middle}", "value-wrong", "layout.pip"),
        ("over: a, layout: {split: left, size: 20%}", "value-wrong", "size belongs to pip"),
        ("over: a, layout: {pip: top-left, size: 95%}", "value-wrong", "at most 0.9"),
        ("over: a, layout: {pip: top-left, size: big}", "value-wrong", 'Write "30%" or 0.3'),
        ("over: a, layout: {pip: top-left, colour: red}", "key-unknown", '"colour" is not a key of layout'),
        ("over: a, transition: {kind: wipe, form: left}", "key-unknown", 'mean "from"'),
        ("over: a, transition: {kind: dip, color: red}", "value-wrong", 'such as "#e2a04a"'),
        ("over: a, transition: {duration: 1s}", "key-missing", "kind"),
        ("over: a, freeze: {end: 5}", "value-wrong", "has no unit"),
        ("over: a, overlay: [{file: y.png}]", "file-missing", "y.png"),
        ("over: a, overlay: [{file: x.png, from: 2s, until: 1s}]", "logo-never", "gone at 1s"),
        ("over: a, overlay: [{file: x.png, x: 0.5}]", "value-wrong", "x and y go together"),
    ],
)
def test_one_mistake_is_one_finding(says, more, code, words):
    errors = [finding for finding in says(f"  - {{cutaway: d, image: x.png, {more}}}\n") if finding.blocks]
    assert [finding.code for finding in errors] == [code], errors
    assert words in f"{errors[0].message} {errors[0].remedy}"
    assert errors[0].place.line == 9


@pytest.mark.parametrize(
    "more",
    [
        "{cutaway: d, image: x.png, over: [a, c], from: 1s, layout: {split: left, share: 40%}}",
        "{cutaway: d, image: x.png, over: [b, c], from: {word: two}, transition: dissolve, transition_out: dip}",
        "{talk: d, who: ann, say: three, over: a, layout: {pip: top-left, shape: circle}}",
        "{talk: d, who: ann, say: three, over: c}",
        "{cutaway: d, image: x.png, duration: 1s, transition: {kind: wipe, from: top, soft: 0}, freeze: {end: 1s}}",
    ],
)
def test_what_may_be(says, more):
    assert not says(f"  - {more}\n", "overlay: [{file: x.png, corner: top-left, from: 1s, until: 2s}]\nfade: {in: 1s}")


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ("{talk: d, who: ann, say: three, over: b}", 'the talk "d" lies over "b"'),
        ("{talk: d, who: ann, say: three, over: [a, b]}", 'the talk "d" lies over "a to b"'),
        ("{narrate: d, who: ann, say: three, over: a}", 'the narrate "d" lies over "a"'),
    ],
)
def test_two_voices_at_once(says, more, words):
    errors = [finding for finding in says(f"  - {more}\n") if finding.blocks]
    assert [(finding.code, finding.message) for finding in errors] == [("speech-over", words)]


def test_what_defaults_say_counts_where_it_can(says):
    assert not says("", "defaults: {cutaway: {transition: dissolve, transition_out: dip, layout: {pip: top-left}}}")


def test_a_transition_on_the_first_segment_is_an_error(tmp_path):
    (tmp_path / "x.png").write_bytes(b"x")
    file = tmp_path / "project.yaml"
    file.write_text(FILM.replace("x.png, duration: 2s}", "x.png, duration: 2s, transition: dip}", 1))
    with pytest.raises(ProjectInvalid) as caught:
        load(file)
    assert [(each.code, each.place.line) for each in caught.value.findings] == [("transition-first", 5)]
    assert "fade" in caught.value.findings[0].remedy


def test_nothing_is_said_twice_where_no_segment_can_be_read(tmp_path):
    file = tmp_path / "project.yaml"
    file.write_text("cutaway: 1\ntitle: x\nsegments:\n  - {title: a, text: A, duration: 1s, transition: melt}\n")
    with pytest.raises(ProjectInvalid) as caught:
        load(file)
    assert [each.message for each in caught.value.findings] == ['transition.kind cannot be "melt"']


def test_a_key_of_another_kind_is_not_taken_for_a_typo(says) -> None:
    findings = says("  - {loop: d, who: ann, duration: 2s, camera: orbit}\n")
    assert [finding.code for finding in findings if finding.code in ("key-unknown", "no-effect")] == ["key-unknown"]
    (found,) = [finding for finding in findings if finding.code == "key-unknown"]
    assert "params: {camera: orbit}" in found.remedy
    findings = says("  - {talk: d, who: ann, say: three, regions: []}\n")
    (found,) = [finding for finding in findings if finding.code == "key-unknown"]
    assert "cutaway, loop" in found.message
