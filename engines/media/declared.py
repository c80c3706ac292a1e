"""Programs that the user has declared in the settings of this machine. A project may only name them: a project file
never makes a program run.

voices:
  joe:
    run: [piper, --model, /opt/voices/joe.onnx, --output_file, "{out}"]
    language: en                 # left out: en
    licence: MIT                 # whose voice it is and what it may be used for, in your words
    timeout: 120                 # seconds for some minutes of speech; left out: 300
    version: "2"                 # change it when the program speaks otherwise, so that takes are made again

The text comes on standard input and, where ``{text_file}`` stands in ``run``, in that file; the sound is expected in
``{out}``, else on standard output. ``{speed}`` is the pace, 1 for the usual one. No shell is involved.
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints, TypeAdapter, ValidationError

from edl.errors import EnvironmentLacks
from edl.fields import Id

SLOTS = ("{text_file}", "{out}", "{speed}")


def _slots(run: tuple[str, ...]) -> tuple[str, ...]:
    strange = [part for part in run if "{" in part and not any(slot in part for slot in SLOTS)]
    if strange:
        raise ValueError(f"{strange[0]} is no slot; there are {', '.join(SLOTS)}")
    return run


class VoiceProgram(BaseModel):
    """A program that speaks a text."""

    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)

    run: Annotated[
        tuple[Annotated[str, StringConstraints(min_length=1)], ...], Field(min_length=1), AfterValidator(_slots)
    ]
    language: Annotated[str, StringConstraints(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9-]+)?$")] = "en"
    licence: str = ""
    timeout: Annotated[float, Field(gt=0, le=24 * 3600)] = 300.0
    version: str = ""

    @property
    def english(self) -> bool:
        return self.language.split("-")[0] == "en"

    @property
    def digest(self) -> str:
        """What decides how it sounds. Where the program is installed does not."""
        known = [Path(self.run[0]).name, *self.run[1:], self.language, self.version]
        return hashlib.sha256(json.dumps(known).encode()).hexdigest()[:16]


Voices = dict[Id, VoiceProgram]
_VOICES: TypeAdapter[Voices] = TypeAdapter(Voices, config=ConfigDict(defer_build=True))


def settings_file() -> Path:
    """Where the settings are read from; ``CUTAWAY_SETTINGS`` names another file."""
    named = os.environ.get("CUTAWAY_SETTINGS")
    base = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    return Path(named) if named else base / "cutaway" / "settings.yaml"


def declared_voices() -> Voices:
    """The voices of the settings; none where there is no file.

    :raises EnvironmentLacks: when the file is wrong
    """
    import yaml

    path = settings_file()
    try:
        written = yaml.safe_load(path.read_text(encoding="utf-8"))
        voices = written.get("voices") if isinstance(written, dict) else None
        return _VOICES.validate_python(voices or {})
    except FileNotFoundError:
        return {}
    except (OSError, yaml.YAMLError, ValidationError, UnicodeDecodeError) as error:
        raise EnvironmentLacks(f"{path} is wrong: {error}", "correct it, or move it away") from error
