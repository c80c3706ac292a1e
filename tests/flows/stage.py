"""What the tests of flows stand on: small films of mock segments, a shelf of parts, and the command line."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
import uuid
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from edl.loader import load
from edl.picks import Picks
from edl.recipe import Recipe
from engines.contract import Pace
from flows.digests import DigestBook
from flows.drafting import Situation
from flows.gather import gather
from flows.local_store import LocalStore
from flows.plan import Action, Plan, Step, StepKind
from flows.planner import plan
from flows.store import FileRecord, Part

ROOT = Path(__file__).resolve().parents[2]
HEAD = """\
cutaway: 1
title: A film of test pictures
output: {width: 128, height: 72, fps: 25}
cast: {ann: {portrait: face.png, voice: mock/voice}, bob: {portrait: face.png, voice: mock/voice}}
engines:
  talk: [mock/animator]
  loop: [mock/animator]
  cutaway: [mock/shot]
  title: [mock/title]
  clip: [mock/clip]
  voice: [mock/voice, mock/recording]
"""
SHORT = """\
segments:
  - title: open
    text: Open
    duration: 10f
  - talk: hello
    who: ann
    say: Every coastline starts as a still.
  - cutaway: coast
    image: still.png
    over: hello
    from: {word: coastline}
    duration: 15f
  - talk: bye
    who: bob
    say: And here it ends.
