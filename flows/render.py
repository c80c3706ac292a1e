"""One render of one project file, from plan to finished file. The Prefect side is entered only when there is work."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath

from pydantic import JsonValue

from edl.errors import Cancelled
from edl.findings import Finding
from edl.rules import misfit_findings
from engines.measures import Measure
from flows.child import MeasureJob
from flows.crew import Crew
from flows.deliver import deliver_all, stale
from flows.dispatch import Failures, Listener, Outcome
from flows.drafting import LOST, Situation
from flows.gather import Known, Run
from flows.guide import Advice
from flows.manifest import renew_manifest
from flows.perform import Shop
from flows.plan import Delivery, Plan
from flows.planner import plan
from flows.prefect_server import Server, prefect_server
from flows.report import write_report
from flows.sheets import draw_sheets
from flows.sound_guide import sound_findings
from flows.store import Damaged
from flows.workplace import Memory, Workplace, examine, must_pass, situate, survey


@dataclass(frozen=True)
class Request:
    """What the user asked of a render."""

    only: frozenset[str] = frozenset()
    again: frozenset[str] = frozenset()
    partial: bool = False


@dataclass(frozen=True)
class Result:
    """What a render came to. Paths are relative to the project's folder."""

    plan: Plan
    outcome: Outcome | None
    delivered: Mapping[str, str]
    stale: tuple[str, ...]
    advice: Advice
    findings: tuple[Finding, ...]
    sheets: Mapping[str, str] = field(default_factory=dict)  # contact sheets by segment
    draft: bool = False
    manifest: str | None = None  # its file, where all that it names was delivered

    @property
    def rendered(self) -> int:
        return len(self.outcome.rendered) if self.outcome else 0

    @property
    def reused(self) -> int:
        made = {step.name for step in self.outcome.rendered} if self.outcome else set()
        return sum(1 for step in self.plan.steps if step.action == "reuse" and step.name not in made)

    @property
    def _told(self) -> tuple[Finding, ...]:
        """What ``check`` could not say yet."""
        return tuple(dict.fromkeys((*(finding for finding in self.findings if finding.blocks), *self.plan.remarks)))

    def as_json(self) -> dict[str, JsonValue]:
        failed = self.outcome.failed.values() if self.outcome else ()
        return {
            "master": self.delivered.get("master"),
            "files": dict(self.delivered),
            "manifest": self.manifest,
            "frames": self.plan.timeline.frames,
            "rendered": self.rendered,
            "reused": self.reused,
            "failed": [{"segment": step.segment, "step": step.id, "error": error} for step, error in failed],
            "stale": list(self.stale),
            "stand_ins": [finding.message for finding in self.findings if finding.code == "stand-in"],
            "findings": [dict(finding.as_json()) for finding in self._told],
            "sheets": dict(self.sheets),
            "draft": self.draft,
            "cancelled": bool(self.outcome and self.outcome.cancelled),
        }


@dataclass(frozen=True)
class Bench:
    """How a render is watched and stopped."""

    listener: Listener
    waiting: Callable[[], None]
    cancelled: Callable[[], bool]


def render(place: Workplace, request: Request, bench: Bench, busy: bool = False) -> Result:
    """Make what is missing, and deliver.

    :param busy: a first look found work to do, so Prefect's server may start before that is planned
    :raises ProjectInvalid: before anything is rendered
    :raises EnvironmentLacks: when something needed is missing here, or the store cannot be written
    :raises Cancelled: when stopped before the work began
    """
    view = Memory(place.store)
    crew = Crew(place.settings.jobs)
    try:
        with place.turn(bench.waiting, bench.cancelled):
            known = survey(place, crew_run(crew, bench.cancelled))
            advice, findings = examine(place, known, view)
            must_pass(findings)
            picks, _ = place.picks()
            since = datetime.now(UTC).isoformat(timespec="microseconds")
            situation = replace(
                situate(place, known, picks, view, with_hosts(place, request.only)), again=request.again, since=since
            )

            def work() -> Result:
                with prefect_server(place.store.root / "prefect", bench.cancelled) as server:
                    if busy:
                        server.start()
                    first = plan(situation)
                    outcome = (
                        _work(place, request, situation, first, crew, bench, server) if first.ready else _stuck(first)
                    )
                    server.dismiss()
                    return _conclude(place, known, outcome.plan if outcome else first, outcome, advice, findings)

            try:
                return work()
            except Damaged:  # a finished file, found when it was to be delivered
                return work()
    finally:
        crew.close()


