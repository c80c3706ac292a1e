"""Where the values of a project were written."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from edl.findings import Place
from edl.nodes import Node
from edl.project import Kind

_STEP = re.compile(r"\[(\d+)\]|[^.\[\]]+")


@dataclass(frozen=True)
class Places:
    """Finds the place of a value: by its path in the whole project, or by segment and field.

    A value that was not written has the place of the nearest thing around it that was. A value from an included file
    or from ``defaults:`` has its place there.
    """

    top: Node

    def at(self, path: str) -> Place:
        """The place of a path such as ``segments[3].prompt``."""
        return _walk(self.top, path).place

    def of(self, segment_id: str, field: str = "") -> Place:
        """The place of a segment, or of a field in it such as ``prompt`` or ``from.word``."""
        segment = self._segments.get(segment_id)
        return _walk(segment, field).place if segment else self.top.place

    def __getitem__(self, path: str) -> Place:
        return self.at(path)

    @cached_property
    def _segments(self) -> dict[str, Node]:
        listed = self.top.value.get("segments") if isinstance(self.top.value, dict) else None
        found: dict[str, Node] = {}
        for segment in listed.value if listed and isinstance(listed.value, list) else ():
            if isinstance(segment.value, dict):
                for kind in Kind:
                    if name := segment.value.get(kind.value):
                        found.setdefault(str(name.value), segment)
        return found


def _walk(node: Node, path: str) -> Node:
    for match in _STEP.finditer(path):
        step = match.group()
        if isinstance(node.value, dict) and step in node.value:
            node = node.value[step]
        elif isinstance(node.value, list) and match[1] and int(match[1]) < len(node.value):
            node = node.value[int(match[1])]
        else:
            break
    return node
