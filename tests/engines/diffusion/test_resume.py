"""Sampling that is stopped at a step goes on from there, with the bytes of one that was not."""

from __future__ import annotations

import hashlib
import json
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from edl.errors import Cancelled, OutOfMemory
from edl.recipe import native_document
from engines.contract import Made, Order
from engines.diffusion._session import Rig
from flows.local_store import LocalStore
from tests.engines.diffusion.conftest import SIZE, Memory, Studio

pytest.importorskip("diffusers")
import torch

from engines.diffusion.rig import bookmark
from engines.diffusion.rig.pipeline import denoisers
from tests.engines.diffusion.tiny import TINY

# diffusers builds arrays of tensors in a way that numpy 2 remarks on
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

ROOT = Path(__file__).parents[3]
STEPS = 5


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every step is kept."""
    monkeypatch.setattr(bookmark, "EVERY", 0.0)
    monkeypatch.setattr(bookmark, "WORTH", 0.0)
    monkeypatch.setattr(bookmark, "SHARE", 0.0)


@contextmanager
def counted(studio: Studio, order: Order, at: Callable[[int], None] = lambda call: None) -> Iterator[list[int]]:
    """The calls of the networks so far; ``at`` is told the number of each before it is made."""
    session = studio.session(order)
    assert isinstance(session, Rig)
    assert session._stage is not None
    kinds = {type(network) for network in denoisers(session._stage._loaded())}
    calls = [0]
    with pytest.MonkeyPatch.context() as patch:
        for kind in kinds:

            def forward(network: Any, *words: Any, inner: Any = kind.forward, **named: Any) -> Any:
                calls[0] += 1
                at(calls[0])
                return inner(network, *words, **named)

            patch.setattr(kind, "forward", forward)
        yield calls


def no_memory_at(call: int) -> Callable[[int], None]:
    def at(now: int) -> None:
        if now >= call:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")

    return at


def check_goes_on(studio: Studio, memory: Memory, family: str, **more: Any) -> None:
    order = studio.order(family, steps=STEPS, **more)
    expected = studio.frames(order)
    with counted(studio, order) as whole:
        studio.render(studio.fresh(order))
    each, rest = divmod(whole[0], STEPS)
    assert rest == 0
    stopped = replace(studio.fresh(order), keep=memory)
    with (
        counted(studio, order, no_memory_at(3 * each + 1)),
        pytest.raises(OutOfMemory, match=r"3 of \d+ steps are kept"),
    ):
        studio.render(stopped)
    with counted(studio, order) as after:
        assert np.array_equal(expected, studio.frames(studio.fresh(stopped)))
    assert after[0] == whole[0] - 3 * each, "the kept steps are not made again"
    assert "diffusion/state" in memory.put_in
    assert not memory.still_there("diffusion/state"), "a finished take leaves no state"


@pytest.mark.parametrize("family", sorted(TINY))
def test_goes_on_from_the_step_that_failed(studio: Studio, memory: Memory, eager: None, family: str) -> None:
    check_goes_on(studio, memory, family)


@pytest.mark.parametrize("family", ["svd-xt", "ltx", "wan2.2-5b", "cogvideox1.5"])
def test_goes_on_with_a_brush(studio: Studio, memory: Memory, eager: None, family: str, tmp_path: Path) -> None:
    drawn = np.zeros((SIZE, SIZE), np.uint8)
    drawn[24:40, 20:36] = 255
    Image.fromarray(drawn).save(tmp_path / "mask.png")
    check_goes_on(studio, memory, family, inputs={"mask": tmp_path / "mask.png"})


def test_a_take_that_was_stopped_twice_goes_on_twice(studio: Studio, memory: Memory, eager: None) -> None:
    order = studio.order("wan2.2-5b", steps=STEPS)
    expected = studio.frames(order)
    stopped = replace(studio.fresh(order), keep=memory)
    for call in (3, 5):  # two calls a step: the first run makes one step, the second one goes on with two more
        with counted(studio, order, no_memory_at(call)), pytest.raises(OutOfMemory, match="steps are kept"):
            studio.render(stopped)
    facts: list[Any] = []
    with counted(studio, order) as after:
        facts.append(studio.render(studio.fresh(stopped)).facts["diffusion"])
    assert facts[0]["resumed_at"] == 3
    assert after == [4]
    again = studio.fresh(order)
    assert np.array_equal(expected, studio.frames(again))


def test_a_cancelled_take_goes_on(studio: Studio, memory: Memory, eager: None) -> None:
    shares: list[float] = []
    order = replace(studio.order("ltx", steps=6), progress=lambda share, words: shares.append(share))
    expected = studio.frames(order)
    shares.clear()
    stopped = replace(studio.fresh(order), keep=memory, cancelled=lambda: len(shares) == 2)
    with pytest.raises(Cancelled):
        studio.render(stopped)
    with counted(studio, order) as calls:
        assert np.array_equal(expected, studio.frames(replace(studio.fresh(stopped), cancelled=lambda: False)))
    assert calls[0] < 6 * 2


def test_takes_of_a_block_go_on_together(studio: Studio, memory: Memory, eager: None) -> None:
    orders = [studio.order("cogvideox", seed=seed, batch=2, steps=STEPS, keep=memory) for seed in (1, 2)]
    plain = [studio.frames(replace(studio.fresh(order), keep=Memory(memory.folder.parent))) for order in orders]
    session = studio.session(orders[0])
    assert isinstance(session, Rig)
    limited = [replace(order, permitted=()) for order in orders]
    with counted(studio, orders[0], no_memory_at(4)):
        assert all(isinstance(made, OutOfMemory) for made in session.render_batch(limited))
    with counted(studio, orders[0]) as calls:
        made = [studio.frames(studio.fresh(order)) for order in limited]
    assert calls == [STEPS - 3]
    assert all(np.array_equal(one, other) for one, other in zip(plain, made, strict=True))


def test_noise_of_the_schedule_is_drawn_again(studio: Studio, memory: Memory, eager: None, tmp_path: Path) -> None:
    """Some distilled models add noise at every step, from the generator that all share."""
    import shutil

    shutil.copytree(studio.weights("ltx"), tmp_path / "ltx")
    settings = tmp_path / "ltx/scheduler/scheduler_config.json"
    settings.write_text(json.dumps(json.loads(settings.read_text()) | {"stochastic_sampling": True}))
    check_goes_on(studio, memory, "ltx", weights=str(tmp_path / "ltx"))
    first, second = (studio.order("ltx", seed=seed, weights=str(tmp_path / "ltx")) for seed in (1, 2))
    assert not np.array_equal(studio.frames(first), studio.frames(second))


def test_a_state_that_cannot_be_read_starts_anew(studio: Studio, memory: Memory, eager: None) -> None:
    order = studio.order("ltx", steps=STEPS)
    expected = studio.frames(order)
    stopped = replace(studio.fresh(order), keep=memory)
    with counted(studio, order, no_memory_at(4)), pytest.raises(OutOfMemory):
        studio.render(stopped)
    for path in memory.folder.iterdir():
        path.write_bytes(path.read_bytes()[:100])
    made = replace(studio.fresh(order), keep=_Unreadable(memory))
    assert np.array_equal(expected, studio.frames(made))


def test_a_take_that_cannot_be_decoded_keeps_latents_and_no_state(
    studio: Studio, memory: Memory, eager: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    import diffusers

    order = replace(studio.order("ltx", steps=STEPS), keep=memory)
    with monkeypatch.context() as patch:
        patch.setattr(diffusers.AutoencoderKLLTXVideo, "decode", lambda *words, **named: no_memory_at(0)(1))
        with pytest.raises(OutOfMemory, match="latents are kept"):
            studio.render(order)
    assert memory.still_there("diffusion/latents") == 1
    assert not memory.still_there("diffusion/state")
    studio.render(studio.fresh(order))
    assert not memory.still_there("diffusion/latents"), "a finished take leaves no latents"


def test_takes_that_do_not_fit_together_are_made_alone(studio: Studio, memory: Memory, eager: None) -> None:
    orders = [studio.order("cogvideox", seed=seed, batch=2, steps=STEPS, keep=memory) for seed in (1, 2)]
    solo = [studio.frames(studio.order("cogvideox", seed=seed, steps=STEPS)) for seed in (1, 2)]
    session = studio.session(orders[0])
    assert isinstance(session, Rig)
    inner = type(session._stage._pipe.transformer).forward  # type: ignore[union-attr]

    def small(network: Any, *words: Any, **named: Any) -> Any:
        if len(named["hidden_states"]) > 2:  # one take has two, with and without its prompt
            no_memory_at(0)(1)
        return inner(network, *words, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(session._stage._pipe.transformer), "forward", small)  # type: ignore[union-attr]
        made = session.render_batch(orders)
        assert [each.ran for each in made if isinstance(each, Made)] == [("alone",)] * 2
        frames = [studio.frames(replace(studio.fresh(order))) for order in orders]
    assert all(np.array_equal(one, other) for one, other in zip(solo, frames, strict=True))
    assert not memory.still_there("diffusion/state")
    session._stage._too_many.clear()  # type: ignore[union-attr]


def test_a_finished_but_undecoded_take_is_only_decoded(studio: Studio, memory: Memory, eager: None) -> None:
    """Killed while decoding: nobody could keep the latents then, but the last step is kept before."""
    order = studio.order("ltx", steps=STEPS)
    expected = studio.frames(order)
    stopped = replace(studio.fresh(order), keep=memory)
    with pytest.MonkeyPatch.context() as patch:
        from engines.diffusion.rig import shoot

        patch.setattr(shoot, "develop", _killed)
        with pytest.raises(KeyboardInterrupt):
            studio.render(stopped)
    with counted(studio, order) as calls:
        assert np.array_equal(expected, studio.frames(studio.fresh(stopped)))
    assert calls == [0]


PROGRAM = """
import json, os, signal, sys
from pathlib import Path
params, native, image, folder, store, die = map(json.loads, sys.argv[1:7])
from edl.recipe import native_from
from engines.contract import Made, Order
from engines.diffusion.local import ENGINE
from flows.local_store import LocalStore
from flows.kept import StoreKeep
import diffusers
from engines.diffusion.rig import bookmark
bookmark.EVERY = bookmark.SHARE = 0.0
calls, inner = 0, diffusers.WanTransformer3DModel.forward
def forward(self, *words, **named):
    global calls
    calls += 1
    if calls == die:
        os.kill(os.getpid(), signal.SIGKILL)
    return inner(self, *words, **named)
