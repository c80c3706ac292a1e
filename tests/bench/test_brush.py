"""The comparison of brush and animator: its figures say what they are named after, and both sides run."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("diffusers")
pytest.importorskip("transformers")

from bench.brush import compare, flicker, sharpness, table
from tests.engines.diffusion.tiny import build


def test_the_figures_measure_what_they_are_named_after() -> None:
    rng = np.random.default_rng(1)
    still = rng.integers(0, 255, (64, 64, 3), np.uint8)
    points = np.array([[8.0, 8.0, 0.0], [56.0, 56.0, 0.0]])
    soft = ((still.astype(int) + np.roll(still, 1, 0) + np.roll(still, 1, 1)) // 3).astype(np.uint8)
    assert sharpness(still[None], [points], still, points, (0, 1)) == pytest.approx(1)
    assert sharpness(soft[None], [points], still, points, (0, 1)) < 0.5
    ramp = np.stack([np.full((4, 4, 3), 10 + 5 * at, np.uint8) for at in range(6)])
    assert flicker(ramp) == pytest.approx(0, abs=1e-4)
    assert flicker(ramp + np.array([0, 2] * 3, np.uint8)[:, None, None, None]) == pytest.approx(4, abs=1e-3)


def test_both_sides_are_measured_and_neither_leaves_its_region(tmp_path: Path) -> None:
    found = compare(tmp_path, 256, {"family": "ltx", "weights": str(build("ltx", tmp_path)), "steps": 1})
    assert [figures.outside for figures in found.values()] == [0, 0]
    assert found["animator"].correlation > 0.7
    assert abs(found["animator"].lag) < 0.08
    assert found["brush"].region < found["animator"].region < 1
    assert all(figures.frames == 41 and figures.cpu > 0 for figures in found.values())
    assert "| animator | brush |" in table(found)
