"""Fixtures that every test may use: synthetic media and orders for engines."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from pydantic import BaseModel, JsonValue

from edl.recipe import Native
from engines.contract import Order


@dataclass
class MemoryJournal:
    """A journal for tests."""

    written: list[dict[str, JsonValue]] = field(default_factory=list)

    def entries(self) -> list[dict[str, JsonValue]]:
        return [json.loads(json.dumps(entry)) for entry in self.written]

    def write(self, entry: Mapping[str, JsonValue]) -> None:
        self.written.append(dict(entry))


MakeOrder = Callable[..., Order]


@pytest.fixture
def make_order(tmp_path: Path) -> MakeOrder:
    """Makes an order with an empty folder of its own: ``make_order(params, native, inputs, seed=1)``."""
    count = 0

    def make(
        params: BaseModel,
        native: Native | None = None,
        inputs: Mapping[str, Path] | None = None,
        seed: int = 1,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> Order:
        nonlocal count
        count += 1
        folder = tmp_path / f"order{count}"
        folder.mkdir()
        return Order(
            recipe=f"{count:064x}",
            params=params,
            native=native,
            seed=seed,
            inputs=inputs or {},
            folder=folder,
            journal=MemoryJournal(),
            cancelled=cancelled,
        )

    return make
