"""How long `cutaway` takes when there is nothing to do: run `python -m bench.idle [ROUNDS]`.

Prints medians of wall seconds: a render of a finished project of 100 segments, `cutaway check --fast` of 1000 segments,
and beside them, in the same rounds, a bare `python -c pass` and `python -c "import prefect"`.

The finished project is of mock engines and is rendered first, which takes about a minute.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parent.parent
HEAD = """cutaway: 1
title: Idle
output: {width: 64, height: 36, fps: 25}
cast: {ann: {portrait: still.png, voice: mock/voice}}
engines: {talk: [mock/animator], cutaway: [mock/shot], title: [mock/title]}
segments:
"""
SEGMENTS = """  - talk: talk{0}
    who: ann
    say: Number {0} is said.
  - cutaway: shot{0}
    image: still.png
    prompt: number {0}
    over: talk{0}
    from: {{word: is said}}
    duration: 5f
    takes: 2
"""


def write(folder: Path, segments: int) -> Path:
    """A project of so many segments, every second one lying over the one before it."""
    from PIL import Image

    folder.mkdir()
    Image.new("RGB", (64, 36), (90, 120, 160)).save(folder / "still.png")
    os.utime(folder / "still.png", (1e9, 1e9))  # a file that is seconds old is read anew each time
    path = folder / "project.yaml"
    path.write_text(HEAD + "".join(SEGMENTS.format(number) for number in range(segments // 2)), encoding="utf-8")
    return path


def wall(command: list[str]) -> float:
    """Seconds of wall time.

    :raises CalledProcessError: when the command fails
    """
    start = time.perf_counter()
    subprocess.run([sys.executable, *command], cwd=ROOT, check=True, capture_output=True)
    return time.perf_counter() - start


def main(rounds: int = 9) -> None:
    with tempfile.TemporaryDirectory() as folder:
        finished, large = write(Path(folder) / "finished", 100), write(Path(folder) / "large", 1000)
        cutaway = ["-m", "flows.cli.app"]
        print(f"rendered once      {wall([*cutaway, 'render', str(finished)]):6.2f} s")
        commands = {
            "render, idle": [*cutaway, "render", str(finished)],
            "check --fast": [*cutaway, "check", "--fast", str(large)],
            "python": ["-c", "pass"],
            "import prefect": ["-c", "import prefect"],
        }
        taken: dict[str, list[float]] = {name: [] for name in commands}
        for _ in range(rounds):
            for name, command in commands.items():
                taken[name].append(wall(command))
        for name, seconds in taken.items():
            print(f"{name:18} {median(seconds):6.3f} s wall, {min(seconds):.3f} to {max(seconds):.3f}")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
