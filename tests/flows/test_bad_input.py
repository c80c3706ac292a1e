"""Bad pictures, sounds and texts: one clear finding before anything is made; merely unusual ones come out right."""

from __future__ import annotations

import json
import struct
import subprocess
import sys
import zlib
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import soundfile
from PIL import Image

from edl.errors import Broken
from edl.findings import Finding, Severity
from edl.loader import load
from engines.media.still import measure_picture, read_drawn, read_still
from flows.workplace import Memory, ProjectInvalid, examine, open_project, survey, with_broken_files
from tests.flows.stage import write_film

HOST = Path(__file__).parents[2] / "projects/demo/assets/host.jpg"
SIDE = 480
RATE = 16_000
HEAD = "cutaway: 1\ntitle: t\noutput: {width: 320, height: 180, fps: 25}\n"
PORTRAIT = "cast: {{h: {{portrait: {0}}}}}\nsegments:\n  - {{talk: a, who: h, say: Hello there.}}\n"
IMAGE = "segments:\n  - {{cutaway: a, image: {0}, duration: 1s}}\n"
LOGO = "overlay: [{{file: {0}}}]\nsegments:\n  - {{title: a, text: hi, duration: 1s}}\n"
AUDIO = "cast: {{h: {{portrait: plain.png}}}}\nsegments:\n  - {{talk: a, who: h, audio: {0}, say: Hello there.}}\n"
MUSIC = "music: [{{file: {0}}}]\nsegments:\n  - {{title: a, text: hi, duration: 1s}}\n"
SAY = "cast: {{h: {{portrait: plain.png}}}}\nsegments:\n  - {{talk: a, who: h, say: {0}}}\n"
TITLE = "segments:\n  - {{title: a, text: {0}, duration: 300s}}\n"

Make = Callable[[Path], None]


def host() -> Image.Image:
    return Image.open(HOST).convert("RGB").resize((SIDE, SIDE), Image.Resampling.LANCZOS)


