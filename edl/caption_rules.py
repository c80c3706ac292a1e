"""Rules of captions that need more than one entry of a project."""

from __future__ import annotations

from collections.abc import Iterator

from edl.caption_codes import CAPTION_SHOWN, CAPTION_WORDS
from edl.findings import Finding
from edl.places import Places
from edl.project import Project
from edl.suggest import meant


def check_captions(project: Project, places: Places) -> Iterator[Finding]:
    """Which language is burned in, and how."""
    captions = project.captions
    if captions is None or captions.show is None or captions.show == project.language:
        return
    if captions.show not in captions.languages:
        known = (project.language, *captions.languages)
        place = places.at("captions.show")
        message = f'there are no captions in "{captions.show}"'
        yield CAPTION_SHOWN.at(place, message, meant(captions.show, known, "language"))
    if captions.burn == "words":
        message = f'"{captions.show}" is burned in by words, but "{project.language}" is spoken'
        yield CAPTION_WORDS.at(places.at("captions.burn"), message)
