"""What each shape of mock draws."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from edl.errors import Broken
from edl.project import Cutaway, Title
from edl.recipe import Native
from engines import registry
from engines.contract import Order, Shape, Wish
from engines.media.sound import write_wav
from engines.mock._scene import Pixels, Stamp, read_stamp

MakeOrder = Callable[..., Order]
SMALL = Native(128, 72, Fraction(25), 10)


@dataclass(frozen=True)
class Take:
    path: Path
    pixels: list[Pixels]

    @property
    def stamps(self) -> list[Stamp | None]:
        return [read_stamp(frame) for frame in self.pixels]

    @property
    def numbers(self) -> list[int]:
        return [stamp.number for stamp in self.stamps if stamp]

    @property
    def looks(self) -> set[int]:
        return {stamp.look for stamp in self.stamps if stamp}


@dataclass(frozen=True)
class Stage:
    """Renders with a mock engine."""

    make_order: MakeOrder

    def take(
        self, name: str, inputs: Mapping[str, Path], native: Native = SMALL, seed: int = 1, **params: object
    ) -> Take:
        engine = registry.engine(name)
        order = self.make_order(engine.params.model_validate(params), native, inputs, seed)
        path = order.folder / engine.open("cpu").render(order).media
        with av.open(str(path)) as container:
            shape = "rgba" if native.alpha else "rgb24"
            return Take(path, [np.asarray(frame.to_ndarray(format=shape)) for frame in container.decode(video=0)])


@pytest.fixture
def stage(make_order: MakeOrder) -> Stage:
    return Stage(make_order)


@pytest.fixture
def still(tmp_path: Path) -> dict[str, Path]:
    (tmp_path / "still.png").write_bytes(b"any bytes will do")
    return {"image": tmp_path / "still.png"}


@pytest.mark.parametrize(
    "name", ["mock/shot", "mock/chained", "mock/seedless", "mock/clip", "mock/title", "mock/parts"]
)
def test_numbers_its_frames(stage: Stage, still: dict[str, Path], name: str) -> None:
    take = stage.take(name, still)
    assert take.numbers == list(range(10))
    assert len(take.looks) == 1


def test_shot_is_small_slow_and_odd() -> None:
    engine = registry.engine("mock/shot")
    segment = Cutaway(cutaway="a", image="still.png", duration="2s")
    for fps in (Fraction(25), Fraction(30000, 1001)):
        wish = Wish(segment, Fraction(2), 2 * int(fps), Shape(1280, 720, fps))
        assert engine.native(wish, engine.params()) == Native(333, 187, Fraction(7), 14)


def test_shot_follows_seed_prompt_and_still(stage: Stage, still: dict[str, Path], tmp_path: Path) -> None:
    (tmp_path / "other.png").write_bytes(b"other bytes")
    looks = [
        stage.take("mock/shot", still).looks,
        stage.take("mock/shot", still, seed=2).looks,
        stage.take("mock/shot", still, prompt="waves").looks,
        stage.take("mock/shot", {"image": tmp_path / "other.png"}).looks,
    ]
    assert len(set.union(*looks)) == 4
    assert stage.take("mock/shot", still, seed=2).looks == looks[1]


def test_chained_goes_on_from_the_part_before(stage: Stage, still: dict[str, Path]) -> None:
    first = stage.take("mock/chained", still)
    second = stage.take("mock/chained", still | {"previous": first.path})
    third = stage.take("mock/chained", still | {"previous": second.path}, replace(SMALL, frames=3))
    assert second.numbers == list(range(10, 20))
    assert third.numbers == [20, 21, 22]
    assert first.looks == second.looks == third.looks


def test_chained_refuses_a_part_that_is_not_its_own(stage: Stage, still: dict[str, Path]) -> None:
    with pytest.raises(Broken):
        stage.take("mock/chained", still | {"previous": still["image"]})


def test_seedless_never_looks_the_same(stage: Stage, still: dict[str, Path]) -> None:
    assert stage.take("mock/seedless", still).looks != stage.take("mock/seedless", still).looks


def test_animator_opens_with_the_sound_and_keeps_everything_else_still(
    stage: Stage, still: dict[str, Path], tmp_path: Path
) -> None:
    loud = np.zeros(16_000 * 10 // 25, np.float32)
    loud[len(loud) // 2 :] = 0.5
    write_wav(tmp_path / "voice.wav", loud, 16_000)
    take = stage.take("mock/animator", {"portrait": still["image"], "sound": tmp_path / "voice.wav"})
    widths = [int((frame[60] > 200).all(axis=1).sum()) for frame in take.pixels]
    assert max(widths[:5]) < 8
    assert min(widths[5:]) > 30
    edges = [frame[:, :20].astype(int) for frame in take.pixels]
    assert max(int(np.abs(edge - edges[0]).max()) for edge in edges) <= 8  # the codec breathes a little


def test_a_loop_breathes_and_comes_back(stage: Stage, still: dict[str, Path]) -> None:
    take = stage.take("mock/animator", {"portrait": still["image"]}, replace(SMALL, frames=20))
    widths = [int((frame[60] > 200).all(axis=1).sum()) for frame in take.pixels]
    assert widths[10] > 30
    assert abs(widths[19] - widths[0]) <= abs(widths[5] - widths[4])


def test_parts_holds_two_seconds_and_animator_holds_on() -> None:
    assert registry.engine("mock/parts").limits.longest == 2
    assert registry.engine("mock/animator").limits.longest is None


def test_a_lower_third_is_clear_but_for_its_strip(stage: Stage) -> None:
    engine = registry.engine("mock/title")
    segment = Title(title="a", text="Anna", style="lower_third", over="b")
    params = engine.params.model_validate({"text": "Anna", "style": "lower_third"})
    native = engine.native(Wish(segment, Fraction(2, 5), 10, Shape(128, 72, Fraction(25))), params)
    assert native == replace(SMALL, alpha=True)
    frame = stage.take("mock/title", {}, native, text="Anna", style="lower_third").pixels[0]
    assert not frame[: 72 * 3 // 4, :, 3].any()
    assert frame[62, :, 3].all()


def test_titles_differ_by_text(stage: Stage) -> None:
    assert stage.take("mock/title", {}, text="one").looks != stage.take("mock/title", {}, text="two").looks


def test_clip_follows_where_it_begins(stage: Stage, still: dict[str, Path]) -> None:
    file = {"file": still["image"]}
    assert stage.take("mock/clip", file).looks != stage.take("mock/clip", file, in_="1s").looks
