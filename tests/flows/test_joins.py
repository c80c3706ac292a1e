"""Joins, layouts and logos through the flows: what is made again after a change, and what the master holds."""

from __future__ import annotations

import subprocess
from pathlib import Path

import av
import imageio_ffmpeg
import numpy as np
import pytest
from PIL import Image

from engines.media.encode import headers_of
from flows.plan import Action, Plan, StepKind
from flows.store import Part
from tests.flows.stage import HEAD, store_of

FILM = """\
segments:
  - title: a
    text: A
    duration: 40f
  - title: b
    text: B
    duration: 40f
  - title: c
    text: C
    duration: 40f
"""
SHARED = """\
overlay: [{file: face.png, corner: bottom-right, width: 20%, from: 5f}]
fade: {in: 6f, out: 8f}
segments:
  - title: a
    text: A
    duration: 30f
  - title: b
    text: B
    duration: 40f
    transition: {kind: dissolve, duration: 10f}
    freeze: {end: 6f}
  - title: c
    text: C
    duration: 40f
    transition: {kind: dip, duration: 9f, color: "#ffffff"}
  - talk: hello
    who: ann
    say: In the corner.
    over: c
    from: 12f
    layout: {pip: top-right, size: 40%, radius: 5%, border: 2%}
    transition: {kind: dissolve, duration: 4f}
  - title: d
    text: D
    duration: 40f
    transition: {kind: wipe, duration: 8f, from: right}
  - cutaway: wide
    image: still.png
    over: [b, d]
    from: 20f
    duration: 15f
    layout: {split: left}
"""


def fits(found: Plan) -> dict[str, str]:
    """The recipe of each run by the step's id."""
    return {step.id: step.name for step in found.steps if step.kind is StepKind.FIT}


def made_again(found: Plan) -> list[str]:
    return [step.id for step in found.steps if step.action is not Action.REUSE]


def test_a_join_leaves_the_runs_beside_it_alone(desk):
    """The frames that a join does not touch keep their recipes; only their ends move."""
    studio = desk(FILM)
    studio.make()
    text = studio.file.read_text()
    studio.file.write_text(
        text.replace("text: C\n    duration: 40f", "text: C\n    duration: 40f\n    transition: dip")
    )
    found = studio.plan()
    fitted = ["fit:master/b@40", "fit:master/b@67", "fit:master/c@74", "fit:master/c@80"]
    assert made_again(found) == [*fitted, "mix:1", "sound:1", "master:master"]
    assert found.step("fit:master/a@0").action is Action.REUSE


def test_a_change_makes_only_its_own_runs_and_its_joins(desk):
    joined = FILM.replace("text: B", "text: B\n    transition: dissolve").replace(
        "text: C", "text: C\n    transition: {kind: wipe, duration: 7f}"
    )
    studio = desk(joined)
    first = studio.make()
    assert list(fits(first)) == [
        "fit:master/a@0",
        "fit:master/a+b@27",
        "fit:master/b@40",
        "fit:master/b+c@60",
        "fit:master/c@67",
    ]
    studio.file.write_text(studio.file.read_text().replace("text: A", "text: Z"))
    assert made_again(studio.plan()) == [
        "take:a/1",
        "fit:master/a@0",
        "fit:master/a+b@27",
        "master:master",
    ]
    studio.make()
    studio.file.write_text(studio.file.read_text().replace("duration: 7f", "duration: 7f, soft: 50%"))
    assert made_again(studio.plan()) == ["fit:master/b+c@60", "master:master"]


def test_the_same_join_elsewhere_is_the_same_run(desk):
    joined = FILM.replace("text: B", "text: B\n    transition: dissolve")
    studio = desk(joined)
    before = fits(studio.make())
    studio.file.write_text(
        studio.file.read_text().replace("segments:\n", "segments:\n  - {title: o, text: O, duration: 9f}\n")
    )
    after = fits(studio.make())
    assert before["fit:master/a+b@27"] == after["fit:master/a+b@36"]


def test_a_logo_is_known_by_its_bytes(desk):
    studio = desk("overlay: [{file: face.png, until: 20f}]\n" + FILM)
    first = fits(studio.make())
    assert list(first)[:2] == ["fit:master/a@0", "fit:master/a@20"]
    Image.new("RGB", (9, 9), "red").save(studio.file.parent / "face.png")
    assert made_again(studio.plan()) == ["fit:master/a@0", "master:master"]
    assert "face.png" not in str([step.recipe.document() for step in studio.plan().steps if step.recipe])


def test_freezing_makes_no_new_take(desk):
    studio = desk(FILM)
    studio.make()
    studio.file.write_text(studio.file.read_text().replace("text: B", "text: B\n    freeze: {start: 5f, end: 1s}"))
    assert made_again(studio.plan()) == ["fit:master/b@40", "fit:master/b@85", "mix:1", "sound:1", "master:master"]


def test_a_join_over_the_parts_of_a_take(desk):
    """A shot of several parts is divided inside a join too."""
    film = """segments:
  - {title: a, text: A, duration: 80f}
  - {cutaway: s, image: still.png, duration: 100f, transition: {kind: dissolve, duration: 60f}}
"""
    found = desk(film).make()
    take = next(take for take in found.takes if take.segment == "s")
    blended = [step for step in found.steps if step.id.startswith("fit:master/a+s")]
    assert len(take.parts) > 1
    assert len(blended) > 1
    assert sum(step.recipe.native.frames for step in blended) == 60
    shares = [step.recipe.params["blend"]["share"] for step in blended]
    assert shares[0] == "1/61"
    assert len(set(shares)) == len(shares)


def decoded(path: Path) -> list[bytes]:
    with av.open(str(path)) as container:
        return [frame.to_ndarray().tobytes() for frame in container.decode(video=0)]


@pytest.mark.slow
def test_a_master_of_all_joins_and_layouts(cutaway, film):
    """Strict decoding says nothing, the headers are one, every frame is that of its run, bit for bit."""
    file = film(SHARED, HEAD)
    assert cutaway("render", file, "--json").json["failed"] == []
    master = file.parent / "out/master.mp4"
    program = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-xerror", "-err_detect", "explode"]
    strict = subprocess.run([*program, "-i", str(master), "-f", "null", "-"], capture_output=True, check=False)
    assert (strict.returncode, strict.stderr) == (0, b"")
    runs = runs_of(file)
    assert len(runs) > 15
    assert len({headers_of(path) for path in runs}) == 1
    frames = decoded(master)
    assert frames == [frame for path in runs for frame in decoded(path)]
    with av.open(str(master)) as container:
        keys = {int(packet.pts or 0) for packet in container.demux(video=0) if packet.is_keyframe and packet.size}
        assert len(keys) >= len(runs)
    pixels = np.frombuffer(frames[0], np.uint8)
    assert pixels[: 128 * 72].max() == 16  # the film comes out of black


def runs_of(file: Path) -> list[Path]:
    """The runs of a master in order, as the report of its recipe names them."""
    store = store_of(file)
    manifests = [Part.model_validate_json(path.read_bytes()) for path in store.rglob("manifest.json")]
    digests = {record.digest: part for part in manifests for record in part.files.values()}
    master = next(part for part in manifests if part.recipe["engine"] == "conformer/stitch")
    inputs = {name: digest for name, digest in master.recipe["inputs"].items() if name.startswith("run")}
    ordered = [digests[inputs[f"run{at}"]] for at in range(len(inputs))]
    return [next(store.rglob(f"{part.name}/{part.media}")) for part in ordered]
