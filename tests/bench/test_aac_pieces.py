"""Joined AAC pieces are as good at their seams as one encode; without a run-in they are not, and this would show it."""

from __future__ import annotations

import numpy as np
import pytest

from bench.aac_pieces import compare, signals

SIGNALS = dict(signals(3.0))


QUICK = {"sine 1 kHz", "clicks", "clicks at seams"}


@pytest.mark.parametrize(
    "name", [name if name in QUICK else pytest.param(name, marks=pytest.mark.slow) for name in SIGNALS]
)
def test_no_seam(name: str) -> None:
    found = compare(SIGNALS[name], 20)
    assert found.seams.sum() == 6
    assert found.strange == 0  # every window is the one of the single encode
    assert found.at_seams.mean() < 0.5
    assert found.at_seams.max() < found.elsewhere.max() + 0.5


def test_pieces_without_run_in_have_seams() -> None:
    found = compare(SIGNALS["sine 1 kHz"], 20, run_in=0)
    assert found.strange
    assert np.median(found.at_seams) > 20
