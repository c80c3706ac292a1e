"""Telling the failures of PyTorch apart."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch

from edl.errors import OutOfMemory

_WORDS = ("out of memory", "can't allocate memory", "not enough memory")


def is_memory(error: BaseException) -> bool:
    """Whether an error says that memory ran out, on a graphics card or in the machine."""
    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    return isinstance(error, RuntimeError) and any(word in str(error).casefold() for word in _WORDS)


@contextmanager
def memory_at(moment: str, remedy: str) -> Iterator[None]:
    """Name the moment at which memory ran out.

    :raises OutOfMemory: for whatever PyTorch raises then
    """
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        if not is_memory(error):
            raise
        free()
        raise OutOfMemory(f"memory ran out {moment}; {remedy}") from error


def free() -> None:
    """Give cached blocks of a graphics card back."""
    if torch.cuda.is_available():
        torch.cuda.empty_cache()