def crew_run(crew: Crew, cancelled: Callable[[], bool]) -> Run:
    """Measure in a worker process, so that a bad file cannot take this one down."""

    def run(measure: Measure, path: Path) -> Mapping[str, JsonValue]:
        answer = crew.measure(MeasureJob(measure=measure.name, path=str(path)), cancelled)
        fact = answer["fact"]
        assert isinstance(fact, dict)
        return fact

    return run


def _work(
    place: Workplace,
    request: Request,
    situation: Situation,
    first: Plan,
    crew: Crew,
    bench: Bench,
    server: Server,
) -> Outcome:
    place.store.sweep()
    server.start()
    crew.prepare()
    server.ready()
    shop = Shop(place.store, crew, bench.cancelled, place.settings.gpu_wait)

    plans = iter((first,))

    def replan(failures: Failures) -> Plan:
        now = replace(situation, failed={**failures})
        found = next(plans, None) or plan(now)
        crew.keep_devices(frozenset(step.device for step in found.steps if step.action != "reuse"))
        if request.partial and failures and not found.ready:
            found = plan(replace(now, slates=True))
            return replace(found, deliveries=tuple(_partial(found)))
        return found

    from flows.flow import run_flow

    name = f"{place.file.name} {situation.project.title}"[:80]
    return run_flow(name, replan, shop, place.settings.jobs, bench.listener, bench.cancelled)


def with_hosts(place: Workplace, only: frozenset[str]) -> frozenset[str]:
    """Segments asked for alone, and those that they lie over: their length and place hang on these voices."""
    project = place.loaded.project
    return only | {host for segment in project.segments if segment.id in only for host in segment.hosts}


def _stuck(first: Plan) -> Outcome | None:
    """Where nothing can run: the paid takes that only the user's word brings back, as failures."""
    lost = {step.name: (step, step.reason) for step in first.steps if step.reason == LOST}
    return Outcome(first, failed=lost) if lost else None


def _partial(found: Plan) -> Iterator[Delivery]:
    """A master with slates never takes the place of a whole one."""
    for delivery in found.deliveries:
        yield replace(delivery, file=_partial_name(delivery.file), instead=delivery.file)


def _partial_name(file: str) -> str:
    path = PurePosixPath(file)
    return str(path.with_name(f"{path.stem}.partial{path.suffix}"))


def _conclude(
    place: Workplace, known: Known, final: Plan, outcome: Outcome | None, advice: Advice, findings: tuple[Finding, ...]
) -> Result:
    if outcome is not None:
        recipes = {step.id: step.recipe.document() for step in final.steps if step.recipe and step.action == "reuse"}
        place.remember(recipes)
        late = misfit_findings(place.loaded, final.timeline), sound_findings(place.loaded, known, final.timeline)
        findings = tuple(dict.fromkeys((*late[0], *late[1], *findings)))  # some known only since the voices are there
    wrong = any(finding.blocks for finding in findings)  # then the timeline is not the one that was meant
    delivered = {} if wrong else deliver_all(place.folder, final, place.store)
    written = {name: path.relative_to(place.folder).as_posix() for name, path in delivered.items()}
    if outcome is not None and outcome.cancelled and not delivered:
        raise Cancelled("stopped by the user; all that was finished is kept")
    sheets = draw_sheets(place, final, Memory(place.store)) if outcome is not None else {}
    said = (*findings, *final.remarks)
    old = stale(place.folder, final, place.store.find)
    result = Result(final, outcome, written, old, advice, said, sheets, place.draft)
    result = replace(result, manifest=renew_manifest(place, final, frozenset(written)))
    if "master" in written:
        write_report(place, final, advice, said, written)
    return result
