"""The fonts with which a project's titles are drawn, and what no font can draw."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path

from edl.errors import Broken
from edl.findings import Finding
from edl.loader import Loaded
from edl.picture_codes import TITLE_FONT, TITLE_GLYPH
from edl.project import Title
from engines.contract import Engine
from engines.media.typefaces import TITLE_KINDS, Kind, Typeface, find_faces, metrics, needed, remedy
from engines.registry import engine as registered
from flows.choose import choose
from flows.digests import DigestBook
from flows.gather import Known
from flows.lettering import Lettering


def with_title_faces(
    loaded: Loaded, known: Known, book: DigestBook, find_engine: Callable[[str], Engine] = registered
) -> Known:
    """What is known, with the fonts of every title that the embedded fonts cannot draw alone."""
    letterings: dict[str, Lettering] = {}
    findings: list[Finding] = []
    for segment in loaded.project.segments:
        if not isinstance(segment, Title) or not _takes_fonts(loaded, segment, find_engine):
            continue
        kinds = TITLE_KINDS[segment.look]
        given = known.files.get(segment.font or "")
        try:
            faces = {}
            for name, text, kind in (
                ("text", segment.text, kinds.text),
                ("subtitle", segment.subtitle, kinds.subtitle),
            ):
                faces[name], missing = _faces(text, given, loaded.project.language, kind, book)
                findings += _undrawable(loaded, segment, name, missing)
        except (Broken, OSError) as error:
            words = str(error) if isinstance(error, Broken) else f"{given or 'a font'} cannot be read"
            findings.append(TITLE_FONT.at(loaded.places.of(segment.id, "font"), words))
            continue
        if any(faces.values()):
            letterings[segment.id] = Lettering(**faces)
    return replace(known, letterings=letterings, findings=(*known.findings, *findings))


def _takes_fonts(loaded: Loaded, segment: Title, find_engine: Callable[[str], Engine]) -> bool:
    choice = choose(loaded.project, segment, find_engine)
    try:
        return choice is not None and "font" in find_engine(choice.engine).limits.files
    except (KeyError, TypeError, ImportError):
        return False


def _faces(
    text: str, given: Path | None, language: str, kind: Kind, book: DigestBook
) -> tuple[Mapping[Typeface, str], str]:
    """The fonts of a text with their digests, none where the embedded ones do; and what none of them draws."""
    found = find_faces(text, given, language, kind)
    faces = needed(text, found.faces)
    if all(face.path in kind.own for face in faces):
        return {}, found.missing
    for face in faces:
        metrics(face)
    return {face: book.digest(face.path) for face in faces}, found.missing


def _undrawable(loaded: Loaded, segment: Title, name: str, missing: str) -> Iterator[Finding]:
    if missing:
        shown = " ".join(missing[:12]) + (" ..." if len(missing) > 12 else "")
        fix = f"Install {remedy(missing)} (Debian), or give the title a font of its own: font: assets/name.ttf."
        yield TITLE_GLYPH.at(loaded.places.of(segment.id, name), f"no font here can draw {shown}", fix)
