"""Commands about the project file: init, check, plan, schema."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from edl.findings import Severity
from flows.cli.options import Allow, AsJson, Draft, ProjectFile, project_file
from flows.cli.say import Exit, document, duration, findings_json, money, show_findings, table, tell

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
    from flows.gather import in_process
    from flows.workplace import Memory, examine, open_project, survey

    place = open_project(project_file(file), tuple(allow or ()))
    known = survey(place, None if fast else in_process)
    advice, findings = examine(place, known, Memory(place.store))
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
    from flows.gather import in_process
    from flows.planner import plan
    from flows.workplace import Memory, examine, must_pass, open_project, situate, survey

    place = open_project(project_file(file), tuple(allow or ()), draft)
    known = survey(place, in_process)
    view = Memory(place.store)
    _, findings = examine(place, known, view)
    must_pass(findings)
    picks, _ = place.picks()
    found = plan(situate(place, known, picks, view))
    if as_json:
        document({**found.as_json(), "notes": [finding.message for finding in findings if finding.code == "stand-in"]})
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
    show_findings([finding for finding in findings if finding.code == "stand-in"], error=False)
    line = found.timeline
    length = f"{line.frames} frames, {float(line.frames / line.fps):.2f} s"
    tell(f"{length}{'' if line.exact else ' (estimated until the voices exist)'}")
    reused = sum(step.action == "reuse" for step in found.steps)
    work = f"about {duration(found.seconds / place.settings.jobs)} of work" if found.seconds else "nothing to do"
    tell(f"{len(found.steps)} steps, {reused} made already; {work}; cost {money(found.cost)}")
    return Exit.DONE


def schema() -> int:
    """The JSON Schema of project files, for editors.

    Example:

        cutaway schema > cutaway.schema.json
    """
    from edl.schema import json_schema

    document(json_schema())
    return Exit.DONE
