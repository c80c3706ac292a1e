"""The registry: built-in engines and those of other distributions come through the same door."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from engines import registry
from engines.contract import Does, Engine, Params, Plain

MODULE = """
from engines.contract import Does, Engine, Made, Params, Plain

ENGINE = Engine(
    name="graphics/outside",
    pixels=1,
    does=frozenset({Does.TITLE}),
    params=Params,
    open=lambda device: Plain(lambda order: Made("take.mp4")),
)
OTHER = 42
"""

Offer = Callable[[str, str], None]


def forget() -> None:
    for cached in (registry.engine, registry._built_in, registry._outside):
        cached.cache_clear()


@pytest.fixture
def offer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Offer]:
    """Installs a distribution that offers an engine: ``offer("graphics/outside", "outside_engine:ENGINE")``."""

    def install(name: str, value: str) -> None:
        (tmp_path / "outside_engine.py").write_text(MODULE)
        info = tmp_path / "outside_engine-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: outside-engine\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[cutaway.engines]\n{name} = {value}\n")
        monkeypatch.syspath_prepend(str(tmp_path))
        forget()

    yield install
    sys.modules.pop("outside_engine", None)
    monkeypatch.undo()
    forget()


def test_finds_built_in_engines_without_importing_them() -> None:
    assert {"mock/voice", "mock/animator", "mock/shot"} <= set(registry.names())
    assert not [name for name in registry.names() if "/_" in name]
    assert registry.names() == tuple(sorted(registry.names()))


def test_gives_an_engine_by_name() -> None:
    assert registry.engine("mock/shot").name == "mock/shot"
    assert registry.engine("mock/shot") is registry.engine("mock/shot")


def test_unknown_name_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        registry.engine("mock/nothing")


def test_finds_an_engine_of_another_distribution(offer: Offer) -> None:
    offer("graphics/outside", "outside_engine:ENGINE")
    assert "graphics/outside" in registry.names()
    assert registry.engine("graphics/outside").does == {Does.TITLE}


def test_an_engine_offered_under_another_name_is_refused(offer: Offer) -> None:
    offer("graphics/elsewhere", "outside_engine:ENGINE")
    with pytest.raises(TypeError, match="graphics/elsewhere"):
        registry.engine("graphics/elsewhere")


@pytest.mark.parametrize("value", ["outside_engine:OTHER", "outside_engine:NOTHING"])
def test_something_else_than_an_engine_is_refused(offer: Offer, value: str) -> None:
    offer("graphics/outside", value)
    with pytest.raises(TypeError, match="graphics/outside"):
        registry.engine("graphics/outside")


def test_a_module_without_engine_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry, "_built_in", lambda: frozenset({"mock/_look"}))
    with pytest.raises(TypeError, match="mock/_look"):
        registry.engine("mock/_look")


def test_says_which_modules_are_missing() -> None:
    engine = Engine(
        name="mock/hungry",
        pixels=1,
        does=frozenset({Does.SHOT}),
        params=Params,
        open=lambda device: Plain(lambda order: pytest.fail("never rendered")),
        requires=("json", "surely_no_such_module", "surely_no_such_package.part"),
    )
    assert registry.missing(engine) == ("surely_no_such_module", "surely_no_such_package.part")


def test_says_which_package_brings_a_missing_program() -> None:
    engine = Engine(
        name="mock/mute",
        pixels=1,
        does=frozenset({Does.VOICE}),
        params=Params,
        open=lambda device: Plain(lambda order: pytest.fail("never rendered")),
        programs={"surely-no-such-program": "its-package", "sh": "dash"},
    )
    assert registry.missing(engine) == ("the program surely-no-such-program",)
    assert registry.remedy(engine) == "apt-get install its-package (Debian)"
    assert registry.remedy(replace(engine, programs={"sh": "dash"})) == ""
