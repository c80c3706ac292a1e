"""A journal in a file, for tests that kill the process which writes it."""

from __future__ import annotations

from pathlib import Path

import pytest

JOURNAL = """
import json
import os


class FileJournal:
    def __init__(self, path):
        self.path = path

    def entries(self):
        return [json.loads(line) for line in self.path.read_text().splitlines()] if self.path.exists() else []

    def write(self, entry):
        with self.path.open("a") as file:
            file.write(json.dumps(dict(entry)) + "\\n")
            file.flush()
            os.fsync(file.fileno())
"""


@pytest.fixture
def file_journal(tmp_path: Path) -> Path:
    """A folder for PYTHONPATH that holds the module ``file_journal`` with the class ``FileJournal``."""
    folder = tmp_path / "journals"
    folder.mkdir()
    (folder / "file_journal.py").write_text(JOURNAL)
    return folder
