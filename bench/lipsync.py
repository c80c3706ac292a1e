"""Are the lips in sync with the voice, in the finished film? Run `python -m bench.lipsync [PORTRAIT.jpg] [--keep DIR]`.

A talk of a minute by the embedded voice goes through `cutaway render`; the lips are found again in the master's decoded
frames and compared with the voice's own timings (:mod:`bench.lips`). In the same run a rival: the same face, voice and
renderer, with a mouth that merely opens as far as the voice is loud. Takes some minutes.
"""

# ruff: noqa: E402 - the numbers of threads must be set before numpy is loaded

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import numpy as np

from bench.animator import NoJournal
from bench.lips import Lips, closures, expected, lags, read_lips, slope, told_apart
from edl.facts import VoiceFacts
from edl.recipe import Native
from engines.animator.portrait import PortraitParams, build_rig
from engines.animator.rig.basis import Control
from engines.animator.rig.curves import RATE
from engines.animator.rig.envelope import envelope_of
from engines.animator.rig.head import Pose
from engines.contract import Order
from engines.media.sink import FrameSink

ROOT = Path(__file__).resolve().parent.parent
HOST = ROOT / "projects" / "demo" / "assets" / "host.jpg"
FPS = Fraction(25)
SIDE = 512
TALK = """
When the sunlight strikes raindrops in the air, they act as a prism and form a rainbow. People look up, point, and move
on; few of them ask why. Five vivid bands of colour lie above the valley, wide and smooth, far too big to be a painting.
My mother used to say that both ends touch the ground where you would never think to look. We walked for miles, over
fields and through wet woods, and found only mud, moss, and a broken fence. Who would believe a fable like that? We did,
every time. A fox jumped over the lazy brown dog, quick as a whip, and the dog barely moved a paw. Please keep the room
cool, he told me; the blue paint needs two whole days before you move it. She sees three green trees beside the sea.
Whatever you choose, choose it soon. Father bought a half dozen apples, five pears, and a hot cup of coffee from the
vendor by the bridge. Now the film is almost over, and the phone in my bag has begun to buzz. Above all, be patient:
good food and fine views are worth a long way home.
"""


def write(folder: Path, portrait: Path) -> Path:
    """A project of one talk."""
    (folder / "face.jpg").write_bytes(portrait.read_bytes())
    file = folder / "project.yaml"
    text = " ".join(TALK.split())
    file.write_text(
        f"cutaway: 1\ntitle: In sync\noutput: {{width: {SIDE}, height: {SIDE}, fps: {FPS}}}\n"
        "cast: {host: {portrait: face.jpg, voice: voice/hibari}}\n"
        f'segments:\n  - talk: minute\n    who: host\n    say: "{text}"\n'
    )
    return file


def render(folder: Path, portrait: Path) -> tuple[Path, Path, VoiceFacts]:
    """The master of that project, its voice, and the voice's timings."""
    command = [sys.executable, "-m", "flows.cli.app", "render", str(write(folder, portrait))]
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    timed = [path for path in folder.rglob("timings.json") if path.with_name("voice.wav").exists()]
    timings = max(timed, key=lambda path: path.stat().st_size)
    return (
        folder / "out/master.mp4",
        timings.with_name("voice.wav"),
        VoiceFacts.model_validate_json(timings.read_bytes()),
    )


def by_loudness(folder: Path, portrait: Path, sound: Path, frames: int) -> Path:
    """The rival: the jaw follows the voice's loudness, and nothing else moves."""
    native = Native(SIDE, SIDE, FPS, frames)
    rig = build_rig(portrait, SIDE, SIDE)
    loud = envelope_of(sound, float(native.seconds))
    opening = np.clip(loud / np.percentile(loud, 95), 0, 1)
    moments = (np.arange(frames) + 0.5) / float(FPS)
    folder.mkdir(exist_ok=True)
    order = Order("0" * 64, PortraitParams(), native, 1, {}, folder, NoJournal())
    with FrameSink(order) as sink:
        for jaw in np.interp(moments, np.arange(len(opening)) / RATE, opening):
            controls = np.zeros(len(Control))
            controls[Control.JAW] = jaw
            sink.write(rig.frame(Pose(controls)))
        return folder / sink.media


def report(name: str, lips: Sequence[Lips], voice: VoiceFacts) -> None:
    """Print all figures of one film."""
    fps = float(FPS)
    found = lags(np.array([one.gap for one in lips]), expected(voice.phones, len(lips) / fps), fps)
    shut = closures(lips, voice.phones, fps)
    told, table = told_apart(lips, voice.phones, fps)
    open_ones = [f"{p.name} at {p.start:.2f} s {gap:.0%}" for p, gap in shut if gap >= 0.12]
    print(f"\n{name}: {len(lips)} frames")
    print("  lag in frames, by 10 s windows: " + "  ".join(f"{lag.frames:+.2f} (r {lag.r:.2f})" for lag in found))
    print(f"  largest {max(abs(lag.frames) for lag in found):.2f}, slope {slope(found):+.2f} frames a minute")
    share = 1 - len(open_ones) / len(shut)
    print(f"  closed in the middle of {share:.1%} of {len(shut)} M, B, P" + "".join(f"; {o}" for o in open_ones[:8]))
    print(f"  shapes told apart: {told:.1%} (by chance {1 / len(table):.0%})")
    for true, row in table.items():
        print(f"    {true}: " + "  ".join(f"{guess} {count}" for guess, count in row.items()))


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("portrait", type=Path, nargs="?", default=HOST)
    parser.add_argument("--keep", type=Path, help="folder for the films; a temporary one if left out")
    parser.add_argument("--alone", action="store_true", help="without the rival")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        folder = given.keep or Path(scratch)
        folder.mkdir(parents=True, exist_ok=True)
        master, sound, voice = render(folder, given.portrait)
        lips = read_lips(master)
        print(f"{float(voice.seconds):.1f} s, {len(voice.phones)} phones, {SIDE}x{SIDE} at {FPS} fps")
        report("cutaway", lips, voice)
        if not given.alone:
            report("jaw by loudness", read_lips(by_loudness(folder / "rival", given.portrait, sound, len(lips))), voice)


if __name__ == "__main__":
    main()
