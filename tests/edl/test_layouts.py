"""Any layout holds together: cuts on the beat, held frames, joins and footage, at every frame rate."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from fractions import Fraction

from edl.facts import BeatFacts, Word
from edl.hearing import Bed, Hearing, Tie
from edl.project import Project
from edl.slot import Slot
from edl.timeline import Timeline, Voiced, lay_out

LAYOUTS = 400
RATES = (Fraction(24), Fraction(25), Fraction(30000, 1001), Fraction(50))
BEATS = tuple(0.13 + 0.47 * number for number in range(20))
ONSETS = tuple(0.05 + 0.11 * number for number in range(90))
BED = BeatFacts(seconds=10, tempo=120, beats=BEATS, onsets=ONSETS)
HEARINGS = (Hearing((Bed(BED),)), Hearing((Bed(BED, Tie("s1")),)), Hearing((Bed(BED, 5, loops=False), Bed(None, 99))))

Values = dict[str, object]
Film = tuple[Project, dict[str, Voiced], dict[str, Fraction], Hearing]


def chance(dice: random.Random, name: str, value: object, share: float = 0.5) -> Values:
    return {name: value} if dice.random() < share else {}


def frames(dice: random.Random, most: int) -> str:
    return f"{dice.randint(1, most)}f"


def common(dice: random.Random) -> Values:
    freeze = {**chance(dice, "start", frames(dice, 25)), **chance(dice, "end", frames(dice, 25))}
    join = {"kind": "dissolve", "duration": frames(dice, 24)}
    return {
        **chance(dice, "freeze", freeze, 0.5 if freeze else 0),
        **chance(dice, "transition", join),
        **chance(dice, "snap", dice.choice(("beat", "onset", "pause")), 0.8),
    }


def picture(dice: random.Random, name: str, footage: dict[str, Fraction], free: bool = False) -> Values:
    """A shot, or a clip of a file of some length; ``free``: without a length of its own."""
    length = dice.randint(1, 60)
    own: Values = {} if free else {"duration": f"{length}f"}
    if dice.random() < 0.5:
        return {"cutaway": name, "image": "i.png", **own}
    footage[name] = Fraction(length + dice.randint(0, 9), 24) + Fraction(dice.randint(0, 40), 1000)
    return {"clip": name, "file": "c.mp4", **own}


def film(seed: int) -> Film:
    """A spine of four segments, each perhaps with something over it, and what is known of them."""
    dice, footage, voices = random.Random(seed), dict[str, Fraction](), dict[str, Voiced]()
    segments: list[Values] = []
    for at in range(4):
        name, over = f"s{at}", f"o{at}"
        if dice.random() < 0.4:
            pauses = {**chance(dice, "before", frames(dice, 9)), **chance(dice, "after", frames(dice, 20))}
            segments.append({"talk": name, "who": "h", "say": "One two.", **common(dice), **pauses})
            words = (
                Word(text="One", start=0, end=0.4, first=0, last=3),
                Word(text="two", start=0.6, end=1, first=4, last=7),
            )
            if dice.random() < 0.8:
                voices[name] = Voiced(Fraction(dice.randint(20, 60), 20), words)
        else:
            segments.append({**picture(dice, name, footage), **common(dice)})
        if dice.random() < 0.5:
            begin = chance(dice, "from", frames(dice, 12))
            out = chance(dice, "transition_out", {"kind": "dissolve", "duration": frames(dice, 12)})
            shown = picture(dice, over, footage, dice.random() < 0.3)
            if dice.random() < 0.2:
                shown, voices[over] = {"narrate": over, "who": "h", "say": "Yes."}, Voiced(Fraction(1, 2))
            segments.append({**shown, **common(dice), **begin, **out, "over": name})
    top = {"cutaway": 1, "title": "x", "output": {"fps": str(dice.choice(RATES))}, "segments": segments}
    return Project.model_validate(top), voices, footage, dice.choice(HEARINGS)


def faults(made: Film, line: Timeline) -> Iterator[str]:
    """What cannot be in any layout, whatever the project says."""
    project, _, footage, _ = made
    for slot in (*line.spine, *line.overlays):
        if slot.moving.frames < 1:
            yield f"{slot.segment} moves for {slot.moving.frames} frames"
        if slot.enter + slot.leave > slot.frames:
            yield f"{slot.segment} is joined for longer than it lasts"
        asked, file = project.segment(slot.segment).duration, footage.get(slot.segment)
        fits = file is not None and (asked is None or asked.length(line.fps) <= file * line.fps)
        if fits and slot.hosts == () and slot.moving.frames > max(1, file * line.fps):
            yield f"{slot.segment} is longer than its file"
    for before, slot in zip(line.spine, line.spine[1:], strict=False):
        if slot.start + slot.enter != before.end:
            yield f"{slot.segment} does not begin where {before.segment} ends"
    if sum(run.frames for run in line.runs) != line.frames:
        yield "the runs are not the film"


def outside(line: Timeline) -> Iterator[str]:
    """Layers that ask a take for a frame that it has not."""
    slots: dict[str, Slot] = {slot.segment: slot for slot in (*line.spine, *line.overlays)}
    for run in line.runs:
        for layer in run.picture.layers:
            last = layer.first if layer.still else layer.first + run.frames - 1
            if layer.first < 0 or last >= slots[layer.segment].moving.frames:
                yield f"frames {layer.first} to {last} of {layer.segment}"


def joins_too_long(line: Timeline) -> set[str]:
    spine = {slot.segment for slot in line.spine}
    return {each.segment for each in line.misfits if each.problem == "join-long" and each.segment in spine}


def test_any_layout_holds_together() -> None:
    seen = Counter[str]()
    for seed in range(LAYOUTS):
        made = film(seed)
        project, voices, footage, hearing = made
        line, loose = lay_out(project, voices, footage, hearing), lay_out(project, voices, footage)
        assert list(faults(made, line)) == [], seed
        assert joins_too_long(line) <= joins_too_long(loose), seed
        seen["moved"] += any(slot.frames != before.frames for slot, before in zip(line.spine, loose.spine, strict=True))
        seen["frozen"] += any(sum(slot.held) for slot in line.spine)
        if line.exact and not line.misfits:
            assert list(outside(line)) == [], seed
            seen["whole"] += 1
        seen.update(each.problem for each in line.unsnapped)
    assert min(seen[each] for each in ("moved", "frozen", "whole", "no-room", "no-pause")) > LAYOUTS // 20
