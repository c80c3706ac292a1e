"""How fast camera moves and regions render: CPU seconds against real time, and against x264 alone on the same frames.

    python bench/parallax.py [--width 1920 --height 1080 --frames 75] [--focus 0.5 0.5] [STILL]

A still with a person (``--focus`` on the face) costs more: two layers are seen. Whole orders are timed: reading the
still, depth, layers, frames and the mezzanine encode. Figures are frames for one CPU second of one process; two
processes make twice as many where two cores are free.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from pydantic import JsonValue

from edl.recipe import Native
from engines.contract import Order
from engines.graphics.parallax import ParallaxParams, moving, render
from engines.media.canvas import converted
from engines.media.sink import FrameSink

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RATE = 25
LOWER_HALF = [[0.0, 0.5], [1.0, 0.5], [1.0, 1.0], [0.0, 1.0]]
WATER = [{"polygon": LOWER_HALF, "direction": "left"}]
CLOTH = [{"polygon": LOWER_HALF, "kind": "cloth"}]
CAMERAS = ("push_in", "pan_left", "orbit", "handheld", "focus_near")
CASES = {
    **{camera: ParallaxParams(camera=camera) for camera in CAMERAS},
    "water": ParallaxParams.model_validate({"regions": WATER}),
    "cloth": ParallaxParams.model_validate({"regions": CLOTH}),
    "water, pan": ParallaxParams.model_validate({"regions": WATER, "camera": "pan_left"}),
}


class Unwritten:
    """A journal that forgets; nothing is paid for here."""

    def entries(self) -> list[dict[str, JsonValue]]:
        """Nothing."""
        return []

    def write(self, entry: Mapping[str, JsonValue]) -> None:
        """Forget one entry."""
        del entry


def landscape(width: int = 3000, height: int = 2000) -> NDArray[np.uint8]:
    """A synthetic still: sky, hills, and grain on the ground."""
    import numpy as np

    rows, columns = np.mgrid[0:height, 0:width].astype(np.float32)
    hill = rows > height * (0.55 + 0.05 * np.sin(columns / width * 9))
    grain = np.random.default_rng(1).normal(0, 18, (height, width)).astype(np.float32)
    tone = np.where(hill, 90 + grain, 150 + 80 * rows / height)
    colour = np.stack([tone, tone * 1.02, tone * np.where(hill, 0.7, 1.15)], axis=2)
    return np.asarray(np.clip(colour, 0, 255), dtype=np.uint8)


def timed_render(still: Path, native: Native, params: ParallaxParams, folder: Path) -> float:
    """CPU seconds for a whole order, the reading of the still included."""
    folder.mkdir()
    order = Order("0" * 64, params, native, 1, {"image": still}, folder, Unwritten())
    start = time.process_time()
    render(order)
    return time.process_time() - start


def timed_encode(pixels: NDArray[np.uint8], native: Native, params: ParallaxParams, folder: Path) -> float:
    """CPU seconds for x264 (the frame sink) alone on the frames of the same move, as planes."""
    folder.mkdir()
    frames = moving(pixels, native, params)
    made = [converted(frames((number + 0.5) / native.frames)) for number in range(native.frames)]
    start = time.process_time()
    with FrameSink(Order("0" * 64, ParallaxParams(), native, 1, {}, folder, Unwritten())) as sink:
        for frame in made:
            sink.write_planes(frame)
    return time.process_time() - start


def main() -> None:
    from PIL import Image

    from engines.media.still import read_still

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("still", nargs="?", type=Path)
    parser.add_argument("--width", type=int, default=1920)
    parser.add_argument("--height", type=int, default=1080)
    parser.add_argument("--focus", type=float, nargs=2, default=(0.5, 0.5))
    parser.add_argument("--frames", type=int, default=75)
    args = parser.parse_args()
    native = Native(args.width, args.height, Fraction(RATE), args.frames)
    with TemporaryDirectory() as folder:
        still = args.still or Path(folder) / "still.png"
        if args.still is None:
            Image.fromarray(landscape()).save(still)
        pixels = read_still(still)
        print(f"{native.width}x{native.height}, {native.frames} frames at {RATE} fps")
        render(Order("0" * 64, CASES["water, pan"], native, 1, {"image": still}, Path(folder), Unwritten()))  # compiles
        print(f"{'shot':14}{'fps':>8}{'x real time':>13}{'x264 alone fps':>16}")
        for at, (name, case) in enumerate(CASES.items()):
            params = case.model_copy(update={"focus": tuple(args.focus)})
            whole = native.frames / timed_render(still, native, params, Path(folder) / f"{at}")
            plain = native.frames / timed_encode(pixels, native, params, Path(folder) / f"{at}-x264")
            print(f"{name:14}{whole:8.1f}{whole / RATE:13.2f}{plain:16.1f}", flush=True)


if __name__ == "__main__":
    main()
