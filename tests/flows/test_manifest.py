"""What lies in ``out/`` beside the master: variants, stills, chapters, and the manifest that names them all."""

from __future__ import annotations

import hashlib
import json
from fractions import Fraction

import av
import numpy as np
import pytest
from PIL import Image

from engines.mock._scene import read_stamp
from flows.manifest import Document
from flows.plan import Action, StepKind
from tests.flows.stage import HEAD

WITH = HEAD.replace(
    "fps: 25}",
    "fps: 25, poster: {segment: coast}, sheet: true, chapters: true, variants: ["
    "{name: tall, width: 72, height: 128}, {name: box, width: 96, height: 96, crop: blur, codec: hevc},"
    "{name: big, width: 256, height: 144, codec: prores}]}",
)


@pytest.fixture
def delivered(cutaway, film):
    file = film(head=WITH)
    return file, cutaway("render", file, "--json").json


@pytest.mark.slow
def test_every_file_is_named_with_its_digest_and_facts(cutaway, delivered):
    file, ran = delivered
    out = file.parent / "out"
    assert ran["manifest"] == "out/manifest.json"
    manifest = Document.model_validate_json((out / "manifest.json").read_text())
    named = {entry.file: entry for entry in manifest.files}
    films = {"master.mp4": "h264", "tall.mp4": "h264", "box.mp4": "hevc", "big.mov": "prores"}
    assert set(named) == {*films, "poster.jpg", "sheet.jpg", "chapters.vtt", "chapters.txt"}
    for name, entry in named.items():
        data = (out / name).read_bytes()
        assert (hashlib.sha256(data).hexdigest(), len(data)) == (entry.sha256, entry.bytes)
    for name, codec in films.items():
        picture = named[name].picture
        with av.open(str(out / name)) as container:
            stream = container.streams.video[0]
            assert picture is not None
            assert (picture.width, picture.height) == (stream.width, stream.height)
            assert (picture.codec, Fraction(picture.fps)) == (codec, stream.average_rate)
            assert picture.frames == manifest.frames == sum(1 for _ in container.decode(video=0))
    _each_frame_is_what_the_manifest_says(out, manifest)
    _stills(out)
    assert (out / "chapters.txt").read_text().splitlines()[0] == "0:00 open"
    _again(cutaway, file)


def _each_frame_is_what_the_manifest_says(out, manifest):
    """The mock engines stamp each frame with its number inside the take."""
    with av.open(str(out / "master.mp4")) as container:
        frames = [frame.to_ndarray(format="rgb24") for frame in container.decode(video=0)]
    assert sum(entry.frames for entry in manifest.shown) == len(frames)
    for entry in manifest.shown:
        if entry.segment != "coast":  # a shot of another rate
            stamp = read_stamp(frames[entry.start + 2])
            assert stamp is not None
            assert stamp.number == entry.first + 2
        assert (entry.take, entry.seed, len(entry.recipes)) == (1, entry.seed, 1)


def _stills(out):
    assert Image.open(out / "poster.jpg").size == (128, 72)
    assert np.asarray(Image.open(out / "sheet.jpg")).std() > 10


def _again(cutaway, file):
    """Nothing to do; a manifest that was lost or changed is written again, the same."""
    manifest = file.parent / "out/manifest.json"
    before = manifest.read_bytes()
    assert cutaway("render", file, "--json").json["manifest"] == "out/manifest.json"
    manifest.write_text("{}")
    ran = cutaway("render", file, "--json").json
    assert (ran["rendered"], ran["manifest"]) == (0, "out/manifest.json")
    assert manifest.read_bytes() == before
    (file.parent / "out/chapters.vtt").unlink()
    cutaway("render", file)
    assert (file.parent / "out/chapters.vtt").is_file()
    assert json.loads(before)["chapters"][0] == {"start": 0, "title": "open"}
    (file.parent / "out/chapters.txt").write_text("by hand")
    file.write_text(file.read_text().replace("chapters: true", "chapters: false"))
    cutaway("render", file)
    assert not (file.parent / "out/chapters.vtt").exists()
    assert (file.parent / "out/chapters.txt").read_text() == "by hand"  # somebody's own by now


def test_a_variant_of_the_same_shape_and_the_master_stay_what_they_were(desk):
    studio = desk()
    plain = studio.make()
    text = studio.file.read_text()
    more = "fps: 25, variants: [{name: small, width: 64, height: 36}, {name: tall, width: 72, height: 128}]"
    studio.file.write_text(text.replace("fps: 25", more))
    found = studio.make()
    kept = {step.id: step.name for step in plain.steps}
    assert {step.id: step.name for step in found.steps if step.id in kept} == kept
    small = [step for step in found.steps if step.id.startswith("fit:small/")]
    assert small
    assert not any("shots" in step.recipe.params or "crop" in step.recipe.params for step in small)
    tall = [step for step in found.steps if step.id.startswith("fit:tall/") and step.segment != "open"]
    assert all("shots" in step.recipe.params for step in tall)


def test_a_further_variant_looks_for_nothing_again(desk):
    studio = desk()
    text = studio.file.read_text()
    studio.file.write_text(text.replace("fps: 25", "fps: 25, variants: [{name: tall, width: 72, height: 128}]"))
    studio.make()
    both = "fps: 25, variants: [{name: tall, width: 72, height: 128}, {name: box, width: 72, height: 72}]"
    studio.file.write_text(text.replace("fps: 25", both))
    again = {step.kind for step in studio.plan().steps if step.action is not Action.REUSE}
    assert StepKind.SUBJECT not in again


def test_a_focus_by_hand_needs_no_look(desk):
    studio = desk()
    text = studio.file.read_text().replace("fps: 25", "fps: 25, variants: [{name: tall, width: 72, height: 128}]")
    studio.file.write_text(text.replace("    duration: 15f", "    duration: 15f\n    focus: [0.3, 0.5]"))
    found = studio.make()
    assert not [step for step in found.steps if step.id.startswith("subject:coast")]
    (fitted,) = [step for step in found.steps if step.id.startswith("fit:tall/coast")]
    assert fitted.recipe.params["shots"] == [{"start": 0, "step": 1, "x": [0.3], "y": [0.5]}]


def test_a_poster_of_what_is_not_there(desk, cutaway, film):
    studio = desk()
    text = studio.file.read_text()
    studio.file.write_text(text.replace("fps: 25", "fps: 25, poster: 100s"))
    found = studio.make()
    assert [remark.code for remark in found.remarks] == ["poster-outside"]
    file = film(head=HEAD.replace("fps: 25", "fps: 25, poster: {segment: cost}"), folder="other")
    (finding,) = cutaway("check", file, "--json", code=1).json["findings"][:1]
    assert finding["code"] == "poster-unknown"
    assert 'Did you mean "coast"?' in finding["remedy"]
