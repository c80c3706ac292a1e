"""Rules that need more than one entry of a project: names that refer to others, lengths, speech, permission.

Pure functions of the project; where things were written comes from ``places``. What could not be read is known by
name, so that a reference to it is not taken for a mistake of its own.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from edl import codes
from edl.caption_rules import check_captions
from edl.delivery import PosterOf
from edl.delivery_codes import POSTER_UNKNOWN
from edl.effect_rules import effect_findings
from edl.findings import Code, Finding, Place
from edl.gap_rules import gap_findings
from edl.picture_codes import FADE_TOO_LONG, JOIN_SPEECH, JOIN_TOO_LONG
from edl.picture_rules import covered, dark_narrations, late_logos, picture_findings, unheard
from edl.places import Places
from edl.project import AnySegment, Cutaway, From, Loop, Narrate, Project, Spoken, Talk, Title
from edl.pronounce import speech_findings
from edl.snapping import Unsnapped
from edl.suggest import meant, nearest
from edl.sync import sync_findings
from edl.sync_codes import (
    SNAP_FIXED,
    SNAP_NO_MUSIC,
    SNAP_NO_PAUSE,
    SNAP_NO_ROOM,
    SNAP_NO_VOICE,
    SNAP_NOTHING,
    SNAP_SILENT,
)
from edl.take_codes import TAKES_SEEDS
from edl.timeline import Misfit, Timeline
from edl.words import NoMatch, find_phrase, tokens

if TYPE_CHECKING:
    from edl.loader import Loaded


@dataclass(frozen=True)
class Context:
    """What a rule may look at. ``unread`` and ``strangers`` are names of segments and of people that are written but
    not readable; ``known`` are the codes that ``allow`` may name, or None where the engines' are not known here."""

    project: Project
    places: Places
    unread: Collection[str] = frozenset()
    strangers: Collection[str] = frozenset()
    known: Collection[str] | None = None


def check(context: Context) -> tuple[Finding, ...]:
    """All that is wrong between the entries of a project."""
    hosts = {segment.id: segment for segment in reversed(context.project.segments)}  # of two of one name, the first
    findings = [*_spine(context), *_portraits(context), *_releases(context), *_variants(context), *_poster(context)]
    findings += check_captions(context.project, context.places)
    findings += speech_findings(context.project, context.places)
    findings += effect_findings(context.project, context.places)
    bare = {segment.id for segment in context.project.spine} - covered(context.project)
    findings += picture_findings(context.project, context.places)
    for segment in context.project.segments:
        findings += _who(context, segment)
        findings += _speech(context, segment, hosts)
        findings += _over(context, segment, hosts)
        findings += _duration(context, segment)
        findings += _own_rules(context, segment)
        findings += sync_findings(context.project, context.places, segment)
        findings += _allow(context, segment)
        if isinstance(segment, Narrate) and segment.id in bare:
            place = context.places.of(segment.id)
            findings.append(codes.NARRATION_BARE.at(place, f'nothing lies over the narration "{segment.id}"'))
    return tuple(findings)


def _spine(context: Context) -> Iterator[Finding]:
    if not context.project.spine and not context.unread:
        yield codes.SPINE_EMPTY.at(context.places.at("segments"), "every segment lies over another one")


def _releases(context: Context) -> Iterator[Finding]:
    if context.project.use != "commercial":
        return
    for name, member in context.project.cast.items():
        spoken = [each for each in context.project.segments if isinstance(each, Spoken) and each.who == name]
        heard = [each.id for each in spoken if each.audio]
        if (member.portrait or heard) and not member.release:
            place = context.places.at(f"cast.{name}")
            what = "a portrait" if member.portrait else f'a recorded voice in "{heard[0]}"'
            yield codes.RELEASE_MISSING.at(place, f'"{name}" has {what} but no release:, and the use is commercial')


def _portraits(context: Context) -> Iterator[Finding]:
    for name, member in context.project.cast.items():
        seen = [each.id for each in context.project.segments if isinstance(each, (Talk, Loop)) and each.who == name]
        if seen and member.portrait is None:
            place = context.places.at(f"cast.{name}")
            yield codes.PORTRAIT_MISSING.at(place, f'"{name}" is seen in "{seen[0]}" but has no portrait:')


