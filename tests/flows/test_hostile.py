"""Bad projects from the command line: a clear finding with file and line, exit code 1, no traceback, no waiting."""

from __future__ import annotations

import json
import os
import re
import struct
import zlib
from pathlib import Path

import pytest

from tests.flows.stage import HEAD, SHORT

TITLE = "segments:\n  - title: t\n    text: t\n    duration: 1s\n"
SHOT = "segments:\n  - cutaway: c\n    image: {}\n    duration: 1s\n"
BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{new}: &{new} [{', '.join([f'*{old}'] * 9)}]\n" for old, new in zip("abcdefgh", "bcdefghi", strict=True)
)


def over(first: str, second: str) -> str:
    return (
        TITLE
        + f"  - title: a\n    text: a\n    duration: 1s\n    over: {first}\n"
        + f"  - title: b\n    text: b\n    duration: 1s\n    over: {second}\n"
    )


BAD = {
    "bomb": (BOMB + HEAD + TITLE, {"yaml-unsupported", "yaml-too-large", "key-unknown"}),
    "merge-bomb": (HEAD + "x: &x {a: 1}\ny:\n  <<: [*x, *x]\n" + TITLE, {"yaml-unsupported", "key-unknown"}),
    "deep": ("[" * 5000, {"yaml-too-large", "yaml-broken"}),
    "deep-blocks": ("".join("  " * n + "a:\n" for n in range(300)), {"yaml-too-large", "yaml-broken"}),
    "large": (HEAD + TITLE + "# " + "x" * 20_000_000, {"yaml-too-large"}),
    "object": (HEAD + TITLE + "x: !!python/object/apply:os.system ['touch /tmp/pwned']\n", {"yaml-unsupported"}),
    "twice": (HEAD + "title: again\n" + TITLE, {"yaml-twice"}),
    "tabs": (HEAD + TITLE.replace("    text", "\ttext"), {"yaml-tab", "yaml-broken"}),
    "broken": (HEAD + "segments: [", {"yaml-broken"}),
    "two-documents": (HEAD + TITLE + "---\n" + HEAD + TITLE, {"yaml-unsupported", "yaml-broken"}),
    "empty": ("", {"project-empty"}),
    "comment": ("# nothing\n", {"project-empty"}),
    "list": ("- a\n- b\n", {"yaml-broken"}),
    "scalar": ("just words\n", {"yaml-broken"}),
    "nul": ("cutaway: 1\0\n", {"yaml-broken", "not-text"}),
    "unknown": (HEAD + TITLE.replace("text:", "texxt:"), {"key-unknown"}),
    "types": (HEAD + "segments: 7\n", {"value-wrong"}),
    "null-segments": (HEAD + "segments:\n", {"value-wrong", "key-missing"}),
    "null-segment": (HEAD + "segments:\n  -\n", {"value-wrong", "kind-unknown"}),
    "bare-number": (HEAD + TITLE.replace("1s", "1"), {"value-wrong"}),
    "nan": (HEAD.replace("fps: 25", "fps: .nan") + TITLE, {"value-wrong"}),
    "huge-number": (HEAD.replace("fps: 25", "fps: 1" + "0" * 5000) + TITLE, {"value-wrong", "yaml-broken"}),
    "no-fraction": (HEAD.replace("fps: 25", 'fps: "25/0"') + TITLE, {"value-wrong"}),
    "endless": (HEAD + TITLE.replace("1s", "999999999999s"), {"value-wrong"}),
    "cyclic": (HEAD + over("b", "a"), {"over-overlay"}),
    "over-itself": (HEAD + over("a", "t"), {"over-overlay", "over-unknown"}),
    "only-overlays": (HEAD + over("a", "a").replace(TITLE, "segments:\n"), {"over-overlay", "spine-empty"}),
    "id-slash": (HEAD + TITLE.replace("title: t", "title: a/b"), {"value-wrong"}),
    "id-dots": (HEAD + TITLE.replace("title: t", "title: .."), {"value-wrong"}),
    "id-option": (HEAD + TITLE.replace("title: t", "title: -rf"), {"value-wrong"}),
    "id-newline": (HEAD + TITLE.replace("title: t", 'title: "t\\n"'), {"value-wrong"}),
    "id-twice": (HEAD + TITLE + TITLE.removeprefix("segments:\n"), {"id-twice"}),
    "variant-path": (
        HEAD.replace("fps: 25", "fps: 25, variants: [{name: ../x, width: 32, height: 32}]") + TITLE,
        {"value-wrong"},
    ),
    "variant-master": (
        HEAD.replace("fps: 25", "fps: 25, variants: [{name: master, width: 32, height: 32}]") + TITLE,
        {"name-twice"},
    ),
    "missing": (HEAD + SHOT.format("nothing.png"), {"file-missing"}),
    "leaving": (HEAD + SHOT.format("../outside.png"), {"path-leaves"}),
    "leaving-later": (HEAD + SHOT.format("inner/../../outside.png"), {"path-leaves", "file-missing"}),
    "absolute": (HEAD + SHOT.format("/etc/hostname"), {"path-leaves"}),
    "link": (HEAD + SHOT.format("link.png"), {"path-leaves"}),
    "linked-folder": (HEAD + SHOT.format("linked/outside.png"), {"path-leaves"}),
    "protocol": (HEAD + SHOT.format('"http://127.0.0.1:9/x.png"'), {"path-odd"}),
    "file-url": (HEAD + SHOT.format('"file:///etc/hostname"'), {"path-odd"}),
    "concat": (HEAD + SHOT.format('"concat:a.png|b.png"'), {"path-odd"}),
    "pipe": (HEAD + SHOT.format('"pipe:0"'), {"path-odd"}),
    "option": (HEAD + SHOT.format('"-filter_complex.png"'), {"path-odd", "file-missing"}),
    "pattern": (HEAD + SHOT.format('"%03d.png"'), {"path-odd", "file-missing"}),
    "home": (HEAD + SHOT.format('"~/x.png"'), {"path-odd", "path-leaves", "file-missing"}),
    "nul-name": (HEAD + SHOT.format('"a\\0b.png"'), {"path-odd", "value-wrong"}),
    "long-name": (HEAD + SHOT.format("x" * 400 + ".png"), {"path-odd", "value-wrong", "file-missing"}),
    "folder": (HEAD + SHOT.format("inner"), {"path-odd", "file-missing", "file-unreadable"}),
    "fifo": (HEAD + SHOT.format("fifo.png"), {"path-odd", "file-unreadable"}),
    "device-music": (HEAD + "music: [{file: fifo.png}]\n" + TITLE, {"path-odd", "file-unreadable"}),
    "own-store": (HEAD + "include: [.cutaway/x.yaml]\n" + TITLE, {"file-missing", "path-odd", "key-unknown"}),
    "include-itself": (HEAD + "include: project.yaml\n" + TITLE, {"include-cycle"}),
    "include-outside": (HEAD + "include: ../other.yaml\n" + TITLE, {"path-leaves"}),
    "engine-unknown": (HEAD + TITLE + "    engine: mock/titel\n", {"engine-unknown"}),
    "engine-escape": (HEAD + TITLE + "    engine: ../os\n", {"value-wrong"}),
    "engine-private": (HEAD + TITLE + "    engine: mock/_faults\n", {"engine-unknown"}),
    "engine-tool": (HEAD + TITLE + "    engine: conformer/fit\n", {"engine-unfit"}),
    "param-unknown": (HEAD + TITLE + "    params: {falut: die}\n", {"param-unknown"}),
    "param-wrong": (HEAD + TITLE + "    params: {fault: maybe}\n", {"param-wrong"}),
    "param-nested": (HEAD + TITLE + "    params: {fault: {a: [1, {b: .inf}]}}\n", {"yaml-unsupported"}),
    "speech-engine": (HEAD + SHORT.replace("who: bob", "who: bob\n    engine: mock/shot"), {"speech-needs-animator"}),
}


