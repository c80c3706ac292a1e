"""What a render says where nobody watches bars: only that it waits, and for what."""

from __future__ import annotations

import sys

from flows.dispatch import Silent
from flows.plan import Step

SIGN = "waiting for "


class Waiting(Silent):
    """Says each reason to wait once."""

    def __init__(self) -> None:
        self._said: set[str] = set()

    def progressed(self, step: Step, share: float, words: str) -> None:
        if words.startswith(SIGN) and words not in self._said:
            self._said.add(words)
            sys.stderr.write(f"{words} ...\n")
