"""Trying again: by the failure's class and nothing else."""

import pytest

from edl.errors import (
    FAILURES,
    Broken,
    Cancelled,
    EnvironmentLacks,
    OutOfMemory,
    ProviderDown,
    Refused,
    StoreTrouble,
    Transient,
)
from flows.retry import decide


def tries(error: Exception) -> list[float]:
    """The waits until it is given up."""
    waits: list[float] = []
    while (again := decide(error, len(waits) + 1)) is not None:
        waits.append(again.wait)
    return waits


def test_transient_comes_again_soon():
    assert tries(Transient("x")) == [0.2, 2.0, 10.0]


def test_transient_waits_as_long_as_it_was_asked_to():
    assert tries(Transient("x", after=5.0)) == [5.0, 5.0, 10.0]


def test_a_provider_gets_time():
    assert tries(ProviderDown("x")) == [5.0, 30.0, 120.0]


def test_a_defect_gets_one_more_chance():
    assert tries(Broken("x")) == [0.0]


@pytest.mark.parametrize("kind", [Refused, OutOfMemory, Cancelled, EnvironmentLacks, StoreTrouble, ValueError])
def test_the_rest_is_final(kind):
    assert tries(kind("x")) == []


def test_every_class_is_decided():
    assert set(FAILURES) == {"Transient", "Refused", "ProviderDown", "OutOfMemory", "Cancelled", "Broken"}
