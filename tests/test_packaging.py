"""What a newcomer meets first: the packages, the pins, the two commands, and the demo's files."""

from __future__ import annotations

import ast
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from edl.loader import load
from edl.schema import json_schema

ROOT = Path(__file__).resolve().parents[1]
DEMO = ROOT / "projects" / "demo"
EXAMPLES = (DEMO, ROOT / "projects" / "dialogue")
TARGETS = ("help", "demo", "dialogue", "test", "test-slow", "test-browser", "test-diffusion", "check", "venv", "clean")
# Distributions whose module has another name.
MODULE = {
    "fonttools": "fontTools",
    "hibari-tts": "hibari",
    "opencv-contrib-python": "cv2",
    "pillow": "PIL",
    "protobuf": "google",
    "pyyaml": "yaml",
}
# Declared for their upper limit only: Prefect imports them, and does not limit them enough.
LIMITED = {"fastapi", "sqlalchemy"}
# Modules that a declared distribution brings along by design.
BROUGHT = {"pydantic_core"}
MEGABYTE = 1_000_000


@cache
def declared() -> Mapping[str, Any]:
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    return project


def requirements(*extras: str) -> list[Requirement]:
    lines = [
        *declared()["dependencies"],
        *(line for extra in extras for line in declared()["optional-dependencies"][extra]),
    ]
    return [Requirement(line) for line in lines]


@cache
def pins() -> dict[str, Version]:
    lines = (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    pinned = [re.fullmatch(r"([\w.-]+)==([\w.]+)", line) for line in lines if line and not line.startswith("#")]
    assert all(pinned), "constraints.txt holds exact versions and comments only"
    found = {str(canonicalize_name(match[1])): Version(match[2]) for match in pinned if match}
    assert len(found) == len(pinned), "one pin a distribution"
    return found


def imported() -> set[str]:
    """Top-level names of everything that the three packages import from outside."""
    own = {"edl", "engines", "flows"}
    paths = [path for package in sorted(own) for path in (ROOT / package).rglob("*.py")]
    names = {name for path in paths for name in _imported(ast.parse(path.read_text("utf-8")))}
    return names - own - BROUGHT - sys.stdlib_module_names


def _imported(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module.split(".")[0]


def modules_of(found: list[Requirement]) -> set[str]:
    return {MODULE.get(canonicalize_name(each.name), each.name.replace("-", "_")) for each in found}


def test_pins_satisfy_every_requirement() -> None:
    for requirement in requirements("dev", "diffusion"):
        version = pins().get(canonicalize_name(requirement.name))
        assert version is not None, f"{requirement.name} has no pin"
        assert version in requirement.specifier, f"{requirement} is pinned to {version}"


def test_one_opencv_only() -> None:
    assert [name for name in pins() if name.startswith("opencv")] == ["opencv-contrib-python"]


def test_what_is_imported_is_declared() -> None:
    assert not imported() - modules_of(requirements("diffusion"))


def test_what_is_declared_is_imported() -> None:
    assert not modules_of(requirements()) - imported() - LIMITED


def test_the_command_exists() -> None:
    module, _, function = declared()["scripts"]["cutaway"].partition(":")
    assert callable(getattr(import_module(module), function))


def test_the_wheel_holds_three_packages_with_their_data(tmp_path: Path) -> None:
    source = tmp_path / "source"
    source.mkdir()
    for name in ("edl", "engines", "flows", "tests"):
        shutil.copytree(ROOT / name, source / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("pyproject.toml", "README.md", "LICENSE", "NOTICE", ".gitignore"):
        shutil.copy(ROOT / name, source / name)
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(tmp_path / "dist")]
    built = subprocess.run(command, cwd=source, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stderr
    (wheel,) = (tmp_path / "dist").glob("cutaway-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        entry_points = archive.read(next(name for name in names if name.endswith("entry_points.txt"))).decode()
    information = f"cutaway-{declared()['version']}.dist-info"
    assert {name.split("/")[0] for name in names} == {"edl", "engines", "flows", information}
    wanted = {path.relative_to(ROOT).as_posix() for path in (ROOT / "engines" / "graphics" / "fonts").iterdir()}
    wanted |= {f"{package}/py.typed" for package in ("edl", "engines", "flows")}
    wanted |= {f"{information}/licenses/{name}" for name in ("LICENSE", "NOTICE")}
    wanted |= {path.relative_to(ROOT).as_posix() for path in (ROOT / "edl").rglob("*.py")}
    assert not wanted - names
    assert "cutaway = flows.cli.app:main" in entry_points


def test_it_cannot_be_uploaded_by_mistake() -> None:
    assert "Private :: Do Not Upload" in declared()["classifiers"]


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
def test_make_alone_lists_every_target() -> None:
    # Without what a surrounding make would hand down: `make test` runs this test from within make.
    alone = {name: value for name, value in os.environ.items() if name not in ("MAKEFLAGS", "MAKELEVEL", "MFLAGS")}
    shown = subprocess.run(["make"], cwd=ROOT, env=alone, capture_output=True, text=True, check=True).stdout
    assert re.findall(r"^  make (\S+) ", shown, re.MULTILINE) == list(TARGETS)
    for target in TARGETS:
        subprocess.run(["make", "-n", target], cwd=ROOT, env=alone, capture_output=True, check=True)


def test_continuous_integration_calls_every_kind_of_check() -> None:
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    assert script.startswith("#!/usr/bin/env bash\n")
    assert "set -euo pipefail" in script
    called = re.findall(r"^make ([a-z-]+)$", script, re.MULTILINE)
    assert called == ["venv", "check", "test", "demo", "test-slow", "test-browser", "test-diffusion"]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_licences_name_every_asset(example: Path) -> None:
    folder = example / "assets"
    text = (folder / "LICENSES.md").read_text("utf-8")
    assets = [path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != "LICENSES.md"]
    assert assets
    assert not [path.name for path in assets if f"| `{path.relative_to(folder).as_posix()}` |" not in text]
    assert sum(path.stat().st_size for path in assets) < 10 * MEGABYTE


def test_the_demo_uses_every_kind_of_segment() -> None:
    kinds = {segment.kind.value for segment in load(DEMO / "project.yaml").project.segments}
    assert {"talk", "narrate", "cutaway", "loop", "title"} <= kinds


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda example: example.name)
def test_an_example_names_files_that_exist_and_says_whose_faces_it_shows(example: Path) -> None:
    project = load(example / "project.yaml").project
    named = re.findall(r"\bassets/[\w.-]*\w", (example / "project.yaml").read_text("utf-8"))
    assert named
    assert not [name for name in named if not (example / name).is_file()]
    assert project.output.label is not None
    assert all(member.release for member in project.cast.values())


def test_the_schema_for_editors_is_current() -> None:
    kept = ROOT / "docs" / "cutaway.schema.json"
    assert json.loads(kept.read_text("utf-8")) == json_schema(), "renew: cutaway schema > docs/cutaway.schema.json"
    first = (DEMO / "project.yaml").read_text("utf-8").splitlines()[0]
    assert (DEMO / first.partition("$schema=")[2]).resolve() == kept


def test_links_of_the_documents_lead_somewhere() -> None:
    documents = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), *(ROOT / "projects").rglob("*.md")]
    broken = [
        f"{document.relative_to(ROOT)}: {link}"
        for document in documents
        for link in re.findall(r"\]\(([^)#\s]+)[^)]*\)", document.read_text("utf-8"))
        if "://" not in link and not (document.parent / link).exists()
    ]
    assert not broken
