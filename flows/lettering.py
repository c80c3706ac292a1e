"""The fonts that a title is drawn with, as inputs of its take, so that they are in its recipe."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel

from engines.media.typefaces import Typeface
from flows.plan import Source


@dataclass(frozen=True)
class Lettering:
    """The fonts of a title's text and of its subtitle, each with the digest of its file, in order of preference."""

    text: Mapping[Typeface, str] = field(default_factory=dict)
    subtitle: Mapping[Typeface, str] = field(default_factory=dict)

    def params(self, params: BaseModel) -> BaseModel:
        """An engine's parameters with the numbers of the fonts in their files."""
        numbers = {f"{name}_faces": tuple(face.number for face in faces) for name, faces in self._both()}
        return params.model_copy(update=numbers)

    def sources(self) -> dict[str, Source]:
        """The font files by input name."""
        return {
            f"{name}{at}": Source(digest, face.path)
            for name, faces in self._both()
            for at, (face, digest) in enumerate(faces.items())
        }

    def _both(self) -> Iterator[tuple[str, Mapping[Typeface, str]]]:
        yield "text", self.text
        yield "subtitle", self.subtitle
