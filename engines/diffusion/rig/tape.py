"""Sampling that outlives its process: what its steps gave is taped, and the tape plays until where it ends.

A pipeline cannot begin at step k. So its call is made from the start again, with all that comes before and between
the steps, but while the tape plays the networks answer with zeros, at no cost. After the last taped step the results
of the schedulers, and what they remember of earlier steps, are put back; from there on everything is computed, with
the bytes of a call that nobody stopped. Random numbers need no keeping: those that a call draws it draws again.

FramePack goes through its schedule once a section; the last result of each finished section is taped as well.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import wraps
from typing import Any

import torch
from safetensors import safe_open
from safetensors.torch import save

NETWORKS = ("transformer", "transformer_2", "unet")
Tensors = dict[str, torch.Tensor]


@dataclass(frozen=True)
class State:
    """Where a call stood after ``steps`` calls of each scheduler.

    ``results``: by scheduler, call and place what a scheduler gave. ``memory``: what it remembers, by scheduler and
    attribute. ``shapes``: what each network gives for what shape it is given, as lists of shape and dtype.
    """

    steps: int
    results: Tensors
    memory: Tensors
    shapes: dict[str, list[tuple[list[int], str]]]

    def packed(self) -> bytes:
        """As a safetensors file."""
        tensors = {f"result/{name}": value for name, value in self.results.items()}
        tensors |= {f"memory/{name}": value for name, value in self.memory.items()}
        whole = {name: value.detach().cpu().contiguous().clone() for name, value in tensors.items()}
        packed: bytes = save(whole, {"steps": str(self.steps), "shapes": json.dumps(self.shapes)})
        return packed

    @classmethod
    def read(cls, path: str) -> State:
        """The inverse of :meth:`packed`."""
        with safe_open(path, "pt") as file:
            told = file.metadata()
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - it is no dictionary
        parts: dict[str, Tensors] = {"result": {}, "memory": {}}
        for name, value in tensors.items():
            kind, _, rest = name.partition("/")
            parts[kind][rest] = value
        return cls(int(told["steps"]), parts["result"], parts["memory"], json.loads(told["shapes"]))


@dataclass
class Tape:
    """What one call of a pipeline does, step by step. ``kept``: what an earlier call did already. ``stepped``: told
    the count of steps that are done, with the latents, after each step of the first scheduler. ``state`` is where the
    call stood when :meth:`mark` was called last."""

    kept: State | None = None
    stepped: Callable[[int, torch.Tensor], None] = lambda steps, latents: None
    state: State | None = None
    _calls: dict[int, int] = field(default_factory=dict)
    _results: Tensors = field(default_factory=dict)
    _sections: Tensors = field(default_factory=dict)
    _memory: dict[int, Tensors] = field(default_factory=dict)
    _shapes: dict[str, list[tuple[list[int], str]]] = field(default_factory=dict)
    _known: list[Any] = field(default_factory=list)

    @property
    def playing(self) -> bool:
        """Whether the next step was made by an earlier call."""
        if self.kept is None:
            return False
        schedulers = {int(name.partition("/")[0]) for name in self.kept.results}
        return min(self._calls.get(which, 0) for which in schedulers) < self.kept.steps

    def mark(self) -> None:
        """A step is whole: every scheduler has made it, and its numbers are good."""
        if not self.playing:
            memory = {f"{which}/{name}": value for which, held in self._memory.items() for name, value in held.items()}
            self.state = State(max(self._calls.values()), self._sections | self._results, memory, self._shapes)

    @contextmanager
    def over(self, pipe: Any) -> Iterator[None]:
        """Listen to a pipeline's networks and schedulers, and answer for them while the tape plays."""
        networks = {name: vars(pipe)[name] for name in NETWORKS if vars(pipe).get(name) is not None}
        kind = type(pipe.scheduler)
        pipe.scheduler.__class__ = self._listening(kind)
        # A pipeline that ends would take its hooks off networks that it does not find here.
        vars(pipe).update({name: _Answering(name, network, self) for name, network in networks.items()})
        vars(pipe)["maybe_free_model_hooks"] = lambda: None
        try:
            yield
        finally:
            del vars(pipe)["maybe_free_model_hooks"]
            vars(pipe).update(networks)
            pipe.scheduler.__class__ = kind

    def heard(self, asked: str, told: Any) -> None:
        """Note the shapes of what a network gave."""
        if asked not in self._shapes:
            self._shapes[asked] = [(list(part.shape), str(part.dtype).removeprefix("torch.")) for part in _parts(told)]

    def answer(self, asked: str, device: torch.device) -> tuple[torch.Tensor, ...]:
        """What a network gives while the tape plays: zeros, which nobody uses."""
        assert self.kept is not None
        shapes = self._shapes[asked] = self.kept.shapes[asked]
        return tuple(torch.zeros(shape, dtype=getattr(torch, dtype), device=device) for shape, dtype in shapes)

    def _listening(self, kind: type) -> type:
        tape = self

        class Listening(kind):  # type: ignore[misc]
            @wraps(kind.step)  # type: ignore[attr-defined]
            def step(self, *words: Any, **named: Any) -> Any:
                told = kind.step(self, *words, **named)  # type: ignore[attr-defined]
                tape._took(self, told)
                return told

            @wraps(kind.set_timesteps)  # type: ignore[attr-defined]
            def set_timesteps(self, *words: Any, **named: Any) -> Any:
                tape._sections |= tape._results
                return kind.set_timesteps(self, *words, **named)  # type: ignore[attr-defined]

        Listening.__name__ = Listening.__qualname__ = kind.__name__
        return Listening

    def _took(self, scheduler: Any, told: Any) -> None:
        """One step of one scheduler: its result, or the taped one in its place."""
        which = next((at for at, known in enumerate(self._known) if known is scheduler), len(self._known))
        if which == len(self._known):
            self._known.append(scheduler)
        call = self._calls.get(which, 0) + 1
        parts = _parts(told)
        names = [f"{which}/{call}/{at}" for at in range(len(parts))]
        if self.playing:
            self._put_back(scheduler, which, call, names, parts)
        self._calls[which] = call
        for name in [name for name in self._results if name.startswith(f"{which}/")]:
            del self._results[name]
        self._results |= {name: part.detach().clone() for name, part in zip(names, parts, strict=True)}
        self._memory[which] = _memory(scheduler)
        if which == 0:
            self.stepped(call, parts[0])

    def _put_back(self, scheduler: Any, which: int, call: int, names: list[str], parts: list[torch.Tensor]) -> None:
        assert self.kept is not None
        for name, part in zip(names, parts, strict=True):
            if name in self.kept.results:
                part.copy_(self.kept.results[name])
        if call == self.kept.steps:
            _remember(scheduler, which, self.kept.memory, parts[0].device)


