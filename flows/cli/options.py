"""Arguments and options that several commands share."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

ProjectFile = Annotated[
    Path, typer.Argument(metavar="FILE", help="The project file, or a folder that holds a project.yaml.")
]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on standard output and nothing else there.")]
Allow = Annotated[
    list[Path] | None,
    typer.Option("--allow-folder", help="A folder outside the project whose files it may use. May be repeated."),
]
Draft = Annotated[bool, typer.Option("--draft", help="Smaller and with the draft's engines, into out/draft/.")]


def project_file(path: Path) -> Path:
    """A folder stands for the project.yaml in it. ``Path.is_dir`` would raise for names that are too long."""
    return path / "project.yaml" if os.path.isdir(path) else path
