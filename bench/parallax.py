"""How fast the camera move renders: frames a second against real time, and against x264 alone on the same frames.

python bench/parallax.py [--width 1280 --height 720 --frames 75] [STILL]
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
from engines.graphics._camera import MOVES
from engines.graphics.parallax import ParallaxParams, moving, render
from engines.media.sink import FrameSink

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RATE = 25


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


def timed_render(still: Path, native: Native, camera: str, folder: Path) -> float:
    """Seconds for a whole order, the reading of the still included."""
    folder.mkdir()
    order = Order("0" * 64, ParallaxParams(camera=camera), native, 1, {"image": still}, folder, Unwritten())
    start = time.perf_counter()
    render(order)
    return time.perf_counter() - start


def timed_encode(pixels: NDArray[np.uint8], native: Native, camera: str, folder: Path) -> float:
    """Seconds for x264 (the frame sink) alone on the frames of the same move."""
    folder.mkdir()
    frames = moving(pixels, native, ParallaxParams(camera=camera))
    made = [frames((number + 0.5) / native.frames) for number in range(native.frames)]
    start = time.perf_counter()
    with FrameSink(Order("0" * 64, ParallaxParams(), native, 1, {}, folder, Unwritten())) as sink:
        for frame in made:
            sink.write(frame)
    return time.perf_counter() - start


def main() -> None:
    from PIL import Image

    from engines.media.still import read_still

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("still", nargs="?", type=Path)
    parser.add_argument("--width", type=int, default=1280)
    parser.add_argument("--height", type=int, default=720)
    parser.add_argument("--frames", type=int, default=75)
    args = parser.parse_args()
    native = Native(args.width, args.height, Fraction(RATE), args.frames)
    with TemporaryDirectory() as folder:
        still = args.still or Path(folder) / "still.png"
        if args.still is None:
            Image.fromarray(landscape()).save(still)
        pixels = read_still(still)
        print(f"{native.width}x{native.height}, {native.frames} frames at {RATE} fps")
        print(f"{'camera':10}{'fps':>8}{'x real time':>13}{'x264 alone fps':>16}")
        for camera in MOVES:
            whole = native.frames / timed_render(still, native, camera, Path(folder) / camera)
            plain = native.frames / timed_encode(pixels, native, camera, Path(folder) / f"{camera}-x264")
            print(f"{camera:10}{whole:8.1f}{whole / RATE:13.2f}{plain:16.1f}", flush=True)


if __name__ == "__main__":
    main()
