"""Settings that nothing comes of, and values that only look right, are said where they stand."""

from __future__ import annotations

from pathlib import Path

import pytest

from edl.errors import ProjectInvalid
from edl.findings import Finding
from edl.loader import load
from edl.rules import misfit_findings
from edl.timeline import lay_out

HEAD = "cutaway: 1\ntitle: Effects\ncast: {ann: {portrait: x.png}}\n"
VOICE = "  - {talk: b, who: ann, say: one two}\n"
NONE = "segments:\n  - {cutaway: a, image: x.png, duration: 2s, chapter: false}\n"
MUTE = "segments:\n  - {cutaway: a, image: x.png, duration: 2s}\n"


@pytest.fixture
def says(tmp_path: Path):
    """Findings of a project of the given lines."""

    def check(text: str) -> list[Finding]:
        for name in ("x.png", "x.mp4"):
            (tmp_path / name).write_bytes(b"x")
        file = tmp_path / "project.yaml"
        file.write_text(HEAD + text)
        try:
            loaded = load(file)
        except ProjectInvalid as error:
            return list(error.findings)
        return [*loaded.warnings, *misfit_findings(loaded, lay_out(loaded.project, {}))]

    return check


@pytest.mark.parametrize(
    ("text", "path", "words"),
    [
        ("captions: {style: {size: 1.5}}\n" + MUTE + VOICE, "captions.style", "they are not"),
        ("captions: {show: en}\n" + MUTE + VOICE, "captions.show", "they are not"),
        ("captions: {burn: line}\n" + MUTE, "captions.burn", "nobody speaks"),
        ("captions: {}\n" + MUTE + VOICE.replace("}", ", sound: false}"), "captions", "nobody is heard"),
        (MUTE + "  - {cutaway: c, over: a, image: x.png, chapter: Sea}\n", "segments[1].chapter", "lies over another"),
        (MUTE + "  - {title: c, text: c, duration: 1s, chapter: Sea}\n", "segments[1].chapter", "no chapter marks"),
        ("output: {chapters: true}\n" + NONE, "output.chapters", "every segment of the spine says"),
    ],
)
def test_what_has_no_effect(text, path, words, says):
    (found,) = (finding for finding in says(text) if finding.code == "no-effect")
    assert (found.place.path, found.blocks) == (path, False)
    assert words in found.message


def test_what_has_an_effect_is_not_mentioned(says):
    text = "captions: {burn: line, style: {size: 1.5}}\noutput: {chapters: true}\n" + MUTE + VOICE
    assert not says(text + "  - {title: c, text: c, duration: 1s, chapter: Sea}\n")


@pytest.mark.parametrize("word", ["yes", "on", "1"])
def test_only_true_is_true(word, says):
    (found,) = says(f"output: {{sheet: {word}}}\n" + MUTE)
    assert (found.code, found.place.path) == ("value-wrong", "output.sheet")
    assert "true or false" in found.message


def test_a_variable_may_switch(says):
    assert not says('vars: {wanted: true}\noutput: {sheet: "${wanted}"}\n' + MUTE)


def test_variants_whose_names_differ_by_case(says):
    variants = "[{name: Tall, width: 72, height: 128}, {name: tall, width: 72, height: 72}]"
    (found,) = says(f"output: {{variants: {variants}}}\n" + MUTE)
    assert (found.code, found.place.path) == ("name-twice", "output.variants[1].name")
    assert '"Tall" and "tall"' in found.message


@pytest.mark.parametrize(("begin", "late"), [("1900ms", False), ("2s", True)])
def test_a_logo_after_the_end(begin, late, says):
    found = says(f"overlay: [{{file: x.png, from: {begin}}}]\n" + MUTE)
    assert [(each.code, each.place.path) for each in found] == [("logo-never", "overlay[0].from")] * late
    own = MUTE.replace("2s}", f"2s, overlay: [{{file: x.png, from: {begin}}}]}}")
    found = says(own + "  - {title: c, text: c, duration: 5s}\n")
    assert [each.place.path for each in found] == ["segments[0].overlay[0].from"] * late


def test_a_mistyped_voice_of_a_clip(says):
    voice = VOICE.replace("talk: b", "talk: hello")
    text = MUTE + voice + "  - {clip: c, file: x.mp4, over: hello, sync_to: helo}\n"
    (found,) = (each for each in says(text) if each.code == "file-missing")
    assert 'no segment with a voice is called "helo"' in found.message
    assert 'Did you mean the segment "hello"?' in found.remedy


@pytest.mark.parametrize(
    ("over", "bare"),
    [
        ("duration: 300ms", True),
        ("layout: {pip: top-left}", True),
        ("layout: {split: left}", True),
        ("from: 0s", False),
    ],
)
def test_a_narration_that_is_mostly_black_warns(says, over: str, bare: bool) -> None:
    text = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen"
    findings = says(
        f"segments:\n  - {{narrate: n, who: ann, say: {text}}}\n  - {{cutaway: c, over: n, image: x.png, {over}}}\n"
    )
    found = [finding for finding in findings if finding.code == "narration-bare"]
    assert bool(found) is bare
    assert all("nothing fills the picture" in finding.message for finding in found)
