"""Values that know where they were written, built from the events of a YAML parser.

What a plain word means is decided here, by the core schema of YAML 1.2: ``No``, ``on``, ``12:30`` and dates are
text; only ``true``, ``false``, ``null`` and numbers are not.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple, NoReturn

import yaml

from edl.codes import YAML_TOO_LARGE, YAML_TWICE, YAML_UNSUPPORTED
from edl.errors import ProjectInvalid
from edl.findings import Finding, Place

MOST_NODES = 200_000  # aliases counted as if written out
MOST_DEPTH = 64

Scalar = None | bool | int | float | str
Plain = Scalar | list["Plain"] | dict[str, "Plain"]

_INTEGER = re.compile(r"[-+]?[0-9]{1,300}$")
_BASED = re.compile(r"0o[0-7]{1,300}$|0x[0-9a-fA-F]{1,300}$")
_FLOAT = re.compile(r"[-+]?(\.[0-9]{1,300}|[0-9]{1,300}(\.[0-9]{0,300})?)([eE][-+]?[0-9]{1,300})?$")
_ENDLESS = re.compile(r"[-+]?\.(inf|Inf|INF)$|\.(nan|NaN|NAN)$")
_WORDS: dict[str, Scalar] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}


class Node(NamedTuple):
    """A value and where it was written. ``raw`` is a scalar as written, before ``true`` became true."""

    value: Scalar | list[Node] | dict[str, Node]
    place: Place
    raw: str = ""


def plain(node: Node) -> Plain:
    """The value without its places."""
    value = node.value
    if isinstance(value, dict):
        return {key: plain(child) for key, child in value.items()}
    if isinstance(value, list):
        return [plain(child) for child in value]
    return value


def resolve(text: str) -> Scalar:
    """What a word without quotes means.

    :raises ValueError: for infinities and what is not a number.
    """
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in "+-.0123456789":
        return text
    if _INTEGER.match(text):
        return int(text)
    if _BASED.match(text):
        return int(text[2:], 8 if text[1] == "o" else 16)
    if _FLOAT.match(text):
        number = float(text)
        if math.isfinite(number):
            return number
    elif not _ENDLESS.match(text):
        return text
    raise ValueError(f"{text[:40]} is not a number that can be used")


_ODD_KEY = ("a key must be plain text", "Write each key as one word, followed by a colon.")


@dataclass
class _Open:
    """A mapping or list that is being filled. ``key`` is the key that waits for its value."""

    items: list[Node] | dict[str, Node]
    place: Place
    anchor: str | None
    before: int  # nodes counted before this one
    key: str | None = None
    key_place: Place = field(default_factory=Place)


@dataclass
class Builder:
    """Builds nodes on a stack of its own, so that no depth of nesting can overflow."""

    file: str
    findings: list[Finding] = field(default_factory=list)
    _count: int = 0
    _stack: list[_Open] = field(default_factory=list)
    _anchors: dict[str, tuple[Node | None, int]] = field(default_factory=dict)  # None while it is being filled
    _top: Node | None = None

    def build(self, events: Iterable[yaml.Event]) -> Node | None:
        """The top node of the first document; None when there is none.

        :raises ProjectInvalid: when it makes no sense to read on.
        """
        for event in events:
            if isinstance(event, yaml.ScalarEvent):
                self._scalar(event)
            elif isinstance(event, yaml.CollectionStartEvent):
                self._begin(event)
            elif isinstance(event, yaml.CollectionEndEvent):
                self._end()
            elif isinstance(event, yaml.AliasEvent):
                self._alias(event)
            elif isinstance(event, yaml.DocumentStartEvent) and self._top is not None:
                self._refuse(self._place(event), "a second document starts here (---)", "Keep one document a file.")
                break
        return self._top

    def _scalar(self, event: yaml.ScalarEvent) -> None:
        place = self._place(event)
        self._spend(1, place)
        if self._at_key():
            self._key(event.value, place)
            if event.anchor:
                self._anchors[event.anchor] = (Node(event.value, place, event.value), 1)
            return
        value: Scalar = event.value
        if event.tag is None and event.implicit[0]:
            try:
                value = resolve(event.value)
            except ValueError as error:
                self._refuse(place, str(error), "Write a plain number.")
        elif event.tag not in (None, "!", "tag:yaml.org,2002:str"):
            self._refuse(place, f"tags such as {event.tag} are not used", "Take the word after the ! out.")
        self._put(Node(value, place, event.value), event.anchor, 1)

    def _begin(self, event: yaml.CollectionStartEvent) -> None:
        place = self._place(event)
        self._spend(1, place)
        if self._at_key():
            self._stop(YAML_UNSUPPORTED.at(place, *_ODD_KEY))
        if event.tag not in (None, "!"):
            self._refuse(place, f"tags such as {event.tag} are not used", "Take the word after the ! out.")
        if len(self._stack) >= MOST_DEPTH:
            self._stop(YAML_TOO_LARGE.at(place, f"this is nested more than {MOST_DEPTH} deep"))
        items: list[Node] | dict[str, Node] = [] if isinstance(event, yaml.SequenceStartEvent) else {}
        self._stack.append(_Open(items, place, event.anchor, self._count - 1))
        if event.anchor:
            self._anchors[event.anchor] = (None, 0)

    def _end(self) -> None:
        done = self._stack.pop()
        self._put(Node(done.items, done.place), done.anchor, self._count - done.before)

    def _alias(self, event: yaml.AliasEvent) -> None:
        place = self._place(event)
        if event.anchor not in self._anchors:
            self._stop(
                YAML_UNSUPPORTED.at(
                    place,
                    f"*{event.anchor} refers to nothing",
                    f'Text that starts with * must stand in quotes: "*{event.anchor}".',
                )
            )
        node, size = self._anchors[event.anchor]
        if node is None:
            self._stop(YAML_UNSUPPORTED.at(place, f"*{event.anchor} contains itself", "Write it out plainly."))
        self._spend(size, place)
        if not self._at_key():
            self._put(node._replace(place=place), None, size)
        elif isinstance(node.value, (dict, list)):
            self._stop(YAML_UNSUPPORTED.at(place, *_ODD_KEY))
        else:
            self._key(node.raw, place)

    def _at_key(self) -> bool:
        return bool(self._stack) and isinstance(self._stack[-1].items, dict) and self._stack[-1].key is None

    def _key(self, key: str, place: Place) -> None:
        holder = self._stack[-1]
        place = Place(self.file, place.line, holder.place.inside(key).path)
        if key == "<<":
            self._refuse(place, "merge keys (<<) are not used", "Write the keys out, or put them under defaults:.")
        elif isinstance(holder.items, dict) and key in holder.items:
            message = f'"{key}" stands here and already in line {holder.items[key].place.line}'
            self.findings.append(YAML_TWICE.at(place, message))
        holder.key, holder.key_place = key, place

    def _put(self, node: Node, anchor: str | None, size: int) -> None:
        """Hang a finished node where it belongs. The place of a mapping's value is that of its key."""
        if anchor:
            self._anchors[anchor] = (node, size)
        if not self._stack:
            self._top = node
            return
        holder = self._stack[-1]
        if isinstance(holder.items, list):
            holder.items.append(node)
        elif holder.key is not None:
            if holder.key != "<<":
                holder.items.setdefault(holder.key, node._replace(place=holder.key_place))
            holder.key = None

    def _place(self, event: yaml.Event) -> Place:
        line = event.start_mark.line + 1 if event.start_mark else 1
        if not self._stack:
            return Place(self.file, line)
        holder = self._stack[-1]
        if isinstance(holder.items, list):
            return Place(self.file, line, f"{holder.place.path}[{len(holder.items)}]")
        return Place(self.file, line, holder.key_place.path if holder.key is not None else holder.place.path)

    def _spend(self, nodes: int, place: Place) -> None:
        self._count += nodes
        if self._count > MOST_NODES:
            self._stop(YAML_TOO_LARGE.at(place, f"there are more than {MOST_NODES:,} values up to here"))

    def _refuse(self, place: Place, message: str, remedy: str) -> None:
        self.findings.append(YAML_UNSUPPORTED.at(place, message, remedy))

    def _stop(self, finding: Finding) -> NoReturn:
        raise ProjectInvalid((*self.findings, finding))
