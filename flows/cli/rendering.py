"""The command that makes videos."""

from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from flows.cli.options import Allow, AsJson, Draft, ProjectFile, project_file
from flows.cli.say import Exit, document, findings_json, show_findings, tell

if TYPE_CHECKING:
    from flows.idle import Look
    from flows.plan import Plan
    from flows.render import Request, Result
    from flows.workplace import Workplace


def register(app: typer.Typer) -> None:
    app.command()(render)


def render(
    file: ProjectFile,
    only: Annotated[list[str] | None, typer.Option(metavar="ID", help="Only this segment. May be repeated.")] = None,
    again: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Make this segment anew (paid takes are bought again).")
    ] = None,
    draft: Draft = False,
    partial: Annotated[
        bool, typer.Option("--partial", help="Where a segment fails, write a master with a slate in the gap.")
    ] = False,
    as_json: AsJson = False,
    allow: Allow = None,
) -> int:
    """Make what is missing and conform it; run again to make only what failed or changed.

    Examples:

        cutaway render projects/demo/project.yaml

        cutaway render project.yaml --only hello --only coast

        cutaway render project.yaml --draft
    """
    from flows.workplace import Memory, open_project, survey

    place = open_project(project_file(file), tuple(allow or ()), draft)
    wanted = _known_ids(place, [*(only or ()), *(again or ())])
    seen = None if wanted else _look(place, survey(place, None), Memory(place.store))
    if seen is not None and seen.idle:
        return _report_idle(place, seen.plan, as_json)
    from flows.render import Request

    request = Request(frozenset(only or ()), frozenset(again or ()), partial)
    return _render(place, request, as_json, busy=seen is not None and bool(seen.plan.ready))


def _look(place: Workplace, known: object, view: object) -> Look | None:
    """Whether there is nothing to do; a file whose digest is unknown means there is something to look at."""
    from pydantic import ValidationError

    from flows.idle import look

    try:
        return look(place, known, view)  # type: ignore[arg-type]
    except (KeyError, ValidationError, TypeError):
        return None  # the full way says what is wrong


def _known_ids(place: Workplace, ids: list[str]) -> list[str]:
    known = {segment.id for segment in place.loaded.project.segments}
    unknown = [name for name in ids if name not in known]
    if unknown:
        raise typer.BadParameter(f"there is no segment {', '.join(unknown)}; there are: {', '.join(sorted(known))}")
    return ids


def _report_idle(place: Workplace, found: Plan, as_json: bool) -> int:
    from flows.manifest import manifest_file

    files = {delivery.name: delivery.file for delivery in found.deliveries}
    if as_json:
        document(
            {
                "master": files["master"],
                "files": files,
                "manifest": manifest_file(place),
                "frames": found.timeline.frames,
                "rendered": 0,
                "reused": len(found.steps),
                "failed": [],
                "stale": [],
                "findings": findings_json(found.remarks),
                "draft": place.draft,
                "stand_ins": [],
                "cancelled": False,
            }
        )
    else:
        if found.remarks:
            show_findings(found.remarks)
        tell(f"nothing to do; the {'draft' if place.draft else 'master'} is {place.folder / files['master']}")
    return Exit.DONE


def _render(place: Workplace, request: Request, as_json: bool, busy: bool) -> int:
    from flows.cli.waiting import Waiting
    from flows.dispatch import Silent
    from flows.render import Bench, render

    stop = threading.Event()
    with _stopping(stop):
        if as_json or not sys.stderr.isatty():
            waiting = _say_waiting if not as_json else lambda: None
            result = render(place, request, Bench(Silent() if as_json else Waiting(), waiting, stop.is_set), busy)
        else:
            from flows.cli.progress import ProgressBars

            with ProgressBars(place.settings.jobs) as bars:
                result = render(place, request, Bench(bars, bars.waiting, stop.is_set), busy)
    return _report(place, result, as_json)


def _say_waiting() -> None:
    sys.stderr.write("another render of this project is running; waiting for it ...\n")


@contextmanager
def _stopping(stop: threading.Event) -> Iterator[None]:
    """The first Ctrl-C asks everything to stop, a second one does not wait."""

    def asked(number: int, frame: object) -> None:
        if stop.is_set():
            raise KeyboardInterrupt
        stop.set()

    before = {number: signal.signal(number, asked) for number in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _report(place: Workplace, result: Result, as_json: bool) -> int:
    outcome = result.outcome
    failed = list(outcome.failed.values()) if outcome else []
    if as_json:
        document(result.as_json())
    else:
        show_findings(result.findings)
        for step, error in failed:
            sys.stderr.write(f"failed: {step.id}: {error}\n")
        for name in result.stale:
            sys.stderr.write(f"stale: {name} still shows an earlier state of the project\n")
        tell(f"{result.rendered} rendered, {result.reused} reused, {len(failed)} failed")
        for name, file in result.delivered.items():
            tell(f"{'draft ' if result.draft else ''}{name}: {place.folder / file}")
        for segment, file in result.sheets.items():
            tell(f"takes of {segment}: {place.folder / file}")
        if errors := sum(finding.blocks for finding in result.findings):
            tell(f"nothing was written to out/: {errors} {'error' if errors == 1 else 'errors'} above")
    if outcome and outcome.cancelled:
        return Exit.STOPPED
    if outcome and outcome.lacks:
        sys.stderr.write(f"-> {outcome.lacks.remedy}\n")
        return Exit.LACKS
    if any(finding.blocks for finding in result.findings):
        return Exit.PROJECT_WRONG
    return Exit.SOME_FAILED if failed else Exit.DONE
