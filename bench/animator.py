"""How fast the embedded animator is, and where a frame's time goes: CPU milliseconds a frame of rendering, of the
delivery encode and of the mezzanine's way (written, read again), and as a ceiling x264 alone on the same frames. Then
the close-up in two processes at once.

    python bench/animator.py                 the demo's portrait at several sizes
    python bench/animator.py PORTRAIT.jpg    another one
    python bench/animator.py --rounds 9      more rounds, of which the median is printed
"""

# ruff: noqa: E402 - the numbers of threads must be set before numpy is loaded

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from statistics import median

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import av
import numpy as np
from PIL import Image
from pydantic import JsonValue

from edl.facts import Phone, VoiceFacts
from edl.recipe import Native
from engines.animator.portrait import PortraitParams, build_rig
from engines.animator.rig.curves import RATE
from engines.animator.rig.head import Pose, Rig
from engines.animator.rig.liveliness import Manner
from engines.animator.rig.performance import Performance, Style, talk
from engines.animator.rig.plates import Pixels
from engines.contract import Order
from engines.media.canvas import Canvas
from engines.media.encode import RunEncoder
from engines.media.sink import FrameSink

HOST = Path(__file__).parents[1] / "projects" / "demo" / "assets" / "host.jpg"
SIZES = ((512, 512), (640, 360), (1280, 720), (1920, 1080))
CLOSE = 0.583  # of the picture's scale: 256 pixels between the demo host's eyes at 1080p
FPS = Fraction(25)
FRAMES = 100
PHONES = ("SIL", "M", "AA", "S", "IY", "P", "OW", "F", "AY", "L", "UW", "T", "EH", "SIL")


class NoJournal:
    """Nothing is paid for here."""

    def entries(self) -> list[dict[str, JsonValue]]:
        return []

    def write(self, entry: Mapping[str, JsonValue]) -> None:
        raise AssertionError(f"the animator wrote {entry}")


@dataclass(frozen=True)
class Costs:
    """CPU milliseconds a frame: drawing, its change to 4:2:0, x264 for delivery, x264 for the mezzanine, reading it."""

    draw: float
    change: float
    deliver: float
    store: float
    read: float

    @property
    def direct(self) -> float:
        """Rendering into the delivery encode."""
        return self.draw + self.change + self.deliver

    @property
    def whole(self) -> float:
        """What ``cutaway render`` does: the take is kept as a mezzanine, and the delivery is encoded from it."""
        return self.direct + self.store + self.read


def performance(native: Native) -> Performance:
    """Invented speech, seven sounds a second."""
    step = 1 / 7
    count = int(float(native.seconds) / step)
    names = [PHONES[i % len(PHONES)] for i in range(count)]
    phones = tuple(Phone(name=name, start=i * step, end=(i + 1) * step) for i, name in enumerate(names))
    envelope = np.abs(np.sin(np.arange(int(native.seconds) * RATE + RATE) / 25))
    voice = VoiceFacts(samples=1, rate=1, phones=phones)
    return talk(voice, envelope, native, Style(Manner(1.0, 19.0, 0.06)), seed=1)


def cpu(work: Callable[[], object]) -> float:
    """CPU milliseconds a frame of this process, all threads."""
    start = time.process_time()
    work()
    return (time.process_time() - start) / FRAMES * 1000


def costs(rig: Rig, poses: Sequence[Pose], native: Native, folder: Path) -> Costs:
    """One round."""
    left, top, _, _ = rig.roi
    regions: list[Pixels] = []
    draw = cpu(lambda: regions.extend(rig.region(pose) for pose in poses))
    canvas = Canvas(rig.still)
    pictures = [canvas.picture.copy() for _ in regions]

    def change_all() -> None:
        for region, picture in zip(regions, pictures, strict=True):
            canvas.lay(region, left, top)
            picture[:] = canvas.picture

    change = cpu(change_all)
    deliver = cpu(lambda: delivered(pictures, native, folder))
    store = cpu(lambda: stored(rig, regions, native, folder)) - change
    return Costs(draw, change, deliver, store, cpu(lambda: read(folder)))


def delivered(pictures: Sequence[Pixels], native: Native, folder: Path) -> None:
    """The delivery encode of given 4:2:0 pictures, as the conformer writes it."""
    with RunEncoder(folder / "run.mp4", native.width, native.height, native.fps) as encoder:
        for picture in pictures:
            encoder.write(picture)


def stored(rig: Rig, regions: Sequence[Pixels], native: Native, folder: Path) -> None:
    """The mezzanine of given frames, as the engine writes it."""
    order = Order("0" * 64, PortraitParams(), native, 1, {}, folder, NoJournal())
    with FrameSink(order, still=rig.still) as sink:
        for region in regions:
            sink.write_patch(region, *rig.roi[:2])


def read(folder: Path) -> None:
    """The mezzanine decoded, as the conformer reads it."""
    with av.open(str(folder / "take.mp4")) as container:
        container.streams.video[0].thread_type = "NONE"
        for frame in container.decode(video=0):
            frame.to_ndarray()


