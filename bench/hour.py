"""One segment changes in an hour: how long until the new master is there? Run ``python -m bench.hour [SEGMENTS]``.

A 720p project of 900 clips of 4 s is rendered, one clip is changed, and it is rendered again by the command line, with
a clock on each phase. Encoding a real hour first would take hours: takes and runs are encoded a few times and laid into
a real store as 900 different ones (in each a few bytes differ that no decoder reads), about 1 GB in all. Sound and
master of the first render are made as always.
"""

from __future__ import annotations

import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from fractions import Fraction
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np

from engines.contract import Made
from engines.media.encode import RunEncoder
from flows.plan import Action, Step, StepKind
from flows.planner import plan
from flows.store import Work
from flows.workplace import Memory, Workplace, open_project, situate, survey

ROOT = Path(__file__).resolve().parent.parent
FPS, WIDTH, HEIGHT, SECONDS = Fraction(25), 1280, 720, 4
PER_REEL = 60
TEMPLATES = 5
MARK = b"H.264/MPEG-4 AVC codec"  # x264 writes it into each file, as a remark
HEAD = "cutaway: 1\ntitle: An hour\noutput: {width: 1280, height: 720, fps: 25, loudness: -16}\nsegments:\n"
CLIP = "  - clip: s{}\n    file: reel{}.mp4\n    in: {}ms\n    duration: 4s\n"

# What is timed in the second render: label, module, function.
CLOCKS = (
    ("load the project", "flows.workplace", "open_project"),
    ("files: digests and facts", "flows.workplace", "survey"),
    ("files: digests and facts", "flows.render", "survey"),
    ("check", "flows.render", "examine"),
    ("plan: is there nothing to do", "flows.idle", "plan"),
    ("plan", "flows.render", "plan"),
    ("Prefect: import", "flows.prefect_server", "import_module"),
    ("Prefect: wait for its server", "flows.prefect_server", "_await_health"),
    ("start a worker", "flows.crew", "_start"),
    ("inputs: digests", "flows.local_store", "LocalStore.fetch"),
    ("publish: digest and sync", "flows.local_store", "_record"),
    ("deliver", "flows.render", "deliver_all"),
    ("history", "flows.workplace", "Workplace.remember"),
    ("report", "flows.render", "write_report"),
    ("sheets", "flows.render", "draw_sheets"),
    ("stale", "flows.render", "stale"),
)


