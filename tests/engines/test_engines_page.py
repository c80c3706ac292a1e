"""The worked example of docs/engines.md is an engine, and what the page says of the mocks is so."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import get_args

from engines import registry
from engines.mock._faults import Fault
from engines.mock._provider import Faults

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/engines.md").read_text("utf-8")


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert found
    return found[1]


def test_the_worked_example_passes_the_contract_suite(tmp_path: Path) -> None:
    offered = tomllib.loads(block("toml"))["project"]["entry-points"]["cutaway.engines"]
    name, value = next(iter(offered.items()))
    module = value.partition(":")[0]
    (tmp_path / f"{module}.py").write_text(block("python"), "utf-8")
    info = tmp_path / f"{module}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[cutaway.engines]\n{name} = {value}\n")
    ran = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "tests/engines/test_contract.py", "-k", f"{name} or light"],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert ran.returncode == 0, ran.stdout
    passed = re.search(r"(\d+) passed", ran.stdout)
    assert passed
    assert int(passed[1]) >= 14


def test_the_page_is_true_of_the_mocks() -> None:
    for name in registry.names():
        assert not name.startswith("mock/") or f"`{name}`" in PAGE
    for fault in get_args(Fault):
        assert fault == "none" or f"`{fault}`" in PAGE
    for fault in Faults.model_fields:
        assert f"`{fault}`" in PAGE
    assert set(re.findall(r"`(mock/[a-z]+)`", PAGE)) <= set(registry.names())
