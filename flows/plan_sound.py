"""Planning what is heard: the programme's sound in pieces of equal length, and one gain for all of them.

A piece knows only what sounds in it and close beside it, so a change elsewhere leaves it as it is. How loud the whole
is follows from the facts of all pieces: until they exist, what is to be limited and encoded waits.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import partial

from edl.timeline import Timeline
from engines.media.pieces import AFTER, BEFORE, HOP, PIECE, RELEASE, ROOM_FADE, ceiling
from flows.drafting import Drafted, Situation, draft_step
from flows.lay_sound import Cue, Laid, Ranges, Score, lay_sound
from flows.level import MOST_RAISES, Measured, first_gain, loudness, raised
from flows.plan import Source, StepKind
from flows.plan_takes import Take

CLICK = 480  # samples: no edge of a sound is heard further away than this
WHOLE = "the loudness of the whole programme"
LIMITED = "the loudness of the pieces that the limiter changes"


@dataclass(frozen=True)
class Sounded:
    """The steps that make the programme's sound, and its finished pieces in order."""

    steps: tuple[Drafted, ...]
    pieces: tuple[Drafted, ...]


def plan_sound(
    situation: Situation, timeline: Timeline, takes: Mapping[str, Take], voices: Mapping[str, Drafted]
) -> Sounded:
    """Everything from files and voices to encoded pieces."""
    score = lay_sound(situation, timeline, takes, voices)
    missing = _missing_length(situation, timeline)
    mixes = tuple(_mix(situation, score, number, missing) for number in range(-(-score.samples // PIECE)))
    trials, pieces = _mastered(situation, score.samples, mixes)
    return Sounded((*score.tracks, *mixes, *trials, *pieces), pieces)


def _missing_length(situation: Situation, timeline: Timeline) -> str:
    """What must be there before anybody knows how long the programme is."""
    if timeline.exact or situation.slates:
        return ""
    return next((f"voice:{slot.segment}" for slot in timeline.spine if not slot.exact), "the length of the programme")


def _mix(situation: Situation, score: Score, number: int, missing: str) -> Drafted:
    """The step that sums one piece. All its times count from its own start."""
    engine = situation.find_engine("conformer/mix")
    start = number * PIECE
    samples = min(PIECE, score.samples - start)
    around = _Around(start, start - BEFORE, start + samples + AFTER)
    if missing:
        around.sources["length"] = missing
    params: dict[str, object] = {
        "samples": samples,
        "sounds": [around.heard(laid) for laid in score.within(around.first - CLICK, around.last + CLICK)],
        "music": [around.bed(cue) for cue in score.cues if around.reaches(cue.start, cue.end)],
    }
    if score.samples < around.last:
        params["until"] = score.samples - start
    up, down = score.fade
    if up and around.first < up:
        params["opening"] = (-start, up - start)
    if down and score.samples - down < around.last:
        params["closing"] = (score.samples - down - start, score.samples - start)
    room = situation.project.room
    if score.room is not None and room is not None and (gaps := around.ranges(score.gaps, 2 * ROOM_FADE)):
        params["room"] = {"input": around.named("room", score.room), "start": -start, "gaps": gaps, "gain": room.gain}
    if any(cue.music.duck and around.reaches(cue.start, cue.end) for cue in score.cues):
        params["speech"] = around.ranges(score.speech, (RELEASE + 2) * HOP)
    wanted = engine.params.model_validate(params)
    return draft_step(situation, f"mix:{number + 1}", "", StepKind.MIX, engine, wanted, around.sources)


@dataclass
class _Around:
    """A piece that begins at ``start``, and the stretch around it that it has to know; collects its inputs."""

    start: int
    first: int
    last: int
    sources: dict[str, Source | str] = field(default_factory=dict)

    def reaches(self, start: int, end: int) -> bool:
        return start - CLICK < self.last and end + CLICK > self.first

    def named(self, kind: str, source: Source | str) -> str:
        name = kind if kind == "room" else f"{kind}{sum(each.startswith(kind) for each in self.sources)}"
        self.sources[name] = source
        return name

    def heard(self, laid: Laid) -> dict[str, object]:
        """A sound, cut where nothing of it matters any more, so that what happens there is not in the recipe."""
        start, end, skip, rise, fall = laid.start, laid.end, laid.skip, laid.rise, laid.fall
        if start + rise < self.first - CLICK:
            skip, start, rise = skip + self.first - CLICK - start, self.first - CLICK, 0
        if end - fall > self.last + CLICK:
            end, fall = self.last + CLICK, 0
        return {
            "input": self.named("sound", laid.source),
            **{"start": start - self.start, "end": end - self.start, "skip": skip},
            **{"gain": laid.gain, "rise": rise, "fall": fall},
        }

    def bed(self, cue: Cue) -> dict[str, object]:
        goes_on = cue.end - cue.fall > self.last + CLICK
        return {
            "input": self.named("music", cue.source),
            **{"start": cue.start - self.start, "end": None if goes_on else cue.end - self.start},
            **{"first": cue.first, "last": cue.last, "loops": cue.music.loop},
            **{"gain": cue.music.gain, "duck": cue.music.duck},
            "rise": cue.rise if cue.start + cue.rise > self.first else 0,
            "fall": 0 if goes_on else cue.fall,
        }

    def ranges(self, ranges: Ranges, beyond: int) -> list[tuple[int, int]]:
        """Stretches that reach into the piece or lie so many samples beside it, cut off further away."""
        first, last = self.first - beyond, self.last + beyond
        return [(max(first, a) - self.start, min(last, b) - self.start) for a, b in ranges if a < last and b > first]


def _mastered(
    situation: Situation, samples: int, mixes: tuple[Drafted, ...]
) -> tuple[tuple[Drafted, ...], tuple[Drafted, ...]]:
    """Steps that only try out a gain, and the finished pieces.

    What the limiter leaves alone is as loud as its sum says. The pieces that it changes are made first; where they lack
    loudness afterwards, the gain is raised and they are made anew.
    """
    make, every = partial(_sound, situation, samples, mixes), range(len(mixes))
    sums = _measured(mixes)
    if sums is None:
        return (), tuple(make(number, 0.0, WHOLE) for number in every)
    target = situation.project.output.loudness
    gain = first_gain(loudness([each for one in sums for each in one.energies], samples), target)
    tried: list[Drafted] = []
    for _ in range(MOST_RAISES):
        factor = 10 ** (gain / 20)
        limited = {at: make(at, gain) for at, one in enumerate(sums) if one.peak * factor > ceiling()}
        if not limited:
            break
        found = _measured(tuple(limited.values()))
        if found is None:
            return tuple(tried), tuple(limited.get(at) or make(at, gain, LIMITED) for at in every)
        changed = dict(zip(limited, found, strict=True))
        energies = [
            each if at in changed else each * factor**2
            for at, one in enumerate(sums)
            for each in changed.get(at, one).energies
        ]
        higher = raised(gain, loudness(energies, samples), target)
        if higher == gain:
            break
        tried += (_named(drafted, f"{drafted.step.id}@{gain:+g}dB") for drafted in limited.values())
        gain = higher
    return tuple(tried), tuple(make(number, gain) for number in every)


def _sound(
    situation: Situation, samples: int, mixes: tuple[Drafted, ...], number: int, gain: float, waits: str = ""
) -> Drafted:
    """The step that limits and encodes one piece."""
    engine = situation.find_engine("conformer/sound")
    sources: dict[str, Source | str] = {"mix": mixes[number].source()}
    if waits:
        sources["level"] = waits
    wanted = engine.params.model_validate(
        {"samples": min(PIECE, samples - number * PIECE), "gain": gain, "first": number == 0}
    )
    return draft_step(situation, f"sound:{number + 1}", "", StepKind.SOUND, engine, wanted, sources)


def _named(drafted: Drafted, step_id: str) -> Drafted:
    return replace(drafted, step=replace(drafted.step, id=step_id))


def _measured(pieces: tuple[Drafted, ...]) -> tuple[Measured, ...] | None:
    """What is known of pieces, once all are there."""
    parts = [piece.part for piece in pieces if piece.part is not None]
    return tuple(Measured.of(part.facts) for part in parts) if len(parts) == len(pieces) else None
