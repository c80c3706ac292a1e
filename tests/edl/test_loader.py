"""The project file as a whole: all mistakes at once, each with its line and what would be right."""

import json
import re
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from edl.codes import CODES
from edl.errors import ProjectInvalid
from edl.loader import load

GOOD_LINES = 55


def test_a_good_project_loads(good, folder):
    assert not good.warnings
    assert good.folder == folder
    assert good.file == "project.yaml"
    hello, coast = good.project.segments[:2]
    assert hello.say == "Every coastline starts as a single still."
    assert coast.params == {"steps": 20, "strength": 0.5}  # defaults are merged by key
    assert coast.takes == 4
    assert good.project.output.fps == Fraction(25)
    assert [segment.id for segment in good.project.spine] == ["hello", "recorded", "story", "idle", "end"]


def test_places(good):
    lines = (good.folder / "project.yaml").read_text().splitlines()
    for place, words in (
        (good.places.of("coast", "prompt"), "prompt:"),
        (good.places.of("coast", "from.word"), "from:"),
        (good.places.of("coast", "params.steps"), "params: {steps: 20}"),
        (good.places.of("coast", "params.strength"), "cutaway: {takes: 3"),
        (good.places.of("coast", "seed"), "- cutaway: coast"),
        (good.places.of("coast"), "- cutaway: coast"),
        (good.places.at("segments[2].audio"), "audio:"),
        (good.places["cast.host.portrait"], "portrait:"),
        (good.places.at("music[0].file"), "bed.flac"),
    ):
        assert words in lines[place.line - 1]
    assert good.places.of("coast", "prompt").path == "segments[1].prompt"
    assert good.places.of("nobody").line == 1