def chunk(name: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def png(path: Path, width: int, height: int, depth: int, colour: int, rows: bytes | None = None) -> None:
    """A PNG as its own bytes; without rows, all of it black, packed while it is written."""
    pack = zlib.compressobj(1)
    line = bytes(1 + (width * depth + 7) // 8)
    data = pack.compress(rows) if rows else b"".join(pack.compress(line * 100) for _ in range(height // 100))
    head = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    body = chunk(b"IHDR", head) + chunk(b"IDAT", data + pack.flush()) + chunk(b"IEND", b"")
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + body)


def bomb(path: Path) -> None:
    png(path, 30_000, 30_000, 1, 0)


def deep(path: Path) -> None:
    """16 bit a channel, which Pillow itself cannot write."""
    levels = np.asarray(host()).astype(">u2") * 257
    rows = b"".join(b"\0" + row.tobytes() for row in levels.astype(">u2"))
    png(path, SIDE, SIDE, 16, 2, rows)


def half(path: Path, whole: Callable[[Path], None]) -> None:
    whole(path)
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def animated(path: Path) -> None:
    red = Image.new("RGB", (SIDE, SIDE), "red")
    host().save(path, save_all=True, append_images=[red, red], duration=100)


def sideways(path: Path) -> None:
    turned = Image.Exif()
    turned[0x0112] = 6
    host().transpose(Image.Transpose.ROTATE_90).save(path, exif=turned, quality=95)


def cut_out(path: Path) -> None:
    picture = host()
    mask = Image.new("L", picture.size, 0)
    mask.paste(255, (40, 20, SIDE - 40, SIDE))
    picture.putalpha(mask)
    picture.save(path)


def two(path: Path) -> None:
    both = Image.new("RGB", (2 * SIDE, SIDE))
    both.paste(host(), (0, 0))
    both.paste(host(), (SIDE, 0))
    both.save(path)


def plain(path: Path) -> None:
    host().save(path)


def grey(path: Path) -> None:
    Image.fromarray(np.asarray(host().convert("L")).astype(np.uint16) * 257).save(path)


BAD_PICTURES: dict[str, Make] = {
    "gone.png": lambda path: None,
    "empty.png": lambda path: path.write_bytes(b"") and None,
    "text.png": lambda path: path.write_text("no picture at all") and None,
    "drawing.svg": lambda path: path.write_text("<svg xmlns='http://www.w3.org/2000/svg'/>") and None,
    "half.png": lambda path: half(path, plain),
    "half.jpg": lambda path: half(path, plain),
    "half.webp": lambda path: half(path, plain),
    "bomb.png": bomb,
}
ODD_PICTURES: dict[str, tuple[Make, str]] = {
    "cmyk.jpg": (lambda path: host().convert("CMYK").save(path, quality=95), ""),
    "deep.png": (deep, ""),
    "grey.png": (grey, ""),
    "turned.jpg": (sideways, ""),
    "moving.gif": (animated, "picture-several"),
    "moving.png": (animated, "picture-several"),
    "cut-out.png": (cut_out, "picture-clear"),
    "palette.png": (lambda path: host().quantize(256).save(path), ""),
}


def findings(folder: Path, body: str) -> list[Finding]:
    """What ``cutaway check`` finds; notes of the guide left out."""
    file = folder / "project.yaml"
    file.write_text(HEAD + body, encoding="utf-8")
    try:
        place = open_project(file)
    except ProjectInvalid as error:
        return list(error.findings)
    found = examine(place, survey(place), Memory(place.store))[1]
    return [finding for finding in found if finding.severity is not Severity.NOTE]


def blocking(folder: Path, body: str) -> list[str]:
    return [finding.code for finding in findings(folder, body) if finding.blocks]


@pytest.mark.parametrize("name", BAD_PICTURES)
def test_a_bad_picture_is_one_finding(name: str, tmp_path: Path) -> None:
    BAD_PICTURES[name](tmp_path / name)
    wanted = "file-missing" if name == "gone.png" else "file-unreadable"
    for role in (PORTRAIT, IMAGE, LOGO):
        (finding,) = findings(tmp_path, role.format(name))
        assert finding.code == wanted
        assert name in finding.message
        assert str(tmp_path) not in finding.message
        assert finding.remedy


@pytest.mark.parametrize("name", ODD_PICTURES)
def test_an_unusual_picture_comes_out_right(name: str, tmp_path: Path) -> None:
    make, code = ODD_PICTURES[name]
    make(tmp_path / name)
    for role in (PORTRAIT, IMAGE, LOGO):
        found = findings(tmp_path, role.format(name))
        assert [finding.code for finding in found] == (
            [code] if code and (code, role) != ("picture-clear", LOGO) else []
        )
        assert all(finding.severity is Severity.WARNING for finding in found)
    seen, drawn = read_still(tmp_path / name), read_drawn(tmp_path / name)
    wanted = np.asarray(host().convert("L").convert("RGB") if name == "grey.png" else host()).astype(int)
    inside = (slice(60, 400), slice(60, 400))
    near = 9 if name.endswith(("jpg", "gif")) or name.startswith("palette") else 1
    assert seen.shape == wanted.shape
    assert np.abs(seen.astype(int) - wanted)[inside].mean() < near
    assert np.abs(drawn[..., :3].astype(int) - wanted)[inside].mean() < near
    if code == "picture-clear":
        assert not seen[:, :30].any()
        assert not drawn[:, :30, 3].any()


def test_faces_that_are_missing_or_too_many(tmp_path: Path) -> None:
    Image.new("RGB", (SIDE, SIDE), "#667788").save(tmp_path / "none.png")
    two(tmp_path / "two.png")
    Image.new("RGBA", (SIDE, SIDE), (0, 0, 0, 0)).save(tmp_path / "hidden.png")
    assert blocking(tmp_path, PORTRAIT.format("none.png")) == ["portrait-no-face"]
    assert blocking(tmp_path, PORTRAIT.format("two.png")) == ["portrait-several-faces"]
    assert blocking(tmp_path, PORTRAIT.format("hidden.png")) == ["portrait-no-face"]
    assert blocking(tmp_path, LOGO.format("hidden.png")) == ["picture-hidden"]


WEIGH = """
import resource, sys
from pathlib import Path
from edl.errors import Broken
from engines.media.still import measure_picture, read_drawn, read_still
for read in (measure_picture, read_still, read_drawn):
    try:
        read(Path(sys.argv[1]))
    except Broken:
        print("refused")
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024)
"""


def test_a_decompression_bomb_is_stopped_before_memory_is_gone(tmp_path: Path) -> None:
    bomb(tmp_path / "bomb.png")
    plain(tmp_path / "plain.png")
    assert (tmp_path / "bomb.png").stat().st_size < 1_000_000
    command = [sys.executable, "-c", WEIGH]
    said = [
        subprocess.run([*command, str(tmp_path / name)], capture_output=True, text=True, check=True).stdout.split()
        for name in ("plain.png", "bomb.png")
    ]
    (usual,), (*refused, most) = said
    assert refused == ["refused"] * 3
    assert int(most) < int(usual) + 100  # MB; the pixels would take 2700


def test_what_is_packed_inside_a_small_picture_is_stopped_too(tmp_path: Path) -> None:
    plain(tmp_path / "a.png")
    data = (tmp_path / "a.png").read_bytes()
    text = chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(90_000_000), 9))
    (tmp_path / "a.png").write_bytes(data[:33] + text + data[33:])
    with pytest.raises(Broken, match=r"a\.png"):
        measure_picture(tmp_path / "a.png")


def tone(seconds: float = 2.0, rate: int = RATE) -> np.ndarray:
    times = np.arange(round(seconds * rate)) / rate
    return (0.3 * np.sin(2 * np.pi * 200 * times) * (np.sin(4 * np.pi * times) > 0)).astype(np.float32)


def sound(path: Path, samples: np.ndarray, rate: int = RATE, **more: str) -> None:
    soundfile.write(path, samples, rate, **more)


BAD_SOUNDS: dict[str, tuple[Make, str]] = {
    "zero.wav": (lambda path: sound(path, tone()[:0]), "file-unreadable"),
    "half.wav": (lambda path: half(path, lambda whole: sound(whole, tone())), "file-unreadable"),
    "text.wav": (lambda path: path.write_text("RIFF but no sound") and None, "file-unreadable"),
    "silence.flac": (lambda path: sound(path, np.zeros(600 * RATE, np.float32)), "recording-silent"),
    "broken.wav": (lambda path: sound(path, np.full(RATE, np.nan, np.float32), subtype="FLOAT"), "recording-silent"),
    "click.wav": (lambda path: sound(path, tone()[:200] + 0.1), "recording-silent"),
}
ODD_SOUNDS: dict[str, Make] = {
    "phone.wav": lambda path: sound(path, tone(rate=8000), 8000),
    "float.wav": lambda path: sound(path, tone(), subtype="FLOAT"),
    "surround.wav": lambda path: sound(path, np.stack([tone()] * 6, axis=1)),
    "bytes.wav": lambda path: sound(path, tone(), subtype="PCM_U8"),
}


@pytest.mark.parametrize("name", BAD_SOUNDS)
def test_a_bad_recording_is_one_finding(name: str, tmp_path: Path) -> None:
    make, code = BAD_SOUNDS[name]
    plain(tmp_path / "plain.png")
    make(tmp_path / name)
    (finding,) = findings(tmp_path, AUDIO.format(name))
    assert finding.code == code
    assert finding.blocks
    assert finding.place.path == "segments[0].audio"
    if code == "file-unreadable":
        assert blocking(tmp_path, MUSIC.format(name)) == ["file-unreadable"]


@pytest.mark.parametrize("name", ODD_SOUNDS)
def test_an_unusual_recording_is_taken(name: str, tmp_path: Path) -> None:
    plain(tmp_path / "plain.png")
    ODD_SOUNDS[name](tmp_path / name)
    assert findings(tmp_path, AUDIO.format(name)) == []


def test_silent_music_warns(tmp_path: Path) -> None:
    sound(tmp_path / "bed.flac", np.zeros(20 * RATE, np.float32))
    (finding,) = findings(tmp_path, MUSIC.format("bed.flac"))
    assert (finding.code, finding.severity) == ("music-silent", Severity.WARNING)


TEXTS = {
    "Hello.": "",
    "One two three four five. " * 1000: "",
    "\U0001f680\U0001f389": "voice-nothing-to-say",
    "...": "voice-nothing-to-say",
    "\u0645\u0631\u062d\u0628\u0627 \u0628\u0643\u0645": "voice-other-script",
    "Hello \u05e9\u05dc\u05d5\u05dd": "voice-other-script",
}


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: ascii(text[:12]))
def test_texts_that_a_voice_cannot_say_are_one_finding(text: str, tmp_path: Path) -> None:
    plain(tmp_path / "plain.png")
    wanted = TEXTS[text]
    assert blocking(tmp_path, SAY.format(json.dumps(text, ensure_ascii=False))) == ([wanted] if wanted else [])


