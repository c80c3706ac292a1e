"""Takes in variants of another shape: the subject stays in the window, the whole picture stays whole."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from edl.recipe import Native
from edl.reframe import Seen, SubjectFacts, follow, within
from engines.conformer import fit, poster, subject
from engines.conformer._framing import framing_of
from engines.contract import Order

FPS = Fraction(25)
FRAMES = 200


def places(frames: int) -> np.ndarray:
    """Where a disc is on its way across and back to the middle, in shares of the width."""
    return 0.5 + 0.3 * np.sin(np.arange(frames) / frames * 2 * np.pi)


def film(path: Path, at: np.ndarray | None = None) -> Path:
    """A bright disc that wanders over a dim, textured ground."""
    rng = np.random.default_rng(1)
    ground = np.repeat(np.repeat(rng.integers(40, 70, (18, 32)), 20, axis=0), 20, axis=1)
    y, x = np.mgrid[0:360, 0:640]
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libx264", rate=25, options={"crf": "8", "preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 640, 360, "yuv420p"
        context = stream.codec_context
        context.colorspace = context.color_primaries = context.color_trc = context.color_range = 1
        for place in places(FRAMES) if at is None else at:
            disc = np.hypot(x - place * 640, y - 180) < 36
            picture = np.where(disc, 230, ground).astype(np.uint8)
            frame = av.VideoFrame.from_ndarray(np.repeat(picture[..., None], 3, axis=2), "rgb24")
            container.mux(stream.encode(frame.reformat(format="yuv420p", dst_colorspace="ITU709")))
        container.mux(stream.encode(None))
    return path


@pytest.fixture
def fitted(make_order: Callable[..., Order]) -> Callable[..., np.ndarray]:
    """Fits a run; its luma, frames x height x width."""

    def run(path: Path, native: Native, **params: object) -> np.ndarray:
        order = make_order(fit.FitParams.model_validate(params), native, {"base0": path})
        made = fit.ENGINE.open("cpu").render(order)
        with av.open(str(order.folder / made.media)) as container:
            return np.stack([frame.to_ndarray(format="gray") for frame in container.decode(video=0)])

    return run


@pytest.mark.slow
def test_what_moves_stays_in_the_window(make_order: Callable[..., Order], tmp_path: Path, fitted: Callable) -> None:
    take = film(tmp_path / "take.mp4")
    order = make_order(subject.SubjectParams(), None, {"take": take})
    made = subject.ENGINE.open("cpu").render(order)
    facts = SubjectFacts.model_validate(made.facts["subject"])
    assert (facts.width, facts.height, facts.every, len(facts.looks)) == (640, 360, 5, 40)
    shots = follow([Seen(facts, 0, FRAMES)], 90, 160, FPS, still=False)
    shown = fitted(take, Native(90, 160, FPS, FRAMES), shots=within(shots, 0, FRAMES))
    lit = shown > 170
    whole = lit.sum(axis=(1, 2))
    assert whole[:-10].min() > 0.9 * whole.max()  # never cut off at an edge
    assert whole.min() > 0.5 * whole.max()  # at the very end nothing says where it goes
    part = fitted(take, Native(90, 160, FPS, 40), first=60, shots=within(shots, 60, 40))
    assert np.abs(part.astype(int) - shown[60:100]).mean() < 1.5  # a run that begins later shows the same


def test_a_moving_window_does_not_jitter(tmp_path: Path, fitted: Callable) -> None:
    """A window that moves a third of a pixel a frame moves the picture by just that."""
    take = film(tmp_path / "take.mp4", np.full(40, 0.5))
    values = [0.4 + at * (5 / 3) / 640 for at in range(12)]
    shot = {"start": 0, "step": 5, "x": values, "y": [0.5]}
    shown = fitted(take, Native(202, 360, FPS, 40), shots=[shot], quality="high")
    weight = np.clip(shown[:, 120:240].astype(float) - 100, 0, None).sum(axis=1)
    middles = (weight * np.arange(202)).sum(axis=1) / weight.sum(axis=1)
    steps = np.diff(middles)[6:30]
    assert np.abs(steps + 1 / 3).max() < 0.2


@pytest.mark.parametrize("crop", ["blur", "pad"])
def test_the_whole_picture_stays_whole(crop: str, tmp_path: Path, fitted: Callable) -> None:
    (tall,) = fitted(film(tmp_path / "take.mp4", np.full(1, 0.5)), Native(180, 320, FPS, 1), crop=crop)
    rows = np.flatnonzero((tall > 170).any(axis=1))
    across = np.flatnonzero((tall > 170).any(axis=0))
    assert abs(len(across) - 20) <= 2  # the disc, scaled by 180 / 640, and round
    assert abs(len(rows) - 20) <= 2
    assert abs(rows.mean() - 159.5) <= 1.5
    edge = tall[:80].astype(float)
    assert edge.mean() < 20 if crop == "pad" else 25 < edge.mean() < 60
    assert np.abs(np.diff(edge, axis=1)).mean() < 1.5  # nothing sharp in it


@pytest.mark.parametrize("crop", ["blur", "pad"])
@pytest.mark.parametrize(("have", "wanted"), [((400, 16), (64, 160)), ((16, 400), (400, 16)), ((1920, 16), (16, 320))])
def test_very_wide_in_very_tall(have: tuple[int, int], wanted: tuple[int, int], crop: str) -> None:
    framing = framing_of(crop, (), have, *wanted)
    assert framing is not None
    width, height = framing.size
    assert min(framing.size) >= 2
    picture = np.full((height * 3 // 2, width), 128, np.uint8)
    picture[:height] = 200
    out = framing.place(picture, 0)
    assert out.shape == (wanted[1] * 3 // 2, wanted[0])
    luma = out[: wanted[1]]
    assert np.count_nonzero(luma == 200) == width * height
    around = luma[luma != 200]
    assert np.unique(around).tolist() == ([126] if crop == "blur" else [16])


def test_given_by_hand(tmp_path: Path, fitted: Callable) -> None:
    take = film(tmp_path / "take.mp4", np.full(1, 0.5))
    (left,) = fitted(take, Native(90, 160, FPS, 1), shots=[{"start": 0, "step": 1, "x": [0.42], "y": [0.5]}])
    place = np.flatnonzero((left > 170).any(axis=0)).mean()
    assert place == pytest.approx(45 + 0.08 * 640 * 160 / 360, abs=1.5)


def test_a_poster_is_the_frame_that_was_asked_for(make_order: Callable[..., Order], tmp_path: Path) -> None:
    from PIL import Image

    order = make_order(poster.PosterParams(frame=37), None, {"run": film(tmp_path / "run.mp4")})
    made = poster.ENGINE.open("cpu").render(order)
    picture = np.asarray(Image.open(order.folder / made.media).convert("L"))
    assert np.flatnonzero((picture > 200).any(axis=0)).mean() / 640 == pytest.approx(places(FRAMES)[37], abs=0.004)
