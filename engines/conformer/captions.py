"""Writes one caption file: SubRip (.srt) or WebVTT (.vtt)."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Literal

from engines.contract import Does, Engine, Made, Order, Params, Plain

JOINER = "\u2060"  # word joiner: nothing is seen of it, but what stands round it is no tag and no arrow any more
_SRT_CODES = re.compile(r"<(?=[/a-zA-Z])|\{(?=[\\a-zA-Z])|--(?=>)")


class CaptionsParams(Params):
    """``cues`` are first frame, frame after the last, and text, at ``fps`` frames a second."""

    form: Literal["srt", "vtt"] = "srt"
    fps: str = "25"
    cues: tuple[tuple[int, int, str], ...] = ()


Cues = tuple[tuple[int, int, str], ...]


def written(form: str, cues: Cues, fps: Fraction) -> str:
    """Cues as the text of a file: ``srt`` or ``vtt``."""
    return srt(cues, fps) if form == "srt" else vtt(cues, fps)


def srt(cues: Cues, fps: Fraction) -> str:
    """Cues as SubRip. The format knows no escapes, so what players would take for a tag is broken by a character
    without width."""
    blocks = (
        f"{number}\n{_stamp(start, fps, ',')} --> {_stamp(end, fps, ',')}\n"
        + _SRT_CODES.sub(lambda found: found.group() + JOINER, _lines(text))
        for number, (start, end, text) in enumerate(cues, 1)
    )
    return "".join(f"{block}\n\n" for block in blocks)


def vtt(cues: Cues, fps: Fraction) -> str:
    """Cues as WebVTT."""
    blocks = (
        f"{number}\n{_stamp(start, fps, '.')} --> {_stamp(end, fps, '.')}\n{_escaped(_lines(text))}"
        for number, (start, end, text) in enumerate(cues, 1)
    )
    return "WEBVTT\n\n" + "".join(f"{block}\n\n" for block in blocks)


def _lines(text: str) -> str:
    """Lines without blank ones between them: a blank line ends a cue."""
    return "\n".join(line.strip() for line in text.splitlines() if line.strip())


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _stamp(frame: int, fps: Fraction, point: str) -> str:
    """Hours, minutes, seconds and milliseconds at which a frame comes on screen."""
    milliseconds = round(frame * 1000 / fps)
    seconds, milliseconds = divmod(milliseconds, 1000)
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}{point}{milliseconds:03d}"


def _render(order: Order) -> Made:
    params = order.params
    assert isinstance(params, CaptionsParams)
    name = f"captions.{params.form}"
    text = written(params.form, params.cues, Fraction(params.fps))
    (order.folder / name).write_text(text, encoding="utf-8", newline="\n")
    return Made(name, {"cues": len(params.cues)})


ENGINE = Engine(
    name="conformer/captions",
    pixels=1,
    does=frozenset({Does.TOOL}),
    params=CaptionsParams,
    open=lambda device: Plain(_render),
    says="Writes caption files",
    pace=0.001,
)
