"""What this engine costs over a bare call of diffusers for the same work, both in one run.

    python bench/diffusion.py                  tiny weights on the processor
    python bench/diffusion.py --true-shapes    true architectures with random weights, on a graphics card

The second needs a card with 24 GiB and about 40 GB of disk; it prints the card's name, cold and warm seconds a clip
and the peak of memory, for batches of one and two.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from fractions import Fraction
from functools import partial
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
import torch
from PIL import Image
from pydantic import JsonValue

from edl.project import Cutaway
from engines.contract import Order, Shape, Wish
from engines.diffusion.local import ENGINE
from engines.diffusion.rig.families import FAMILIES
from engines.media.sink import FrameSink
from tests.engines.diffusion.bare import bare_frames, bare_pipeline
from tests.engines.diffusion.tiny import build

RUNS = 5
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


def overhead(folder: Path) -> bool:
    """Print the table; whether every family keeps to 3 % plus 0.2 s."""
    print(f"{'family':12} {'bare':>8} {'ours':>8} {'over':>8} {'allowed':>8}   (median of {RUNS}, seconds)")
    kept = True
    for family, (steps, frames) in WORK.items():
        order = order_for(family, folder, frames, weights=str(build(family, folder)), steps=steps, width=64, height=64)
        pipe, session = bare_pipeline(order, family), ENGINE.open("cpu")

        def bare(order: Order = order, family: str = family, pipe: object = pipe) -> None:
            with FrameSink(order, "bare") as sink:  # the frames are wanted as a file, whoever makes them
                for frame in bare_frames(order, family, pipe)[: order.shape().frames]:
                    sink.write(frame)

        bare()
        session.render(order)
        render = partial(session.render, order)
        pairs = [(seconds(bare), seconds(render)) for _ in range(RUNS)]
        theirs, ours = (statistics.median(side) for side in zip(*pairs, strict=True))
        allowed = 0.03 * theirs + 0.2
        kept &= ours - theirs < allowed
        print(f"{family:12} {theirs:8.3f} {ours:8.3f} {ours - theirs:8.3f} {allowed:8.3f}")
        session.close()
    return kept


def true_shapes(folder: Path) -> None:
    """True architectures, random weights: seconds and memory are real, pictures are noise."""
    from bench.diffusion_shapes import write

    print(f"{torch.cuda.get_device_name()}, torch {torch.__version__}")
    print(f"{'family':12} {'batch':>5} {'cold':>8} {'warm':>8} {'a take':>8} {'peak':>10}")
    for family, frames in (("ltx", 97), ("svd-xt", 25), ("wan2.2-5b", 49)):
        weights = write(family, folder)
        for batch in (1, 2):
            session = ENGINE.open("cuda")
            order = order_for(family, folder, frames, weights=str(weights), batch=batch)
            torch.cuda.reset_peak_memory_stats()
            cold = seconds(partial(session.render, order))
            warm = seconds(partial(session.render, order))
            peak = torch.cuda.max_memory_allocated() / 2**30
            session.close()
            print(f"{family:12} {batch:5} {cold:8.1f} {warm:8.1f} {warm / batch:8.1f} {peak:6.1f} GiB")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--true-shapes", action="store_true", help="true architectures on a graphics card")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as written:
        folder = Path(written)
        draw_still(folder)
        if not chosen.true_shapes:
            return 0 if overhead(folder) else 1
        if not torch.cuda.is_available():
            print("there is no graphics card here")
            return 1
        true_shapes(folder)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