def test_five_thousand_words_are_made_in_parts(tmp_path: Path) -> None:
    plain(tmp_path / "plain.png")
    (tmp_path / "project.yaml").write_text(HEAD + SAY.format(json.dumps("One two three four five. " * 1000)))
    place = open_project(tmp_path / "project.yaml")
    notes = [each for each in examine(place, survey(place), Memory(place.store))[1] if each.severity is Severity.NOTE]
    assert [note.code for note in notes] == ["talk-split"]


@pytest.mark.parametrize("text", ["Hi", "\U0001f680", "\u0645\u0631\u062d\u0628\u0627", "x" * 401])
def test_texts_of_titles(text: str, tmp_path: Path) -> None:
    """Every script is drawn, or a finding names what no font here has; never a box."""
    found = blocking(tmp_path, TITLE.format(json.dumps(text, ensure_ascii=False)))
    allowed = {"Hi": [[]], "x" * 401: [["value-wrong"]]}.get(text, [[], ["title-glyph"]])
    assert found in allowed


def test_a_broken_file_is_said_in_the_first_round(tmp_path):
    """Beside a misspelt key, of which it is no consequence; a still as a clip is called one; a missing file once."""
    write_film(tmp_path)
    (tmp_path / "dark.mp4").write_bytes(b"nothing at all")
    clips = "".join(
        f"  - clip: {name}\n    file: {file}\n    engine: footage/clip\n"
        for name, file in (("still", "still.png"), ("dark", "dark.mp4"), ("gone", "gone.mp4"))
    )
    (tmp_path / "project.yaml").write_text(f"cutaway: 1\ntitle: x\ntitel: y\nsegments:\n{clips}")
    with pytest.raises(ProjectInvalid) as caught:
        load(tmp_path / "project.yaml")
    found = with_broken_files(caught.value).findings
    assert sorted(each.code for each in found) == ["file-missing", "file-unreadable", "file-unreadable", "key-unknown"]
    (still,) = (each for each in found if "still.png" in each.message)
    assert still.message == "still.png is a picture and does not move"
    assert still.remedy.startswith("Make the segment a cutaway or a loop")
