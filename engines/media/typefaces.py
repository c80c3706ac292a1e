"""Finding fonts that can draw a text: the one that ships with the project first, then those of this machine.

Only outlines count: a font of coloured bitmaps, as most emoji fonts are, cannot be drawn with an edge.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from edl.errors import Broken
from edl.scripts import joins_previous, script_of

if TYPE_CHECKING:
    from fontTools.ttLib import TTFont

FONTS = Path(__file__).parents[1] / "graphics" / "fonts"
EMBEDDED = FONTS / "Inter-Bold.otf"
REGULAR = FONTS / "Inter-Regular.otf"
SERIF = FONTS / "SourceSerif4-SemiBold.ttf"
SKINS = frozenset(map(chr, range(0x1F3FB, 0x1F400)))  # tones of emoji, which an outline cannot show
ENDINGS = frozenset({".ttf", ".otf", ".ttc", ".otc"})
_FOLDERS = ("/usr/share/fonts", "/usr/local/share/fonts", "~/.local/share/fonts", "~/.fonts")
# How the names of Noto's files call what Unicode calls otherwise.
_NOTO = {"CJK": "CJK", "HIRAGANA": "CJK", "KATAKANA": "CJK", "HANGUL": "CJK", "IDEOGRAPHIC": "CJK", "FULLWIDTH": "CJK"}
_REGIONS = {"ja": "JP", "ko": "KR", "zh-hant": "TC", "zh-tw": "TC", "zh-hk": "HK", "zh": "SC"}
_PACKAGES = {"CJK": "fonts-noto-cjk", "SYMBOL": "fonts-symbola"}  # Debian; others are in fonts-noto-core
_LIKELY = 40  # fonts looked into for one character


@dataclass(frozen=True)
class Typeface:
    """One face of a font file. ``number`` counts the faces of a collection."""

    path: Path
    number: int = 0


@dataclass(frozen=True)
class Metrics:
    """What is needed to set a face: its family name and weight, and the height of its line in ems."""

    family: str
    weight: int
    line: float


@dataclass(frozen=True)
class Found:
    """Faces in order of preference, and the characters that none of them draws."""

    faces: tuple[Typeface, ...]
    missing: str = ""


@dataclass(frozen=True)
class Kind:
    """What letters look like: the fonts of ours that draw them, and which of the machine's go with those."""

    own: tuple[Path, ...] = (EMBEDDED,)
    serif: bool = False
    bold: bool = True


@dataclass(frozen=True)
class Kinds:
    """What the letters of a title's text and of its subtitle look like."""

    text: Kind
    subtitle: Kind


_SMALL = Kind((REGULAR,), bold=False)
TITLE_KINDS = {
    "clean": Kinds(Kind(), _SMALL),
    "bold": Kinds(Kind(), _SMALL),
    "editorial": Kinds(Kind((SERIF, EMBEDDED), serif=True), _SMALL),
}


def find_faces(text: str, given: Path | None = None, language: str = "", kind: Kind = Kind()) -> Found:
    """Faces that draw a text: the given font, the embedded ones, and as few of this machine's as are needed.

    :raises Broken: when the given font cannot be read
    """
    faces = [Typeface(given)] if given else []
    faces += map(Typeface, kind.own)
    missing = ""
    for char in dict.fromkeys(text):
        if not is_drawn(char) or any(draws(face, char) for face in faces):
            continue
        face = _search(char, language, kind)
        if face is None:
            missing += char
        else:
            faces.append(face)
    return Found(tuple(faces), missing)


def needed(text: str, faces: Sequence[Typeface]) -> tuple[Typeface, ...]:
    """Those of the faces that a text is really drawn with, in their order."""
    used = {face for face, _ in spans(text, faces)}
    return tuple(face for face in faces if face in used)


def spans(text: str, faces: Sequence[Typeface]) -> Iterator[tuple[Typeface, str]]:
    """A text in stretches of one face: letters in the first that has them, blanks and punctuation, which most fonts
    have, in that of the letters before them, at the beginning in that of the letters that follow."""
    first = next((char for char in text if char.isalpha()), "")
    face, stretch, previous = next((each for each in faces if first and draws(each, first)), faces[0]), "", ""
    for char in text:
        keep = joins_previous(char, previous) or not char.isalpha()
        if not is_drawn(char) or (keep and draws(face, char)):
            best = face
        else:
            best = next((each for each in faces if draws(each, char)), face)
        if best != face and stretch:
            yield face, stretch
            stretch = ""
        face, stretch, previous = best, stretch + char, char
    if stretch:
        yield face, stretch


