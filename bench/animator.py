"""How fast the embedded animator is: frames per CPU second, alone and with the mezzanine's encoder, and as a ceiling
x264 alone on the same frames.

    python bench/animator.py                 the demo's portrait at several sizes
    python bench/animator.py PORTRAIT.jpg    another one
"""

# ruff: noqa: E402 - the numbers of threads must be set before numpy is loaded

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path

for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
    os.environ.setdefault(name, "1")

import numpy as np
from pydantic import JsonValue

from edl.facts import Phone, VoiceFacts
from edl.recipe import Native
from engines.animator.portrait import PortraitParams, build_rig
from engines.animator.rig.curves import RATE
from engines.animator.rig.liveliness import Manner
from engines.animator.rig.performance import Performance, Style, talk
from engines.animator.rig.plates import Pixels
from engines.contract import Order
from engines.media.sink import FrameSink

HOST = Path(__file__).parents[1] / "projects" / "demo" / "assets" / "host.jpg"
SIZES = ((512, 512), (640, 360), (1280, 720), (1920, 1080))
FRAMES = 60
PHONES = ("SIL", "M", "AA", "S", "IY", "P", "OW", "F", "AY", "L", "UW", "T", "EH", "SIL")


class NoJournal:
    """Nothing is paid for here."""

    def entries(self) -> list[dict[str, JsonValue]]:
        return []

    def write(self, entry: Mapping[str, JsonValue]) -> None:
        raise AssertionError(f"the animator wrote {entry}")


def performance(native: Native) -> Performance:
    """Two seconds of invented speech."""
    step = float(native.seconds) / len(PHONES)
    phones = tuple(Phone(name=name, start=i * step, end=(i + 1) * step) for i, name in enumerate(PHONES))
    envelope = np.abs(np.sin(np.arange(int(native.seconds) * RATE + RATE) / 25))
    voice = VoiceFacts(samples=1, rate=1, phones=phones)
    return talk(voice, envelope, native, Style(Manner(1.0, 19.0, 0.06)), seed=1)


def cpu_seconds(work: Callable[[], object]) -> float:
    """CPU seconds of this process, all threads."""
    start = time.process_time()
    work()
    return time.process_time() - start


def encode(native: Native, frames: Sequence[Pixels]) -> None:
    """The mezzanine of given frames, thrown away."""
    with tempfile.TemporaryDirectory() as folder:
        order = Order("0" * 64, PortraitParams(), native, 1, {}, Path(folder), NoJournal())
        with FrameSink(order) as sink:
            for frame in frames:
                sink.write(frame)


def main() -> None:
    portrait = Path(sys.argv[1]) if len(sys.argv) > 1 else HOST
    print(f"{'frame':>10} {'IOD':>5} {'region':>10} {'render':>8} {'x264':>8} {'both':>8}  frames a CPU second")
    for width, height in SIZES:
        print(measured(portrait, Native(width, height, Fraction(25), FRAMES)))


def measured(portrait: Path, native: Native) -> str:
    """One row of the table."""
    rig = build_rig(portrait, native.width, native.height)
    poses = list(performance(native).poses())
    rig.frame(poses[FRAMES // 2])  # compiles the rasteriser
    frames: list[Pixels] = []
    render = cpu_seconds(lambda: frames.extend(rig.frame(pose) for pose in poses))
    x264 = cpu_seconds(lambda: encode(native, frames))
    x0, y0, x1, y1 = rig.roi
    rates = (FRAMES / render, FRAMES / x264, FRAMES / (render + x264))
    size = f"{native.width:>5}x{native.height:<4} {rig.mesh.frame.iod / rig.factor:>5.0f} {x1 - x0:>5}x{y1 - y0:<4} "
    return size + " ".join(f"{rate:8.1f}" for rate in rates)


if __name__ == "__main__":
    main()
