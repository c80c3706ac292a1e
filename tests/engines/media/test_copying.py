"""Bytes arrive as they are, whoever copies them, and a copy is a file of its own."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from engines.media import copying


@pytest.fixture(params=["kernel", "by hand"])
def source(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    if request.param == "by hand":

        def unable(*arguments: object) -> int:
            raise OSError(errno.EXDEV, "another file system")

        monkeypatch.setattr(os, "copy_file_range", unable)
    path = tmp_path / "source"
    path.write_bytes(os.urandom(3_000_001))
    return path


def test_a_range_is_appended(source: Path, tmp_path: Path) -> None:
    target = tmp_path / "target"
    with source.open("rb") as old, target.open("wb") as new:
        new.write(b"before")
        new.flush()
        copying.append_range(old.fileno(), 7, 2_500_000, new.fileno())
        copying.append_range(old.fileno(), 0, 3, new.fileno())
    data = source.read_bytes()
    assert target.read_bytes() == b"before" + data[7:2_500_007] + data[:3]


def test_a_source_that_is_too_short_is_noticed(source: Path, tmp_path: Path) -> None:
    with source.open("rb") as old, (tmp_path / "target").open("wb") as new, pytest.raises(OSError, match="too early"):
        copying.append_range(old.fileno(), 3_000_000, 2, new.fileno())


def test_changing_a_copy_in_place_leaves_the_original_alone(source: Path, tmp_path: Path) -> None:
    data, target = source.read_bytes(), tmp_path / "target"
    copying.copy_file(source, target)
    assert target.read_bytes() == data
    with target.open("r+b") as file:
        file.write(b"edited")
    assert source.read_bytes() == data
