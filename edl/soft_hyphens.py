"""Soft hyphens (U+00AD): places at which a writer allows a word of a title to be broken. Nobody sees or says them."""

from __future__ import annotations

from pydantic import AfterValidator

SOFT = "\u00ad"


def unhyphenated(text: str) -> str:
    """A text without soft hyphens."""
    return text.replace(SOFT, "")


# Of what is said, found in it, or written where no letters are drawn.
Unhyphenated = AfterValidator(unhyphenated)
