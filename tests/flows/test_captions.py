"""Captions in a plan and through the real flow: which steps there are, what waits, what one changed letter makes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from edl.cues import Cue, Said
from edl.loader import load
from edl.occupied import Occupied
from engines.media.typefaces import EMBEDDED, Typeface
from flows.caption_places import stays_of
from flows.digests import DigestBook
from flows.gather import Known
from flows.plan import Action, Plan
from flows.typefaces import with_faces
from tests.flows.stage import HEAD, Desk

HOST = """\
segments:
  - talk: hello
    who: ann
    say: Every coastline starts as a still. Then it moves a little, and then a little more. And it goes on and on.
  - cutaway: coast
    image: still.png
    over: hello
    from: {word: moves}
    duration: 15f
  - title: name
    style: lower_third
    text: Ann of the Isle
    over: hello
    duration: 10f
  - narrate: bye
    who: bob
    say: Here it ends.
"""
INTER = {Typeface(EMBEDDED): "0" * 64}
DE = """\
hello: [Jede Küste beginnt als Bild., "Dann bewegt sie sich, und dann noch mehr.", Und so geht es immer weiter.]
bye: Hier endet es.
"""


def head(wish: str) -> str:
    return HEAD + f"captions: {wish}\n"


def fits(found: Plan) -> dict[str, dict]:
    return {step.id: dict(step.recipe.params) for step in found.steps if step.kind == "fit" and step.recipe}


@pytest.fixture
def given(desk):
    """A desk with given captions in German."""

    def make(wish: str, text: str = DE, segments: str = HOST) -> Desk:
        (folder := Path(desk(segments).file).parent / "captions").mkdir(exist_ok=True)
        (folder / "de.yaml").write_text(text, encoding="utf-8")
        return desk(segments, head=head(wish))

    return make


def translated(studio: Desk) -> dict[str, object]:
    loaded = load(studio.file)
    return {"translations": loaded.translations, "places": loaded.places, "faces": INTER}


def lifts_of(studio: Desk, cue: Cue, size: tuple[int, int], **more: object) -> list[tuple[int, int, float]]:
    """From which frame to which a caption stands how high."""
    project, timeline = load(studio.file).project, studio.plan(**more).timeline
    occupied = Occupied(project, size, {}, frozenset(), timeline.runs)
    return [(stay.start, stay.end, stay.stand.lift) for stay in stays_of(occupied, project.captions.style, cue)]


def test_a_project_without_captions_has_none(desk):
    found = desk(HOST).plan()
    assert not any(step.kind == "captions" for step in found.steps)
    assert all(delivery.name == "master" for delivery in found.deliveries)


def test_files_wait_for_the_voices_and_are_delivered(given):
    studio = given("{languages: {de: captions/de.yaml}}")
    more = translated(studio)
    steps = {step.id: step for step in studio.plan(**more).steps if step.kind == "captions"}
    assert set(steps) == {f"captions:{name}" for name in ("en.srt", "en.vtt", "de.srt", "de.vtt")}
    assert all(
        step.action is Action.WAIT and step.reason == "waits for voice:hello and 1 more" for step in steps.values()
    ) or all(step.reason == "waits for voice:hello" for step in steps.values())
    found = studio.make(**more)
    assert found.done
    assert {d.file for d in found.deliveries} == {
        "out/master.mp4",
        *(f"out/captions/{language}.{form}" for language in ("en", "de") for form in ("srt", "vtt")),
    }
    cues = found.step("captions:de.srt").recipe.params["cues"]
    assert [text for _, _, text in cues][-1] == "Hier endet es."
    assert len(fits(found)) == len(fits(studio.plan()))  # nothing is burned in, so nothing is divided


def test_burned_in_captions_divide_the_runs(given):
    studio = given("{burn: words}")
    more = translated(studio)
    runs = [run.start for run in studio.make(**more).timeline.runs]
    found = fits(studio.plan(**more))
    starts = sorted(int(name.rpartition("@")[2]) for name in found)
    assert set(runs) < set(starts)
    timeline = studio.plan(**more).timeline
    total = sum(step.recipe.native.frames for step in studio.plan(**more).steps if step.kind == "fit")
    assert total == timeline.frames
    for name, params in found.items():
        frames = [frame for line in params["caption"]["lines"] for _, frame in line]
        assert frames == sorted(frames)
        assert min(frames) == 0, name
    texts = {"".join(text for line in params["caption"]["lines"] for text, _ in line) for params in found.values()}
    assert "Here it ends." in texts


def test_runs_wait_where_it_is_not_known_what_is_said(given):
    studio = given("{burn: line}")
    more = translated(studio)
    studio.make("take:coast", "voice:bye", **more)
    waits = {step.id: step.reason for step in studio.plan(**more).steps if step.kind == "fit"}
    assert "waits for voice:hello" in next(reason for name, reason in waits.items() if "coast" in name)


def test_captions_keep_clear_of_lower_thirds_and_labels(given):
    studio = given("{burn: line}")
    more = translated(studio)
    found = fits(studio.make(**more))
    lifts = {int(name.rpartition("@")[2]): params["caption"].get("lift", 0.0) for name, params in found.items()}
    assert lifts[0] > 0.1
    short = Cue("hello", 0, 20, ((Said("A still.", 0),),))
    assert lifts_of(studio, short, (128, 72), **more) == [(0, 20, 0.0)]  # it can stand beside it
    assert lifts_of(studio, replace(short, start=10), (72, 128), **more) == [(10, 20, 0.0)]  # it has gone
    ((_, _, lifted),) = lifts_of(studio, short, (72, 128), **more)
    assert lifted > 0.05
    first = studio.plan(**more).timeline.slot("name")
    later = [lift for start, lift in lifts.items() if start > first.end + 100]
    assert later
    assert set(later) == {0.0}
    text = studio.file.read_text().replace("fps: 25}", "fps: 25, label: {corner: bottom-left}}")
    studio.file.write_text(text)
    captions = [params["caption"] for params in fits(studio.make(**translated(studio))).values()]
    assert all(caption.get("lift", 0) > 0.03 or caption.get("at") == "top" for caption in captions)


def test_a_long_caption_goes_down_again_when_the_lower_third_has_gone(given):
    studio = given("{burn: line}")
    more = translated(studio)
    found = studio.make(**more)
    name = found.timeline.slot("name")
    text = ((Said("Every coastline starts as a still.", 0),),)
    ((_, _, all_of_it),) = lifts_of(studio, Cue("hello", 0, name.end + 20, text), (72, 128), **more)
    assert all_of_it > 0.05  # it would hop after less than two seconds
    slow = HOST.replace("duration: 10f", "duration: 50f")
    studio = given("{burn: line}", segments=slow)
    found = studio.make(**more)
    name = found.timeline.slot("name")
    assert name.frames == 50
    up, down = lifts_of(studio, Cue("hello", 0, name.end + 60, text), (72, 128), **more)
    assert (up[:2], down[:2]) == ((0, name.end), (name.end, name.end + 60))
    assert up[2] > 0.05 > down[2] == 0
    starts = {int(step.id.rpartition("@")[2]) for step in found.steps if step.kind == "fit"}
    assert name.end in starts  # a run begins where the lower third has gone


def test_a_changed_letter_changes_one_cue_alone(given):
    studio = given("{burn: line, show: de, languages: {de: captions/de.yaml}}")
    before = fits(studio.make(**translated(studio)))
    file = studio.file.parent / "captions/de.yaml"
    file.write_text(DE.replace("immer", "immmer"), encoding="utf-8")
    changed = studio.plan(**translated(studio)).ready
    assert {step.kind for step in changed} == {"fit", "captions"}
    assert len([step for step in changed if step.kind == "fit"]) == 1
    assert len(before) > 4


def test_a_tall_variant_has_shorter_lines(given):
    studio = given("{burn: line}")
    text = studio.file.read_text().replace("fps: 25}", "fps: 25, variants: [{name: tall, width: 72, height: 128}]}")
    studio.file.write_text(text)
    found = fits(studio.make(**translated(studio)))
    longest = {
        target: max(
            len(text)
            for name, params in found.items()
            if name.startswith(f"fit:{target}/")
            for line in params["caption"]["lines"]
            for text, _ in line
        )
        for target in ("master", "tall")
    }
    assert longest["master"] > 32 >= longest["tall"]


def test_what_is_too_fast_is_said_with_its_place(given):
    text = (
        "hello: ["
        + "Viel zu viel Text in viel zu kurzer Zeit. " * 4
        + ", kurz, kurz]\nbye: [a b c d e, "
        + "w" * 190
        + "]\n"
    )
    studio = given("{languages: {de: captions/de.yaml}}", text)
    more = translated(studio)
    assert not [each for each in studio.plan(**more).remarks if each.place.file == "captions/de.yaml"]  # not known yet
    said = [
        (each.code, each.place.line) for each in studio.make(**more).remarks if each.place.file == "captions/de.yaml"
    ]
    assert ("caption-fast", 1) in said
    assert ("caption-long", 1) in said
    assert ("caption-fast", 2) in said


def test_a_recording_without_a_transcript_is_said(given):
    studio = given("{}", segments=HOST + "  - narrate: tape\n    who: bob\n    audio: still.png\n")
    said = [each for each in studio.plan(**translated(studio)).remarks if each.code == "caption-unwritten"]
    assert [each.message for each in said] == ['"tape" has a recording but no transcript']


@pytest.mark.parametrize(
    "segments",
    [
        "segments:\n  - {title: a, text: A, duration: 5f}\n",
        "segments:\n  - {narrate: a, who: bob, say: Hush., sound: false}\n",
        "segments:\n  - {narrate: a, who: bob, audio: still.png}\n",
    ],
)
def test_a_film_in_which_nothing_is_to_be_read_has_no_files(desk, segments):
    found = desk(segments, head=head("{}")).plan()
    assert not [step.id for step in found.steps if step.kind == "captions"]
    assert [delivery.name for delivery in found.deliveries] == ["master"]


@pytest.mark.slow
def test_captions_go_when_nobody_speaks_any_more(cutaway, film):
    """The whole way: files of the last render are taken away, but not those that somebody changed since."""
    file = film("segments:\n  - {narrate: a, who: bob, say: Hush now.}\n", head=head("{}"))
    assert cutaway("render", file, "--json").json["failed"] == []
    written = file.parent / "out/captions"
    (written / "en.vtt").write_text("by hand")
    file.write_text(file.read_text().replace("Hush now.", "Hush now., sound: false"))
    ran = cutaway("render", file, "--json").json
    assert (ran["failed"], ran["manifest"]) == ([], "out/manifest.json")
    assert [each.name for each in written.iterdir()] == ["en.vtt"]
    assert cutaway("export", file, "--json").json["files"] == []


def test_characters_that_no_font_has_are_said(given, monkeypatch):
    monkeypatch.setattr("engines.media.typefaces._installed", lambda: ())
    studio = given("{burn: line, show: de, languages: {de: captions/de.yaml}}", DE.replace("Küste", "海岸"))
    loaded = load(studio.file)
    known = with_faces(loaded, Known(), DigestBook(studio.file.parent / "digests.json"))
    (finding,) = known.findings
    assert (finding.code, finding.place.file, finding.place.line) == ("caption-glyph", "captions/de.yaml", 1)
    assert "海 岸" in finding.message
    assert "fonts-noto-cjk" in finding.remedy


def test_a_given_file_that_is_no_font_is_said(desk):
    loaded = load(desk(HOST, head=head("{burn: line, font: still.png}")).file)
    known = Known(files={"still.png": loaded.folder / "still.png"})
    (finding,) = with_faces(loaded, known, DigestBook(loaded.folder / "digests.json")).findings
    assert (finding.code, finding.place.path) == ("caption-font", "captions.font")
    assert finding.blocks


def test_export_needs_a_known_format_and_the_voices(film):
    from flows.cli.app import run

    file = film(HOST)
    assert run(["export", str(file), "--to", "doc"]) == 2
    assert run(["export", str(file), "--to", "srt,vtt"]) == 3
    assert not (file.parent / "out").exists()


@pytest.mark.slow
def test_one_changed_letter_encodes_one_run(cutaway, film):
    """The whole way, burned in: the master follows, nothing else is made."""
    file = film(HOST, head=head("{burn: line, show: de, languages: {de: captions/de.yaml}}"))
    (file.parent / "captions").mkdir()
    (file.parent / "captions/de.yaml").write_text(DE, encoding="utf-8")
    first = cutaway("render", file, "--json").json
    assert first["failed"] == []
    assert first["rendered"] > 12
    written = (file.parent / "out/captions/de.srt").read_text(encoding="utf-8")
    assert "Jede Küste beginnt als Bild." in written
    (file.parent / "captions/de.yaml").write_text(DE.replace("immer", "immmer"), encoding="utf-8")
    planned = [step["id"] for step in cutaway("plan", file, "--json").json["steps"] if step["action"] != "reuse"]
    assert sorted(step.partition(":")[0] for step in planned) == ["captions", "captions", "fit", "master"]
    assert cutaway("render", file, "--json").json["rendered"] == 4
    assert "immmer" in (file.parent / "out/captions/de.vtt").read_text(encoding="utf-8")
    (file.parent / "out/captions/de.srt").unlink()
    files = cutaway("export", file, "--to", "srt", "--json").json["files"]
    assert files == ["out/captions/en.srt", "out/captions/de.srt"]
    assert (file.parent / "out/captions/de.srt").read_text(encoding="utf-8") == written.replace("immer", "immmer")
