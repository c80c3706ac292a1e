"""Every family, tiny, through its true diffusers classes: seeds, shapes, batches, brush, chains."""

from __future__ import annotations

from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image

from engines.contract import Made
from engines.diffusion._session import Rig
from engines.diffusion.rig.families import FAMILIES
from tests.engines.diffusion.conftest import SIZE, Studio

pytest.importorskip("diffusers")

from tests.engines.diffusion.tiny import TINY

# diffusers builds arrays of tensors in a way that numpy 2 remarks on
pytestmark = pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")

ROWS = [name for name in FAMILIES if name != "svd"]  # svd-xt is the same class with another frame count
SLOW = {"framepack", "hunyuan1.5", "hunyuan", "cosmos2"}  # of which one test each is enough for every day


def _marked(names: list[str]) -> list[object]:
    return [pytest.param(name, marks=pytest.mark.slow) if name in SLOW else name for name in names]


every_family = pytest.mark.parametrize("family", ROWS)
locking = pytest.mark.parametrize("family", _marked([name for name in ROWS if FAMILIES[name].locks]))
most_families = pytest.mark.parametrize("family", _marked(ROWS))


def test_every_row_has_a_tiny_pipeline() -> None:
    assert set(ROWS) == set(TINY)


@every_family
def test_gives_what_was_ordered_and_the_same_again(studio: Studio, family: str) -> None:
    order = studio.order(family)
    first = studio.frames(order)
    native = order.shape()
    assert first.shape == (native.frames, SIZE, SIZE, 3)
    with av.open(str(order.folder / "take.mp4")) as container:
        assert container.streams.video[0].frames == native.frames
        assert container.streams.video[0].average_rate == FAMILIES[family].fps
    assert np.array_equal(first, studio.frames(studio.fresh(order)))
    assert not np.array_equal(first, studio.frames(studio.order(family, seed=2)))


@most_families
def test_our_path_changes_no_pixel_of_a_bare_call(studio: Studio, family: str) -> None:
    """Captured latents, kept embeddings and our own decoding give what the pipeline gives by itself."""
    from tests.engines.diffusion.bare import bare_frames

    order = studio.order(family)
    ours, theirs = studio.frames(order), bare_frames(order, family)
    assert ours.shape == theirs[: len(ours)].shape
    assert np.array_equal(ours, theirs[: len(ours)])


@pytest.mark.parametrize(("family", "variant"), [("ltx", "ltx-timed"), ("hunyuan", "hunyuan-replace")])
def test_variants_of_a_family_give_what_a_bare_call_gives(studio: Studio, family: str, variant: str) -> None:
    """LTX whose decoder is told how noisy its latents are; HunyuanVideo that puts the still in place of tokens."""
    from tests.engines.diffusion.bare import bare_frames

    order = studio.order(family, weights=str(studio.weights(variant)))
    ours, theirs = studio.frames(order), bare_frames(order, family)
    assert len(ours) == order.shape().frames
    assert np.array_equal(ours, theirs[: len(ours)])
    assert not np.array_equal(ours, studio.frames(studio.order(family)))


def test_takes_with_noise_of_their_decoder_are_made_one_by_one(studio: Studio) -> None:
    """That pipeline draws the noise from one generator, whatever it is given."""
    order = studio.order("ltx", weights=str(studio.weights("ltx-timed")), batch=2)
    facts = studio.render(order).facts["diffusion"]
    assert isinstance(facts, dict)
    assert facts["batch"] == 1


@pytest.mark.parametrize("masked", [False, True], ids=["plain", "brush"])
@pytest.mark.parametrize("family", [name for name in ROWS if FAMILIES[name].batching != "single"])
def test_a_batched_take_equals_its_solo_take(studio: Studio, family: str, masked: bool, tmp_path: Path) -> None:
    from engines.diffusion.rig.shoot import Stage

    found: dict[int, list[np.ndarray]] = {}
    develop = Stage._developed

    def watched(stage, scene, exposed):  # type: ignore[no-untyped-def]
        made = develop(stage, scene, exposed)
        found.setdefault(scene.params.batch, []).append(made.frames)
        return made

    drawn = np.zeros((SIZE, SIZE), np.uint8)
    drawn[24:40, 20:36] = 255
    Image.fromarray(drawn).save(tmp_path / "mask.png")
    inputs = {"mask": tmp_path / "mask.png"} if masked else {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Stage, "_developed", watched)
        for seed in (1, 2):
            studio.render(studio.order(family, seed=seed, inputs=inputs))
        orders = [studio.order(family, seed=seed, batch=2, inputs=inputs) for seed in (1, 2)]
        session = studio.session(orders[0])
        assert isinstance(session, Rig)
        made = session.render_batch(orders)
    assert [each.facts["diffusion"]["batch"] for each in made if isinstance(each, Made)] == [2, 2]  # type: ignore[index, call-overload]
    for alone, batched in zip(found[1], found[2], strict=True):
        assert np.abs(alone - batched).max() < 1e-4


