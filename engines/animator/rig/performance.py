"""What a portrait does over a clip: one pose a frame, the first and the last of a talk being the still itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from edl.facts import VoiceFacts
from edl.recipe import Native
from engines.animator.rig.basis import Control
from engines.animator.rig.curves import Curve, smoothstep, window
from engines.animator.rig.head import Pose
from engines.animator.rig.liveliness import HeadTrack, Manner, living_photo, talking_head
from engines.animator.rig.visemes import MouthTrack, mouth_track

MOUTH_EASE = 0.10  # seconds in which the mouth leaves the still and comes back to it
SMILE_CLOSES = 0.92  # how far an open smile is closed while it speaks


@dataclass(frozen=True)
class Performance:
    """Curves of a whole clip. ``controls``: frames x controls; ``head``: frames x (across, down, roll, yaw, pitch)."""

    controls: NDArray[np.float64]
    head: NDArray[np.float64]
    tongue: Curve

    def __len__(self) -> int:
        return len(self.controls)

    def poses(self) -> Iterator[Pose]:
        """One pose a frame, in order."""
        for controls, head, tongue in zip(self.controls, self.head, self.tongue, strict=True):
            across, down, roll, yaw, pitch = (float(value) for value in head)
            yield Pose(controls, across, down, roll, yaw, pitch, float(tongue))


def talk(voice: VoiceFacts, envelope: Curve, native: Native, manner: Manner, opening: float, seed: int) -> Performance:
    """A clip that speaks.

    :param envelope: loudness from frame 0 on; :param opening: share of the natural mouth opening
    """
    frame = float(1 / native.fps)
    times = _times(native)
    end = float(times[-1]) if native.frames > 1 else frame
    mouth = mouth_track(voice.phones, envelope, times, frame)
    head = talking_head(manner, envelope, times, end, seed)
    ease = window(times, end, MOUTH_EASE)
    controls = _controls(head, native.frames)
    for control, curve in _speech(mouth, opening):
        controls[:, control] = curve * ease
    closed = np.maximum(SMILE_CLOSES * smoothstep(mouth.speech), mouth.press)
    controls[:, Control.CLOSE] = closed * window(times, end, 3 * MOUTH_EASE)
    return Performance(controls, _head(head), mouth.tongue * ease)


def loop(native: Native, manner: Manner, seed: int) -> Performance:
    """A living photo: the frame after the last would be frame 0, which is the still."""
    times = _times(native)
    head = living_photo(manner, times, float(native.seconds), seed)
    return Performance(_controls(head, native.frames), _head(head), np.zeros(native.frames))


def _times(native: Native) -> Curve:
    return np.arange(native.frames, dtype=np.float64) * float(1 / native.fps)


def _controls(head: HeadTrack, frames: int) -> NDArray[np.float64]:
    controls = np.zeros((frames, len(Control)))
    for blink, brow in ((Control.BLINK_RIGHT, Control.BROW_RIGHT), (Control.BLINK_LEFT, Control.BROW_LEFT)):
        controls[:, blink], controls[:, brow] = head.blink, head.brow
    return controls


def _head(head: HeadTrack) -> NDArray[np.float64]:
    return np.column_stack([head.across, head.down, head.roll, head.yaw, head.pitch])


def _speech(mouth: MouthTrack, opening: float) -> tuple[tuple[Control, Curve], ...]:
    return (
        (Control.JAW, mouth.jaw * opening),
        (Control.UP, mouth.up * opening),
        (Control.LOW, mouth.low * opening),
        (Control.WIDE, mouth.wide),
        (Control.PUCK, mouth.puck),
        (Control.PRESS, mouth.press),
        (Control.TUCK, mouth.tuck),
    )