@pytest.fixture
def place(tmp_path: Path, film) -> Path:
    """A project folder with traps in it and a picture outside."""
    from PIL import Image

    file = film(TITLE)
    folder = file.parent
    Image.new("RGB", (8, 8)).save(tmp_path / "outside.png")
    (tmp_path / "other.yaml").write_text("title: other\n")
    (folder / "link.png").symlink_to(tmp_path / "outside.png")
    (folder / "linked").symlink_to(tmp_path)
    (folder / "inner").mkdir()
    os.mkfifo(folder / "fifo.png")
    return file


@pytest.mark.parametrize("name", BAD)
def test_a_bad_project(name, place, bare):
    text, codes = BAD[name]
    place.write_text(text, encoding="utf-8")
    ran = bare("render", place, code=1, timeout=30)
    assert ran.seconds < 15  # 3 s on a quiet machine: nothing waits, nothing explodes
    assert re.search(r"project\.yaml(:\d+)?", ran.err), ran.err
    assert "->" in ran.err
    document = bare("check", place, "--json", code=1, timeout=30).json
    found = {finding["code"] for finding in document["findings"] if finding["severity"] in ("error", "refused")}
    assert found & codes, found
    for finding in document["findings"]:
        assert set(finding) == {"code", "severity", "file", "line", "path", "message", "why", "remedy"}
        assert not str(finding["file"]).startswith("/")
    assert not bare.lines()
    assert not (place.parent / "out").exists()
    assert not Path("/tmp/pwned").exists()


