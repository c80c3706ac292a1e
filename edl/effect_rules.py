"""Settings that nothing comes of, as they stand: each is said once, where it is written, and hinders nothing."""

from __future__ import annotations

from collections.abc import Iterator

from edl.effect_codes import NO_EFFECT
from edl.findings import Finding
from edl.places import Places
from edl.project import AnySegment, Clip, Project, Spoken


def effect_findings(project: Project, places: Places) -> Iterator[Finding]:
    """All settings without effect that can be told from the project file alone."""
    yield from _captions(project, places)
    if project.output.chapters and project.spine and all(segment.chapter is False for segment in project.spine):
        message = "every segment of the spine says chapter: false, so the film has no chapter marks"
        yield NO_EFFECT.at(places.at("output.chapters"), message, "Leave chapter: true at one of them, or take it out.")
    for segment in project.segments:
        yield from _chapter(project, places, segment)


def silent_footage(segment: Clip, places: Places) -> Finding | None:
    """For a clip whose file has no sound: that what is asked of it cannot be."""
    place = places.of(segment.id, "sound")
    if not _asks_for_sound(segment) or place.path.startswith("defaults"):
        return None
    return NO_EFFECT.at(place, f'"{segment.id}" has sound:, but there is none in {segment.file}')


def _asks_for_sound(segment: AnySegment) -> bool:
    return "sound" in segment.model_fields_set and segment.sound is not False and segment.sound is not None


def _captions(project: Project, places: Places) -> Iterator[Finding]:
    captions = project.captions
    if captions is None:
        return
    spoken = [segment for segment in project.segments if isinstance(segment, Spoken)]
    if all(segment.sound is False for segment in spoken):
        what = "burn" if captions.burn else "languages" if captions.languages else ""
        message = f"nobody {'is heard speaking' if spoken else 'speaks'} in this film, so there are no captions"
        yield NO_EFFECT.at(places.at(f"captions.{what}" if what else "captions"), message)
    elif not captions.burn:
        for name in sorted(captions.model_fields_set & {"show", "style", "font"}):
            message = f"{name}: says how captions are burned in, and they are not"
            yield NO_EFFECT.at(places.at(f"captions.{name}"), message, "Add burn: line or burn: words, or take it out.")


def _chapter(project: Project, places: Places, segment: AnySegment) -> Iterator[Finding]:
    place = places.of(segment.id, "chapter")
    if segment.chapter is None or place.path.startswith("defaults"):
        return
    if segment.over is not None:
        message = f'"{segment.id}" lies over another segment, and only those of the spine begin a chapter'
        yield NO_EFFECT.at(place, message, f'Set chapter: at "{segment.hosts[0]}", or take it out.')
    elif segment.chapter and not project.output.chapters:
        message = f'"{segment.id}" has a chapter:, but the film has no chapter marks'
        yield NO_EFFECT.at(place, message, "Add chapters: true to output:, or take it out.")
