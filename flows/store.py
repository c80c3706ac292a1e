"""The store: what was made, by the name of its recipe. ``Store`` is the protocol; only the local one knows files.

A part exists whole or not at all (design, invariant 1), and the store, not the workflow engine, is the truth.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from pydantic import BaseModel, ConfigDict, JsonValue, model_validator

from edl.recipe import Recipe
from engines.contract import Journal, Made, Pace


class FileRecord(BaseModel):
    """One file of a part, as it was published."""

    model_config = ConfigDict(frozen=True)

    digest: str  # sha256, hexadecimal
    size: int
    mtime_ns: int


class Part(BaseModel):
    """The manifest of one part: media and facts, never changed."""

    model_config = ConfigDict(frozen=True)

    name: str  # hash of the recipe
    recipe: dict[str, JsonValue]
    media: str
    files: dict[str, FileRecord]
    facts: dict[str, JsonValue] = {}
    ran: tuple[str, ...] = ()
    seconds: float = 0.0  # of work
    cost: float = 0.0  # US dollars
    paid: bool = False
    made: str = ""  # UTC, ISO 8601

    @model_validator(mode="after")
    def _files_are_its_own(self) -> Part:
        if self.media not in self.files or any("/" in name or name in ("", ".", "..") for name in self.files):
            raise ValueError("the files of a part lie in its folder, the main one among them")
        return self

    @property
    def digest(self) -> str:
        """Digest of the main file."""
        return self.files[self.media].digest


@dataclass(frozen=True)
class Work:
    """What it took to make a part: seconds of work on how many units (frames, or seconds of sound), and money."""

    seconds: float = 0.0
    units: float = 0.0
    cost: float = 0.0
    paid: bool = False
    facts: Mapping[str, JsonValue] = field(default_factory=dict)
    paces: tuple[str, ...] = ()  # under which names the pace is kept; left out: the engine's


class Store(Protocol):
    """Find, fetch, publish, lease; plus the journal of a recipe and the pace of an engine."""

    def find(self, name: str) -> Part | None:
        """The part of that name, judged by size and time stamp; None when missing or damaged."""

    def fetch(self, part: Part, file: str) -> Path:
        """A local path of one file of a part, for work: its digest has been checked.

        :raises Damaged: after moving the part aside.
        """

    def publish(self, recipe: Recipe, folder: Path, made: Made, work: Work, anew: bool = False) -> Part:
        """Take a finished folder over. Another process may have published the same recipe meanwhile; its part then
        stands, unless this one was made ``anew``."""

    def lease(self, name: str, cancelled: Callable[[], bool] = ...) -> AbstractContextManager[None]:
        """The right to make this part; waits for another holder, and dies with its own."""

    def workspace(self, name: str) -> AbstractContextManager[Path]:
        """An empty folder on the store's file system, removed when left."""

    def journal(self, name: str) -> Journal:
        """The log of a recipe that outlives killed runs."""

    def discard(self, name: str) -> None:
        """Move a part aside, so that it is made again; a paid one is fetched again from its job."""

    def lost(self, name: str) -> bool:
        """Whether a paid part is damaged and nothing is known of its job."""

    def pace(self, key: str) -> Pace | None:
        """What one unit of work took on this machine, from parts made here.

        :param key: an engine's name, or a more exact one (:func:`flows.drafting.pace_keys`)
        """

    def parts(self) -> Iterator[Part]:
        """All parts."""


class Damaged(Exception):
    """A part that was there is not any more, or is not what its manifest says and has been moved aside."""

    def __init__(self, name: str) -> None:
        super().__init__(f"part {name[:12]} was damaged or taken away while it was needed")
        self.name = name
