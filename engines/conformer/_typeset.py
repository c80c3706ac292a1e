"""Sets a caption with libass, which shapes every script rightly: right to left, joined, stacked or full-width.

The build of FFmpeg that imageio-ffmpeg brings holds libass; it draws onto transparent black, which gives colours
multiplied by their alpha. It sees the given fonts and no others, so that a caption looks the same on every machine.
"""

from __future__ import annotations

import os
import subprocess
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate, pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from edl.caption import EM
from edl.errors import Broken
from engines.media.typefaces import SKINS, Typeface, metrics, spans

if TYPE_CHECKING:
    from engines.conformer._captions import Caption

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
"""  # encoding -1: the direction of each line is that of its text


def em_of(caption: Caption, width: int, height: int) -> float:
    """The size of the letters in pixels."""
    return EM * min(width, height) * caption.size


def leading_of(faces: Sequence[Typeface]) -> float:
    """From line to line, in ems."""
    return max(LEADING, min(MOST_LEADING, 0.85 * max(metrics(face).line for face in faces)))


def typeset(
    caption: Caption, lit: Sequence[int], faces: Sequence[Typeface], width: int, height: int
) -> Iterator[Pixels]:
    """Draw a caption once for each piece that is lit up (-1: none).

    A line that is too wide for the safe area makes the whole caption smaller.

    :returns: uint8, height x width x 4, straight alpha
    :raises Broken: when libass cannot draw it
    """
    em, room = em_of(caption, width, height), int(width * caption.safe)
    sheets = _drawn(caption, lit, faces, em, 2 * width)
    widest = max(_width(sheet) for sheet in sheets)
    if widest > room:
        em *= (room - 2) / widest
        sheets = _drawn(caption, lit, faces, em, 2 * width)
    for sheet in sheets:
        yield _placed(_boxed(sheet, caption, em) if caption.box else sheet, caption, width, height)


def _drawn(caption: Caption, lit: Sequence[int], faces: Sequence[Typeface], em: float, width: int) -> list[Pixels]:
    """The caption alone, in a picture of its own; as many as ``lit`` has entries."""
    leading = leading_of(faces)
    height = 2 * round((len(caption.lines) * leading + 2 * PAD) * em / 2)
    program = _program(caption, lit, faces, em, width, height)
    with TemporaryDirectory(prefix="captions") as name:
        folder = Path(name)
        (folder / "captions.ass").write_text(program, encoding="utf-8")
        (folder / "fonts.conf").write_text(_NO_FONTS, encoding="utf-8")
        (folder / "fonts").mkdir()
        for path in dict.fromkeys(face.path for face in faces):
            (folder / "fonts" / f"{len(os.listdir(folder / 'fonts'))}{path.suffix}").symlink_to(path.absolute())
        raw = _ran(folder, width, height, len(lit))
    return [_straight(sheet) for sheet in np.frombuffer(raw, np.uint8).reshape(len(lit), height, width, 4)]


def _ran(folder: Path, width: int, height: int, count: int) -> bytes:
    import imageio_ffmpeg

    source = f"color=c=black@0:s={width}x{height}:r=1:d={count},format=rgba"
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", "-nostdin", "-threads", "1", "-f", "lavfi", "-i", source]
    command += ["-vf", "ass=filename=captions.ass:alpha=1:fontsdir=fonts", "-f", "rawvideo", "-pix_fmt", "rgba", "-"]
    environment = {**os.environ, "FONTCONFIG_FILE": str(folder / "fonts.conf"), "XDG_CACHE_HOME": str(folder)}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, check=False)
    if done.returncode or len(done.stdout) != count * width * height * 4:
        raise Broken(f"the caption could not be drawn: {done.stderr.decode(errors='replace').strip()[-300:]}")
    return done.stdout


def _program(
    caption: Caption, lit: Sequence[int], faces: Sequence[Typeface], em: float, width: int, height: int
) -> str:
    """The caption in the language of libass: one event a second for each piece that is lit up."""
    plain = caption.box
    head = _HEAD.format(
        width=width,
        height=height,
        family=metrics(faces[0]).family,
        size=em,
        ink=_colour(caption.ink),
        edge=_colour(caption.edge),
        shadow=_colour(caption.edge, 0x90),
        outline=0 if plain else em * 0.07,
        drop=0 if plain else em * 0.035,
    )
    events = []
    for second, number in enumerate(lit):
        for row in range(len(caption.lines)):
            middle = em * (PAD + (row + 0.5) * leading_of(faces))
            text = f"{{\\an5\\pos({width / 2},{middle:.2f})}}{_line(caption, row, number, faces, em)}"
            events.append(f"Dialogue: 0,{_clock(second)},{_clock(second + 1)},Caption,,0,0,0,,{text}\n")
    return head + "".join(events)


def _line(caption: Caption, row: int, lit: int, faces: Sequence[Typeface], em: float) -> str:
    """One line with the codes of its fonts and colours. Fonts are chosen for the whole line, so that a quote has the
    same at both ends of a word. The second colour, which never shows, sets each piece apart from the next, so that no
    letter moves by a hair when another piece is lit up."""
    number = sum(len(line) for line in caption.lines[:row])
    pieces = [text for text, _ in caption.lines[row]]
    ends = list(accumulate(len(piece) for piece in pieces))
    text, at = "", 0
    for face, stretch in spans("".join(pieces).rstrip(), faces):
        found, end = metrics(face), at + len(stretch)
        cuts = sorted({at, end, *(edge for edge in ends if at < edge < end)})
        for first, last in pairwise(cuts):
            piece = number + bisect_right(ends, first)
            colour = caption.highlight if piece == lit else caption.ink
            codes = (
                f"\\fn{found.family}\\b{found.weight}\\fs{em * found.line:.2f}\\1c{_colour(colour)}&\\2c&H{piece % 2}&"
            )
            text += f"{{{codes}}}{escaped(stretch[first - at : last - at])}"
        at = end
    return text


def escaped(text: str) -> str:
    """A text in which libass finds no codes of its own: braces are escaped, and nothing can follow a backslash."""
    shown = "".join(char for char in text if char not in SKINS)
    inert = shown.replace("\\", "\\" + JOINER).replace("{", "\\{").replace("}", "\\}")
    return " ".join(inert.splitlines())


def _colour(colour: str, transparent: int = 0) -> str:
    return f"&H{transparent:02X}{colour[5:7]}{colour[3:5]}{colour[1:3]}".upper()


def _clock(second: int) -> str:
    return f"{second // 3600}:{second // 60 % 60:02d}:{second % 60:02d}.00"


def _straight(sheet: Pixels) -> Pixels:
    """Colours divided by their alpha."""
    alpha = sheet[:, :, 3:].astype(np.float32)
    colour = np.where(alpha > 0, sheet[:, :, :3] * 255.0 / np.maximum(alpha, 1), 0)
    return np.concatenate([np.minimum(colour + 0.5, 255).astype(np.uint8), sheet[:, :, 3:]], axis=2)


def _span(sheet: Pixels, axis: int) -> tuple[int, int]:
    used = np.flatnonzero(sheet[:, :, 3].any(axis=axis))
    return (int(used[0]), int(used[-1]) + 1) if len(used) else (0, 0)


def _width(sheet: Pixels) -> int:
    left, right = _span(sheet, 0)
    return right - left


def _boxed(sheet: Pixels, caption: Caption, em: float) -> Pixels:
    """The text on one translucent box."""
    left, right = _span(sheet, 0)
    pad = round(em * 0.4)
    box = np.zeros_like(sheet)
    box[:, max(0, left - pad) : right + pad] = (*bytes.fromhex(caption.edge[1:]), 166)
    over = sheet[:, :, 3:].astype(np.float32) / 255
    alpha = over + box[:, :, 3:] / 255 * (1 - over)
    colour = sheet[:, :, :3] * over + box[:, :, :3] * (box[:, :, 3:] / 255) * (1 - over)
    colour = np.where(alpha > 0, colour / np.maximum(alpha, 1e-6), 0)
    return np.concatenate([colour + 0.5, alpha * 255 + 0.5], axis=2).astype(np.uint8)


def _placed(sheet: Pixels, caption: Caption, width: int, height: int) -> Pixels:
    """The caption at its place in the picture, inside the safe area; higher or lower by what it has to avoid."""
    margin = (1 - caption.safe) / 2 * (2 if height > width else 1)  # phones draw their buttons over tall pictures
    lift = round((margin + caption.lift) * height)
    canvas = np.zeros((height, width, 4), np.uint8)
    left = (sheet.shape[1] - width) // 2
    shown = sheet[:height, left : left + width]
    rows = shown.shape[0]
    top = lift if caption.at == "top" else height - lift - rows
    top = min(max(0, top), height - rows)
    canvas[top : top + rows] = shown
    return canvas
