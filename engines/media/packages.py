"""Versions of packages whose models decide output: they stand for the digests of the weights inside them."""

from __future__ import annotations

from functools import cache
from importlib.metadata import PackageNotFoundError, version


@cache
def versions(*packages: str) -> str:
    """Names and versions, for a recipe; a package that is not installed has none."""
    return ", ".join(f"{name} {_version(name)}" for name in packages)


def _version(name: str) -> str:
    try:
        return version(name)
    except PackageNotFoundError:
        return "none"
