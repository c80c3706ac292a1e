"""Guessing what a misspelt name was meant to be."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

MOST_SHOWN = 40  # names; no kind of segment has many more keys


def nearest(name: str, names: Iterable[str], cutoff: float = 0.6) -> str | None:
    """The most similar of the names, ignoring case, or None where none is similar."""
    by_fold = {each.casefold(): each for each in names}
    if len(name) > 200:
        return None
    close = get_close_matches(name.casefold(), by_fold, n=1, cutoff=cutoff)
    return by_fold[close[0]] if close else None


def meant(name: str, names: Iterable[str], what: str = "") -> str:
    """A sentence that names the likely word, or else all there are: ``Did you mean "coast"?``"""
    choices = sorted(set(names))
    if guess := nearest(name, choices):
        return f'Did you mean "{guess}"?'
    if not choices:
        return f"There is no {what} yet." if what else ""
    shown = ", ".join(choices[:MOST_SHOWN]) + (", ..." if len(choices) > MOST_SHOWN else "")
    return f"There is: {shown}." if len(choices) == 1 else f"There are: {shown}."


CODECS = {  # other names of what a film is coded in, and what others would be coded in here
    **dict.fromkeys(("h265", "x265", "hvc1", "libx265"), "hevc"),
    **dict.fromkeys(("avc", "avc1", "x264", "libx264", "mpeg4avc"), "h264"),
    **dict.fromkeys(("prores422", "prores422hq", "proreshq", "proreslt", "prores4444", "appleprores"), "prores"),
    **dict.fromkeys(("aom", "libaom", "libaomav1", "svtav1", "libsvtav1"), "av1"),
}
FOREIGN = frozenset({"vp8", "vp9", "libvpx", "libvpxvp9", "webm", "mpeg2", "mpeg4", "dnxhd", "dnxhr", "theora", "gif"})


def codec_meant(name: str) -> str:
    """A sentence for a codec that is written otherwise here, or not written at all; empty for an unknown word."""
    bare = "".join(letter for letter in name.casefold() if letter.isalnum())
    if bare in CODECS:
        return f'Did you mean "{CODECS[bare]}"?'
    if bare in FOREIGN:
        return f"{name} is not written: take h264 (plays everywhere), hevc or av1 (smaller), or prores (for editing)."
    return ""
