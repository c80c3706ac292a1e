"""The fonts with which a project's captions are burned in, and what no font can draw."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from edl.caption_codes import CAPTION_FONT, CAPTION_GLYPH
from edl.errors import Broken
from edl.findings import Finding, Place
from edl.loader import Loaded
from edl.project import Spoken
from engines.media.typefaces import find_faces, metrics, remedy
from flows.digests import DigestBook
from flows.gather import Known


def with_faces(loaded: Loaded, known: Known, book: DigestBook) -> Known:
    """What is known, with the fonts that the burned-in captions need."""
    captions = loaded.project.captions
    if captions is None or not captions.burn:
        return known
    given = known.files.get(captions.font or "")
    texts = dict(_texts(loaded))
    whole = "".join(texts)
    try:
        found = find_faces(whole, given, captions.show or loaded.project.language)
        for face in found.faces:
            metrics(face)
        digests = {face: book.digest(face.path) for face in found.faces}
    except (Broken, OSError) as error:
        finding = CAPTION_FONT.at(loaded.places.at("captions.font"), _words(error, given))
        return replace(known, findings=(*known.findings, finding))
    findings = list(_undrawable(found.missing, texts))
    return replace(known, faces=digests, findings=(*known.findings, *findings))


def _words(error: Exception, given: Path | None) -> str:
    return str(error) if isinstance(error, Broken) else f"{given or 'a font'} cannot be read"


def _texts(loaded: Loaded) -> Iterator[tuple[str, Place]]:
    """What is burned in, each text with its place."""
    project = loaded.project
    language = (project.captions.show if project.captions else None) or project.language
    given = loaded.translations[language].texts if language in loaded.translations else {}
    for segment in project.segments:
        if segment.id in given:
            yield given[segment.id].text, given[segment.id].place
        elif language == project.language and isinstance(segment, Spoken) and segment.wording:
            yield segment.wording, loaded.places.of(segment.id, "say")


def _undrawable(missing: str, texts: dict[str, Place]) -> Iterator[Finding]:
    for text, place in texts.items():
        lost = [char for char in missing if char in text]
        if lost:
            shown = " ".join(lost[:12]) + (" ..." if len(lost) > 12 else "")
            fix = f"Install {remedy(''.join(lost))} (Debian), or give a font with captions: {{font: assets/name.ttf}}."
            yield CAPTION_GLYPH.at(place, f"no font here can draw {shown}", fix)