class _Answering:
    """Stands in for a network: the network itself, or zeros while the tape plays."""

    def __init__(self, name: str, network: Any, tape: Tape) -> None:
        self._name, self._network, self._tape = name, network, tape

    def __getattr__(self, name: str) -> Any:
        return getattr(self._network, name)

    def __call__(self, *words: Any, **named: Any) -> Any:
        seen = self._seen(words, named)
        asked = f"{self._name} {tuple(seen.shape)}"
        if self._tape.playing:
            return self._tape.answer(asked, seen.device)
        told = self._network(*words, **named)
        self._tape.heard(asked, told)
        return told

    @staticmethod
    def _seen(words: tuple[Any, ...], named: dict[str, Any]) -> torch.Tensor:
        found: torch.Tensor = next(value for value in (*words, *named.values()) if isinstance(value, torch.Tensor))
        return found


def _parts(told: Any) -> list[torch.Tensor]:
    """The tensors of what a network or scheduler gave, in order."""
    held = told.to_tuple() if hasattr(told, "to_tuple") else told
    return [part for part in (held if isinstance(held, tuple) else (held,)) if isinstance(part, torch.Tensor)]


def _memory(scheduler: Any) -> Tensors:
    """The tensors that a scheduler holds, those in its lists too. It replaces them and never writes into them."""
    found: Tensors = {}
    for name, value in vars(scheduler).items():
        if isinstance(value, torch.Tensor):
            found[name] = value
        elif isinstance(value, list):
            found |= {f"{name}/{at}": part for at, part in enumerate(value) if isinstance(part, torch.Tensor)}
    return found


def _remember(scheduler: Any, which: int, memory: Tensors, device: torch.device) -> None:
    """Give a scheduler its memory back; its counters have come to the same by themselves."""
    for key, value in memory.items():
        owner, _, rest = key.partition("/")
        if owner != str(which):
            continue
        name, _, at = rest.partition("/")
        held = getattr(scheduler, name)
        place = held[int(at)] if at else held
        placed = value.to(place.device if isinstance(place, torch.Tensor) else device)
        if at:
            held[int(at)] = placed
        else:
            setattr(scheduler, name, placed)
