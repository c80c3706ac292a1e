"""Draft and final side by side: what the one that is not being looked at would take."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import JsonValue

from edl.errors import ProjectInvalid
from edl.findings import Finding
from flows.gather import in_process
from flows.plan import Plan
from flows.planner import plan
from flows.workplace import Memory, Workplace, examine, must_pass, open_project, situate, survey


@dataclass(frozen=True)
class Forecast:
    """The other plan: of the final for a draft, of the draft for a final whose project has one. None where there is
    none, or where its project is wrong."""

    of_draft: bool = False
    draft: Plan | None = None
    final: Plan | None = None

    def as_json(self, found: Plan) -> dict[str, JsonValue]:
        """``final_seconds`` and ``draft_seconds``: work of all that is not there yet.

        :param found: the plan that is being looked at
        """
        final, draft = (self.final, found) if self.of_draft else (found, self.draft)
        return {
            "final_seconds": round(final.seconds, 2) if final else None,
            "final_guessed": list(final.guessed) if final else [],
            "draft_seconds": round(draft.seconds, 2) if draft else None,
        }


def look_ahead(file: Path, allowed: tuple[Path, ...], draft: bool) -> tuple[Workplace, Plan, tuple[Finding, ...]]:
    """A project's plan and findings.

    :raises ProjectInvalid: when something blocks
    """
    place = open_project(file, allowed, draft)
    known = survey(place, in_process)
    view = Memory(place.store)
    _, findings = examine(place, known, view)
    must_pass(findings)
    picks, _ = place.picks()
    return place, plan(situate(place, known, picks, view)), findings


def forecast(place: Workplace, allowed: tuple[Path, ...]) -> Forecast:
    """What the other one of draft and final would take."""
    if not place.draft and "draft" not in place.loaded.project.model_fields_set:
        return Forecast()
    of_draft = place.draft
    try:
        _, found, _ = look_ahead(place.file, allowed, not place.draft)
    except ProjectInvalid:
        return Forecast(of_draft)
    return Forecast(of_draft, final=found) if of_draft else Forecast(of_draft, draft=found)