def project(folder: Path, segments: int, changed: int | None = None) -> Path:
    """Write the project; a changed segment begins half a second later in its reel."""
    text = HEAD
    for number in range(segments):
        begin = number % PER_REEL * SECONDS * 1000 + (500 if number == changed else 0)
        text += CLIP.format(number, number // PER_REEL, begin)
    path = folder / "project.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def reels(folder: Path, segments: int) -> None:
    """Files of a little over four minutes: 4 s of moving waves and words of noise, again and again."""
    import imageio_ffmpeg

    picture, sound, loop = folder / "loop-v.mp4", folder / "loop-a.wav", folder / "loop.mp4"
    with RunEncoder(picture, WIDTH, HEIGHT, FPS) as encoder:
        for frame in waves(0, SECONDS * 25):
            encoder.write(frame)
    speech(sound, 0)
    ffmpeg = [imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-v", "error"]
    subprocess.run([*ffmpeg, "-i", picture, "-i", sound, "-c:v", "copy", "-c:a", "aac", loop], check=True)
    first = folder / "reel0.mp4"
    subprocess.run([*ffmpeg, "-stream_loop", str(PER_REEL), "-i", loop, "-c", "copy", first], check=True)
    for number in range(1, -(-segments // PER_REEL)):
        shutil.copy(first, folder / f"reel{number}.mp4")
        with (folder / f"reel{number}.mp4").open("ab") as file:  # another file to the eyes of the store
            file.write(b"\x00\x00\x00\x0cfree" + number.to_bytes(4, "big"))
    for path in folder.glob("*.mp4"):
        os.utime(path, (1e9, 1e9))  # a file that is seconds old is read anew each time


def waves(seed: int, frames: int) -> Iterator[np.ndarray]:
    """Pictures as 4:2:0 planes: waves that move under a little grain."""
    rng = np.random.default_rng(seed)
    y, x = np.mgrid[:HEIGHT, :WIDTH]
    grain = rng.integers(-1, 2, (HEIGHT, WIDTH))
    for number in range(frames):
        light = 120 + 60 * np.sin((x + 3 * number) / 47 + seed) * np.sin((y + number) / 31) + grain
        yield np.concatenate([light.astype(np.uint8), np.full((HEIGHT // 2, WIDTH), 128, np.uint8)])


def speech(path: Path, seed: int) -> None:
    from engines.media.sound import write_wav

    rng = np.random.default_rng(seed)
    at = np.arange(SECONDS * 48_000) / 48_000
    loud = np.clip(np.sin(2 * np.pi * 1.7 * at + seed), 0, 1) * 0.2
    write_wav(path, np.stack([loud * rng.standard_normal(len(at))] * 2, axis=1).astype(np.float32), 48_000)


def lay(place: Workplace, folder: Path) -> None:
    """Put takes and runs of every segment into the store, made from a few templates."""
    runs, sounds = [], []
    for number in range(TEMPLATES):
        run, sound = folder / f"run{number}.mp4", folder / f"sound{number}.wav"
        with RunEncoder(run, WIDTH, HEIGHT, FPS) as encoder:
            for frame in waves(number, SECONDS * 25):
                encoder.write(frame)
        speech(sound, number)
        runs.append(run.read_bytes())
        sounds.append(sound.read_bytes())
    known, view = survey(place), Memory(place.store)
    picks, _ = place.picks()
    situation = situate(place, known, picks, view)
    for kind in (StepKind.TAKE, StepKind.FIT):
        steps = [step for step in plan(situation).steps if step.kind is kind and step.action is Action.RENDER]
        for number, step in enumerate(steps):
            words = f"number {number:04d} of a bench".encode().ljust(len(MARK))[: len(MARK)]
            marked = runs[number % TEMPLATES].replace(MARK, words)
            own = sounds[number % TEMPLATES][:-2] + number.to_bytes(2, "little")
            publish(place, step, marked, own)


def publish(place: Workplace, step: Step, run: bytes, sound: bytes) -> None:
    assert step.recipe is not None
    with place.store.workspace(step.recipe.name) as folder:
        if step.kind is StepKind.FIT:
            (folder / "run.mp4").write_bytes(run)
            place.store.publish(step.recipe, folder, Made("run.mp4"), Work())
        else:
            (folder / "take.mp4").write_bytes(run[:4096])  # never shown: its run is there
            (folder / "sound.wav").write_bytes(sound)
            place.store.publish(step.recipe, folder, Made("take.mp4", {"sound": "sound.wav"}), Work())


class Clock:
    """Seconds of wall time by label; what runs inside something else that is timed counts for both."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.cpu: defaultdict[str, float] = defaultdict(float)
        self.calls: Counter[str] = Counter()
        self.lock = threading.Lock()

    def wrap(self, label: str, module: str, name: str) -> None:
        """Time a function of a module, or a method of a class in it."""
        owner: Any = import_module(module)
        *path, last = name.split(".")
        for each in path:
            owner = getattr(owner, each)
        if hasattr(owner, last):
            setattr(owner, last, self.timed(label, getattr(owner, last)))

    def timed(self, label: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def run(*arguments: Any, **named: Any) -> Any:
            began, worked = time.perf_counter(), time.thread_time()
            try:
                return function(*arguments, **named)
            finally:
                words = label if label else f"work: {arguments[1].engine}"
                with self.lock:
                    self.seconds[words] += time.perf_counter() - began
                    self.cpu[words] += time.thread_time() - worked
                    self.calls[words] += 1

        return run


def timed_render(path: Path) -> None:
    """What ``cutaway render`` does, with clocks; prints a JSON document."""
    began = time.perf_counter()
    clock = Clock()
    for label, module, name in CLOCKS:
        clock.wrap(label, module, name)
    clock.wrap("", "flows.crew", "Crew.render")
    from flows.cli.app import main

    sys.argv = ["cutaway", "render", str(path)]
    try:
        main()
    except SystemExit as ended:
        if ended.code:
            raise
    own, workers = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = own.ru_utime + own.ru_stime + workers.ru_utime + workers.ru_stime
    memory = {"this process": own.ru_maxrss // 1024, "largest worker": workers.ru_maxrss // 1024}
    phases = {label: [seconds, clock.cpu[label], clock.calls[label]] for label, seconds in clock.seconds.items()}
    print(json.dumps({"wall": time.perf_counter() - began, "cpu": cpu, "MB": memory, "phases": phases}))


def render(path: Path) -> dict[str, Any]:
    command = [sys.executable, "-m", "bench.hour", "--timed", str(path)]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=True)
    found: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return found


def rival(path: Path) -> tuple[float, float]:
    """Wall and CPU seconds of FFmpeg for a new master of the same runs: picture copied, the sound encoded in one go."""
    import imageio_ffmpeg

    place = open_project(path)
    known, view = survey(place), Memory(place.store)
    steps = plan(situate(place, known, place.picks()[0], view)).steps
    listed = {StepKind.FIT: "", StepKind.TAKE: ""}
    for step in steps:
        part = view.find(step.name)
        if step.kind in listed and part is not None:
            file = part.media if step.kind is StepKind.FIT else str(part.facts["sound"])
            listed[step.kind] += f"file '{place.store.fetch(part, file).resolve()}'\n"
    command = [imageio_ffmpeg.get_ffmpeg_exe(), "-y", "-v", "error"]
    for name, text in zip(("runs", "sounds"), listed.values(), strict=True):
        (path.parent / f"{name}.txt").write_text(text)
        command += ["-f", "concat", "-safe", "0", "-i", str(path.parent / f"{name}.txt")]
    before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    subprocess.run([*command, "-c:v", "copy", "-c:a", "aac", "-b:a", "160k", path.parent / "rival.mp4"], check=True)
    wall, after = time.perf_counter() - began, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def show(title: str, found: dict[str, Any]) -> None:
    print(f"{title}: {found['wall']:.1f} s wall, {found['cpu']:.1f} s CPU, MB {found['MB']}")
    print(f"  {'':32}{'wall s':>9}{'own CPU':>9}{'calls':>7}")
    for label, (wall, cpu, calls) in sorted(found["phases"].items(), key=lambda pair: -pair[1][0]):
        if wall >= 0.02:
            print(f"  {label:32}{wall:9.2f}{cpu:9.2f}{calls:7}")


def main(segments: int = 900, keep: str = "") -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(keep or name)
        folder.mkdir(exist_ok=True)
        path = project(folder, segments)
        if not (folder / ".cutaway").exists():
            reels(folder, segments)
            lay(open_project(path), folder)
        show("first render, pictures laid in", render(path))
        master = folder / "out" / "master.mp4"
        print(f"  the master has {master.stat().st_size / 1e6:.0f} MB")
        for _ in range(2):
            show("nothing to do", render(path))
        project(folder, segments, changed=segments // 2)
        show("one segment of 4 s changed", render(path))
        print("FFmpeg, concat by copy and one audio encode: {:.1f} s wall, {:.1f} s CPU".format(*rival(path)))


if __name__ == "__main__":
    if sys.argv[1:2] == ["--timed"]:
        timed_render(Path(sys.argv[2]))
    else:
        main(int((sys.argv[1:2] or ["900"])[0]), *sys.argv[2:3])