@pytest.mark.parametrize(
    ("old", "new", "code", "words"),
    [
        ("title: One", "titel: One", "key-unknown", '"title"'),
        ("title: One still, two camps\n", "", "key-missing", "title"),
        ("use: commercial", "use: comercial", "value-wrong", '"commercial"'),
        ("width: 1280", "width: 1281", "value-wrong", "an even number"),
        ("width: 1280", "width: wide", "value-wrong", "a whole number"),
        ("fps: 25", "fps: 29.97", "value-wrong", "30000/1001"),
        ("fps: 25", "fps: 2997003/125000", "value-wrong", "24000/1001"),
        ("loudness: -16", "loudness: 3", "value-wrong", "at most -5"),
        ("voice: voice/hibari", "voice: hibari", "value-wrong", "folder/name"),
        ("  cutaway: [diff", "  cutway: [diff", "key-unknown", '"cutaway"'),
        ("[diffusion/local, graphics/parallax]", "graphics/parallax", "value-wrong", "[graphics/parallax]"),
        ("  cutaway: {takes: 3,", "  cutaway: {tkaes: 3,", "key-unknown", '"takes"'),
        ("  cutaway: {takes: 3,", "  shot: {takes: 3,", "kind-unknown", "cutaway"),
        ("${thing}", "${thnig}", "var-unknown", '"thing"'),
        ("${thing}", "${}", "var-wrong", "${name}"),
        ("thing: coastline", "thing: [a]", "var-wrong", "thing"),
        ("- cutaway: coast", "- cutawy: coast", "kind-unknown", '"cutaway"'),
        ("- loop: idle", "- living: idle", "kind-unknown", "talk, narrate"),
        ("- loop: idle", "- loop: idle\n    talk: idle", "two-kinds", "two segments"),
        ("- loop: idle", "- loop: hello", "id-twice", "line 24"),
        ("- loop: idle", "- loop: not a name", "value-wrong", "without blanks"),
        ("- loop: idle", "- loop: 7", "value-wrong", '"7"'),
        ("prompt: slow", "promt: slow", "key-unknown", '"prompt"'),
        ("image: assets/coast.jpg", "imge: assets/coast.jpg", "key-unknown", '"image"'),
        ("    image: assets/coast.jpg\n", "", "key-missing", "image"),
        ("duration: 1s", "duration: 1", "value-wrong", '"1s"'),
        ("duration: 1s", "duration: -1s", "value-wrong", "minus"),
        ("duration: 1s", "duration: 0s", "value-wrong", "one frame"),
        ("over: hello", "over: helo", "over-unknown", '"hello"'),
        ("over: hello", "over: coast", "over-overlay", "itself"),
        ("over: hello", "over: shot", "over-overlay", '"story"'),
        ("over: hello", "over: idle", "no-transcript", "nobody speaks"),
        ("    over: hello\n", "", "from-without-over", "from"),
        ("{word: coastline}", "{word: coastlin}", "no-word", '"coastline"'),
        ("{word: coastline}", "{wrod: coastline}", "key-unknown", '"word"'),
        ("{word: coastline}", "{}", "key-missing", "word"),
        ("{word: coastline}", "3", "value-wrong", '"3s"'),
        ("single still", "coastline", "many-words", "nth"),
        ('    say: "No', '    spoken: "No', "key-unknown", "say"),
        ('    say: "Here is a story."\n', "", "speech-missing", "say"),
        ('who: host\n    say: "Every', 'who: hots\n    say: "Every', "who-unknown", '"host"'),
        ("    portrait: assets/host.jpg\n", "", "portrait-missing", "portrait"),
        ("    release: assets/release.md\n", "", "release-missing", "release"),
        ("camera: push_in", "say: Hello", "speech-needs-animator", "over"),
        (
            "who: host\n    duration: 4s",
            "who: host\n    audio: x.wav\n    duration: 4s",
            "speech-needs-animator",
            "talk",
        ),
        ("    duration: 4s\n", "", "duration-missing", "3s"),
        ("- narrate: story", "- narrate: story\n    duration: 3s", "duration-fixed", "before"),
        ("- narrate: story", "- narrate: story\n    over: hello", "speech-over", "over"),
        ("who: host\n    duration: 4s", "duration: 4s", "loop-source", "image"),
        ("text: Made", "style: lower_third\n    text: Made", "lower-third-bare", "card"),
        ("text: Made", "style: lower-third\n    text: Made", "value-wrong", "lower_third"),
        ("text: Made with cutaway", "text: 2024", "value-wrong", '"2024"'),
        ("image: assets/coast.jpg", "image: assets/cost.jpg", "file-missing", '"assets/coast.jpg"'),
        ("image: assets/coast.jpg", "image: ../coast.jpg", "path-leaves", "allow"),
        ("file: assets/shot.mp4", "file: https://x/y.mp4", "path-odd", "address"),
        ("{name: vertical, width: 720, height: 1280}", "{name: v, width: 720}", "key-missing", "height"),
        ("cutaway: 1", "cutaway: 2", "value-wrong", "1"),
        ("- narrate: story", "- narrate: story\n    sound: {led: 1s}", "key-unknown", '"lead"'),
    ],
)
def test_one_mistake_is_one_finding(says, film, old, new, code, words):
    """Each mistake is said once, without others that only follow from it, and names what would be right."""
    errors = [finding for finding in says(film, (old, new)) if finding.blocks]
    assert [finding.code for finding in errors] == [code]
    finding = errors[0]
    assert words in f"{finding.message} {finding.remedy}"
    assert finding.place.file == "project.yaml"
    assert 1 <= finding.place.line <= GOOD_LINES


def test_all_mistakes_at_once(says, film):
    findings = says(
        film,
        ("use: commercial", "use: comercial"),
        ("width: 1280", "width: 1281"),
        ("who: host", "who: hots"),
        ("prompt: slow", "promt: slow"),
        ("{word: coastline}", "{word: coastlin}"),
        ("file: assets/shot.mp4", "file: assets/shoot.mp4"),
        ("    duration: 4s\n", ""),
    )
    assert [finding.code for finding in findings if finding.blocks] == [
        "value-wrong",
        "value-wrong",
        "who-unknown",
        "key-unknown",
        "no-word",
        "file-missing",
        "duration-missing",
    ]
    lines = [finding.place.line for finding in findings]
    assert lines == sorted(lines)


