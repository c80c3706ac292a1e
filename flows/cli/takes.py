"""Commands about takes: status, takes, pick."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Literal

import typer
from pydantic import JsonValue

from flows.cli.options import Allow, AsJson, Draft, ProjectFile, project_file
from flows.cli.say import Exit, document, findings_json, money, show_findings, table, tell

if TYPE_CHECKING:
    from flows.drafting import Situation
    from flows.plan import Plan, Step, TakeState
    from flows.store import Part
    from flows.workplace import Memory, Workplace


def register(app: typer.Typer) -> None:
    app.command()(status)
    app.command(name="takes")(takes_command)
    app.command()(pick)


def status(file: ProjectFile, draft: Draft = False, as_json: AsJson = False, allow: Allow = None) -> int:
    """Every segment: what exists, how old it is, what it cost.

    Example:

        cutaway status project.yaml
    """
    from flows.deliver import stale

    place, view, found, _ = look(file, draft, allow)
    rows = [_segment_row(segment.id, segment.kind.value, found, view) for segment in place.loaded.project.segments]
    old = stale(place.folder, found, view.find)
    if as_json:
        document(
            {
                "segments": rows,
                "stale": list(old),
                "frames": found.timeline.frames,
                "exact": found.timeline.exact,
                "findings": findings_json(found.remarks),
            }
        )
        return Exit.DONE
    table(
        ("segment", "kind", "state", "takes", "made", "work", "cost"),
        (
            (
                str(row["segment"]),
                str(row["kind"]),
                str(row["state"]),
                str(row["takes"]),
                _age(str(row["made"])),
                f"{float(str(row['seconds'])):.1f} s",
                money(float(str(row["cost"]))),
            )
            for row in rows
        ),
    )
    for name in old:
        tell(f"stale: {name} shows an earlier state of the project")
    show_findings(found.remarks)
    return Exit.DONE


def takes_command(
    file: ProjectFile,
    segment: Annotated[str, typer.Argument(metavar="ID", help="The segment.")],
    sheet: Annotated[bool, typer.Option("--sheet", help="Draw all finished takes side by side.")] = False,
    draft: Draft = False,
    as_json: AsJson = False,
    allow: Allow = None,
) -> int:
    """The takes of one segment, which one stands, and how to pick another.

    Examples:

        cutaway takes project.yaml coast

        cutaway takes project.yaml coast --sheet
    """
    from flows.plan import words_of

    place, view, found, _ = look(file, draft, allow)
    states = states_of(found, place, segment)
    rows = [_take_row(state, view) for state in states]
    drawn = _sheet(place, found, segment, view) if sheet else None
    if as_json:
        document({"segment": segment, "takes": rows, **({"sheet": drawn} if sheet else {})})
        return Exit.DONE
    table(
        ("no", "take", "seed", "settings", "engine", "state", "stands", "work", "cost"),
        (
            (
                str(row["number"]),
                str(row["take"]),
                str(row["seed"]),
                words_of(row["params"]),
                str(row["engine"]),
                str(row["state"]),
                "yes" if row["stands"] else "",
                f"{float(str(row['seconds'])):.1f} s",
                money(float(str(row["cost"]))),
            )
            for row in rows
        ),
    )
    show_findings(remark for remark in found.remarks if remark.message.startswith(f"{segment}:"))
    if sheet:
        tell(f"sheet: {place.folder / drawn}" if drawn else "no take is finished yet, so there is nothing to draw")
    return Exit.DONE


def _sheet(place: Workplace, found: Plan, segment: str, view: Memory) -> str | None:
    from flows.sheets import draw_sheet

    return draw_sheet(place, found, segment, view)


def pick(
    file: ProjectFile,
    segment: Annotated[str, typer.Argument(metavar="ID", help="The segment.")],
    take: Annotated[str, typer.Argument(metavar="TAKE", help="Number or name of the take, as `takes` shows it.")],
    reject: Annotated[bool, typer.Option("--reject", help="Never use this take.")] = False,
    note: Annotated[str, typer.Option(help="Why; kept in picks.yaml.")] = "",
    as_json: AsJson = False,
    allow: Allow = None,
) -> int:
    """Choose the take that stands, in picks.yaml beside the project file.

    Examples:

        cutaway pick project.yaml coast 3 --note "best waves"

        cutaway pick project.yaml coast 1 --reject
    """
    from edl.picks import Pick, write_picks
    from flows.local_store import trouble

    place, _, found, _ = look(file, False, allow)
    states = states_of(found, place, segment)
    state = next((state for state in states if str(state.number) == take or _named(state, take)), None)
    if state is None or not state.parts[0]:
        raise typer.BadParameter(f"{segment} has no take {take}; see: cutaway takes {file} {segment}")
    verdict: Literal["pick", "reject"] = "reject" if reject else "pick"
    now = datetime.now(UTC).replace(microsecond=0)
    chosen = Pick(segment=segment, take=state.parts[0][:12], seed=state.seed, verdict=verdict, note=note, time=now)
    picks, _ = place.picks()
    with trouble(place.folder):
        write_picks(place.folder, picks.having(chosen))
    if as_json:
        document({"segment": segment, "take": chosen.take, "verdict": verdict, "file": "picks.yaml"})
    else:
        tell(f"{verdict}ed take {state.number} of {segment}, kept in picks.yaml")
    return Exit.DONE


def look(file: ProjectFile, draft: bool, allow: Allow) -> tuple[Workplace, Memory, Plan, Situation]:
    """A project as it stands: where it lies, its store, its plan and what that depends on.

    :raises ProjectInvalid: when something blocks
    """
    from flows.gather import in_process
    from flows.planner import plan
    from flows.workplace import Memory, examine, must_pass, open_project, situate, survey

    place = open_project(project_file(file), tuple(allow or ()), draft)
    known = survey(place, in_process)
    view = Memory(place.store)
    _, findings = examine(place, known, view)
    must_pass(findings)
    picks, _ = place.picks()
    situation = situate(place, known, picks, view)
    return place, view, plan(situation), situation


def states_of(found: Plan, place: Workplace, segment: str) -> list[TakeState]:
    """The takes of a segment.

    :raises typer.BadParameter: when it has none
    """
    states = [state for state in found.takes if state.segment == segment]
    if not states:
        ids = ", ".join(sorted({state.segment for state in found.takes}))
        raise typer.BadParameter(f"{segment} has no takes in {place.file.name}; segments with takes: {ids}")
    return states


def _named(state: TakeState, take: str) -> bool:
    return len(take) >= 6 and state.parts[0].startswith(take)


def _parts(names: tuple[str, ...], view: Memory) -> list[Part]:
    return [part for name in names if name and (part := view.find(name)) is not None]


def _take_row(state: TakeState, view: Memory) -> dict[str, JsonValue]:
    parts = _parts(state.parts, view)
    made = len(parts)
    return {
        "take": state.parts[0][:12] or f"#{state.number}",
        "number": state.number,
        "seed": state.seed,
        "engine": state.engine,
        "state": "made" if state.complete else f"{made} of {len(state.parts)} parts" if made else "not made",
        "stands": state.chosen and state.complete,
        "params": dict(state.params),
        "retake": state.retake,
        "seconds": sum(part.seconds for part in parts),
        "cost": sum(part.cost for part in parts),
        "made": max((part.made for part in parts), default=""),
    }


def _segment_row(segment: str, kind: str, found: Plan, view: Memory) -> dict[str, object]:
    steps: list[Step] = [step for step in found.steps if step.segment == segment and step.kind in ("voice", "take")]
    states = [state for state in found.takes if state.segment == segment]
    parts = _parts(tuple(step.name for step in steps), view)
    missing = [step for step in steps if step.action != "reuse"]
    stands = next((state for state in states if state.chosen), None)
    state = "made" if not missing or (stands and stands.complete) else missing[0].reason
    return {
        "segment": segment,
        "kind": kind,
        "state": state,
        "takes": f"{sum(state.complete for state in states)}/{len(states)}" if states else "voice",
        "made": max((part.made for part in parts), default=""),
        "seconds": round(sum(part.seconds for part in parts), 2),
        "cost": sum(part.cost for part in parts),
    }


def _age(made: str) -> str:
    if not made:
        return "-"
    seconds = (datetime.now(UTC) - datetime.fromisoformat(made)).total_seconds()
    for unit, length in (("d", 86400), ("h", 3600), ("min", 60)):
        if seconds >= length:
            return f"{seconds // length:.0f} {unit} ago"
    return "just now"
