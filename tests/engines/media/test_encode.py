"""Runs of one picture: joins, captions and insets leave such pieces of a film."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from engines.media.encode import CODINGS, RunEncoder, headers_of
from engines.media.mp4 import read_tracks


def encode(folder: Path, codec: str, frames: int, size: tuple[int, int]) -> Path:
    path = folder / f"{codec}{frames}{CODINGS[codec].suffix}"
    with RunEncoder(path, *size, Fraction(24), codec, "draft") as encoder:
        for _ in range(frames):
            encoder.write(np.full((size[1] * 3 // 2, size[0]), 90, np.uint8))
    return path


@pytest.mark.parametrize("codec", sorted(CODINGS))
def test_a_single_picture_is_the_same_each_time(codec: str, tmp_path: Path) -> None:
    """x265 reads the decoding time of a single picture from memory it never wrote: FFmpeg refused most of these."""
    for size in ((64, 64), (160, 90)):
        files = set()
        for _ in range(20):
            path = encode(tmp_path, codec, 1, size)
            files.add(path.read_bytes())
            (track,) = read_tracks(path)
            assert (list(track.shown), track.begins) == ([0], 0)
        assert len(files) == 1
        with av.open(path) as container:
            container.streams.video[0].codec_context.options = {"err_detect": "explode"}
            assert len(list(container.decode(video=0))) == 1
        longer = encode(tmp_path, codec, 5, size)
        assert headers_of(longer) == headers_of(path)
        assert read_tracks(longer)[0].entry == track.entry
