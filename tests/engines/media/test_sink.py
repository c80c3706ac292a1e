"""The frame sink: exact frames, true colours, the same bytes, alpha kept."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from edl.errors import Broken, Cancelled
from edl.recipe import Native
from engines.contract import Order, Params
from engines.media.probe import measure_footage
from engines.media.sink import FrameSink

COLOURS = [(0, 0, 0), (255, 255, 255), (220, 20, 30), (20, 200, 40), (30, 40, 220), (128, 128, 128)]


def written(order: Order, frames: list[np.ndarray]) -> Path:
    with FrameSink(order) as sink:
        for frame in frames:
            sink.write(frame)
    assert sink.count == len(frames)
    return order.folder / sink.made().media


def flat(colour: tuple[int, ...], width: int = 64, height: int = 48) -> np.ndarray:
    return np.full((height, width, len(colour)), colour, np.uint8)


@pytest.mark.parametrize(("width", "height"), [(64, 48), (63, 47)])
def test_colours_come_back(width: int, height: int, make_order: Callable[..., Order]) -> None:
    frames = [flat(colour, width, height) for colour in COLOURS]
    path = written(make_order(Params(), Native(width, height, Fraction(25), len(frames))), frames)
    with av.open(str(path)) as container:
        for frame, colour in zip(container.decode(video=0), COLOURS, strict=True):
            assert (frame.colorspace, frame.color_range) == (1, 1)
            back = frame.reformat(format="rgb24", src_colorspace="ITU709", src_color_range="MPEG").to_ndarray()
            assert np.abs(back.astype(int) - colour).max() <= 6


def test_alpha_is_exact(make_order: Callable[..., Order]) -> None:
    frames = list(np.random.default_rng(1).integers(0, 256, (3, 48, 64, 4), dtype=np.uint8))
    path = written(make_order(Params(), Native(64, 48, Fraction(25), 3, alpha=True)), frames)
    with av.open(str(path)) as container:
        back = [frame.to_ndarray(format="rgba") for frame in container.decode(video=0)]
    assert np.array_equal(back, frames)


@pytest.mark.parametrize("alpha", [False, True])
def test_same_frames_same_bytes(alpha: bool, make_order: Callable[..., Order]) -> None:
    native = Native(64, 48, Fraction(30000, 1001), 5, alpha)
    frames = list(np.random.default_rng(2).integers(0, 256, (5, 48, 64, 4 if alpha else 3), dtype=np.uint8))
    first, second = (written(make_order(Params(), native), frames) for _ in range(2))
    assert first.read_bytes() == second.read_bytes()
    facts = measure_footage(first)
    assert (facts.frames, facts.fps, facts.steady) == (5, "30000/1001", True)


def test_wrong_frames_are_broken(make_order: Callable[..., Order]) -> None:
    native = Native(64, 48, Fraction(25), 2)
    with pytest.raises(Broken, match="1 frames were made, 2 were ordered"):
        written(make_order(Params(), native), [flat((0, 0, 0))])
    with pytest.raises(Broken, match="more frames"):
        written(make_order(Params(), native), [flat((0, 0, 0))] * 3)
    with pytest.raises(Broken, match="shape"):
        written(make_order(Params(), native), [flat((0, 0, 0), 32)])


def test_cancel_is_heard(make_order: Callable[..., Order]) -> None:
    order = make_order(Params(), Native(64, 48, Fraction(25), 2), cancelled=lambda: True)
    with pytest.raises(Cancelled):
        written(order, [flat((0, 0, 0))])


def test_planes_are_taken_as_they_are(make_order: Callable[..., Order]) -> None:
    native = Native(64, 48, Fraction(25), 3)
    planes = np.concatenate(
        [np.full((48, 64), 120, np.uint8), np.full((12, 64), 90, np.uint8), np.full((12, 64), 160, np.uint8)]
    )
    order = make_order(Params(), native)
    with FrameSink(order) as sink:
        with pytest.raises(Broken, match="shape"):
            sink.write_planes(planes[:48])
        for _ in range(3):
            sink.write_planes(planes)
    with av.open(str(order.folder / sink.media)) as container:
        for frame in container.decode(video=0):
            assert np.abs(frame.to_ndarray().astype(int) - planes).max() <= 1
            assert (frame.colorspace, frame.color_range) == (1, 1)


def still_and_patches(width: int, height: int) -> tuple[np.ndarray, list[tuple[np.ndarray, int, int]]]:
    """A noisy still, and patches of four channels with their places, the second elsewhere than the first."""
    random = np.random.default_rng(3)
    still = random.integers(0, 256, (height, width, 3), dtype=np.uint8)
    patches = [random.integers(0, 256, (12, 20, 4), dtype=np.uint8) for _ in range(3)]
    return still, [(patches[0], 8, 6), (patches[1], 8, 6), (patches[2], 30, 20)]


def patched(order: Order, still: np.ndarray, patches: list[tuple[np.ndarray, int, int]]) -> list[np.ndarray]:
    """The raw frames that a watcher sees of patches on a still."""
    seen: list[np.ndarray] = []
    with FrameSink(order, watch=seen.append, still=still) as sink:
        for patch, left, top in patches:
            sink.write_patch(patch, left, top)
    return seen


@pytest.mark.parametrize(("width", "height"), [(64, 48), (64, 50), (63, 47)])
def test_a_patch_on_a_still_is_the_same_frame(width: int, height: int, make_order: Callable[..., Order]) -> None:
    still, patches = still_and_patches(width, height)
    native = Native(width, height, Fraction(25), len(patches))
    order, other = make_order(Params(), native), make_order(Params(), native)
    frames = patched(order, still, patches)
    for frame, (patch, left, top) in zip(frames, patches, strict=True):
        expected = still.copy()
        expected[top : top + 12, left : left + 20] = patch[..., :3]
        assert (frame == expected).all()
    whole = decoded(written(other, frames))
    for one, two in zip(decoded(order.folder / "take.mp4"), whole, strict=True):
        # Chroma of noise depends on how neighbours are averaged, its brightness does not.
        assert np.abs(one[:height].astype(int) - two[:height]).max() <= 12


def decoded(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as container:
        return [
            frame.to_ndarray() if frame.width % 2 == 0 else frame.to_ndarray()[0] for frame in container.decode(video=0)
        ]


def test_planes_are_those_of_the_converter_to_a_level() -> None:
    from engines.media.canvas import Canvas

    y, x = np.mgrid[0:64, 0:96]
    still = np.stack([2 * x, 255 - 3 * y, 128 + x - y], axis=-1).astype(np.uint8)
    frame = av.VideoFrame.from_ndarray(still, format="rgb24")
    planes = frame.reformat(format="yuv420p", dst_colorspace="ITU709", dst_color_range="MPEG").to_ndarray()
    assert np.abs(Canvas(still).picture.astype(int) - planes).max() <= 1


def test_a_converted_frame_has_the_planes_of_a_canvas() -> None:
    from engines.media.canvas import Canvas, converted

    frame = np.random.default_rng(4).integers(0, 256, (48, 66, 3), dtype=np.uint8)
    assert (converted(frame) == Canvas(frame).picture).all()
    assert (converted(frame[:, 2:]) == Canvas(frame[:, 2:]).picture).all()


def test_a_patch_is_laid_in_its_place_and_leaves_no_trace() -> None:
    from engines.media.canvas import Canvas

    still, patches = still_and_patches(64, 48)
    canvas = Canvas(still)
    bare = canvas.picture.copy()
    for patch, left, top in patches:
        canvas.lay(patch, left, top)
        whole = still.copy()
        whole[top : top + 12, left : left + 20] = patch[..., :3]
        assert (canvas.picture == Canvas(whole).picture).all()
    assert (canvas.picture != bare).any()


@pytest.mark.parametrize("place", [(7, 6), (8, 5), (60, 6), (-2, 6)])
def test_a_patch_that_does_not_fit_is_broken(place: tuple[int, int], make_order: Callable[..., Order]) -> None:
    still, patches = still_and_patches(64, 48)
    order = make_order(Params(), Native(64, 48, Fraction(25), 1))
    with pytest.raises(Broken, match="does not fit"), FrameSink(order, still=still) as sink:
        sink.write_patch(patches[0][0], *place)


def test_a_patch_needs_a_still(make_order: Callable[..., Order]) -> None:
    order = make_order(Params(), Native(64, 48, Fraction(25), 1))
    with pytest.raises(Broken, match="given none"), FrameSink(order) as sink:
        sink.write_patch(np.zeros((4, 4, 4), np.uint8), 0, 0)
