"""What this engine costs over a bare call of diffusers for the same work; and what a device makes of it.

    python bench/diffusion.py                             overhead, tiny weights on the processor
    python bench/diffusion.py --repeat 5                  five times, with the spread of the medians
    python bench/diffusion.py --device cuda --page        true architectures on a graphics card, into docs/diffusion.md
    python bench/diffusion.py --device cpu                the same at tiny scale: shows that it runs

A card needs 24 GiB, and about 40 GB of disk are written.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import partial
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
import torch
from PIL import Image
from pydantic import JsonValue

from bench.diffusion_device import PAGE, Row, cases, into_page, measure, table
from bench.diffusion_shapes import write
from edl.project import Cutaway
from engines.contract import Order, Shape, Wish
from engines.diffusion.local import ENGINE
from engines.diffusion.rig.families import FAMILIES
from engines.media.sink import FrameSink
from tests.engines.diffusion.bare import bare_frames, bare_pipeline
from tests.engines.diffusion.tiny import build

RUNS = 5
TRUE_FRAMES = {"ltx": 97, "svd-xt": 25, "wan2.2-5b": 49}
WORK = {"svd-xt": (8, 25), "ltx": (60, 65), "wan2.1": (20, 33), "cogvideox": (8, 17)}  # steps, frames


class NoJournal:
    """Nothing is paid for here."""

    def entries(self) -> list[dict[str, JsonValue]]:
        return []

    def write(self, entry: object) -> None:
        raise AssertionError(f"the engine wrote {entry}")


def order_for(family: str, folder: Path, frames: int, **params: object) -> Order:
    """An order with an empty folder."""
    asked = ENGINE.params.model_validate({"prompt": "waves" if FAMILIES[family].speaks else "", **params})
    row = FAMILIES[family]
    segment = Cutaway.model_validate({"cutaway": "a", "image": "still.png"})
    native = ENGINE.native(Wish(segment, frames / row.fps, frames, Shape(1280, 720, Fraction(25))), asked)
    work = Path(tempfile.mkdtemp(dir=folder))
    inputs = {"image": folder / "still.png"}
    return Order("0" * 64, asked, native, 1, inputs, work, NoJournal(), permitted=ENGINE.permitted)


def draw_still(folder: Path) -> None:
    x, y = np.meshgrid(np.arange(1280), np.arange(720))
    picture = np.stack([x / 5, y / 3, 127 + 120 * np.sin(x / 40) * np.cos(y / 30)], axis=-1)
    Image.fromarray(picture.astype(np.uint8)).save(folder / "still.png")


def seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


@dataclass(frozen=True)
class Cost:
    """Median seconds of one family: of a bare call, and of ours."""

    family: str
    bare: float
    ours: float

    @property
    def over(self) -> float:
        return self.ours - self.bare

    @property
    def allowed(self) -> float:
        return 0.03 * self.bare + 0.2


def cost_of(family: str, folder: Path, runs: int = RUNS) -> Cost:
    """Run one family bare and by the engine, by turns."""
    steps, frames = WORK[family]
    weights = str(build(family, folder))
    order = order_for(family, folder, frames, weights=weights, steps=steps, width=64, height=64, threads=1)
    pipe, session = bare_pipeline(order, family), ENGINE.open("cpu")

    def bare() -> None:
        with FrameSink(order, "bare") as sink:  # the frames are wanted as a file, whoever makes them
            for frame in bare_frames(order, family, pipe)[: order.shape().frames]:
                sink.write(frame)

    bare()
    render = partial(session.render, order)
    render()
    pairs = [(seconds(bare), seconds(render)) for _ in range(runs)]
    session.close()
    theirs, ours = (statistics.median(side) for side in zip(*pairs, strict=True))
    return Cost(family, theirs, ours)


def overhead(folder: Path, repeat: int) -> bool:
    """Print the table; whether the median of every family keeps to 3 % plus 0.2 s."""
    print(f"{'family':12} {'bare':>8} {'ours':>8} {'over':>8} {'allowed':>8}   medians of {RUNS}, of {repeat} rounds")
    kept = True
    for family in WORK:
        costs = [cost_of(family, folder) for _ in range(repeat)]
        middle = sorted(costs, key=lambda cost: cost.over)[len(costs) // 2]
        low, high = min(cost.over for cost in costs), max(cost.over for cost in costs)
        kept &= middle.over < middle.allowed
        figures = f"{middle.bare:8.3f} {middle.ours:8.3f} {middle.over:8.3f} {middle.allowed:8.3f}"
        print(f"{family:12} {figures}   {low:+.3f} to {high:+.3f}", flush=True)
    return kept


def on_device(folder: Path, device: str, families: list[str], steps: int | None, attentions: tuple[str, ...]) -> str:
    """Measure every case of some families; the table. On a processor at tiny scale."""
    tiny = not device.startswith("cuda")
    more: dict[str, object] = {"steps": steps} if steps else {}
    if tiny:
        more |= {"steps": steps or 2, "width": 64, "height": 64, "threads": 1}
    rows: list[Row] = []
    for family in families:
        weights = build(family, folder) if tiny else write(family, folder)
        for case in cases(family, attentions):
            frames = 9 if tiny else TRUE_FRAMES[family]
            order = order_for(family, folder, frames, weights=str(weights), **more, **case.params)
            rows.append(measure(family, case, order, device))
            print(rows[-1], flush=True)
    scale = "tiny random weights" if tiny else "true architectures with random weights"
    return table(rows, device, scale)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--repeat", type=int, default=1, help="rounds of the overhead")
    parser.add_argument("--device", default="", help="measure options on this device: cuda, or cpu at tiny scale")
    parser.add_argument("--family", action="append", choices=sorted(TRUE_FRAMES), help="only these, with --device")
    parser.add_argument("--steps", type=int, help="steps, with --device; left out, the family's")
    parser.add_argument("--attention", action="append", default=[], help="an attention backend to try as well")
    parser.add_argument("--page", action="store_true", help="write the table into docs/diffusion.md")
    chosen = parser.parse_args()
    if chosen.device.startswith("cuda") and not torch.cuda.is_available():
        print("there is no graphics card here")
        return 1
    with tempfile.TemporaryDirectory() as written:
        folder = Path(written)
        draw_still(folder)
        if not chosen.device:
            return 0 if overhead(folder, chosen.repeat) else 1
        attentions = tuple(chosen.attention) or ("native", "_native_cudnn")
        found = on_device(folder, chosen.device, chosen.family or list(TRUE_FRAMES), chosen.steps, attentions)
    print(found)
    if chosen.page:
        PAGE.write_text(into_page(PAGE.read_text(encoding="utf-8"), found), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
