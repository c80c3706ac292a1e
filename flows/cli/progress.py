"""Progress for people: one bar for the whole, one for each step that runs, with the time that is left."""

from __future__ import annotations

import threading
import time
from collections import Counter
from types import TracebackType

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from flows.cli.say import duration, people
from flows.plan import Plan, Step, StepKind
from flows.store import Part

PIECEMEAL = frozenset({StepKind.MIX, StepKind.SOUND})


class ProgressBars:
    """A listener that draws. Time left comes from measured seconds in the store, corrected by how this run goes."""

    def __init__(self, jobs: int) -> None:
        self._console: Console = people(error=True)
        self._progress = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.percentage:>3.0f}%"),
            TimeElapsedColumn(),
            TextColumn("{task.fields[left]}", markup=False),
            console=self._console,
            transient=True,
        )
        self._jobs = jobs
        self._lock = threading.Lock()
        self._whole: TaskID | None = None
        self._bars: dict[str, TaskID] = {}
        self._shares: dict[str, float] = {}
        self._work: dict[str, float] = {}
        self._names: dict[str, str] = {}
        self._done: set[str] = set()
        self._began = time.monotonic()

    def __enter__(self) -> ProgressBars:
        self._progress.start()
        self._whole = self._progress.add_task("starting", total=None, left="")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._progress.stop()

    def waiting(self) -> None:
        self._console.print("another render of this project is running; waiting for it ...")

    def planned(self, plan: Plan) -> None:
        with self._lock:
            for step in plan.steps:
                if step.action != "reuse":
                    self._work[step.id] = max(step.seconds, 0.05)
            self._names = names_of(plan)
            self._draw()

    def started(self, step: Step) -> None:
        with self._lock:
            self._bars[step.id] = self._progress.add_task(f"  {self._names.get(step.id, step.id)}", total=1.0, left="")

    def progressed(self, step: Step, share: float, words: str) -> None:
        with self._lock:
            self._shares[step.id] = share
            if step.id in self._bars:
                self._progress.update(self._bars[step.id], completed=share, left=words[:40])
            self._draw()

    def finished(self, step: Step, part: Part) -> None:
        with self._lock:
            self._done.add(step.id)
            self._remove(step)
            self._draw()

    def failed(self, step: Step, error: Exception) -> None:
        with self._lock:
            self._remove(step)
        self._console.print("[red]failed[/]", escape(f"{step.id}: {error}"))

    def _remove(self, step: Step) -> None:
        bar = self._bars.pop(step.id, None)
        if bar is not None:
            self._progress.remove_task(bar)

    def _draw(self) -> None:
        total = sum(self._work.values())
        done = sum(
            work * (1.0 if step in self._done else self._shares.get(step, 0.0)) for step, work in self._work.items()
        )
        if self._whole is not None and total:
            left = f"about {duration(self._left(total, done))} left" if done < total else ""
            count = f"{len(self._done)} of {len(self._work)} steps"
            self._progress.update(self._whole, description=count, total=total, completed=done, left=left)

    def _left(self, total: float, done: float) -> float:
        """Seconds left: at first as estimated, more and more as this run really goes."""
        estimated = (total - done) / self._jobs
        if done <= 0:
            return estimated
        elapsed = time.monotonic() - self._began
        measured = elapsed / done * (total - done)
        trust = min(1.0, done / total * 2)
        return measured * trust + estimated * (1 - trust)


def names_of(plan: Plan) -> dict[str, str]:
    """What people read for a step: pieces of sound are many and alike, so they say how many there are."""
    pieces = Counter(step.kind for step in plan.steps if step.kind in PIECEMEAL)
    return {
        step.id: f"{step.id.replace(':', ' ')} of {pieces[step.kind]}" for step in plan.steps if step.kind in PIECEMEAL
    }