@every_family
def test_outside_the_brush_every_frame_is_the_still(studio: Studio, family: str, tmp_path: Path) -> None:
    from engines.diffusion.rig.region import soften
    from engines.media.still import cover_still, read_still

    drawn = np.zeros((SIZE, SIZE), np.uint8)
    drawn[24:40, 20:36] = 255
    Image.fromarray(drawn).save(tmp_path / "mask.png")
    order = studio.order(family, inputs={"mask": tmp_path / "mask.png"}, feather=2.0)
    frames = studio.frames(order)
    still = cover_still(read_still(studio.still), SIZE, SIZE)
    outside = soften(drawn, 2.0) == 0
    assert 0.3 < outside.mean() < 0.95
    assert all(np.array_equal(frame[outside], still[outside]) for frame in frames)
    assert any(not np.array_equal(frame[~outside], still[~outside]) for frame in frames)


@locking
def test_the_brush_holds_the_latents_outside(studio: Studio, family: str, tmp_path: Path) -> None:
    """After the last step the latents outside the mask are the still's own."""
    from engines.diffusion.rig.region import Brush

    Image.fromarray(np.zeros((SIZE, SIZE), np.uint8)).save(tmp_path / "mask.png")
    order = studio.order(family, inputs={"mask": tmp_path / "mask.png"})
    seen: list[tuple[np.ndarray, np.ndarray]] = []
    call = Brush.__call__

    def watched(brush, pipe, step, latents):  # type: ignore[no-untyped-def]
        locked = call(brush, pipe, step, latents)
        seen.append((locked.numpy(), brush._reference[0].expand_as(locked).numpy()))
        return locked

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Brush, "__call__", watched)
        studio.render(order)
    assert len(seen) == 2
    assert np.abs(seen[-1][0] - seen[-1][1]).max() < 1e-5


@pytest.mark.parametrize("family", _marked([name for name in ROWS if FAMILIES[name].last]))
def test_a_last_frame_is_heard(studio: Studio, family: str, tmp_path: Path) -> None:
    Image.new("RGB", (SIZE, SIZE), (220, 40, 10)).save(tmp_path / "last.png")
    more: dict[str, object] = {"frames": 9}
    if family == "wan2.1":  # it has weights of their own for that
        more["weights"] = str(studio.weights("wan2.1-flf"))
        Image.new("RGB", (SIZE, SIZE), (10, 40, 220)).save(tmp_path / "other.png")
        other = studio.order(family, inputs={"last": tmp_path / "other.png"}, **more)
    else:
        other = studio.order(family, **more)
    with_last = studio.order(family, inputs={"last": tmp_path / "last.png"}, **more)
    assert not np.array_equal(studio.frames(with_last), studio.frames(other))


@pytest.mark.parametrize("family", _marked([name for name in ROWS if FAMILIES[name].motion]))
def test_motion_is_heard_and_half_is_the_familys_own(studio: Studio, family: str) -> None:
    own, half, more = (
        studio.frames(studio.order(family, **chosen)) for chosen in ({}, {"motion": 0.5}, {"motion": 1.0})
    )
    assert np.array_equal(own, half)
    assert not np.array_equal(own, more)
    assert np.array_equal(own, studio.frames(studio.order(family))), "one order's motion stays out of the next"


@pytest.mark.parametrize("family", _marked([name for name in ROWS if FAMILIES[name].hold]))
def test_hold_is_heard(studio: Studio, family: str) -> None:
    own, half, loose = (studio.frames(studio.order(family, **chosen)) for chosen in ({}, {"hold": 0.5}, {"hold": 0.0}))
    assert np.array_equal(own, half)
    assert not np.array_equal(own, loose)


@pytest.mark.parametrize("family", ["svd-xt", "ltx", "wan2.1"])
def test_a_chained_part_goes_on_with_the_colours_of_the_still(studio: Studio, family: str) -> None:
    from engines.media.still import cover_still, read_still

    first = studio.order(family, join="chain")
    studio.render(first)
    assert (first.folder / "tail.npy").exists()
    second = studio.order(family, inputs={"previous": first.folder / "take.mp4"}, join="chain")
    frames = studio.frames(second)
    assert len(frames) == second.shape().frames
    anchor = cover_still(read_still(studio.still), SIZE, SIZE)
    plain = studio.frames(studio.order(family))
    mean = anchor.mean(axis=(0, 1))
    assert np.abs(frames.mean(axis=(0, 1, 2)) - mean).max() < np.abs(plain.mean(axis=(0, 1, 2)) - mean).max()
