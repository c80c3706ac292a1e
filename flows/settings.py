"""The user's own settings, apart from any project: ``~/.config/cutaway/settings.yaml``.

store: /fast/disk/cutaway      # where parts are kept; left out: .cutaway beside each project file
jobs: 2                        # steps that run at once; left out: one for each core, at most four
allow: [/media/shared]         # folders outside a project that projects may use files of
gpu_wait: 3600                 # seconds to wait for a GPU that another run uses; left out: 12 hours
voices: {...}                  # programs that speak, for voice/command: see engines/media/declared.py
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from edl.errors import EnvironmentLacks
from engines.media.declared import Voices, settings_file

MOST_JOBS = 4
GPU_WAIT = 12 * 3600.0  # seconds: a night


class _File(BaseModel):
    model_config = ConfigDict(extra="forbid", defer_build=True)

    store: Path | None = None
    jobs: int | None = Field(default=None, ge=1, le=64)
    allow: tuple[Path, ...] = ()
    gpu_wait: float = Field(default=GPU_WAIT, ge=0)
    voices: Voices = Field(default_factory=dict)


@dataclass(frozen=True)
class Settings:
    """What the user has settled for this machine."""

    store: Path | None = None
    jobs: int = 1
    allowed: tuple[Path, ...] = ()
    gpu_wait: float = GPU_WAIT


def read_settings() -> Settings:
    """The settings, or their defaults where there is no file.

    :raises EnvironmentLacks: when the file is wrong
    """
    import yaml

    path = settings_file()
    try:
        written = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        found = _File.model_validate(written)
    except FileNotFoundError:
        found = _File()
    except (OSError, yaml.YAMLError, ValidationError, UnicodeDecodeError) as error:
        raise EnvironmentLacks(f"{path} is wrong: {error}", "correct it, or move it away") from error
    jobs = found.jobs or min(MOST_JOBS, os.cpu_count() or 1)
    base = path.resolve().parent
    return Settings(
        base / found.store.expanduser() if found.store else None,
        jobs,
        tuple(base / folder.expanduser() for folder in found.allow),
        found.gpu_wait,
    )
