"""Joins a project file with the files that it includes.

Mappings are merged key by key; the main file wins over what it includes, and a later included file over an earlier
one. The entries of ``segments`` and ``music`` are put one after the other: the main file's first, then those of each
included file in turn. Names of included files count from the including file.
"""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path

from edl.codes import INCLUDE_CYCLE, VALUE_WRONG, YAML_TOO_LARGE
from edl.errors import ProjectInvalid
from edl.findings import Finding
from edl.nodes import Node
from edl.paths import Unusable, resolve
from edl.source import read

MOST_FILES = 100
JOINED = frozenset({"segments", "music"})


def gather(path: Path, allowed: tuple[Path, ...] = ()) -> tuple[Node, tuple[Finding, ...]]:
    """Read a project file and all that it includes.

    :return: one mapping without ``include``, and what is wrong with the files though they could be read
    :raises ProjectInvalid: when the main file cannot be read
    """
    gatherer = _Gatherer(path.absolute().parent, allowed)
    top = gatherer.file(path.absolute(), path.name, ())
    return top, tuple(gatherer.findings)


@dataclass
class _Gatherer:
    folder: Path
    allowed: tuple[Path, ...]
    findings: list[Finding] = field(default_factory=list)
    files: int = 0

    def file(self, path: Path, name: str, above: tuple[Path, ...]) -> Node:
        top, findings = read(path, name)
        self.findings += findings
        values = dict(top.value) if isinstance(top.value, dict) else {}
        include = values.pop("include", None)
        main = top._replace(value=values)
        if include is None or include.value is None:
            return main
        merged = Node({}, main.place)
        listed = include.value if isinstance(include.value, list) else [include]
        later: list[Node] = []
        for entry in listed:
            found = self._included(entry, path, (*above, Path(os.path.realpath(path))))
            if found is not None:
                later.append(found)
                merged = merge(merged, found)
        return _joined(merge(merged, main), (main, *later))

    def _included(self, entry: Node, path: Path, above: tuple[Path, ...]) -> Node | None:
        if not isinstance(entry.value, str):
            self.findings.append(VALUE_WRONG.at(entry.place, "include: lists the names of files"))
            return None
        found = resolve(self.folder, entry.value, self.allowed, path.parent)
        if isinstance(found, Unusable):
            self.findings.append(found.at(entry.place))
            return None
        if Path(os.path.realpath(found)) in above:
            self.findings.append(INCLUDE_CYCLE.at(entry.place, f'"{entry.value}" includes itself in the end'))
            return None
        self.files += 1
        if self.files > MOST_FILES:
            raise ProjectInvalid((YAML_TOO_LARGE.at(entry.place, f"more than {MOST_FILES} files are included"),))
        try:
            return self.file(found, os.path.relpath(found, self.folder), above)
        except ProjectInvalid as error:
            self.findings += error.findings
            return None


def merge(under: Node, over: Node) -> Node:
    """Two values as one: mappings key by key, anything else as ``over`` says."""
    if not (isinstance(under.value, dict) and isinstance(over.value, dict)):
        return over
    merged = dict(under.value)
    for key, value in over.value.items():
        merged[key] = merge(merged[key], value) if key in merged else value
    return over._replace(value=merged)


def _joined(merged: Node, parts: tuple[Node, ...]) -> Node:
    """The merged mapping, with the lists that are put one after the other."""
    values = dict(merged.value) if isinstance(merged.value, dict) else {}
    for key in JOINED & values.keys():
        lists = [part.value[key] for part in parts if isinstance(part.value, dict) and key in part.value]
        if all(isinstance(each.value, list) for each in lists):
            entries = [entry for each in lists if isinstance(each.value, list) for entry in each.value]
            values[key] = lists[0]._replace(value=entries)
    return merged._replace(value=values)
