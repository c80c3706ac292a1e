"""Plain lettering burned into pictures: labels in a corner, slates. RGBA, uint8, straight alpha."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

Pixels = NDArray[np.uint8]

FONTS = Path(__file__).parents[1] / "graphics" / "fonts"
SAFE = 0.05  # of each side, left free all round
CORNERS = ("top-left", "top-right", "bottom-left", "bottom-right")


def label(text: str, corner: str, width: int, height: int) -> Pixels:
    """A small text on a translucent plate in a corner, inside the safe area; height x width x 4."""
    short = min(width, height)
    face = _font("Inter-Regular.otf", max(11, round(short * 0.026)))
    box = _box(text, face)
    pad_x, pad_y = round(face.size * 0.7), round(face.size * 0.42)
    room = width - 2 * round(width * SAFE) - 2 * pad_x
    if box[2] > room:
        face = _font("Inter-Regular.otf", max(7, int(face.size * room / box[2])))
        box = _box(text, face)
    plate = (box[2] + 2 * pad_x, round(face.size * 1.2) + 2 * pad_y)
    left = round(width * SAFE) if corner.endswith("left") else width - round(width * SAFE) - plate[0]
    top = round(height * SAFE) if corner.startswith("top") else height - round(height * SAFE) - plate[1]
    sheet = Image.new("RGBA", (width, height), (0, 0, 0, 0))
    draw = ImageDraw.Draw(sheet)
    sheet.paste(_plate(*plate), (left, top))
    draw.text((left + pad_x, top + plate[1] / 2), text, font=face, fill=(255, 255, 255, 235), anchor="lm")
    return np.asarray(sheet, dtype=np.uint8)


def slate(text: str, width: int, height: int) -> Pixels:
    """A dark card that says what is missing here; height x width x 4, opaque."""
    sheet = Image.new("RGBA", (width, height), (24, 26, 31, 255))
    draw = ImageDraw.Draw(sheet)
    size = max(12, round(min(width, height) * 0.055))
    face = _font("Inter-Bold.otf", size)
    lines = _wrapped(text, face, round(width * (1 - 4 * SAFE)))
    frame = round(min(width, height) * SAFE)
    draw.rectangle((frame, frame, width - frame - 1, height - frame - 1), outline=(210, 150, 60, 255), width=2)
    draw.multiline_text(
        (width / 2, height / 2), "\n".join(lines), font=face, fill=(235, 235, 235, 255), anchor="mm", align="center"
    )
    return np.asarray(sheet, dtype=np.uint8)


def _plate(width: int, height: int) -> Image.Image:
    """A dark translucent plate whose round corners are smooth."""
    fine = Image.new("L", (4 * width, 4 * height), 0)
    edges = (0, 0, 4 * width - 1, 4 * height - 1)
    ImageDraw.Draw(fine).rounded_rectangle(edges, radius=round(4 * height * 0.28), fill=150)
    plate = Image.new("RGBA", (width, height), (12, 14, 18, 0))
    plate.putalpha(fine.reduce(4))
    return plate


def _wrapped(text: str, face: ImageFont.FreeTypeFont, room: int) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and face.getlength(longer) > room:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines


def _box(text: str, face: ImageFont.FreeTypeFont) -> tuple[int, int, int, int]:
    left, top, right, bottom = face.getbbox(text)
    return int(left), int(top), int(right), int(bottom)


def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(FONTS / name), size, layout_engine=ImageFont.Layout.BASIC)


def type_face(name: str, size: int) -> ImageFont.FreeTypeFont:
    """A font that ships with the project."""
    return _font(name, size)


def shortened(text: str, face: ImageFont.FreeTypeFont, room: float) -> str:
    """A text that fits ``room`` pixels, ended by dots where it was longer."""
    if face.getlength(text) <= room:
        return text
    while text and face.getlength(text + "...") > room:
        text = text[:-1]
    return text + "..."