def test_a_reference_to_what_cannot_be_read_is_no_second_mistake(says, film):
    assert [each.code for each in says(film, ("- talk: hello\n    who: host", "- talk: hello\n    who: [host]"))] == [
        "value-wrong"
    ]
    cast = says(film, ("portrait: assets/host.jpg", "portrait: [assets/host.jpg]"))
    assert [each.code for each in cast] == ["value-wrong"]


def test_defaults_are_blamed_once_and_where_they_stand(says, film):
    more = "".join(f"  - cutaway: c{n}\n    image: assets/coast.jpg\n    duration: 1s\n" for n in range(50))
    findings = says(film + more, ("takes: 3,", "takes: many,"))
    assert [(each.code, each.place.path) for each in findings] == [("value-wrong", "defaults.cutaway.takes")]


def test_a_bare_narration_warns(says, film):
    findings = says(film, ("    over: story\n", ""))
    assert [(each.code, each.blocks) for each in findings] == [("narration-bare", False)]


def test_private_use_needs_no_release(says, film):
    assert not says(film, ("use: commercial\n", ""), ("    release: assets/release.md\n", ""))


def test_a_film_of_overlays_only_is_none(says):
    text = "cutaway: 1\ntitle: x\nsegments:\n  - cutaway: a\n    image: assets/coast.jpg\n    over: a\n"
    assert "spine-empty" in [each.code for each in says(text)]


def test_allow_is_checked_against_all_codes(says, film):
    change = ("- loop: idle", "- loop: idle\n    allow: [face-turned, take-singel]")
    assert not says(film, change)
    findings = says(film, change, codes=["face-turned"])
    assert [each.code for each in findings] == ["allow-unknown"]
    assert "take-single" in findings[0].remedy


def test_escapes_and_numbers_in_variables(says, film, folder):
    says(
        film,
        ("{thing: coastline}", "{thing: coastline, both: 'a ${thing}', year: 007, n: 2}"),
        ("slow camera push forward", "$${thing} ${both} ${year} $5"),
        ("takes: 4", "takes: ${n}"),
    )
    coast = load(folder / "project.yaml").project.segments[1]
    assert coast.prompt == "${thing} a coastline 007 $5"
    assert coast.takes == 2


def test_variables_cannot_grow_without_end(says, film):
    bomb = "\n  a0: xxxxxxxxxx\n" + "".join(f"  a{n + 1}: {f'${{a{n}}}' * 10}\n" for n in range(30))
    findings = says(film, ("{thing: coastline}\n", bomb))
    assert "yaml-too-large" in [each.code for each in findings]


def test_a_link_to_a_project_counts_from_where_it_lies(folder):
    (folder / "real").mkdir()
    (folder / "project.yaml").rename(folder / "real" / "v3.yaml")
    (folder / "project.yaml").symlink_to("real/v3.yaml")
    assert load(folder / "project.yaml").folder == folder


def test_a_relative_path_is_fine(folder, monkeypatch):
    monkeypatch.chdir(folder)
    assert load(Path("project.yaml")).folder == folder


def test_missing_project(tmp_path):
    with pytest.raises(ProjectInvalid) as caught:
        load(tmp_path / "none.yaml")
    assert [each.code for each in caught.value.findings] == ["file-missing"]


