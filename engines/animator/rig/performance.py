"""What a portrait does over a clip: one pose a frame. A talk begins and ends on the still itself, except where it goes
on from another part or into one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
from numpy.typing import NDArray

from edl.facts import VoiceFacts
from edl.recipe import Native
from engines.animator.rig.basis import Control
from engines.animator.rig.curves import Curve, Span, smoothstep
from engines.animator.rig.head import Pose
from engines.animator.rig.liveliness import HeadTrack, Manner, living_photo, talking_head
from engines.animator.rig.phrasing import phrases_of
from engines.animator.rig.visemes import MouthTrack, mouth_track

MOUTH_EASE = 0.10  # seconds in which the mouth leaves the still and comes back to it
MOOD_EASE = 0.9  # the same for the expression
SMILE_CLOSES = 0.40  # how far an open smile is closed while it speaks: one who smiles speaks with teeth in view
SHAPED_CLOSES = 0.70  # the same where lips are rounded or tucked


class Expression(StrEnum):
    """What the face says besides the words."""

    NEUTRAL = "neutral"
    WARM = "warm"
    SERIOUS = "serious"


MOODS: dict[Expression, dict[Control, float]] = {
    Expression.NEUTRAL: {},
    Expression.WARM: {Control.SMILE: 0.55, Control.BROW_RIGHT: 0.12, Control.BROW_LEFT: 0.12},
    Expression.SERIOUS: {Control.FROWN: 0.65, Control.BROW_RIGHT: -0.08, Control.BROW_LEFT: -0.08},
}


@dataclass(frozen=True)
class Style:
    """How somebody performs: manner of the head, share of the natural mouth ``opening``, expression."""

    manner: Manner
    opening: float = 1.0
    expression: Expression = Expression.NEUTRAL


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


def talk(
    voice: VoiceFacts,
    envelope: Curve,
    native: Native,
    style: Style,
    seed: int,
    before: bool = False,
    after: bool = False,
) -> Performance:
    """A clip that speaks.

    :param envelope: loudness from frame 0 on
    :param before: it goes on from another part; :param after: it goes on in another part
    """
    frame = float(1 / native.fps)
    times = _times(native)
    last = float(times[-1]) if native.frames > 1 else frame
    span = Span(times, float(native.seconds) if after else last, before, after)
    mouth = mouth_track(voice.phones, envelope, times, frame)
    head = talking_head(style.manner, phrases_of(voice.phones, envelope), span, seed)
    ease = span.inside(MOUTH_EASE)
    controls = _controls(head, native.frames)
    for control, curve in _speech(mouth, style.opening):
        controls[:, control] = curve * ease
    controls[:, Control.CLOSE] = _closed(mouth) * span.from_still(3 * MOUTH_EASE)
    _colour(controls, style.expression, span.from_still(MOOD_EASE))
    return Performance(controls, _head(head), mouth.tongue * ease)


def loop(native: Native, style: Style, seed: int) -> Performance:
    """A living photo: the frame after the last would be frame 0, which is the still."""
    span = Span(_times(native), float(native.seconds))
    head = living_photo(style.manner, span, seed)
    controls = _controls(head, native.frames)
    _colour(controls, style.expression, span.from_still(MOOD_EASE))
    return Performance(controls, _head(head), np.zeros(native.frames))


def _times(native: Native) -> Curve:
    return np.arange(native.frames, dtype=np.float64) * float(1 / native.fps)


def _controls(head: HeadTrack, frames: int) -> NDArray[np.float64]:
    controls = np.zeros((frames, len(Control)))
    for blink, brow in ((Control.BLINK_RIGHT, Control.BROW_RIGHT), (Control.BLINK_LEFT, Control.BROW_LEFT)):
        controls[:, blink], controls[:, brow] = head.blink, head.brow
    controls[:, Control.GAZE_ACROSS], controls[:, Control.GAZE_DOWN] = head.gaze.across, head.gaze.down
    return controls


def _colour(controls: NDArray[np.float64], expression: Expression, ease: Curve) -> None:
    """Add the expression; rounded and pressed lips smile less."""
    lips = 1 - 0.6 * np.maximum(controls[:, Control.PUCK], 0.5 * controls[:, Control.PRESS])
    for control, level in MOODS[expression].items():
        controls[:, control] += level * ease * (lips if control is Control.SMILE else 1.0)


def _head(head: HeadTrack) -> NDArray[np.float64]:
    return np.column_stack([head.across, head.down, head.roll, head.yaw, head.pitch])


def _closed(mouth: MouthTrack) -> Curve:
    """How far an open smile is closed: a little by speaking at all, fully by the sounds whose shape it would hide."""
    shaped = SHAPED_CLOSES * np.maximum(mouth.puck, mouth.tuck)
    return np.asarray(np.maximum(np.maximum(SMILE_CLOSES, shaped) * smoothstep(mouth.speech), mouth.press))


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
