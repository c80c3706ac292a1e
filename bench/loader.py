"""How long `cutaway check` needs to read a large project: run `python -m bench.loader [SEGMENTS]`.

Prints CPU seconds of the imports, of loading a project without mistakes, and of one in which every tenth segment
has one.
"""

from __future__ import annotations

import sys
import tempfile
import time
from pathlib import Path

HEAD = """cutaway: 1
title: Long
use: commercial
vars: {place: coast}
cast:
  host: {portrait: assets/host.jpg, voice: voice/hibari, release: assets/release.md}
defaults:
  cutaway: {takes: 3, camera: push_in}
segments:
"""
TALK = """  - talk: talk{0}
    who: host
    say: >-
      Every coastline starts as a single still, number {0}. The camera moves, and the ${{place}} comes alive.
    after: 300ms
"""
SHOT = """  - cutaway: shot{0}
    image: assets/{0}.jpg
    prompt: slow camera push forward, waves breaking in the foreground of the ${{place}}
    {1}: talk{0}
    from: {{word: camera moves, shift: -4f}}
    params: {{strength: 0.4, steps: 30}}
"""


def write(folder: Path, segments: int, wrong: bool) -> Path:
    """A project of so many segments, with its files."""
    (folder / "assets").mkdir(exist_ok=True)
    for name in ("host.jpg", "release.md", *(f"{number}.jpg" for number in range(segments // 2))):
        (folder / "assets" / name).write_bytes(b"x")
    entries = (
        TALK.format(number) + SHOT.format(number, "ovr" if wrong and number % 10 == 0 else "over")
        for number in range(segments // 2)
    )
    path = folder / "project.yaml"
    path.write_text(HEAD + "".join(entries), encoding="utf-8")
    return path


def main(segments: int = 1000) -> None:
    start = time.process_time()
    from edl.errors import ProjectInvalid
    from edl.loader import load

    print(f"imports            {time.process_time() - start:6.3f} s CPU")
    with tempfile.TemporaryDirectory() as folder:
        for wrong in (False, True):
            path = write(Path(folder), segments, wrong)
            start = time.process_time()
            try:
                found = load(path).warnings
            except ProjectInvalid as error:
                found = error.findings
            words = "with mistakes" if wrong else "without mistakes"
            print(f"{words:18} {time.process_time() - start:6.3f} s CPU, {segments} segments, {len(found)} findings")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
