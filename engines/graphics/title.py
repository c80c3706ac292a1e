"""Drawn titles: a card that fills the picture, or a lower third (with alpha) over another segment.

The text is set at the delivery size in the largest type that keeps it inside the safe area, and drawn as MoviePy
layers. MoviePy composites only while something moves; a title at rest is one frame, repeated.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, StringConstraints

from edl.findings import Code, Finding, Place, Severity
from edl.recipe import Native
from engines.contract import Does, Engine, Limits, Made, Order, Params, Plain, Wish, at_delivery

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Pixels = NDArray[np.uint8]

READING = 20.0  # characters a second that most people read

UNDRAWABLE = Code(
    "title-undrawable",
    Severity.WARNING,
    "The font that ships with the project draws Latin, Greek and Cyrillic; other characters are left out.",
    "Write the title in one of these scripts, or bring it as a clip.",
)
EMPTY = Code(
    "title-empty",
    Severity.ERROR,
    "Nothing would be seen.",
    "Write a title in Latin, Greek or Cyrillic script, or bring it as a clip.",
)
HASTY = Code(
    "title-hasty",
    Severity.WARNING,
    f"Most people read about {READING:.0f} characters a second.",
    "Show the title longer, or say less.",
)

Hex = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")]


class TitleParams(Params):
    """``text``, ``subtitle`` and ``style`` come from the segment; the colours (``"#rrggbb"``) stand under ``params:``.

    ``ink`` colours the letters, ``paper`` the card or the plate, ``accent`` the rule or the bar.
    """

    text: str = ""
    subtitle: str = ""
    style: Literal["card", "lower_third"] = "card"
    ink: Hex = "#f4f1ea"
    paper: Hex = "#171b22"
    accent: Hex = "#e2a04a"


def native(wish: Wish, params: BaseModel) -> Native:
    """The delivery shape; a lower third carries alpha."""
    assert isinstance(params, TitleParams)
    shape = at_delivery(wish, params)
    return Native(shape.width, shape.height, shape.fps, shape.frames, alpha=params.style == "lower_third")


def check(wish: Wish, params: BaseModel) -> tuple[Finding, ...]:
    """Can the font draw the text, and is there time to read it?"""
    from engines.graphics._type import drawable

    assert isinstance(params, TitleParams)
    findings = []
    length = 0
    for field, text in (("text", params.text), ("subtitle", params.subtitle)):
        kept, missing = drawable(text)
        length += len(kept)
        if missing:
            message = f"{field} holds characters that the font lacks: {' '.join(missing[:12])}"
            findings.append(UNDRAWABLE.at(Place(path=field), message))
        if field == "text" and not kept:
            findings.append(EMPTY.at(Place(path=field), "nothing of the text can be drawn"))
    seconds = float(wish.seconds)
    if length > READING * seconds:
        message = f"{length} characters in {seconds:.1f} s cannot be read"
        findings.append(HASTY.at(Place(path="duration"), message, f"Give it {length / READING:.1f} s, or say less."))
    return tuple(findings)


def render(order: Order) -> Made:
    """Draw the title."""
    from engines.media.sink import FrameSink

    shape, params = order.shape(), order.params
    assert isinstance(params, TitleParams)
    frames = drawn(params, shape)
    with FrameSink(order) as sink:
        for number in range(shape.frames):
            sink.write(frames(number))
    return sink.made()


def drawn(params: TitleParams, shape: Native) -> Callable[[int], Pixels]:
    """The title as a function of the frame number.

    :return: gives uint8, native height x width x 3 (RGB), or x 4 (RGBA, straight alpha) where the shape has alpha
    """
    import cv2
    import numpy as np

    from engines.graphics._layers import Look, Pace, card, lower_third
    from engines.graphics._type import drawable

    cv2.setNumThreads(1)
    text, subtitle = drawable(params.text)[0], drawable(params.subtitle)[0]
    look = Look(text, subtitle, _rgb(params.ink), _rgb(params.paper), _rgb(params.accent))
    pace = Pace.of(float(shape.seconds))
    resting: list[Pixels] = []

    def plain(time: float) -> Pixels:
        return np.ascontiguousarray(whole.get_frame(time), dtype=np.uint8)

    def with_alpha(time: float) -> Pixels:
        frame = np.empty((shape.height, shape.width, 4), np.uint8)
        frame[:] = (*look.paper, 0)
        colour, cover = whole.get_frame(time), whole.mask.get_frame(time)
        place = frame[top : top + cover.shape[0], left : left + cover.shape[1]]
        place[..., 3] = np.round(np.clip(cover, 0.0, 1.0) * 255.0)
        place[..., :3] = np.where(place[..., 3:] > 0, colour, place[..., :3])
        return frame

    if shape.alpha:
        whole, left, top = lower_third(look, shape.width, shape.height, pace)
    else:
        whole = card(look, shape.width, shape.height, pace)
    draw = with_alpha if shape.alpha else plain

    def at(number: int) -> Pixels:
        time = (number + 0.5) / float(shape.fps)
        if not pace.rests(time):
            return draw(time)
        if not resting:
            resting.append(draw(time))
        return resting[0]

    return at


def _rgb(colour: str) -> tuple[int, int, int]:
    return int(colour[1:3], 16), int(colour[3:5], 16), int(colour[5:7], 16)


ENGINE = Engine(
    name="graphics/title",
    pixels=1,
    does=frozenset({Does.TITLE}),
    params=TitleParams,
    open=lambda device: Plain(render),
    says="Title cards and lower thirds, drawn with MoviePy.",
    limits=Limits(),
    native=native,
    check=check,
    requires=("moviepy", "cv2", "PIL"),
    codes=(UNDRAWABLE, EMPTY, HASTY),
    pace=0.03,
)