@pytest.mark.parametrize("fast", [False, True])
def test_a_bad_project_is_bad_for_every_command(place, bare, fast):
    place.write_text(BAD["cyclic"][0])
    commands = [("check", place), ("plan", place), ("status", place), ("takes", place, "a"), ("gc", place)]
    for command in commands if not fast else [("check", place, "--fast")]:
        ran = bare(*command, code=1)
        assert "over-overlay" in ran.err


def test_what_is_no_project_file(tmp_path, bare):
    (tmp_path / "folder.yaml").mkdir()
    os.mkfifo(tmp_path / "fifo.yaml")
    (tmp_path / "binary.yaml").write_bytes(bytes(range(256)))
    (tmp_path / "locked").mkdir()
    for name in ("nothing.yaml", "folder.yaml", "fifo.yaml", "binary.yaml", "locked"):
        ran = bare("check", tmp_path / name, "--json", code=1, timeout=20)
        assert ran.json["findings"], name
    bare("check", "/dev/zero", code=1, timeout=20)
    bare("check", "", code=1, timeout=20)


def test_the_project_file_may_be_a_link_within_reach(place, bare, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    link = tmp_path / "elsewhere" / "project.yaml"
    link.symlink_to(place)
    bare("check", link, code=None)


def png(width: int, height: int) -> bytes:
    """The head of a picture that claims a size, with next to nothing in it."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(b"\0" * 100)) + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    "data",
    [b"", b"not a picture", png(60_000, 60_000), png(0, 0), png(64, 64), b"GIF89a", b"<svg/>", b"\xff\xd8\xff"],
    ids=["empty", "text", "bomb", "no-size", "cut", "gif", "svg", "jpeg"],
)
def test_pictures_that_are_none(place, bare, data):
    (place.parent / "still.png").write_bytes(data)
    place.write_text(HEAD.replace("mock/shot", "graphics/parallax") + SHOT.format("still.png"))
    ran = bare("render", place, code=1, timeout=60)
    assert "file-unreadable" in ran.err
    assert "project.yaml:" in ran.err


def test_garbage_beside_the_project(place, bare):
    (place.parent / "picks.yaml").write_text("picks: [")
    ran = bare("check", place, code=1)
    assert "picks.yaml" in ran.err + ran.out
    (place.parent / "picks.yaml").unlink()
    store = place.parent / ".cutaway"
    store.mkdir(exist_ok=True)
    (store / "digests.json").write_text("[]")
    (store / "history").mkdir(exist_ok=True)
    for name in ("project.yaml.json", "project.yaml.draft.json"):
        (store / "history" / name).write_text("\xff{")
    bare("check", place)
    bare("plan", place)


def test_a_store_that_is_a_file(place, bare):
    (place.parent / ".cutaway").write_text("")
    ran = bare("render", place, code=4)
    assert "->" in ran.err
    bare("check", place)


@pytest.mark.parametrize("text", ["jobs: 0", "jobs: many", "store: 7", "unknown: 1", "[", "- a", "store: [a]"])
def test_bad_settings(place, bare, tmp_path, text):
    (tmp_path / "settings.yaml").write_text(text)
    ran = bare("render", place, code=4)
    assert "settings.yaml" in ran.err
    document = bare("plan", place, "--json", code=4).json
    assert {"error", "remedy"} <= set(document)


def test_an_allowed_folder(place, bare, tmp_path):
    place.write_text(HEAD + SHOT.format("../outside.png"))
    bare("check", place, code=1)
    bare("check", place, "--allow-folder", tmp_path)
    (tmp_path / "settings.yaml").write_text(f"allow: [{tmp_path}]\n")
    bare("check", place)
    (tmp_path / "settings.yaml").write_text(json.dumps({"allow": [str(tmp_path / "film2")]}))
    bare("check", place, code=1)
