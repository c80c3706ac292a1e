"""Fixtures of the diffusion tests: tiny pipelines written once a run, stills, and a memory that keeps."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image

from edl.project import Cutaway
from edl.recipe import Recipe
from engines.contract import Forgetful, Keep, Made, Order, Session, Shape, Wish
from engines.diffusion._params import DiffusionParams
from engines.diffusion.local import ENGINE
from engines.diffusion.rig.families import FAMILIES
from tests.conftest import MemoryJournal

os.environ["HF_HUB_OFFLINE"] = "1"
os.environ["OMP_NUM_THREADS"] = "1"  # before torch: threads that wait for one another spin
SIZE = 64
DELIVERY = Shape(SIZE, SIZE, Fraction(25))


@dataclass
class Memory:
    """Keeps what an engine keeps, in a folder, and counts."""

    folder: Path
    found: list[str] = field(default_factory=list)
    put_in: list[str] = field(default_factory=list)
    dropped: list[str] = field(default_factory=list)

    def find(self, recipe: Recipe) -> Path | None:
        path = self.folder / recipe.name
        if not path.exists():
            return None
        self.found.append(recipe.engine)
        return path

    def put(self, recipe: Recipe, data: bytes) -> None:
        self.put_in.append(recipe.engine)
        (self.folder / recipe.name).write_bytes(data)

    def drop(self, recipe: Recipe) -> None:
        if (path := self.folder / recipe.name).exists():
            self.dropped.append(recipe.engine)
            path.unlink()

    def still_there(self, engine: str) -> int:
        """How many of an engine's were put in and not dropped."""
        return self.put_in.count(engine) - self.dropped.count(engine)


@dataclass
class Studio:
    """Makes orders of tiny families and renders them; ``open`` ones share a session by family."""

    home: Path
    still: Path
    sessions: dict[str, Session] = field(default_factory=dict)

    def weights(self, family: str) -> Path:
        from tests.engines.diffusion.tiny import build

        return build(family, self.home)

    def params(self, family: str, **more: object) -> DiffusionParams:
        weights = str(self.weights(family))
        plain: dict[str, object] = {"weights": weights, "steps": 2, "width": SIZE, "height": SIZE, "threads": 1}
        if FAMILIES[family].speaks:
            plain["prompt"] = "waves breaking"
        return DiffusionParams.model_validate({**plain, **more})

    def order(
        self,
        family: str,
        seed: int = 1,
        frames: int = 5,
        inputs: Mapping[str, Path] | None = None,
        keep: Keep | None = None,
        **more: object,
    ) -> Order:
        params = self.params(family, **more)
        seconds = frames / FAMILIES[family].fps
        segment = Cutaway(cutaway="a", image="still.png", duration="1s")
        native = ENGINE.native(Wish(segment, seconds, frames, DELIVERY), params)
        folder = Path(tempfile.mkdtemp(dir=self.home))
        return Order(
            recipe="0" * 64,
            params=params,
            native=native,
            seed=seed,
            inputs={"image": self.still, **(inputs or {})},
            folder=folder,
            journal=MemoryJournal(),
            permitted=ENGINE.permitted,
            keep=keep or Forgetful(),
        )

    def session(self, order: Order) -> Session:
        key = ENGINE.session(order.params)
        if key not in self.sessions:
            self.sessions[key] = ENGINE.open("cpu")
        return self.sessions[key]

    def render(self, order: Order) -> Made:
        return self.session(order).render(order)

    def frames(self, order: Order) -> NDArray[np.uint8]:
        """What is handed to the sink, raw: frames x height x width x 3."""
        from engines.media.sink import FrameSink

        seen: list[NDArray[np.uint8]] = []
        write = FrameSink.write

        def watched(sink: FrameSink, frame: NDArray[np.uint8]) -> None:
            seen.append(frame.copy())
            write(sink, frame)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(FrameSink, "write", watched)
            self.render(order)
        return np.stack(seen)

    def fresh(self, order: Order) -> Order:
        """The same order with an empty folder."""
        return replace(order, folder=Path(tempfile.mkdtemp(dir=self.home)))


@pytest.fixture(scope="session")
def studio(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Studio]:
    pytest.importorskip("diffusers")
    pytest.importorskip("transformers")
    home = tmp_path_factory.mktemp("tiny")
    x, y = np.meshgrid(np.arange(160), np.arange(96))
    picture = np.stack([60 + x, 200 - y, 90 + 60 * np.sin(x / 9) * np.cos(y / 7)], axis=-1)
    Image.fromarray(np.clip(picture, 0, 255).astype(np.uint8)).save(home / "still.png")
    studio = Studio(home, home / "still.png")
    with pytest.MonkeyPatch.context() as patch:
        from diffusers.pipelines.cosmos import pipeline_cosmos2_video2world as cosmos

        from tests.engines.diffusion.tiny import Guardrail

        patch.setattr(cosmos, "CosmosSafetyChecker", Guardrail)
        yield studio
    for session in studio.sessions.values():
        session.close()


@pytest.fixture
def memory(tmp_path: Path) -> Memory:
    (tmp_path / "kept").mkdir()
    return Memory(tmp_path / "kept")
