"""The command that asks for more takes."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import count
from typing import TYPE_CHECKING, Annotated

import typer
from pydantic import JsonValue

from flows.cli.options import Allow, AsJson, ProjectFile
from flows.cli.say import Exit, document, tell

if TYPE_CHECKING:
    from edl.picks import Retake
    from flows.drafting import Situation
    from flows.plan_takes import Footing

MOST = 64


def register(app: typer.Typer) -> None:
    app.command()(retake)


def retake(
    file: ProjectFile,
    segment: Annotated[str, typer.Argument(metavar="ID", help="The segment.")],
    takes: Annotated[int, typer.Option(min=1, max=MOST, help="How many more.")] = 1,
    seed: Annotated[
        list[int] | None, typer.Option(min=0, help="The seed of a take; may be repeated. Left out: counted on.")
    ] = None,
    change: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="NAME=VALUE", help="A control or setting that differs; may be repeated."),
    ] = None,
    now: Annotated[bool, typer.Option("--render", help="Render at once.")] = False,
    as_json: AsJson = False,
    allow: Allow = None,
) -> int:
    """Ask for more takes of a segment, of other seeds or with other settings. The project stays as it is: they are kept
    in picks.yaml, and the next render makes them.

    Examples:

        cutaway retake project.yaml coast --takes 3

        cutaway retake project.yaml coast --seed 7 --seed 11 --render

        cutaway retake project.yaml coast --set prompt="calm sea" --set guidance=5
    """
    from edl.picks import write_picks
    from flows.cli.takes import look, states_of
    from flows.local_store import trouble
    from flows.planner import footing_of

    place, _, found, situation = look(file, False, allow)
    states_of(found, place, segment)
    foot = footing_of(situation, segment)
    changes = _changes(foot, change or [])
    asked = tuple(_retakes(situation, foot, changes, seed or [], takes))
    picks, _ = place.picks()
    with trouble(place.folder):
        write_picks(place.folder, picks.asking(asked))
    if now:
        from flows.cli.rendering import render

        return render(file, as_json=as_json, allow=allow)
    seeds = [each.seed for each in asked]
    if as_json:
        document({"segment": segment, "seeds": seeds, "params": changes, "file": "picks.yaml"})
    else:
        many = "one more take" if len(asked) == 1 else f"{len(asked)} more takes"
        how = f", seed {', '.join(map(str, seeds))}" if foot.engine.limits.seeded else ""
        tell(f"{many} of {segment} asked for in picks.yaml{how}; cutaway render makes them")
    return Exit.DONE


def _retakes(
    situation: Situation, foot: Footing, changes: dict[str, JsonValue], seeds: list[int], takes: int
) -> Iterator[Retake]:
    """Takes that do not exist yet: of the seeds that are named, else counted from the segment's first.

    :raises typer.BadParameter: when the engine refuses the settings, or a take would be one that there is
    """
    from edl.picks import Retake
    from flows.asks import asks_of, fitting, key_of

    asks, _ = asks_of(situation, foot)
    there = {key_of(ask) for ask in asks}
    time = datetime.now(UTC).replace(microsecond=0)
    wanted = len(seeds) or takes
    for number in seeds or count(foot.segment.seeds[0]):
        ask = fitting(situation, foot, number, changes, len(there) + 1)
        if isinstance(ask, str):
            raise typer.BadParameter(f"{foot.segment.id}: {ask}")
        if key_of(ask) not in there:
            there.add(key_of(ask))
            wanted -= 1
            yield Retake(segment=foot.segment.id, seed=number, params=changes, time=time)
        elif seeds:
            raise typer.BadParameter(f"{foot.segment.id} has a take of seed {number} with these settings already")
        elif not (foot.engine.limits.seeded or foot.engine.limits.seedless):
            raise typer.BadParameter(
                f"{foot.engine.name} makes the same every time, whatever the seed; change something with --set"
            )
        if not wanted:
            return


def _changes(foot: Footing, written: list[str]) -> dict[str, JsonValue]:
    found: dict[str, JsonValue] = {}
    for text in written:
        name, equals, value = text.partition("=")
        if not equals:
            raise typer.BadParameter(f'--set needs NAME=VALUE, not "{text}"')
        if name not in foot.engine.params.model_fields:
            from edl.suggest import meant

            remedy = meant(name, foot.engine.params.model_fields, "setting")
            raise typer.BadParameter(f"{foot.engine.name} has no setting {name}. {remedy}")
        found[name] = value if _is_text(foot, name) else _value(value)
    return found


def _is_text(foot: Footing, name: str) -> bool:
    return foot.engine.params.model_fields[name].annotation in (str, str | None)


def _value(text: str) -> JsonValue:
    """A value as YAML reads it in a project; what is no YAML is text."""
    from edl.errors import ProjectInvalid
    from edl.nodes import plain
    from edl.source import parse

    try:
        top, findings = parse(f"value: {text}\n".encode(), "--set")
    except ProjectInvalid:
        return text
    read = plain(top)
    return text if findings or not isinstance(read, dict) else read["value"]
