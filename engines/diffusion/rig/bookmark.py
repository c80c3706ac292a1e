"""Where sampling stands, kept in the store: a run that was killed, cancelled or short of memory goes on there."""

from __future__ import annotations

import time
from contextlib import suppress
from dataclasses import replace

from safetensors import SafetensorError

from edl.errors import StoreTrouble
from edl.recipe import Recipe
from engines.contract import Keep
from engines.diffusion.rig.tape import State, Tape

EVERY = 30.0  # seconds of work that may be lost
WORTH = 1.0  # seconds of work that are kept when sampling ends early, or ends
SHARE = 20.0  # how many times as long as keeping took must pass before it is done again


class Bookmark:
    """The state of one call, under a recipe of its own. There are two slots, written by turns: while one is written,
    the other one stands. ``steps``: how many are kept."""

    def __init__(self, keep: Keep, recipe: Recipe) -> None:
        self._keep = keep
        self._slots = [replace(recipe, params={**recipe.params, "slot": slot}) for slot in (0, 1)]
        self._next = 0
        self._last = time.monotonic()
        self._cost = 0.0
        self.steps = 0

    def find(self) -> State | None:
        """The furthest state that was kept; None where there is none that can be read."""
        found: list[tuple[int, int, State]] = []
        for slot, recipe in enumerate(self._slots):
            if (file := self._keep.find(recipe)) is None:
                continue
            try:
                state = State.read(str(file))
            except (OSError, ValueError, KeyError, TypeError, SafetensorError):
                continue
            found.append((state.steps, slot, state))
        self._last = time.monotonic()
        if not found:
            return None
        self.steps, slot, state = max(found, key=lambda each: each[0])
        self._next = 1 - slot
        return state

    def note(self, tape: Tape) -> None:
        """Keep the state if that is due."""
        if time.monotonic() - self._last >= max(EVERY, SHARE * self._cost):
            self._write(tape)

    def end(self, tape: Tape) -> int:
        """Keep what is worth it, however sampling ended.

        :returns: the count of steps that are kept
        """
        if time.monotonic() - self._last >= WORTH:
            self._write(tape)
        return self.steps

    def drop(self) -> None:
        """The take is finished: nothing is to be gone on with."""
        for recipe in self._slots:
            self._keep.drop(recipe)

    def _write(self, tape: Tape) -> None:
        if tape.state is None or tape.state.steps <= self.steps:
            return
        began = time.monotonic()
        recipe = self._slots[self._next]
        with suppress(StoreTrouble):  # a full disk is no reason to lose the take
            self._keep.drop(recipe)
            self._keep.put(recipe, tape.state.packed())
            self._next, self.steps = 1 - self._next, tape.state.steps
        self._last = time.monotonic()
        self._cost = self._last - began