def is_drawn(char: str) -> bool:
    """Whether a character needs a glyph: blanks, joiners and direction marks need none."""
    return not char.isspace() and (char.isprintable() or char.isalnum()) and not _silent(char)


def _silent(char: str) -> bool:
    marks = "\u200b" <= char <= "\u200f" or "\u202a" <= char <= "\u2069" or "\ufe00" <= char <= "\ufe0f"
    return marks or char in SKINS


def draws(face: Typeface, char: str) -> bool:
    """Whether a face has the outline of a character."""
    return ord(char) in _characters(face)


@cache
def metrics(face: Typeface) -> Metrics:
    """Name, weight and line height of a face.

    :raises Broken: when it cannot be read
    """
    with _opened(face) as font:
        names, system = font["name"], font.get("OS/2")
        family = names.getDebugName(1) or names.getDebugName(16) or face.path.stem
        high, low = (system.usWinAscent, system.usWinDescent) if system else (0, 0)
        if not high + low:
            high, low = font["hhea"].ascent, -font["hhea"].descent
        weight = system.usWeightClass if system else 400
        return Metrics(family, weight, (high + low) / font["head"].unitsPerEm)


def remedy(missing: str) -> str:
    """Which Debian packages draw these characters."""
    scripts = {_script(char) for char in missing}
    packages = {_PACKAGES.get(script, "fonts-noto-core") for script in scripts if script}
    return " and ".join(sorted(packages)) or "fonts-noto-core"


def _search(char: str, language: str, kind: Kind) -> Typeface | None:
    script = _script(char)
    ranked = sorted(_installed(), key=lambda path: (_rank(path.name, script, kind), path.name, str(path)))
    for path in ranked[:_LIKELY]:
        face = Typeface(path, _region(path, language) if script == "CJK" else 0)
        try:
            if draws(face, char):
                return face
        except Broken:
            continue
    return None


def _script(char: str) -> str:
    """What the name of a font says that has this character."""
    symbol = ord(char) >= 0x1F000 or unicodedata.category(char) == "So"
    return "SYMBOL" if symbol else _NOTO.get(script_of(char), script_of(char))


def _rank(name: str, script: str, kind: Kind) -> tuple[bool, bool, bool, bool]:
    """Faces of the script first, then those of the kind; in thin, narrow or slanted ones nobody reads captions."""
    folded = name.lower()
    odd = any(word in folded for word in ("mono", "italic", "oblique", "thin", "light", "condensed", "black", "math"))
    alike = any(word in folded for word in (("serif", "naskh") if kind.serif else ("sans",)))
    return script.lower() not in folded, not alike, odd, ("bold" in folded) != kind.bold


@cache
def _installed() -> tuple[Path, ...]:
    """All font files of this machine."""
    found: list[Path] = []
    for folder in _FOLDERS:
        for root, _, names in os.walk(os.path.expanduser(folder)):
            found += (Path(root, name) for name in names if Path(name).suffix.lower() in ENDINGS)
    return tuple(sorted(found))


@cache
def _region(path: Path, language: str) -> int:
    """The face of a collection whose characters have the shapes of a language's region."""
    if path.suffix.lower() not in (".ttc", ".otc"):
        return 0
    wanted = next((name for key, name in _REGIONS.items() if language.lower().startswith(key)), "")
    for number in range(_faces(path)):
        if metrics(Typeface(path, number)).family.endswith(wanted or "JP"):
            return number
    return 0


def _faces(path: Path) -> int:
    from fontTools.ttLib import TTCollection

    with TTCollection(path, lazy=True) as collection:
        return len(collection.fonts)


@cache
def _characters(face: Typeface) -> frozenset[int]:
    with _opened(face) as font:
        if not any(table in font for table in ("glyf", "CFF ", "CFF2")):
            return frozenset()
        known: Iterable[int] = (font.getBestCmap() or {}).keys()
        return frozenset(known)


def _opened(face: Typeface) -> TTFont:
    """A face for reading.

    :raises Broken: when the file holds none
    """
    from fontTools.ttLib import TTFont, TTLibError

    try:
        return TTFont(face.path, fontNumber=face.number, lazy=True)
    except (TTLibError, OSError, ValueError, AssertionError) as error:
        raise Broken(f"{face.path.name} is no font that can be used") from error