def _variants(context: Context) -> Iterator[Finding]:
    names: dict[str, list[str]] = {"master": ["master"]}  # without case: some file systems have none
    for index, variant in enumerate(context.project.output.variants):
        alike = names.setdefault(variant.name.casefold(), [])
        alike.append(variant.name)
        if len(alike) == 2:
            place = context.places.at(f"output.variants[{index}].name")
            message = f'several masters are called "{variant.name}"'
            if alike[0] != alike[1]:
                message = f'"{alike[0]}" and "{alike[1]}" are one name where a file system does not tell capitals apart'
            yield codes.NAME_TWICE.at(place, message)


def _poster(context: Context) -> Iterator[Finding]:
    poster = context.project.output.poster
    if isinstance(poster, PosterOf) and poster.segment not in context.unread:
        known = [segment.id for segment in context.project.segments]
        if poster.segment not in known:
            message = f'the poster is to show "{poster.segment}", which does not exist'
            place = context.places.at("output.poster.segment")
            yield POSTER_UNKNOWN.at(place, message, meant(poster.segment, known, "segment"))


def _who(context: Context, segment: AnySegment) -> Iterator[Finding]:
    who = segment.who if isinstance(segment, (Spoken, Loop)) else None
    if who is None or who in context.strangers:
        return
    if who not in context.project.cast:
        place = context.places.of(segment.id, "who")
        guess = meant(who, (*context.project.cast, *context.strangers), "cast")
        yield codes.WHO_UNKNOWN.at(
            place, f'there is nobody called "{who}" in the cast', f"{guess} {codes.WHO_UNKNOWN.remedy}"
        )


def _speech(context: Context, segment: AnySegment, hosts: dict[str, AnySegment]) -> Iterator[Finding]:
    if not isinstance(segment, Spoken):
        return
    if segment.audio is None and not segment.wording.strip():
        message = f'the {segment.kind.value} "{segment.id}" has neither say: nor audio:'
        yield codes.SPEECH_MISSING.at(context.places.of(segment.id), message)
    if unheard(segment, _named(segment, hosts)):
        message = f'the {segment.kind.value} "{segment.id}" lies over "{" to ".join(segment.hosts)}"'
        yield codes.SPEECH_OVER.at(context.places.of(segment.id, "over"), message)


def _over(context: Context, segment: AnySegment, hosts: dict[str, AnySegment]) -> Iterator[Finding]:
    if segment.over is None:
        if segment.from_ is not None:
            message = f'"{segment.id}" has from: but lies over nothing'
            yield codes.FROM_WITHOUT_OVER.at(context.places.of(segment.id, "from"), message)
        return
    if unheard(segment, _named(segment, hosts)):
        return  # said above
    for at, name in enumerate(segment.hosts):
        place = context.places.of(segment.id, f"over[{at}]" if len(segment.hosts) > 1 else "over")
        yield from _host(context, segment, name, place, hosts)
    host = hosts.get(segment.hosts[0])
    if host is not None and host is not segment and host.over is None and isinstance(segment.from_, From):
        yield from _word(context, segment, segment.from_, host)


def _named(segment: AnySegment, hosts: dict[str, AnySegment]) -> list[AnySegment]:
    return [hosts[name] for name in segment.hosts if name in hosts]


def _host(
    context: Context, segment: AnySegment, name: str, place: Place, hosts: dict[str, AnySegment]
) -> Iterator[Finding]:
    host = hosts.get(name)
    if host is None:
        if name not in context.unread:
            spine = [*(each.id for each in context.project.spine), *context.unread]
            message = f'"{segment.id}" lies over "{name}", which does not exist'
            yield codes.OVER_UNKNOWN.at(place, message, meant(name, spine, "segment to lie over"))
    elif host is segment:
        yield codes.OVER_OVERLAY.at(place, f'"{segment.id}" lies over itself', "Name another segment after over:.")
    elif host.over is not None and not unheard(host, _named(host, hosts)):
        message = f'"{segment.id}" lies over "{host.id}", which itself lies over "{" to ".join(host.hosts)}"'
        yield codes.OVER_OVERLAY.at(place, message)


def _word(context: Context, segment: AnySegment, wish: From, host: AnySegment) -> Iterator[Finding]:
    place = context.places.of(segment.id, "from.word")
    if not isinstance(host, Spoken):
        message = f'"{segment.id}" starts on a word, but nobody speaks in the {host.kind.value} "{host.id}"'
        yield codes.NO_TRANSCRIPT.at(place, message, "Give from: a time such as 1.5s.")
    elif not host.wording.strip():
        if host.audio is not None:
            yield codes.NO_TRANSCRIPT.at(place, f'"{host.id}" has a recording but no transcript')
    elif "${" not in f"{host.wording}{wish.word}":  # else a variable is unknown, and that has been said
        match = find_phrase(host.wording, wish.word, wish.nth)
        if isinstance(match, NoMatch):
            code = codes.MANY_WORDS if match.problem == "many-words" else codes.NO_WORD
            yield code.at(place, f'in "{host.id}": {match.message}', _word_remedy(code, wish.word, host.wording))


