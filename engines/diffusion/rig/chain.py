"""Chained parts: the last frames of a part as the next one's start, and colours held to the still they began with."""

from __future__ import annotations

from math import sqrt
from pathlib import Path

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from engines.diffusion.rig.decode import Picture

TAIL = "tail.npy"
SPREAD = 0.7, 1.4  # contrast is corrected no further than this
MOST_SHARPENED = 1.5  # of the unsharp mask; beyond it edges get rims


def keep_tail(folder: Path, frames: list[NDArray[np.uint8]], overlap: int) -> None:
    """Keep a part's last frames beside its media, unharmed by an encoder."""
    np.save(folder / TAIL, np.stack(frames[-overlap:]))


def read_tail(media: Path, overlap: int) -> NDArray[np.uint8]:
    """The last frames of a part, at most ``overlap``; the last frame of its media where none were kept."""
    kept = media.with_name(TAIL)
    if kept.is_file():
        tail: NDArray[np.uint8] = np.load(kept)[-overlap:]
        return tail
    with av.open(str(media)) as container:
        *_, last = container.decode(video=0)
    return np.asarray(last.to_ndarray(format="rgb24"), np.uint8)[None]


def match(frames: Picture, anchor: NDArray[np.uint8]) -> Picture:
    """Each frame with the mean and, within limits, the spread of the anchor still's colours (Lab). Drift of light and
    contrast is cured; for softening see :func:`sharpen`.

    :param frames: float32 RGB 0 to 1, frames x height x width x 3
    """
    mean, spread = _statistics(_lab(np.divide(anchor, 255, dtype=np.float32)))
    matched = np.empty_like(frames)
    for at, frame in enumerate(frames):
        lab = _lab(np.ascontiguousarray(frame))
        own_mean, own_spread = _statistics(lab)
        ratio = np.clip(spread / np.maximum(own_spread, 1e-6), *SPREAD)
        matched[at] = cv2.cvtColor(((lab - own_mean) * ratio + mean).astype(np.float32), cv2.COLOR_Lab2RGB)
    return np.clip(matched, 0, 1)


def sharpen(frames: Picture, anchor: NDArray[np.uint8]) -> Picture:
    """Each frame that is softer than the anchor still brought to its variance of the Laplacian by an unsharp mask, as
    far as :data:`MOST_SHARPENED` lets it. Detail that is lost does not come back; its contrast does.

    :param frames: float32 RGB 0 to 1, frames x height x width x 3
    """
    wanted = float(_edges(np.divide(anchor, 255, dtype=np.float32)).var())
    done = np.empty_like(frames)
    for at, frame in enumerate(frames):
        fine = frame - cv2.GaussianBlur(np.ascontiguousarray(frame), (0, 0), 1.0)
        done[at] = frame + _amount(_edges(frame), _edges(fine), wanted) * fine
    return np.clip(done, 0, 1)


def _amount(edges: NDArray[np.float32], more: NDArray[np.float32], wanted: float) -> float:
    """The a for which the variance of ``edges + a * more`` is as wanted: the larger root of a quadratic."""
    short = wanted - float(edges.var())
    square = float(more.var())
    if short <= 0 or square < 1e-12:
        return 0.0
    half = float(np.mean((edges - edges.mean()) * (more - more.mean())))
    return min(MOST_SHARPENED, (sqrt(half * half + square * short) - half) / square)


def _edges(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    grey = cv2.cvtColor(np.ascontiguousarray(picture), cv2.COLOR_RGB2GRAY)
    return np.asarray(cv2.Laplacian(grey, cv2.CV_32F), np.float32)


def _lab(picture: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.asarray(cv2.cvtColor(picture, cv2.COLOR_RGB2Lab), np.float32)


def _statistics(lab: NDArray[np.float32]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    return lab.mean(axis=(0, 1)), lab.std(axis=(0, 1))
