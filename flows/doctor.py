"""Whether this machine can render, check by check."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distributions, version
from pathlib import Path

from engines.registry import engine, missing, names, remedy

LEAST_FREE = 2e9  # bytes
EXTRA = "diffusion/"  # engines of the extra of that name, which nobody has to install
OWN_NAMES = ("edl", "engines", "flows")


@dataclass(frozen=True)
class Check:
    """One look at one thing."""

    check: str
    ok: bool
    words: str
    remedy: str = ""


def diagnose() -> tuple[Check, ...]:
    """All checks, the basic ones first."""
    return tuple(_checks())


def _checks() -> Iterator[Check]:
    ok = (3, 11) <= sys.version_info[:2] < (3, 13)
    yield Check("python", ok, sys.version.split()[0], "use Python 3.11 or 3.12")
    for package in ("prefect", "av", "moviepy", "mediapipe", "pydantic"):
        yield _package(package)
    yield _ffmpeg()
    yield from _owners()
    for name in names():
        if not name.startswith("mock/"):
            yield _engine(name)
    yield _space()
    yield _gpu()


def _package(name: str) -> Check:
    try:
        return Check(name, True, version(name))
    except PackageNotFoundError:
        return Check(name, False, "not installed", "pip install -c constraints.txt -e .")


def _ffmpeg() -> Check:
    try:
        import imageio_ffmpeg

        path = imageio_ffmpeg.get_ffmpeg_exe()
        return Check("ffmpeg", os.access(path, os.X_OK), imageio_ffmpeg.get_ffmpeg_version())
    except (ImportError, RuntimeError) as error:
        return Check("ffmpeg", False, str(error), "pip install imageio-ffmpeg")


def _owners() -> Iterator[Check]:
    """Other distributions of the same top-level names would be imported instead of ours."""
    here = Path(__file__).resolve().parent.parent
    for name in OWN_NAMES:
        rivals = sorted(
            str(dist.metadata["Name"])
            for dist in distributions()
            if dist.metadata["Name"] != "cutaway" and any(_top(str(file)) == name for file in dist.files or ())
        )
        module = sys.modules.get(name)
        place = Path(module.__file__).resolve().parent.parent if module and module.__file__ else here
        ok = not rivals and place == here
        words = "ours" if ok else f"also owned by {', '.join(rivals) or place}"
        yield Check(
            f"package {name}", ok, words, f"pip uninstall {' '.join(rivals) or name}, or use an own environment"
        )


def _top(file: str) -> str:
    return file.split("/", 1)[0]


def _engine(name: str) -> Check:
    try:
        found = engine(name)
        absent = missing(found)
    except (ImportError, TypeError, KeyError) as error:
        return Check(name, False, str(error), "see docs/install.md")
    needs = f"needs {', '.join(absent)}"
    if absent and (name.startswith(EXTRA) or found.programs):
        install = remedy(found)
        return Check(name, True, f"not installed (optional): {needs}" + (f"; {install}" if install else ""))
    return Check(name, not absent, needs if absent else "ready", "see docs/install.md")


def _space() -> Check:
    free = shutil.disk_usage(tempfile.gettempdir()).free
    return Check("disk", free > LEAST_FREE, f"{free / 1e9:.1f} GB free", "free some space")


def _gpu() -> Check:
    found = Path("/proc/driver/nvidia/version").exists() or sys.platform == "darwin"
    return Check("gpu", True, "found" if found else "none; the embedded engines need none")