def _word_remedy(code: Code, word: str, text: str) -> str:
    if code is codes.MANY_WORDS:
        return ""
    guess = nearest(word, [text[first:last] for _, first, last in tokens(text)])
    return f'Did you mean "{guess}"?' if guess and guess.casefold() != word.casefold() else ""


def _duration(context: Context, segment: AnySegment) -> Iterator[Finding]:
    if isinstance(segment, Spoken):
        if segment.duration is not None:
            message = f'the {segment.kind.value} "{segment.id}" has a duration: of its own'
            yield codes.DURATION_FIXED.at(context.places.of(segment.id, "duration"), message)
    elif isinstance(segment, (Cutaway, Loop, Title)) and segment.duration is None and segment.over is None:
        message = f'the {segment.kind.value} "{segment.id}" has no duration:'
        yield codes.DURATION_MISSING.at(context.places.of(segment.id), message)


def _own_rules(context: Context, segment: AnySegment) -> Iterator[Finding]:
    place = context.places.of(segment.id)
    if isinstance(segment, Loop) and (segment.who is None) == (segment.image is None):
        has = "neither who: nor image:" if segment.who is None else "both who: and image:"
        yield codes.LOOP_SOURCE.at(place, f'the loop "{segment.id}" has {has}')
    if isinstance(segment.seed, tuple) and "takes" in segment.model_fields_set and segment.takes != len(segment.seed):
        message = f'"{segment.id}" lists {len(segment.seed)} seeds, but takes: is {segment.takes}'
        yield TAKES_SEEDS.at(context.places.of(segment.id, "takes"), message)
    if isinstance(segment, Title) and segment.style == "lower_third" and segment.over is None:
        yield codes.LOWER_THIRD_BARE.at(place, f'the lower third "{segment.id}" lies over nothing')


def _allow(context: Context, segment: AnySegment) -> Iterator[Finding]:
    if context.known is None:
        return
    for index, name in enumerate(segment.allow):
        if name not in context.known:
            place = context.places.of(segment.id, f"allow[{index}]")
            yield codes.ALLOW_UNKNOWN.at(place, f'"{name}" is not the code of a finding', meant(name, context.known))


_MISFITS = {
    "too-long": codes.OVERLAY_TOO_LONG,
    "outside": codes.OVERLAY_OUTSIDE,
    "collide": codes.OVERLAYS_COLLIDE,
    "no-word": codes.NO_WORD,
    "many-words": codes.MANY_WORDS,
    "join-long": JOIN_TOO_LONG,
    "both-speak": JOIN_SPEECH,
    "fade-long": FADE_TOO_LONG,
    "no-music": SNAP_NO_MUSIC,
    "no-moment": SNAP_NOTHING,
    "fixed": SNAP_FIXED,
    "no-room": SNAP_NO_ROOM,
    "silent": SNAP_SILENT,
    "no-pause": SNAP_NO_PAUSE,
    "no-voice": SNAP_NO_VOICE,
}
_UNSNAPPED = ("no-music", "silent", "no-moment", "fixed", "no-room", "no-pause", "no-voice")
_FIELDS = {
    **dict.fromkeys(_UNSNAPPED, "snap"),
    "too-long": "duration",
    "no-word": "from.word",
    "many-words": "from.word",
    "join-long": "transition",
    "both-speak": "transition",
}


def misfit_findings(loaded: Loaded, timeline: Timeline) -> tuple[Finding, ...]:
    """What the timeline could not place, as findings."""
    wrong: tuple[Misfit | Unsnapped, ...] = (*timeline.misfits, *timeline.doubts, *timeline.unsnapped)
    late = late_logos(loaded.project, loaded.places, timeline)
    dark = (
        codes.NARRATION_BARE.at(loaded.places.of(narration), message)
        for narration, message in dark_narrations(loaded.project, timeline)
    )
    gaps = gap_findings(loaded.project, loaded.places, timeline)
    return (*(_misfit(loaded.places, misfit) for misfit in wrong), *late, *dark, *gaps)


def _misfit(places: Places, misfit: Misfit | Unsnapped) -> Finding:
    field = _FIELDS.get(misfit.problem, "from")
    place = places.of(misfit.segment, field) if misfit.segment else places.at("fade")
    return _MISFITS[misfit.problem].at(place, misfit.message)
