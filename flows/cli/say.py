"""How the command line speaks: tables and colours for people, one JSON document for programs, and exit codes."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable
from enum import IntEnum
from typing import TYPE_CHECKING

from edl.findings import Finding, Severity

if TYPE_CHECKING:
    from rich.console import Console


class Exit(IntEnum):
    """Exit codes (design, section 7)."""

    DONE = 0
    PROJECT_WRONG = 1
    USAGE = 2
    SOME_FAILED = 3
    LACKS = 4
    STOPPED = 130


MOST_ALIKE = 4  # findings of one kind that people are shown

COLOURS = {
    Severity.ERROR: "bold red",
    Severity.REFUSED: "bold red",
    Severity.WARNING: "yellow",
    Severity.NOTE: "cyan",
}


def document(found: object) -> None:
    """The one JSON document of ``--json``."""
    sys.stdout.write(json.dumps(found, indent=1, ensure_ascii=False) + "\n")


def people(error: bool = False) -> Console:
    """A console for people. Results go to standard output, everything else to standard error."""
    from rich.console import Console

    return Console(stderr=error, highlight=False, soft_wrap=True)


def tell(words: str) -> None:
    """One plain line on standard output, without loading a console."""
    sys.stdout.write(words + "\n")


def show_findings(findings: Iterable[Finding], error: bool = True, most: int = MOST_ALIKE) -> None:
    """Findings for people: what and where, then once for all of a kind why; what to do once where it is the same for
    all of them, else under each.

    :param most: how many of one kind are shown
    """
    from rich.markup import escape

    console = people(error)
    kinds: dict[tuple[Severity, str], list[Finding]] = {}
    for finding in findings:
        kinds.setdefault((finding.severity, finding.code), []).append(finding)
    for (severity, code), alike in kinds.items():
        head = f"[{COLOURS[severity]}]{severity.value}[/] [bold]{code}[/]"
        own = len({finding.remedy for finding in alike}) > 1
        for finding in alike[:most]:
            console.print(f"{head}  {escape(str(finding.place))}\n  {escape(finding.message)}")
            if own:
                console.print(f"  [green]->[/] {escape(finding.remedy)}")
        if len(alike) > most:
            console.print(f"  ... and {len(alike) - most} more; cutaway check --json lists all")
        if severity is not Severity.NOTE:
            console.print(f"  [dim]{escape(alike[0].why)}[/]")
            if not own:
                console.print(f"  [green]->[/] {escape(alike[0].remedy)}")
        console.print()


def table(columns: Iterable[str], rows: Iterable[Iterable[str]]) -> None:
    """A table on standard output."""
    from rich.markup import escape
    from rich.table import Table

    grid = Table(box=None, header_style="bold", pad_edge=False)
    for column in columns:
        grid.add_column(column, overflow="fold")
    for row in rows:
        grid.add_row(*(escape(cell) for cell in row))
    people().print(grid)


def findings_json(findings: Iterable[Finding]) -> list[dict[str, str | int]]:
    return [finding.as_json() for finding in findings]


def duration(seconds: float) -> str:
    """Seconds as people say them."""
    if seconds < 1:
        return "under 1 s"
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours} h {minutes:02} min" if hours else f"{minutes} min {rest:02} s"


def money(dollars: float) -> str:
    return f"${dollars:.2f}" if dollars else "-"