diffusers.WanTransformer3DModel.forward = forward
order = Order('0' * 64, ENGINE.params.model_validate(params), native_from(native), 1, {'image': Path(image)},
    Path(folder), None, permitted=ENGINE.permitted, keep=StoreKeep(LocalStore(Path(store)), '0' * 64))
made = ENGINE.open('cpu').render(order)
print(json.dumps([calls, made.facts['diffusion']['resumed_at']]))
"""


def test_a_killed_process_loses_only_its_step(studio: Studio, tmp_path: Path) -> None:
    order = studio.order("wan2.2-a14b", steps=STEPS)
    made = studio.render(order)
    expected = hashlib.sha256((order.folder / made.media).read_bytes()).hexdigest()

    def child(folder: Path, die: int) -> subprocess.CompletedProcess[str]:
        folder.mkdir()
        native = native_document(order.shape())
        words = (order.params.model_dump(mode="json"), native, str(studio.still), str(folder), str(tmp_path / "s"), die)
        program = [sys.executable, "-c", PROGRAM, *map(json.dumps, words)]
        return subprocess.run(program, check=False, cwd=ROOT, capture_output=True, text=True, timeout=120)

    assert child(tmp_path / "a", die=7).returncode == -signal.SIGKILL
    states = [part for part in LocalStore(tmp_path / "s").parts() if part.recipe["engine"] == "diffusion/state"]
    assert len(states) == 2
    again = child(tmp_path / "b", die=0)
    assert again.returncode == 0, again.stderr
    assert json.loads(again.stdout.splitlines()[-1]) == [2 * STEPS - 6, 3]
    assert hashlib.sha256((tmp_path / "b/take.mp4").read_bytes()).hexdigest() == expected
    engines = {part.recipe["engine"] for part in LocalStore(tmp_path / "s").parts()}
    assert "diffusion/state" not in engines


class _Unreadable:
    """A memory whose states are cut short, and whose other things are gone."""

    def __init__(self, memory: Memory) -> None:
        self._memory = memory
        self.put, self.drop = memory.put, memory.drop

    def find(self, recipe: Any) -> Path | None:
        return self._memory.find(recipe) if recipe.engine == "diffusion/state" else None


def _killed(*words: Any) -> None:
    raise KeyboardInterrupt
