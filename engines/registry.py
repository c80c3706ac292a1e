"""Finds engines by name. Built-in ones and those of other distributions come through the same door."""

from __future__ import annotations

import importlib
import pkgutil
import shutil
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from importlib.util import find_spec
from pathlib import Path

from engines.contract import Engine

FOLDERS = ("animator", "diffusion", "graphics", "footage", "voice", "conformer", "mock")
GROUP = "cutaway.engines"


def names() -> tuple[str, ...]:
    """The names of all engines that can be chosen, without importing one."""
    return tuple(sorted({*_built_in(), *_outside()}))


@cache
def engine(name: str) -> Engine:
    """The engine of that name.

    :raises KeyError: when there is none.
    :raises TypeError: when the module offers something else under ``ENGINE``.
    """
    outside = _outside()
    if name in outside:
        found = _loaded(outside[name])
    elif name in _built_in():
        found = getattr(importlib.import_module("engines." + name.replace("/", ".")), "ENGINE", None)
    else:
        raise KeyError(name)
    if not isinstance(found, Engine) or found.name != name:
        raise TypeError(f"{name} is not offered as an Engine of that name")
    return found


def missing(found: Engine) -> tuple[str, ...]:
    """Modules and programs that an engine requires and that are not installed."""
    modules = tuple(module for module in found.requires if not _installed(module))
    return modules + tuple(f"the program {name}" for name in found.programs if shutil.which(name) is None)


def remedy(found: Engine) -> str:
    """How to install the programs that an engine requires and that are not there; empty where none is missing."""
    packages = sorted({package for name, package in found.programs.items() if shutil.which(name) is None})
    return f"apt-get install {' '.join(packages)} (Debian)" if packages else ""


def _installed(module: str) -> bool:
    try:
        return find_spec(module) is not None
    except ModuleNotFoundError:  # the package around a submodule is missing
        return False


def _loaded(entry: EntryPoint) -> object:
    try:
        return entry.load()
    except AttributeError:  # the module lacks what the entry point promises
        return None


@cache
def _built_in() -> frozenset[str]:
    root = Path(__file__).parent
    return frozenset(
        f"{folder}/{module.name}"
        for folder in FOLDERS
        if (root / folder).is_dir()
        for module in pkgutil.iter_modules([str(root / folder)])
        if not module.ispkg and not module.name.startswith("_")
    )


@cache
def _outside() -> dict[str, EntryPoint]:
    return {entry.name: entry for entry in entry_points(group=GROUP)}