WORDS = st.one_of(
    st.sampled_from(
        ["talk", "say", "over", "from", "hello", "segments", "cast", "host", "defaults", "vars", "include"]
    ),
    st.sampled_from(["null", "3s", "-1", "1e9", "[]", "{}", "[[", "- ", ": ", "&a ", "*a", "!x ", "${x}"]),
    st.sampled_from(['"', "#", "\t", "\n", "  ", "é"]),
)


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_mutations_never_raise_anything_else(says, film, data):
    """Whatever is done to a good project, the answer is findings that name a file, a line and a known code."""
    lines = film.splitlines()
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(lines) - 1))
        how = data.draw(st.sampled_from(["drop", "twice", "swap", "word", "value"]))
        if how == "drop" and len(lines) > 1:
            del lines[at]
        elif how == "twice":
            lines.insert(at, lines[at])
        elif how == "swap":
            other = data.draw(st.integers(0, len(lines) - 1))
            lines[at], lines[other] = lines[other], lines[at]
        elif how == "value":
            lines[at] = re.sub(r":.*", ": " + data.draw(WORDS), lines[at])
        else:
            column = data.draw(st.integers(0, len(lines[at])))
            lines[at] = lines[at][:column] + data.draw(WORDS) + lines[at][column:]
    for finding in says("\n".join(lines)):
        assert finding.place.file
        assert finding.place.line >= 1
        assert finding.code in CODES
        assert finding.message
        assert finding.why
        assert finding.remedy


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of(st.binary(max_size=200), st.text(max_size=200)))
def test_any_bytes(says, text):
    data = text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
    findings = says(data)
    assert findings
    assert all(each.place.file and each.place.line >= 1 for each in findings)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=6,
)


@settings(deadline=None, max_examples=120, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    key=st.sampled_from(
        ["title", "use", "output", "cast", "engines", "draft", "music", "vars", "defaults", "include", "segments"]
    ),
    value=JSON,
    inside=st.sampled_from(["", "host", "cutaway", "width", "variants", "say", "from"]),
)
def test_any_value_anywhere(says, film, key, value, inside):
    written = json.dumps({inside: value} if inside else value)
    text = re.sub(rf"(?ms)^{key}:.*?(?=^\w|\Z)", "", film) + f"\n{key}: {written}\n"
    for finding in says(text):
        assert finding.place.line >= 1
        assert finding.code in CODES


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("    sound: {gain: 100}", "sound.gain is 100, but must be at most 24.0"),
        ("    chapter: ''", 'chapter cannot be ""'),
        ("    over: [a]", "over"),
    ],
)
def test_members_of_unions_are_not_named(tmp_path, text, message):
    file = tmp_path / "project.yaml"
    file.write_text(
        "cutaway: 1\ntitle: T\nsegments:\n  - title: t\n    text: T\n    duration: 1s\n" + text + "\n", encoding="utf-8"
    )
    with pytest.raises(ProjectInvalid) as caught:
        load(file)
    (finding,) = caught.value.findings
    assert finding.message.startswith(message)
    assert not re.search(r"settings|literal|constrained|list\b", finding.message)


def test_captions_burned_in_a_way_that_does_not_exist(tmp_path):
    file = tmp_path / "project.yaml"
    file.write_text(
        "cutaway: 1\ntitle: T\ncaptions: {burn: letters}\nsegments:\n  - title: t\n    text: T\n    duration: 1s\n",
        encoding="utf-8",
    )
    with pytest.raises(ProjectInvalid) as caught:
        load(file)
    (finding,) = caught.value.findings
    assert finding.message == 'captions.burn cannot be "letters"'


@pytest.mark.parametrize(
    ("codec", "remedy"),
    [
        ("h265", 'Did you mean "hevc"?'),
        ("H.265", 'Did you mean "hevc"?'),
        ("avc", 'Did you mean "h264"?'),
        ("x264", 'Did you mean "h264"?'),
        ("prores422", 'Did you mean "prores"?'),
        ("vp9", "vp9 is not written: take h264 (plays everywhere)"),
        ("hevk", 'Did you mean "hevc"?'),
        ("zzz", "There are: av1, h264, hevc, prores."),
    ],
)
def test_other_names_of_codecs(tmp_path, codec, remedy):
    file = tmp_path / "project.yaml"
    film = "segments:\n  - title: t\n    text: T\n    duration: 1s\n"
    file.write_text(f"cutaway: 1\ntitle: T\noutput: {{codec: {codec}}}\n{film}", encoding="utf-8")
    with pytest.raises(ProjectInvalid) as caught:
        load(file)
    (finding,) = caught.value.findings
    assert finding.remedy.startswith(remedy)
