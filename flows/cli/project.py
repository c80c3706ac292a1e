"""Commands about the project file: init, check, plan, schema."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from edl.findings import Severity
from flows.cli.options import Allow, AsJson, Draft, ProjectFile, project_file
from flows.cli.say import Exit, document, duration, findings_json, money, show_findings, table, tell

if TYPE_CHECKING:
    from flows.plan import Plan
    from flows.workplace import Workplace

SHOWN_STEPS = 60


def register(app: typer.Typer) -> None:
    app.command()(init)
    app.command()(check)
    app.command(name="plan")(plan_command)
    app.command()(schema)


def init(
    folder: Annotated[Path, typer.Argument(help="A new or empty folder.")],
    portrait: Annotated[
        Path | None, typer.Option(help="A portrait that you may use; the project then has a person who speaks.")
    ] = None,
) -> int:
    """A new project that renders at once.

    Examples:

        cutaway init spot

        cutaway init spot --portrait me.jpg && cutaway render spot
    """
    from flows.scaffold import scaffold

    file = scaffold(folder, portrait)
    tell(f"{file}\nNow: cutaway render {folder}")
    return Exit.DONE


def check(
    file: ProjectFile,
    fast: Annotated[bool, typer.Option("--fast", help="Only from facts already known: reads no picture.")] = False,
    as_json: AsJson = False,
    allow: Allow = None,
) -> int:
    """All findings, without rendering.

    Examples:

        cutaway check projects/demo/project.yaml

        cutaway check project.yaml --json | jq .findings
    """
    from edl.errors import ProjectInvalid
    from flows.gather import in_process
    from flows.planner import plan
    from flows.presync import measure_syncs
    from flows.workplace import Memory, examine, open_project, situate, survey, with_broken_files

    try:
        place = open_project(project_file(file), tuple(allow or ()))
    except ProjectInvalid as error:
        raise (error if fast else with_broken_files(error, tuple(allow or ()))) from error
    known = survey(place, None if fast else in_process)
    view = Memory(place.store)
    advice, findings = examine(place, known, view)
    wrong = any(finding.blocks for finding in findings)
    if not wrong and not fast:
        situation = situate(place, known, place.picks()[0], view)
        found = plan(situation)
        if measure_syncs(place, found):
            found = plan(situation)
        findings = (*findings, *found.remarks)
        wrong = any(finding.blocks for finding in findings)
    if as_json:
        choices = [
            {
                "segment": item.segment,
                "role": item.choice.role,
                "engine": item.choice.engine,
                "reason": item.choice.reason,
            }
            for item in advice.choices
        ]
        document({"findings": findings_json(findings), "choices": choices})
    else:
        table(
            ("segment", "for", "engine", "because"),
            ((item.segment, item.choice.role, item.choice.engine, item.choice.reason) for item in advice.choices),
        )
        tell("")
        show_findings(findings, error=False)
        counts = {severity: sum(finding.severity is severity for finding in findings) for severity in Severity}
        said = ", ".join(f"{count} {severity.value}" for severity, count in counts.items() if count)
        tell(said or "no findings")
    if wrong:
        return Exit.PROJECT_WRONG
    return Exit.LACKS if advice.lacks else Exit.DONE


def plan_command(
    file: ProjectFile,
    draft: Draft = False,
    everything: Annotated[bool, typer.Option("--all", help="Show steps that exist already, too.")] = False,
    as_json: AsJson = False,
    allow: Allow = None,
) -> int:
    """What a render would do and why, with estimated time and money.

    Examples:

        cutaway plan project.yaml

        cutaway plan project.yaml --json | jq '.frames, .exact'
    """
    from flows.forecast import forecast, look_ahead

    place, found, findings = look_ahead(project_file(file), tuple(allow or ()), draft)
    other = forecast(place, tuple(allow or ()))
    if as_json:
        notes = [finding.message for finding in findings if finding.code == "stand-in"]
        document({**found.as_json(), **other.as_json(found), "notes": notes, "findings": findings_json(found.remarks)})
        return Exit.DONE
    shown = [step for step in found.steps if everything or step.action != "reuse"]
    if shown:
        table(
            ("step", "engine", "action", "because", "time", "cost"),
            (
                (step.id, step.engine, step.action, step.reason, duration(step.seconds), money(step.cost))
                for step in shown[:SHOWN_STEPS]
            ),
        )
    if len(shown) > SHOWN_STEPS:
        tell(f"... and {len(shown) - SHOWN_STEPS} more")
    show_findings([*(finding for finding in findings if finding.code == "stand-in"), *found.remarks], error=False)
    line = found.timeline
    length = f"{line.frames} frames, {float(line.frames / line.fps):.2f} s"
    tell(f"{length}{'' if line.exact else ' (estimated until the voices exist)'}")
    reused = sum(step.action == "reuse" for step in found.steps)
    tell(f"{len(found.steps)} steps, {reused} made already; {_work(found, place)}; cost {money(found.cost)}")
    for name, what in (("draft", other.draft), ("final", other.final)):
        if what is not None:
            tell(f"the {name} would take: {_work(what, place)}; cost {money(what.cost)}")
    return Exit.DONE


def _work(found: Plan, place: Workplace) -> str:
    """The time that a plan takes, and how far that is only a guess."""
    if not found.seconds:
        return "nothing to do"
    guess = f" (a guess for {', '.join(found.guessed)}, not measured here yet)" if found.guessed else ""
    return f"about {duration(found.seconds / place.settings.jobs)} of work{guess}"


def schema() -> int:
    """The JSON Schema of project files, for editors.

    Example:

        cutaway schema > cutaway.schema.json
    """
    from edl.schema import json_schema

    document(json_schema())
    return Exit.DONE
