"""Who may import whom, and when: the rules of ``docs/architecture.md``, read from the source with ``ast``."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGES = ("edl", "engines", "flows")
MAY_IMPORT = {"edl": {"edl"}, "engines": {"edl", "engines"}, "flows": {"edl", "engines", "flows"}}
EDL_FROM_OUTSIDE = {"pydantic", "pydantic_core", "yaml"}
# Tools and contracts that every engine may use; everything else in engines/ is a folder of engines.
SHARED = {"contract", "kernels", "registry", "measures", "media", "motion", "vision", "qc"}
# Modules that take noticeable time to import.
HEAVY = {
    "PIL", "accelerate", "av", "cv2", "diffusers", "hibari", "librosa", "matplotlib", "mediapipe", "moviepy", "numba",
    "numpy", "onnxruntime", "pocketsphinx", "prefect", "pyloudnorm", "scipy", "sklearn", "soundfile", "soxr", "torch",
    "transformers",
}  # fmt: skip
LONGEST = 400


@dataclass(frozen=True)
class Import:
    """One imported module. ``late``: inside a function; ``typing``: under ``TYPE_CHECKING``."""

    target: str
    line: int
    late: bool = False
    typing: bool = False

    @property
    def top(self) -> str:
        return self.target.split(".")[0]


@cache
def modules() -> dict[str, Path]:
    """Every module of the three packages by its dotted name."""
    found = {}
    for package in PACKAGES:
        for path in sorted((ROOT / package).rglob("*.py")):
            parts = path.relative_to(ROOT).with_suffix("").parts
            found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


@cache
def tree(name: str) -> ast.Module:
    return ast.parse(modules()[name].read_text("utf-8"), filename=str(modules()[name]))


@cache
def imports(name: str) -> tuple[Import, ...]:
    return tuple(_imports(name, tree(name), late=False, typing=False))


def _imports(name: str, node: ast.AST, late: bool, typing: bool) -> Iterator[Import]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Import):
            yield from (Import(alias.name, child.lineno, late, typing) for alias in child.names)
        elif isinstance(child, ast.ImportFrom):
            base = _absolute(name, child)
            for alias in child.names:
                inner = f"{base}.{alias.name}"
                yield Import(inner if inner in modules() else base, child.lineno, late, typing)
        elif isinstance(child, ast.If) and "TYPE_CHECKING" in ast.unparse(child.test):
            yield from _imports(name, ast.Module(child.body, []), late, True)
            yield from _imports(name, ast.Module(child.orelse, []), late, typing)
        else:
            deeper = late or isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda)
            yield from _imports(name, child, deeper, typing)


def _absolute(name: str, statement: ast.ImportFrom) -> str:
    if not statement.level:
        return statement.module or ""
    package = name if modules()[name].name == "__init__.py" else name.rpartition(".")[0]
    parts = package.split(".")
    base = parts[: len(parts) - statement.level + 1]
    return ".".join([*base, statement.module] if statement.module else base)


def where(name: str, found: Import) -> str:
    return f"{modules()[name].relative_to(ROOT)}:{found.line} imports {found.target}"


def is_engine(name: str) -> bool:
    """Whether a module offers an engine: ``engines/<folder>/<name>.py`` outside the shared folders."""
    parts = name.split(".")
    return len(parts) == 3 and parts[0] == "engines" and parts[1] not in SHARED and _is_public_file(name)


def _is_public_file(name: str) -> bool:
    path = modules()[name]
    return path.name != "__init__.py" and not path.name.startswith("_")


def started_by_check() -> list[str]:
    """Modules that a command with nothing to render imports."""
    roots = [name for name in modules() if name.split(".")[0] == "edl" or name.startswith("flows.cli")]
    return [*roots, "engines.contract", "engines.measures", "engines.registry", *filter(is_engine, modules())]


def test_packages_import_downwards_only() -> None:
    wrong = [
        where(name, found)
        for name in modules()
        for found in imports(name)
        if found.top in PACKAGES and found.top not in MAY_IMPORT[name.split(".")[0]]
    ]
    assert not wrong


def test_edl_needs_only_pydantic_yaml_and_the_standard_library() -> None:
    allowed = EDL_FROM_OUTSIDE | {"edl"} | sys.stdlib_module_names
    wrong = [
        where(name, found)
        for name in modules()
        for found in imports(name)
        if name.split(".")[0] == "edl" and found.top not in allowed
    ]
    assert not wrong


def test_only_flows_imports_prefect() -> None:
    wrong = [
        where(name, found)
        for name in modules()
        for found in imports(name)
        if found.top == "prefect" and name.split(".")[0] != "flows"
    ]
    assert not wrong


def test_engines_do_not_import_one_another() -> None:
    wrong = [
        where(name, found)
        for name in modules()
        for found in imports(name)
        if name.split(".")[0] == found.top == "engines" and not _may_share(name, found.target)
    ]
    assert not wrong


def _may_share(name: str, target: str) -> bool:
    mine, theirs = name.split(".")[1:], target.split(".")[1:]
    if not theirs or theirs[0] in SHARED:
        return True
    return bool(mine) and mine[0] == theirs[0] and not is_engine(target)


def test_heavy_modules_are_not_imported_before_something_renders() -> None:
    chain = {name: name for name in started_by_check()}
    waiting = list(chain)
    wrong = []
    while waiting:
        name = waiting.pop()
        for found in imports(name):
            if found.late or found.typing:
                continue
            if found.top in HEAVY:
                wrong.append(f"{where(name, found)} (reached by {chain[name]})")
            for step in _with_parents(found.target):
                if step in modules() and step not in chain:
                    chain[step] = f"{chain[name]} > {step}"
                    waiting.append(step)
    assert not wrong


def _with_parents(target: str) -> Iterator[str]:
    parts = target.split(".")
    yield from (".".join(parts[: count + 1]) for count in range(len(parts)))


def test_every_engine_and_the_models_load_without_a_heavy_module() -> None:
    program = (
        "import sys, importlib\n"
        "from engines.registry import engine, names\n"
        f"[importlib.import_module(name) for name in {[name for name in modules() if name.startswith('edl.')]}]\n"
        "[engine(name) for name in names() if name]\n"
        f"print(*sorted({HEAVY} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == ""


def test_no_import_cycles() -> None:
    """Late imports count: they are for weight, not for hiding cycles."""
    edges = {
        name: sorted({found.target for found in imports(name) if not found.typing and found.target in modules()})
        for name in modules()
    }
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> None:
        assert name not in path, " > ".join((*path[path.index(name) :], name))
        if name not in done:
            for target in edges[name]:
                if target != name:
                    visit(target, (*path, name))
            done.add(name)

    for name in edges:
        visit(name, ())


@pytest.mark.parametrize("name", sorted(modules()))
def test_module_is_short_and_names_what_it_catches(name: str) -> None:
    assert len(modules()[name].read_text("utf-8").splitlines()) <= LONGEST
    bare = [node.lineno for node in ast.walk(tree(name)) if isinstance(node, ast.ExceptHandler) and node.type is None]
    assert not bare, f"bare except in {name}, lines {bare}"


def test_no_file_in_flows_is_named_like_a_standard_module() -> None:
    """Prefect may put the folder of a flow first on ``sys.path``."""
    names = {path.stem for path in (ROOT / "flows").rglob("*.py")} | {path.name for path in (ROOT / "flows").iterdir()}
    assert not names & sys.stdlib_module_names - {"__main__"}


def test_tests_are_no_package() -> None:
    """``tests/edl/__init__.py`` would shadow the real ``edl``."""
    assert not list((ROOT / "tests").rglob("__init__.py"))
