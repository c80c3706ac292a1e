"""Given captions: what they may be, and what is said of mistakes."""

from __future__ import annotations

from edl.loader import load

DE = "captions: {languages: {de: captions/de.yaml}}\nsegments:\n"


def give(folder, text: str, film: str, project: str = DE):
    (folder / "captions").mkdir(exist_ok=True)
    (folder / "captions/de.yaml").write_text(text, encoding="utf-8")
    (folder / "project.yaml").write_text(film.replace("segments:\n", project, 1), encoding="utf-8")


def test_a_text_or_captions_one_by_one(folder, film):
    give(
        folder,
        "hello: Jede *Küste* beginnt [pause 1s] als Bild.\nrecorded: [Nein, 12:30]\nstory: Eine Geschichte.\n",
        film,
    )
    loaded = load(folder / "project.yaml")
    assert not loaded.warnings
    texts = loaded.translations["de"].texts
    assert texts["hello"].captions == ("Jede Küste beginnt als Bild.",)
    assert (texts["recorded"].captions, texts["recorded"].fixed) == (("Nein", "12:30"), True)
    assert (texts["story"].place.file, texts["story"].place.line) == ("captions/de.yaml", 3)


def test_unknown_and_missing_segments_are_said(says, folder, film):
    give(folder, "helo: Hallo\nshot: Kein Wort\nstory: {a: b}\n", film)
    found = {(each.code, each.place.file, each.place.line): each for each in says(film, ("segments:\n", DE))}
    assert 'Did you mean "hello"?' in found["caption-segment", "captions/de.yaml", 1].remedy
    assert ("caption-segment", "captions/de.yaml", 2) in found
    assert ("caption-text", "captions/de.yaml", 3) in found
    missing = next(each for (code, _, _), each in found.items() if code == "caption-missing")
    assert "hello, recorded" in missing.message
    assert missing.place.file == "project.yaml"


def test_a_file_that_is_no_yaml_is_said_with_its_line(says, folder, film):
    give(folder, 'hello: ok\nstory: "open\n', film)
    assert {("yaml-broken", "captions/de.yaml")} == {
        (each.code, each.place.file) for each in says(film, ("segments:\n", DE)) if each.blocks
    }


def test_a_missing_file_is_said_once(says, film):
    assert [each.code for each in says(film, ("segments:\n", DE))] == ["file-missing"]


def test_what_is_burned_in_must_be_there(says, film):
    wish = "captions: {burn: words, show: de}\nsegments:\n"
    assert [each.code for each in says(film, ("segments:\n", wish))] == ["caption-shown", "caption-words"]


def test_bad_values_are_said(says, film):
    for wish, where in (
        ("captions: {burn: karaoke}", "captions.burn"),
        ("captions: {style: {size: 9}}", "captions.style.size"),
        ("captions: {style: {ink: red}}", "captions.style.ink"),
        ("captions: {languages: {german!: a.yaml}}", "captions.languages"),
        ("language: deutsch sprache", "language"),
    ):
        found = says(film, ("segments:\n", f"{wish}\nsegments:\n"))
        assert any(each.place.path.startswith(where) for each in found), (wish, found)
