"""Frames between two frames, made along the motion from one to the other.

Motion is estimated in both directions by dense inverse search (Kroeger et al. 2016). A point of the new frame is traced
to where it comes from in each of the two frames; it is believed where the trace arrives, and believed most where the
motion there and the motion back agree. What only one frame shows (something that was covered, or will be) is taken from
that frame, what neither shows from the nearer one, as it stands.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np

from engines.media.frames import Fitter, Moment, planes_of

if TYPE_CHECKING:
    from av import VideoFrame
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]
    Field = NDArray[np.float32]

STEPS = 6  # of the search for a point's origin
ARRIVED = 0.5  # pixels that a trace may miss its point by
AGREE, AGREE_SHARE = 1.0, 0.05  # pixels, and share of the motion, that there and back may differ by
LEAST_KNOWN = 0.5  # share of points believed most; with fewer the two frames are not of one motion
SMOOTH = 5  # pixels; beliefs of single points do not count
SURE = 2


@dataclass(frozen=True)
class Pair:
    """Two fitted frames (4:2:0, see :func:`engines.media.frames.planes_of`) and the motion between them in pixels of
    luma."""

    now: Pixels
    following: Pixels
    there: Field
    back: Field


@dataclass(frozen=True)
class Trace:
    """Where each point of a new frame comes from in one of the frames, and how far that is believed (0 to 2)."""

    origin: Field
    belief: NDArray[np.uint8]


def pictures(moments: Iterable[Moment], fitter: Fitter) -> Iterator[Pixels]:
    """Fitted 4:2:0 pictures at each moment; the frame itself where a moment falls on one."""
    fitted: dict[int, tuple[VideoFrame, Pixels]] = {}
    pair: tuple[int, Pair] | None = None

    def fit(frame: VideoFrame) -> Pixels:
        found = fitted.get(id(frame))
        if found is None:
            for old in list(fitted)[:-1]:
                del fitted[old]
            found = fitted[id(frame)] = frame, fitter.fit(frame)
        return found[1]

    for moment in moments:
        now = fit(moment.now)
        if moment.following is None or moment.share == 0:
            yield now
            continue
        following = fit(moment.following)
        if pair is None or pair[0] != id(moment.now):
            pair = id(moment.now), measured(now, following)
        yield between(pair[1], float(moment.share))


def measured(now: Pixels, following: Pixels) -> Pair:
    """A pair with its motion."""
    cv2.setNumThreads(1)
    search = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    first, second = (np.ascontiguousarray(planes_of(picture)[0]) for picture in (now, following))
    there = search.calc(first, second, np.zeros((*first.shape, 2), np.float32))
    back = search.calc(second, first, np.zeros((*first.shape, 2), np.float32))
    return Pair(now, following, np.asarray(there, dtype=np.float32), np.asarray(back, dtype=np.float32))


def between(pair: Pair, share: float) -> Pixels:
    """The picture at ``share`` (0 to 1) of the way."""
    early, late = _traced(pair.there, pair.back, share), _traced(pair.back, pair.there, 1 - share)
    nearer = pair.now if share < 0.5 else pair.following
    if np.mean((early.belief == SURE) & (late.belief == SURE)) < LEAST_KNOWN:
        return nearer
    weight = _weights(early.belief, late.belief, share)
    lost = np.maximum(early.belief, late.belief) == 0
    planes = []
    for level, (one, two, rest) in enumerate(
        zip(planes_of(pair.now), planes_of(pair.following), planes_of(nearer), strict=True)
    ):
        near, far, part, gap = early.origin, late.origin, weight, lost
        if level:
            near, far, part, gap = _halved(near), _halved(far), weight[::2, ::2], lost[::2, ::2]
        mixed = _pulled(one, near) * (1 - part) + _pulled(two, far) * part
        planes.append(np.where(gap, rest, np.clip(np.rint(mixed), 0, 255)).astype(np.uint8))
    return np.concatenate([plane.ravel() for plane in planes]).reshape(pair.now.shape)


def _traced(there: Field, back: Field, share: float) -> Trace:
    """Find for each point x the y with y + share * there(y) = x, by a fixed point from y = x."""
    height, width = there.shape[:2]
    columns, rows = np.meshgrid(np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32))
    points = np.dstack((columns, rows))
    origin = points
    for _ in range(STEPS):
        origin = points - np.float32(share) * _pulled(there, origin)
    motion = _pulled(there, origin)
    missed = np.linalg.norm(origin + np.float32(share) * motion - points, axis=2)
    loop = np.linalg.norm(motion + _pulled(back, origin + motion), axis=2)
    inside = (origin >= 0).all(axis=2) & (origin[..., 0] <= width - 1) & (origin[..., 1] <= height - 1)
    possible = inside & (missed <= ARRIVED)
    sure = possible & (loop <= AGREE + AGREE_SHARE * np.linalg.norm(motion, axis=2))
    return Trace(origin, np.asarray(cv2.medianBlur(possible.astype(np.uint8) + sure, SMOOTH), dtype=np.uint8))


def _weights(early: NDArray[np.uint8], late: NDArray[np.uint8], share: float) -> Field:
    """How much of each point is taken from the later frame: blended where both are sure, else from the one that is
    believed more, of two alike from the nearer."""
    alike = np.where((early == SURE) & (late == SURE), share, float(share >= 0.5))
    return np.where(early == late, alike, (late > early).astype(np.float64)).astype(np.float32)


def _pulled(field: Pixels | Field, origin: Field) -> Field:
    """Values of a field at the given points, between pixels bilinearly."""
    columns, rows = np.ascontiguousarray(origin[..., 0]), np.ascontiguousarray(origin[..., 1])
    found = cv2.remap(field, columns, rows, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(found, dtype=np.float32)


def _halved(origin: Field) -> Field:
    """Points of luma as points of chroma, whose pixels lie in the middle of four of luma."""
    small = cv2.resize(origin, (origin.shape[1] // 2, origin.shape[0] // 2), interpolation=cv2.INTER_AREA)
    return np.asarray((small - 0.5) / 2, dtype=np.float32)
