"""Drawn titles: cards that fill the picture, and lower thirds (with alpha) over another segment, in three looks.

Letters are set by libass, which shapes every script; text is set at the delivery size in the largest type that keeps it
inside the safe area. MoviePy lays the layers over one another while something moves; a title at rest is one frame,
repeated.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, StringConstraints

from edl.findings import Code, Finding, Place, Severity
from edl.project import TitleLook, TitleStyle
from edl.recipe import Native
from edl.soft_hyphens import unhyphenated
from engines.contract import Does, Engine, Limits, Made, Order, Params, Plain, Wish, at_delivery

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray

    from engines.media.typefaces import Typeface

    Pixels = NDArray[np.uint8]

READING = 20.0  # characters a second that most people read
# Ink, paper and accent; editorial lower thirds lie on a dark shade.
PALETTES: dict[tuple[str, bool], tuple[str, str, str]] = {
    ("clean", False): ("#f4f1ea", "#171b22", "#e2a04a"),
    ("clean", True): ("#f4f1ea", "#171b22", "#e2a04a"),
    ("bold", False): ("#ffffff", "#101217", "#ffd23f"),
    ("bold", True): ("#ffffff", "#101217", "#ffd23f"),
    ("editorial", False): ("#1f1c18", "#f3efe6", "#9a3324"),
    ("editorial", True): ("#fbf8f1", "#0f0e0c", "#e0b27a"),
}

EMPTY = Code(
    "title-empty",
    Severity.ERROR,
    "Nothing would be seen.",
    "Write what the title says.",
)
HASTY = Code(
    "title-hasty",
    Severity.WARNING,
    f"Most people read about {READING:.0f} characters a second.",
    "Show the title longer, or say less.",
)
FAINT = Code(
    "title-faint",
    Severity.WARNING,
    "Letters that are hardly lighter or darker than what they stand on cannot be read.",
    "Make the ink lighter or the paper darker, or the other way round: a contrast of 4.5 and more is read by most.",
)

Hex = Annotated[str, StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$")]


class TitleParams(Params):
    """``text``, ``subtitle``, ``style`` and ``look`` come from the segment; the colours (``"#rrggbb"``) stand under
    ``params:``; left out, the look has its own.

    ``ink`` colours the letters, ``paper`` the card, the plate or the shade behind letters, ``accent`` the rule, bar or
    block. ``text_faces`` and ``subtitle_faces`` are the numbers of the fonts in their files, the inputs ``text0``,
    ``text1`` ... and ``subtitle0`` ...; without them the embedded fonts draw.
    """

    text: str = ""
    subtitle: str = ""
    style: TitleStyle = "card"
    look: TitleLook = "clean"
    ink: Hex | None = None
    paper: Hex | None = None
    accent: Hex | None = None
    text_faces: tuple[int, ...] = ()
    subtitle_faces: tuple[int, ...] = ()

    @property
    def colours(self) -> tuple[str, str, str]:
        """Ink, paper and accent."""
        own = (self.ink, self.paper, self.accent)
        palette = PALETTES[self.look, self.style == "lower_third"]
        ink, paper, accent = (mine or theirs for mine, theirs in zip(own, palette, strict=True))
        return ink, paper, accent


def native(wish: Wish, params: BaseModel) -> Native:
    """The delivery shape; a lower third carries alpha."""
    assert isinstance(params, TitleParams)
    shape = at_delivery(wish, params)
    return Native(shape.width, shape.height, shape.fps, shape.frames, alpha=params.style == "lower_third")


def check(wish: Wish, params: BaseModel) -> tuple[Finding, ...]:
    """Is there something to read, time to read it, and contrast?"""
    from engines.media.typefaces import is_drawn

    assert isinstance(params, TitleParams)
    if not any(is_drawn(char) for char in params.text):
        return (EMPTY.at(Place(path="text"), "the text holds no character that is seen"),)
    findings = []
    words = unhyphenated(f"{params.text} {params.subtitle}").split()
    length, seconds = len(" ".join(words)), float(wish.seconds)
    if length > READING * seconds:
        message = f"{length} characters in {seconds:.1f} s cannot be read"
        findings.append(HASTY.at(Place(path="duration"), message, f"Give it {length / READING:.1f} s, or say less."))
    return (*findings, *_faint(params))


def _faint(params: TitleParams) -> tuple[Finding, ...]:
    """Letters that do not stand out; one finding for the worst pair of colours."""
    from engines.graphics._colour import LEAST, contrast, readable, rgb

    ink, paper, accent = map(rgb, params.colours)
    pairs = [("ink on paper", contrast(ink, paper))]
    if params.look == "bold":
        pairs.append(("letters on accent", contrast(readable(accent, ink, paper), accent)))
    name, found = min(pairs, key=lambda pair: pair[1])
    if found >= LEAST:
        return ()
    return (FAINT.at(Place(path="params"), f"the contrast of {name} is {found:.1f}"),)


def render(order: Order) -> Made:
    """Draw the title."""
    from engines.media.sink import FrameSink

    shape, params = order.shape(), order.params
    assert isinstance(params, TitleParams)
    frames = drawn(params, shape, _faces(order, "text"), _faces(order, "subtitle"))
    with FrameSink(order) as sink:
        for number in range(shape.frames):
            sink.write(frames(number))
    return sink.made()


def _faces(order: Order, name: str) -> tuple[Typeface, ...]:
    """The fonts that were given for one of the texts."""
    from engines.media.typefaces import Typeface

    numbers = getattr(order.params, f"{name}_faces")
    return tuple(Typeface(order.inputs[f"{name}{at}"], number) for at, number in enumerate(numbers))


def drawn(
    params: TitleParams, shape: Native, text: tuple[Typeface, ...] = (), subtitle: tuple[Typeface, ...] = ()
) -> Callable[[int], Pixels]:
    """The title as a function of the frame number.

    :param text: the fonts of the text, and ``subtitle`` of the subtitle; left out, the embedded ones
    :return: gives uint8, native height x width x 3 (RGB), or x 4 (RGBA, straight alpha) where the shape has alpha
    """
    import cv2

    from engines.graphics._colour import rgb
    from engines.graphics._layers import frames_of
    from engines.graphics._type import tidy
    from engines.graphics.looks import bold, clean, editorial
    from engines.graphics.looks.page import Page
    from engines.media.typefaces import TITLE_KINDS, Typeface

    cv2.setNumThreads(1)
    kinds = TITLE_KINDS[params.look]
    page = Page(
        shape.width,
        shape.height,
        shape.frames,
        float(shape.fps),
        tidy(params.text),
        tidy(params.subtitle),
        text or tuple(map(Typeface, kinds.text.own)),
        subtitle or tuple(map(Typeface, kinds.subtitle.own)),
        *map(rgb, params.colours),
    )
    look = {"clean": clean, "bold": bold, "editorial": editorial}[params.look]
    if params.style == "lower_third":
        scene = look.lower_third(page)
    else:
        scene = look.card(page, closing=params.style == "end_card")
    return frames_of(scene, shape.width, shape.height, shape.frames)


ENGINE = Engine(
    name="graphics/title",
    pixels=4,
    does=frozenset({Does.TITLE}),
    params=TitleParams,
    open=lambda device: Plain(render),
    says="Title cards, end cards and lower thirds in three looks and all scripts.",
    limits=Limits(files=frozenset({"font"})),
    native=native,
    check=check,
    requires=("moviepy", "cv2", "PIL", "imageio_ffmpeg", "fontTools"),
    codes=(EMPTY, HASTY, FAINT),
    pace=0.03,
)
