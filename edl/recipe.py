"""Recipes: everything that decides one part. The hash of a recipe is the part's name.

Two recipes are the same if and only if their canonical JSON is: keys sorted, no blanks, fractions as text,
parameters that equal their defaults left out (so that a new parameter with a neutral default renames nothing).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from fractions import Fraction

from pydantic import BaseModel, JsonValue

from edl.clock import rate_text


@dataclass(frozen=True)
class Native:
    """The shape that an engine is ordered in: its own size, rate and number of frames."""

    width: int
    height: int
    fps: Fraction
    frames: int
    alpha: bool = False

    @property
    def seconds(self) -> Fraction:
        return self.frames / self.fps


@dataclass(frozen=True)
class Recipe:
    """What decides one part. ``seed`` is the take's number where the engine has no seed, 0 where it has takes
    of neither kind. ``inputs`` maps a name to the sha256 of a file's bytes. ``permitted`` are fallbacks that
    the engine may take (tiles, precision)."""

    engine: str
    pixels: int
    params: Mapping[str, JsonValue] = field(default_factory=dict)
    native: Native | None = None
    seed: int = 0
    inputs: Mapping[str, str] = field(default_factory=dict)
    weights: str = ""
    permitted: tuple[str, ...] = ()

    def document(self) -> dict[str, JsonValue]:
        """The recipe as plain JSON."""
        document: dict[str, JsonValue] = {
            "engine": self.engine,
            "pixels": self.pixels,
            "params": dict(self.params),
            "seed": self.seed,
            "inputs": dict(self.inputs),
        }
        if self.weights:
            document["weights"] = self.weights
        if self.permitted:
            document["permitted"] = list(self.permitted)
        if self.native:
            document["native"] = native_document(self.native)
        return document

    @property
    def name(self) -> str:
        """The part's name: sha256 of the canonical JSON, 64 hexadecimal digits."""
        return hashlib.sha256(canonical(self.document())).hexdigest()


def native_document(native: Native) -> dict[str, JsonValue]:
    """A native shape as plain JSON."""
    document: dict[str, JsonValue] = {
        "width": native.width,
        "height": native.height,
        "fps": rate_text(native.fps),
        "frames": native.frames,
    }
    if native.alpha:
        document["alpha"] = True
    return document


def native_from(document: Mapping[str, JsonValue]) -> Native:
    """The inverse of :func:`native_document`."""
    return Native(
        width=int(str(document["width"])),
        height=int(str(document["height"])),
        fps=Fraction(str(document["fps"])),
        frames=int(str(document["frames"])),
        alpha=bool(document.get("alpha", False)),
    )


def canonical(document: JsonValue) -> bytes:
    """Canonical JSON: one byte string for one meaning.

    :raises ValueError: for NaN and infinities, which have no meaning here.
    """
    text = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return text.encode()


def differing(params: BaseModel) -> dict[str, JsonValue]:
    """The parameters that differ from their defaults, as JSON."""
    return params.model_dump(mode="json", exclude_defaults=True, by_alias=True)
