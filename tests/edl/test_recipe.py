from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from edl.recipe import Native, Recipe, canonical, differing, native_document, native_from

NATIVE = Native(640, 360, Fraction(30000, 1001), 75)
RECIPE = Recipe("graphics/parallax", 1, {"camera": "push_in"}, NATIVE, seed=1, inputs={"image": "ab" * 32})


def test_the_name_is_stable():
    """A changed name makes every kept take be rendered again."""
    assert RECIPE.name == "6b2e7ea2de9299ac892a4de10285456efa6c1cf0bf84cb2fa84163bc63a22b92"


def test_the_order_of_keys_does_not_matter():
    one = replace(RECIPE, params={"a": 1, "b": 2}, inputs={"x": "1", "y": "2"})
    other = replace(RECIPE, params={"b": 2, "a": 1}, inputs={"y": "2", "x": "1"})
    assert one.name == other.name


@pytest.mark.parametrize(
    "change",
    [
        {"engine": "graphics/other"},
        {"pixels": 2},
        {"params": {}},
        {"native": replace(NATIVE, frames=76)},
        {"native": replace(NATIVE, alpha=True)},
        {"native": None},
        {"seed": 2},
        {"inputs": {}},
        {"weights": "x"},
        {"permitted": ("tiles",)},
    ],
)
def test_everything_that_decides_the_part_changes_its_name(change):
    assert replace(RECIPE, **change).name != RECIPE.name


@given(
    st.builds(
        Native,
        st.integers(16, 8192),
        st.integers(16, 8192),
        st.fractions(min_value=1, max_value=240),
        st.integers(1, 10**6),
        st.booleans(),
    )
)
def test_a_native_shape_reads_back(native):
    assert native_from(native_document(native)) == native


def test_only_what_differs_from_the_defaults_is_kept():
    class Params(BaseModel):
        steps: int = 30
        strength: float = 0.5

    assert differing(Params(steps=30, strength=0.75)) == {"strength": 0.75}


def test_what_has_no_meaning_is_refused():
    with pytest.raises(ValueError, match="JSON"):
        canonical({"x": float("nan")})
