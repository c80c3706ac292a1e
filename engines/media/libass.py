"""Setting type with libass, which shapes every script rightly: right to left, joined, stacked or full-width.

The build of FFmpeg that imageio-ffmpeg brings holds libass; it draws onto transparent black. It sees the given fonts
and no others, so that a text looks the same on every machine.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
from numpy.typing import NDArray

from edl.errors import Broken
from engines.media.brackets import with_marks
from engines.media.typefaces import SKINS, Typeface, metrics, spans

Pixels = NDArray[np.uint8]

LEADING, MOST_LEADING = 1.28, 1.7  # from line to line, in ems: more where a script is tall
PAD = 0.35  # ems above the first and below the last line
JOINER = "\u2060"
_NO_FONTS = '<?xml version="1.0"?><!DOCTYPE fontconfig SYSTEM "fonts.dtd"><fontconfig></fontconfig>'
_HEAD = """[Script Info]
ScriptType: v4.00+
PlayResX: {width}
PlayResY: {height}
WrapStyle: 2
ScaledBorderAndShadow: yes
YCbCr Matrix: None

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, Bold, Italic, Underline, \
StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, Alignment, MarginL, MarginR, MarginV, Encoding
Style: Caption,{family},{size:.2f},{ink},{ink},{edge},{shadow},0,0,0,0,100,100,0,0,1,{outline:.2f},{drop:.2f},8,0,0,0,-1

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""  # encoding -1: each line runs as its first letter does; edl.directions marks those that have to run otherwise


def leading_of(faces: Sequence[Typeface]) -> float:
    """From line to line, in ems."""
    return max(LEADING, min(MOST_LEADING, 0.85 * max(metrics(face).line for face in faces)))


def head_of(
    face: Typeface,
    em: float,
    width: int,
    height: int,
    ink: str = "#ffffff",
    edge: str = "#000000",
    outline: float = 0.0,
    drop: float = 0.0,
) -> str:
    """The head of a program for libass. ``outline`` and ``drop`` (of the shadow) in ems."""
    return _HEAD.format(
        width=width,
        height=height,
        family=metrics(face).family,
        size=em,
        ink=colour_code(ink),
        edge=colour_code(edge),
        shadow=colour_code(edge, 0x90),
        outline=em * outline,
        drop=em * drop,
    )


def event(second: int, text: str) -> str:
    """What is drawn in one of the pictures, which libass counts in seconds."""
    return f"Dialogue: 0,{_clock(second)},{_clock(second + 1)},Caption,,0,0,0,,{text}\n"


def set_line(text: str, faces: Sequence[Typeface], em: float) -> str:
    """A line with the codes of the fonts that draw it."""
    (marked,) = with_marks([text])
    return "".join(f"{{{face_code(face, em)}}}{escaped(stretch)}" for face, stretch in spans(marked, faces))


def face_code(face: Typeface, em: float) -> str:
    """The code that chooses a font, in a size that makes its em as large as that of the others."""
    found = metrics(face)
    return f"\\fn{found.family}\\b{found.weight}\\fs{em * found.line:.2f}"


def escaped(text: str) -> str:
    """A text in which libass finds no codes of its own: braces are escaped, and nothing can follow a backslash."""
    shown = "".join(char for char in text if char not in SKINS)
    inert = shown.replace("\\", "\\" + JOINER).replace("{", "\\{").replace("}", "\\}")
    return " ".join(inert.splitlines())


def colour_code(colour: str, transparent: int = 0) -> str:
    """A colour, #rrggbb, as libass writes it."""
    return f"&H{transparent:02X}{colour[5:7]}{colour[3:5]}{colour[1:3]}".upper()


def run_libass(program: str, faces: Iterable[Typeface], width: int, height: int, count: int) -> Pixels:
    """Draw ``count`` pictures, one a second of the program.

    :returns: uint8, count x height x width x 4, colours multiplied by their alpha
    :raises Broken: when libass cannot draw it
    """
    with TemporaryDirectory(prefix="letters") as name:
        folder = Path(name)
        (folder / "letters.ass").write_text(program, encoding="utf-8")
        (folder / "fonts.conf").write_text(_NO_FONTS, encoding="utf-8")
        (folder / "fonts").mkdir()
        for number, path in enumerate(dict.fromkeys(face.path for face in faces)):
            (folder / "fonts" / f"{number}{path.suffix}").symlink_to(path.absolute())
        raw = _ran(folder, width, height, count)
    return np.frombuffer(raw, np.uint8).reshape(count, height, width, 4)


def _ran(folder: Path, width: int, height: int, count: int) -> bytes:
    import imageio_ffmpeg

    source = f"color=c=black@0:s={width}x{height}:r=1:d={count},format=rgba"
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-nostdin", "-threads", "1", "-f", "lavfi", "-i", source]
    command += ["-vf", "ass=filename=letters.ass:alpha=1:fontsdir=fonts", "-f", "rawvideo", "-pix_fmt", "rgba", "-"]
    environment = {**os.environ, "FONTCONFIG_FILE": str(folder / "fonts.conf"), "XDG_CACHE_HOME": str(folder)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False)
    if done.returncode or len(done.stdout) != count * width * height * 4:
        raise Broken(f"the text could not be drawn: {done.stderr.decode(errors='replace').strip()[-300:]}")
    return done.stdout


def _clock(second: int) -> str:
    return f"{second // 3600}:{second // 60 % 60:02d}:{second % 60:02d}.00"
