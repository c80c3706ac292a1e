"""Titles as MoviePy clips: layers of text and colour, their fades, and the way they drift into place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import cv2
import numpy as np
from moviepy import ColorClip, CompositeVideoClip, Effect, ImageClip, TextClip, VideoClip
from moviepy.video.fx import CrossFadeIn, CrossFadeOut

from engines.graphics._type import BOLD, REGULAR, Block, fit

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]
    Plane = NDArray[np.float64]

Colour = tuple[int, int, int]

FADE_IN, FADE_OUT = 0.6, 0.4  # seconds, where the title is long enough
STAGGER = 0.16  # the subtitle follows the title by this many seconds
PLATE_OPACITY = 0.82


@dataclass(frozen=True)
class Look:
    """What is drawn: the texts (only what the font can draw), and the colours as RGB."""

    text: str
    subtitle: str
    ink: Colour
    paper: Colour
    accent: Colour


@dataclass(frozen=True)
class Pace:
    """When a title moves. Seconds."""

    total: float
    fade_in: float
    fade_out: float
    stagger: float

    @staticmethod
    def of(total: float) -> Pace:
        """A short title fades faster, so that it stands still for at least a third of its time."""
        quick = min(1.0, total / (3.0 * (FADE_IN + STAGGER)))
        return Pace(total, FADE_IN * quick, min(FADE_OUT, total / 4), STAGGER * quick)

    def rests(self, time: float) -> bool:
        """Whether nothing moves at this time."""
        return self.stagger + self.fade_in <= time <= self.total - self.fade_out


@dataclass
class Drift(Effect):  # type: ignore[misc]
    """The clip comes to its place from ``across``, ``down`` pixels aside, slowing down, by fractions of a pixel."""

    across: float
    down: float
    seconds: float

    def apply(self, clip: VideoClip) -> VideoClip:
        """Both the picture and its mask drift."""

        def moved(frame_at: Callable[[float], Plane], time: float) -> Plane:
            frame = frame_at(time)
            left = (1.0 - time / self.seconds) ** 3 if time < self.seconds else 0.0
            if left == 0.0:
                return frame
            shift = np.array([[1, 0, self.across * left], [0, 1, self.down * left]], np.float64)
            border = cv2.BORDER_CONSTANT if frame.ndim == 2 else cv2.BORDER_REPLICATE
            size = frame.shape[1], frame.shape[0]
            exact = np.asarray(frame, np.float32)
            return np.asarray(cv2.warpAffine(exact, shift, size, flags=cv2.INTER_LINEAR, borderMode=border))

        return clip.transform(moved, apply_to=["mask"])


def card(look: Look, width: int, height: int, pace: Pace) -> VideoClip:
    """A card that fills the picture: the text in the middle, a rule and the subtitle below it."""
    unit = min(width, height)
    room_width, room_height = int(width * 0.8), int(height * 0.8)
    rule_width, rule_height = max(2, round(unit * 0.09)), max(1, round(unit * 0.006))
    gap = round(unit * 0.045)
    under = 2 * gap + rule_height if look.subtitle else 0
    share = 0.64 if look.subtitle else 1.0
    smallest = max(4, unit // 45)
    title = fit(look.text, BOLD, room_width, int((room_height - under) * share), round(unit * 0.11), smallest)
    rest = room_height - under - title.height
    largest = min(round(unit * 0.05), max(smallest, round(title.size * 0.6)))
    subtitle = fit(look.subtitle, REGULAR, room_width, rest, largest, smallest) if look.subtitle else None

    top = (height - title.height - under - (subtitle.height if subtitle else 0)) // 2
    rise = max(1, round(unit * 0.025))
    layers = [_rising(_text(title, look.ink, width, top, rise), pace, 0.0, rise)]
    if subtitle:
        rule = ColorClip((rule_width, rule_height), color=look.accent)
        rule = rule.with_position(((width - rule_width) // 2, top + title.height + gap))
        below = _text(subtitle, _mixed(look.ink, look.paper, 0.22), width, top + title.height + under, rise)
        layers += [_rising(rule, pace, pace.stagger / 2, 0), _rising(below, pace, pace.stagger, rise)]
    ground = ImageClip(_ground(look.paper, width, height)).with_duration(pace.total)
    return CompositeVideoClip([ground, *layers], size=(width, height), use_bgclip=True)


def lower_third(look: Look, width: int, height: int, pace: Pace) -> tuple[VideoClip, int, int]:
    """A plate with a bar and the text, transparent around it; with its left and top edge in the picture."""
    unit = min(width, height)
    pad, bar = max(2, round(unit * 0.026)), max(2, round(unit * 0.008))
    left, low = round(width * 0.06), round(height * 0.08)
    room_width = max(8, int(width * (0.62 if width >= height else 0.88)) - 2 * pad - bar)
    smallest = max(4, unit // 50)
    most = max(8, int(height * 0.3) - 2 * pad)
    title = fit(
        look.text, BOLD, room_width, int(most * (0.62 if look.subtitle else 1.0)), round(unit * 0.055), smallest
    )
    largest = max(smallest, round(title.size * 0.66))
    rest = max(8, most - title.height)
    subtitle = fit(look.subtitle, REGULAR, room_width, rest, largest, smallest) if look.subtitle else None
    gap = pad // 4 if subtitle else 0

    inner = max(title.width, subtitle.width if subtitle else 0)
    plate_width = min(bar + 2 * pad + inner, width)
    plate_height = min(title.height + gap + (subtitle.height if subtitle else 0) + 2 * pad, height)
    plate = ColorClip((plate_width, plate_height), color=look.paper)
    plate = plate.with_mask(ImageClip(_rounded(plate_width, plate_height, bar) * PLATE_OPACITY, is_mask=True))
    edge = ColorClip((bar, plate_height), color=look.accent)
    edge = edge.with_mask(ImageClip(_rounded(plate_width, plate_height, bar)[:, :bar], is_mask=True))
    layers = [plate.with_duration(pace.total), edge.with_duration(pace.total)]
    layers.append(_entering(_text(title, look.ink, None, pad, 0, bar + pad), pace, pace.stagger / 2))
    if subtitle:
        below = _text(subtitle, _mixed(look.ink, look.paper, 0.16), None, pad + title.height + gap, 0, bar + pad)
        layers.append(_entering(below, pace, pace.stagger))
    whole = CompositeVideoClip(layers, size=(plate_width, plate_height)).with_duration(pace.total)
    effects = [Drift(-bar * 3.0, 0.0, pace.fade_in), CrossFadeIn(pace.fade_in), CrossFadeOut(pace.fade_out)]
    return whole.with_effects(effects), min(left, width - plate_width), max(0, height - low - plate_height)


def _text(block: Block, ink: Colour, width: int | None, top: int, room: int, left: int = 0) -> VideoClip:
    """A block as one colour behind a mask of the letters, with ``room`` to drift in; centred where a width is given."""
    aside = max(2, block.size // 4)
    drawn = TextClip(
        font=str(block.font),
        text=block.text,
        font_size=block.size,
        color="white",
        margin=(aside, aside + room),
        interline=block.interline,
        text_align="left" if width is None else "center",
    )
    layer = ColorClip(drawn.size, color=ink).with_mask(ImageClip(drawn.mask.get_frame(0), is_mask=True))
    across = left - aside if width is None else (width - drawn.size[0]) // 2
    return layer.with_position((across, top - aside - room))


def _entering(layer: VideoClip, pace: Pace, after: float) -> VideoClip:
    """The layer from ``after`` seconds on, fading in."""
    return layer.with_duration(pace.total - after).with_effects([CrossFadeIn(pace.fade_in)]).with_start(after)


def _rising(layer: VideoClip, pace: Pace, after: float, rise: int) -> VideoClip:
    """The layer from ``after`` seconds on, fading in while it rises, fading out at the end."""
    drift = [Drift(0.0, rise, pace.fade_in)] if rise else []
    layer = layer.with_duration(pace.total - after).with_effects([*drift, CrossFadeOut(pace.fade_out)])
    return _entering(layer, pace, after)


def _mixed(one: Colour, other: Colour, share: float) -> Colour:
    red, green, blue = (round(a + (b - a) * share) for a, b in zip(one, other, strict=True))
    return red, green, blue


def _ground(paper: Colour, width: int, height: int) -> Pixels:
    """The paper, a little lighter above the middle and darker in the corners, dithered so that no bands show."""
    down, across = np.mgrid[0:height, 0:width].astype(np.float32)
    far = np.hypot((across / width - 0.5) * 1.1, down / height - 0.42)
    light = (1.0 - np.clip(far / 0.75, 0.0, 1.0) ** 2)[:, :, None]
    tone = np.asarray(paper, np.float32) * (0.72 + 0.28 * light) + 10.0 * light
    noise = np.random.default_rng(1).random((height, width, 1), np.float32)
    return np.asarray(np.clip(tone + noise, 0, 255), dtype=np.uint8)


def _rounded(width: int, height: int, radius: int) -> Plane:
    """A mask of a plate whose right corners are round, 0 to 1, with soft edges."""
    big = np.zeros((height * 4, width * 4), np.uint8)
    reach = min(radius * 4, height * 2, width * 2)
    cv2.rectangle(big, (0, 0), (width * 4 - reach, height * 4), 255, -1)
    cv2.rectangle(big, (0, reach), (width * 4, height * 4 - reach), 255, -1)
    for corner in (reach, height * 4 - reach):
        cv2.circle(big, (width * 4 - reach, corner), reach, 255, -1)
    small = cv2.resize(big, (width, height), interpolation=cv2.INTER_AREA)
    return np.asarray(small, dtype=np.float64) / 255.0
