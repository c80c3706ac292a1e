"""Which files a project may name."""

import os

import pytest

from edl.paths import Unusable, files_of, named_files, resolve
from edl.project import Cutaway, Talk


def code(found):
    return found.code.name if isinstance(found, Unusable) else "fine"


@pytest.fixture
def film(tmp_path):
    folder = tmp_path / "film"
    (folder / "assets").mkdir(parents=True)
    (tmp_path / "stock").mkdir()
    for path in (folder / "assets" / "host.jpg", folder / "-i.mp4", tmp_path / "stock" / "sea.mp4"):
        path.write_bytes(b"x")
    (folder / "empty.jpg").touch()
    (folder / "inner.jpg").symlink_to("assets/host.jpg")
    (folder / "outer.mp4").symlink_to(tmp_path / "stock" / "sea.mp4")
    (folder / "stock").symlink_to(tmp_path / "stock")
    (folder / "dangling").symlink_to("nowhere.jpg")
    os.mkfifo(folder / "pipe")
    return folder


@pytest.mark.parametrize(
    ("written", "verdict"),
    [
        ("assets/host.jpg", "fine"),
        ("./assets/../assets/host.jpg", "fine"),
        ("inner.jpg", "fine"),
        ("-i.mp4", "fine"),
        ("assets/none.jpg", "file-missing"),
        ("dangling", "file-missing"),
        ("assets/host.jpg/x", "file-missing"),
        ("../stock/sea.mp4", "path-leaves"),
        ("outer.mp4", "path-leaves"),
        ("stock/sea.mp4", "path-leaves"),
        ("/etc/passwd", "path-leaves"),
        ("/dev/zero", "path-leaves"),
        ("~/x.jpg", "path-leaves"),
        ("C:\\x.jpg", "path-leaves"),
        ("http://x/y.jpg", "path-odd"),
        ("concat:a|b", "path-odd"),
        ("pipe:0", "path-odd"),
        ("file:assets/host.jpg", "path-odd"),
        ("%03d.png", "path-odd"),
        ("a\0b", "path-odd"),
        ("a\nb", "path-odd"),
        ("", "path-odd"),
        ("  ", "path-odd"),
        ("assets", "path-odd"),
        (".", "path-odd"),
        ("pipe", "path-odd"),
        ("x" * 1000, "path-odd"),
        ("empty.jpg", "file-unreadable"),
    ],
)
def test_names(film, written, verdict):
    assert code(resolve(film, written)) == verdict


def test_a_good_name_becomes_an_absolute_path(film):
    assert resolve(film, "-i.mp4") == film / "-i.mp4"


def test_allowed_folders(film):
    stock = film.parent / "stock"
    for written in ("../stock/sea.mp4", "outer.mp4", "stock/sea.mp4", str(stock / "sea.mp4")):
        assert code(resolve(film, written, (stock,))) == "fine"
        assert code(resolve(film, written, (film.parent / "other",))) == "path-leaves"


@pytest.mark.parametrize(
    ("written", "hint"),
    [
        ("assets/hots.jpg", "assets/host.jpg"),
        ("assets/Host.JPG", "assets/host.jpg"),
        ("asets/host.jpg", "assets/host.jpg"),
        ("assets\\host.jpg", "assets/host.jpg"),
    ],
)
def test_a_missing_file_suggests_the_nearest(film, written, hint):
    found = resolve(film, written)
    assert isinstance(found, Unusable)
    assert hint in found.remedy


def test_the_files_of_a_project(good):
    assert {name: written for _, name, written in named_files(good.project)} == {
        "cast.host.portrait": "assets/host.jpg",
        "cast.host.release": "assets/release.md",
        "music[0].file": "assets/bed.flac",
        "image": "assets/coast.jpg",
        "audio": "assets/line.wav",
        "file": "assets/shot.mp4",
    }
    inputs = {segment.id: dict(files_of(segment, good.project)) for segment in good.project.segments}
    assert inputs["recorded"] == {
        "portrait": ("cast.host.portrait", "assets/host.jpg"),
        "audio": ("audio", "assets/line.wav"),
    }
    assert inputs["story"] == {}
    assert inputs["idle"] == {"portrait": ("cast.host.portrait", "assets/host.jpg")}
    assert inputs["coast"] == {"image": ("image", "assets/coast.jpg")}
    assert inputs["shot"] == {"file": ("file", "assets/shot.mp4")}


def test_a_shot_may_name_its_last_frame_and_a_mask(good):
    shot = Cutaway(cutaway="x", image="a.jpg", last="b.jpg", mask="c.png")
    named = {"image": ("image", "a.jpg"), "last": ("last", "b.jpg"), "mask": ("mask", "c.png")}
    assert files_of(shot, good.project) == named


def test_somebody_unknown_has_no_files(good):
    assert files_of(Talk(id="x", who="nobody", say="x"), good.project) == {}
