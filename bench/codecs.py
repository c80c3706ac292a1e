"""What each codec of the deliveries costs: CPU time a frame, size and fidelity, on the pictures of one film.

    python bench/codecs.py FILM [--frames 100]

The pictures are decoded first; only encoding is timed. Fidelity is the PSNR of luma against them.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from fractions import Fraction
from math import log10
from pathlib import Path

import av
import numpy as np

from engines.media.encode import CODINGS, RunEncoder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("film", type=Path)
    parser.add_argument("--frames", type=int, default=100)
    asked = parser.parse_args()
    with av.open(str(asked.film)) as container:
        rate = Fraction(container.streams.video[0].average_rate or 25)
        decoded = (np.asarray(frame.to_ndarray(format="yuv420p"), np.uint8) for frame in container.decode(video=0))
        pictures = [picture for picture, _ in zip(decoded, range(asked.frames), strict=False)]
    height, width = pictures[0].shape[0] * 2 // 3, pictures[0].shape[1]
    print(f"{len(pictures)} frames of {width} x {height}\n\n| codec | quality | ms a frame | kB a second | PSNR |")
    print("|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for codec, coding in CODINGS.items():
            for quality in coding.qualities:
                path = Path(folder) / f"{codec}-{quality}{coding.suffix}"
                began = time.process_time()
                with RunEncoder(path, width, height, rate, codec, quality) as encoder:
                    for picture in pictures:
                        encoder.write(picture)
                spent = (time.process_time() - began) / len(pictures) * 1000
                size = path.stat().st_size / 1000 / (len(pictures) / float(rate))
                print(f"| {codec} | {quality} | {spent:.0f} | {size:.0f} | {fidelity(path, pictures, height):.1f} |")


def fidelity(path: Path, pictures: list[np.ndarray], height: int) -> float:
    """PSNR of luma in dB."""
    with av.open(str(path)) as container:
        errors = [
            float(np.mean((frame.to_ndarray(format="yuv420p")[:height].astype(float) - picture[:height]) ** 2))
            for frame, picture in zip(container.decode(video=0), pictures, strict=True)
        ]
    return 10 * log10(255**2 / max(1e-9, sum(errors) / len(errors)))


if __name__ == "__main__":
    main()
