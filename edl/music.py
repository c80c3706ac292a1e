"""The music of a project."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from edl.fields import FilePath, Model


class Music(Model):
    """A bed under the whole programme."""

    file: FilePath = Field(description="The sound file.")
    gain: Annotated[float, Field(ge=-60, le=12)] = Field(default=-18.0, description="Level in dB.")
    duck: Annotated[float, Field(ge=0, le=60)] = Field(
        default=0.0, description="How many dB it steps back under speech."
    )
