"""Digests of files, remembered by size and time stamp so that nothing-to-do reads nothing."""

from __future__ import annotations

import hashlib
import json
import time
from contextlib import suppress
from pathlib import Path

RACY_NS = 2_000_000_000  # a file changed this shortly before it was read may change again unseen


def digest_file(path: Path) -> str:
    """sha256 of a file's bytes, hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


class DigestBook:
    """Remembers digests in one JSON file. A lost or damaged book only costs reading the files again."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._changed = False
        self._known: dict[str, tuple[int, int, int, str]] = {}
        with suppress(OSError, ValueError, TypeError, AttributeError):
            written = json.loads(path.read_text(encoding="utf-8")).items()
            self._known = {
                key: (int(size), int(stamp), int(node), str(name)) for key, (size, stamp, node, name) in written
            }

    def known(self, path: Path) -> str | None:
        """The digest of an unchanged file that was read before."""
        entry = self._known.get(str(path))
        if entry is None:
            return None
        try:
            found = path.stat()
        except OSError:
            return None
        return entry[3] if entry[:3] == (found.st_size, found.st_mtime_ns, found.st_ino) else None

    def digest(self, path: Path) -> str:
        """The digest of a file, read if need be.

        :raises OSError: when it cannot be read
        """
        if (known := self.known(path)) is not None:
            return known
        before = path.stat()
        digest = digest_file(path)
        if time.time_ns() - before.st_mtime_ns > RACY_NS:
            self._known[str(path)] = (before.st_size, before.st_mtime_ns, before.st_ino, digest)
            self._changed = True
        return digest

    def save(self) -> None:
        """Write the book down, quietly leaving it out where the folder cannot be written."""
        if not self._changed:
            return
        with suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            draft = self._path.with_suffix(".new")
            draft.write_text(json.dumps(self._known))
            draft.replace(self._path)