"""
MARK = "CUTAWAY_TEST_MARK"


def write_film(folder: Path, segments: str = SHORT, head: str = HEAD, name: str = "project.yaml") -> Path:
    """A project with two small stills; the file."""
    from PIL import Image

    folder.mkdir(parents=True, exist_ok=True)
    for number, still in enumerate(("face.png", "still.png")):
        if not (folder / still).exists():
            Image.new("RGB", (64, 48), (40 + 90 * number, 80, 120)).save(folder / still)
            os.utime(folder / still, (1e9, 1e9))  # a file that is seconds old is read anew each time
    (folder / name).write_text(head + segments, encoding="utf-8")
    return folder / name


@dataclass
class Shelf:
    """A store for planning: parts that were never made."""

    parts: dict[str, Part] = field(default_factory=dict)
    paces: dict[str, Pace] = field(default_factory=dict)

    def find(self, name: str) -> Part | None:
        return self.parts.get(name)

    def pace(self, engine: str) -> Pace | None:
        return self.paces.get(engine)

    def put(self, step: Step) -> Part:
        """Pretend that a step was made."""
        assert step.recipe is not None
        files = {name: FileRecord(digest=_digest(step.name + name), size=1, mtime_ns=1) for name in _files(step.kind)}
        part = Part(name=step.name, recipe=step.recipe.document(), media=next(iter(files)), files=files)
        if step.kind in (StepKind.VOICE, StepKind.CUE):
            part = part.model_copy(update={"facts": {"voice": _voice(step.recipe)}})
        if step.kind is StepKind.SUBJECT:
            seen = {"width": 128, "height": 72, "fps": "25", "every": 5, "looks": [{}]}
            part = part.model_copy(update={"facts": {"subject": seen}})
        self.parts[part.name] = part
        return part


def _files(kind: StepKind) -> tuple[str, ...]:
    sound = kind in (StepKind.VOICE, StepKind.CUE)
    return ("voice.wav", "timings.json") if sound else ("take.mkv",)


def _digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def _voice(recipe: Recipe) -> dict[str, object]:
    from engines.mock._speech import timed

    say = str(recipe.params.get("say", "nothing"))
    return timed(say, 960 * len(say), 16_000).model_dump(mode="json")


@dataclass
class Desk:
    """Plans one film again and again: ``desk.plan()``, ``desk.make()``."""

    file: Path
    shelf: Shelf = field(default_factory=Shelf)

    def situation(self, **changes: object) -> Situation:
        loaded = load(self.file)
        store = LocalStore(loaded.folder / ".cutaway")
        known = gather(loaded, store, DigestBook(store.root / "digests.json"))
        values: dict[str, object] = {
            "project": loaded.project,
            "store": self.shelf,
            "files": known.files,
            "digests": known.digests,
            "facts": known.facts,
            "picks": Picks(),
        }
        return Situation(**{**values, **changes})  # type: ignore[arg-type]

    def plan(self, **changes: object) -> Plan:
        return plan(self.situation(**changes))

    def make(self, *wanted: str, rounds: int = 20, **changes: object) -> Plan:
        """Pretend to render what is ready (steps whose ids start with one of ``wanted``) until nothing is."""
        for _ in range(rounds):
            found = self.plan(**changes)
            ready = [step for step in found.ready if not wanted or step.id.startswith(wanted)]
            if not ready:
                return found
            for step in ready:
                self.shelf.put(step)
        raise AssertionError("the plan never comes to an end")


def actions(found: Plan) -> dict[str, Action]:
    return {step.id: step.action for step in found.steps}


@dataclass(frozen=True)
class Ran:
    """What a command came to."""

    code: int
    out: str
    err: str
    seconds: float

    @property
    def json(self) -> dict[str, object]:
        """The one document on standard output."""
        found = json.loads(self.out)
        assert isinstance(found, dict)
        return found


@dataclass
class Shell:
    """Runs ``cutaway`` as its users do: as a process of its own."""

    env: dict[str, str]
    log: Path

    def command(self, *arguments: object) -> list[str]:
        return [sys.executable, "-m", "flows.cli.app", *map(str, arguments)]

    def start(self, *arguments: object, wrap: tuple[str, ...] = (), **env: str) -> subprocess.Popen[str]:
        """A process group of its own, so that a test may kill it."""
        return subprocess.Popen(
            [*wrap, *self.command(*arguments)],
            env={**self.env, **env},
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    def __call__(
        self, *arguments: object, code: int | None = 0, wrap: tuple[str, ...] = (), timeout: float = 240, **env: str
    ) -> Ran:
        """Run to the end and expect an exit code (None: any). Nothing that cutaway says is ever a traceback."""
        began = time.monotonic()
        process = self.start(*arguments, wrap=wrap, **env)
        return self.end(process, code, timeout, began)

    def end(
        self, process: subprocess.Popen[str], code: int | None = 0, timeout: float = 240, began: float = 0.0
    ) -> Ran:
        try:
            out, err = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGKILL)
            out, err = process.communicate()
            raise AssertionError(f"cutaway did not end within {timeout} s:\n{out}\n{err}") from None
        ran = Ran(process.returncode, out, err, time.monotonic() - began)
        assert "Traceback" not in err, err
        assert code is None or ran.code == code, f"exit code {ran.code}, expected {code}:\n{out}\n{err}"
        return ran

    def calls(self) -> Counter[str]:
        """Engine calls so far, over all processes, by engine."""
        return Counter(line.split()[0] for line in self.lines())

    def lines(self) -> list[str]:
        return self.log.read_text().splitlines() if self.log.exists() else []

    def forget(self) -> None:
        self.log.unlink(missing_ok=True)

    def survivors(self) -> list[str]:
        """Command lines of all processes that this shell's commands left behind."""
        wanted = f"{MARK}={self.env[MARK]}".encode()
        found = []
        for entry in Path("/proc").glob("[0-9]*"):
            with suppress(OSError):
                if wanted in (entry / "environ").read_bytes().split(b"\0"):
                    words = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
                    if words:
                        found.append(f"{entry.name} {words}")
        return found

    def all_gone(self, within: float = 5.0) -> None:
        """Assert that nothing is left of any command."""
        end = time.monotonic() + within
        while (left := self.survivors()) and time.monotonic() < end:
            time.sleep(0.05)
        assert not left


def make_shell(folder: Path, **more: str) -> Shell:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("CUTAWAY", "PREFECT"))}
    env = {
        **kept,
        "PYTHONPATH": str(ROOT),
        "CUTAWAY_SETTINGS": str(folder / "settings.yaml"),
        "CUTAWAY_MOCK_LOG": str(folder / "calls.log"),
        MARK: uuid.uuid4().hex,
        **more,
    }
    return Shell(env, folder / "calls.log")


def wait_until(condition: Callable[[], object], within: float = 60.0) -> None:
    """Wait for something that another process does."""
    end = time.monotonic() + within
    while not condition():
        assert time.monotonic() < end, "it never came"
        time.sleep(0.02)


def store_of(file: Path) -> Path:
    return file.parent / ".cutaway"


def settled(store: Path) -> None:
    """Assert that a store holds whole parts and nothing half done, and that no lease is held."""
    from filelock import FileLock

    assert not list((store / "tmp").glob("*"))
    for folder in (store / "parts").glob("*/*"):
        assert (folder / "manifest.json").is_file(), folder
    found = LocalStore(store)
    assert all(found.verify(part) for part in found.parts())
    for lease in (store / "leases").glob("*.lock"):
        lock = FileLock(lease)
        lock.acquire(timeout=0)
        lock.release()