def prepared(portrait: Path, native: Native) -> tuple[Rig, list[Pose]]:
    """A rig with its compiled code warm, and the poses of the clip."""
    rig = build_rig(portrait, native.width, native.height)
    poses = list(performance(native).poses())
    left, top, _, _ = rig.roi
    Canvas(rig.still).lay(rig.region(poses[FRAMES // 2]), left, top)
    return rig, poses


def measured(name: str, portrait: Path, native: Native, rounds: int) -> str:
    """One row of the table."""
    rig, poses = prepared(portrait, native)
    with tempfile.TemporaryDirectory() as folder:
        one = [costs(rig, poses, native, Path(folder)) for _ in range(rounds)]
    parts = [median(getattr(costs, part) for costs in one) for part in ("draw", "change", "deliver", "store", "read")]
    middle = Costs(*parts)
    x0, y0, x1, y1 = rig.roi
    row = f"{name:<22} {rig.mesh.frame.iod / rig.factor:>4.0f} {x1 - x0:>4}x{y1 - y0:<4} "
    row += " ".join(f"{value:7.1f}" for value in parts)
    times = [1000 / value / float(native.fps) for value in (middle.direct, middle.deliver, middle.whole)]
    return row + "   " + " ".join(f"{value:7.2f}" for value in times)


def close_up(portrait: Path, folder: Path) -> Path:
    """The portrait smaller in a 1920 x 1080 picture, its edges going on to both sides."""
    with Image.open(portrait) as opened:
        image = opened.convert("RGB")
    scale = 1920 / image.width * CLOSE
    small = np.asarray(
        image.resize((round(image.width * scale), round(image.height * scale)), Image.Resampling.LANCZOS)
    )
    if small.shape[0] < 1080:
        small = np.pad(small, ((0, 1080 - small.shape[0]), (0, 0), (0, 0)), mode="edge")
    spare = 1920 - small.shape[1]
    wide = np.pad(small[:1080], ((0, 0), (spare // 2, spare - spare // 2), (0, 0)), mode="edge")
    Image.fromarray(wide).save(folder / "close-up.png")
    return folder / "close-up.png"


def talking(portrait: Path) -> None:
    """One of two processes: renders a close-up into the delivery encode and says its seconds, wall and CPU."""
    native = Native(1920, 1080, FPS, FRAMES)
    rig, poses = prepared(portrait, native)
    canvas = Canvas(rig.still)
    print("ready", flush=True)
    sys.stdin.readline()
    wall, busy = time.perf_counter(), time.process_time()
    with tempfile.TemporaryDirectory() as folder, RunEncoder(Path(folder) / "run.mp4", 1920, 1080, FPS) as encoder:
        for pose in poses:
            canvas.lay(rig.region(pose), *rig.roi[:2])
            encoder.write(canvas.picture)
    print(time.perf_counter() - wall, time.process_time() - busy, flush=True)


def two_processes(portrait: Path) -> tuple[float, float]:
    """Frames a second of two processes together: by the clock, and by CPU time as if the machine were free."""
    call = [sys.executable, __file__, "--talking", str(portrait)]
    both = [subprocess.Popen(call, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    for one in both:
        assert one.stdout
        assert one.stdout.readline().strip() == "ready"
    said = []
    for one in both:
        assert one.stdin
        one.stdin.write("go\n")
        one.stdin.flush()
    for one in both:
        said.append([float(value) for value in one.communicate()[0].split()])
    return sum(FRAMES / wall for wall, _ in said), sum(FRAMES / busy for _, busy in said)


def main() -> None:
    parser = ArgumentParser()
    parser.add_argument("portrait", type=Path, nargs="?", default=HOST)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--talking", action="store_true", help="be one of two processes")
    given = parser.parse_args()
    if given.talking:
        talking(given.portrait)
        return
    print("CPU ms a frame: drawing, change to 4:2:0, delivery encode, mezzanine written, mezzanine read;")
    print("times real time on one core: drawing + delivery, plain x264 of the same frames, the whole way")
    heads = ("draw", "4:2:0", "deliver", "store", "read", "direct", "x264", "whole")
    print(f"{'frame':<22} {'eyes':>4} {'region':>9} {'':>0}" + " ".join(f"{head:>7}" for head in heads))
    with tempfile.TemporaryDirectory() as folder:
        close = close_up(given.portrait, Path(folder))
        print(measured("1920x1080 close-up", close, Native(1920, 1080, FPS, FRAMES), given.rounds), flush=True)
        for width, height in reversed(SIZES):
            native = Native(width, height, FPS, FRAMES)
            print(measured(f"{width}x{height}", given.portrait, native, given.rounds), flush=True)
        pairs = [two_processes(close) for _ in range(given.rounds)]
    clock, free = (median(pair[at] for pair in pairs) for at in (0, 1))
    print(f"close-up, drawing + delivery, 2 processes: {clock:.0f} fps by the clock ({clock / 25:.2f} x real time),")
    print(f"{free:.0f} by CPU time ({free / 25:.2f} x)")


if __name__ == "__main__":
    main()
