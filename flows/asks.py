"""Which takes of a segment are asked for: those of the project, and the retakes of picks.yaml that still fit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from pydantic import JsonValue, ValidationError

from edl.findings import Finding
from edl.project import Project
from edl.recipe import canonical, differing
from edl.take_codes import PICK_STALE, RETAKE_STALE
from engines.contract import Engine, Wish
from flows.choose import params_for
from flows.drafting import Situation
from flows.plan import TakeState
from flows.plan_takes import Ask, Footing, delivery_shape, picture_inputs


def asks_of(situation: Situation, foot: Footing) -> tuple[tuple[Ask, ...], tuple[Finding, ...]]:
    """The takes of a segment, the project's first; and what is wrong with its retakes.

    A deterministic engine that ignores seeds is asked once for each set of parameters. A retake that is a take already
    is left out.
    """
    asks = {key_of(ask): ask for ask in _of_project(foot)}
    findings: list[Finding] = []
    for retake in situation.picks.retakes_of(foot.segment.id):
        ask = fitting(situation, foot, retake.seed, retake.params, len(asks) + 1)
        if isinstance(ask, Ask):
            asks.setdefault(key_of(ask), ask)
        else:
            place = situation.picks.place_of(retake)
            findings.append(RETAKE_STALE.at(place, f"{foot.segment.id} cannot be taken again as asked: {ask}"))
    return tuple(asks.values()), tuple(findings)


def fitting(situation: Situation, foot: Footing, seed: int, changes: Mapping[str, JsonValue], number: int) -> Ask | str:
    """A retake as the engine would be asked for it, or in words why it cannot be.

    :param number: the number of the take, which takes the place of the seed where an engine has none
    """
    engine = foot.engine
    try:
        params = params_for(engine, foot.segment, {**foot.segment.params, **changes})
    except ValidationError as error:
        trouble = error.errors(include_url=False)[0]
        name = ".".join(str(step) for step in trouble["loc"])
        if trouble["type"] == "extra_forbidden":
            return f"{engine.name} has no setting {name}"
        return f"{name} does not fit {engine.name}: {trouble['msg']}"
    wish = wish_of(situation, foot)
    refused = next((finding for finding in engine.check(wish, params) if finding.blocks), None)
    if refused is not None and refused.code not in foot.segment.allow:
        return refused.message
    return Ask(_seed(engine, seed, number), params, dict(changes), retake=True)


def wish_of(situation: Situation, foot: Footing) -> Wish:
    """What the timeline wants of a whole take."""
    shape, frames = delivery_shape(situation.project), foot.slot.frames
    written = picture_inputs(situation.project, foot.segment)
    facts = {name: situation.facts_of(path) for name, path in written.items()}
    return Wish(foot.segment, frames / shape.fps, frames, shape, facts=facts)


def stale_picks(situation: Situation, takes: Sequence[TakeState]) -> Iterator[Finding]:
    """Picks of takes that a segment has no longer. A draft has other takes, of which nothing is said."""
    if situation.draft:
        return
    for segment in situation.project.segments:
        pick = situation.picks.chosen(segment.id)
        own = [take for take in takes if take.segment == segment.id] if pick else []
        if pick is None or not own or any(not take.parts[0] or take.parts[0].startswith(pick.take) for take in own):
            continue
        stands = next(take for take in own if take.chosen)
        yield PICK_STALE.at(
            situation.picks.place_of(pick),
            f"{segment.id}: the take {pick.take} that you picked is none of its takes any more; take {stands.number}, "
            f"seed {stands.seed}, stands instead",
        )


def lost_retakes(situation: Situation, planned: frozenset[str]) -> Iterator[Finding]:
    """Retakes of segments that have no takes at all."""
    for retake in situation.picks.retakes:
        if retake.segment not in planned and _exists(situation.project, retake.segment):
            place = situation.picks.place_of(retake)
            yield RETAKE_STALE.at(place, f"{retake.segment} has no picture that could be taken again")


def _of_project(foot: Footing) -> Iterator[Ask]:
    several = foot.engine.limits.seeded or foot.engine.limits.seedless
    for number, seed in enumerate(foot.segment.seeds[: None if several else 1], 1):
        yield Ask(_seed(foot.engine, seed, number), foot.params)


def _seed(engine: Engine, seed: int, number: int) -> int:
    """An engine without a seed has numbered takes; a deterministic one has neither."""
    if engine.limits.seeded:
        return seed
    return number if engine.limits.seedless else 0


def key_of(ask: Ask) -> tuple[int, bytes]:
    """What tells takes of one segment apart."""
    return ask.seed, canonical(differing(ask.params))


def _exists(project: Project, segment: str) -> bool:
    return any(each.id == segment for each in project.segments)
