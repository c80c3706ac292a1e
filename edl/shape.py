"""Looks at the shape of a project: the kinds of its segments, then each value by its model.

What cannot be read is said once and set aside, and misspelt keys are read as they were likely meant, so that the rules
can still look at the rest and no mistake hides another.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from pydantic import ValidationError

from edl.codes import ID_TWICE, KIND_UNKNOWN, TWO_KINDS, VALUE_WRONG
from edl.explain import Steps, explain, steps_of
from edl.findings import Finding
from edl.nodes import Node, Plain, plain
from edl.project import Kind, Project
from edl.suggest import nearest

KINDS = tuple(kind.value for kind in Kind)
# Keys whose absence is never a mistake: a wrong value of theirs need not hide the rest of the entry.
HARMLESS = frozenset(
    {"engine", "params", "seed", "takes", "sound", "label", "prompt", "camera", "join", "before", "after", "in"}
    | {"subtitle", "allow", "voice", "voice_params"}
    | {"transition", "transition_out", "layout", "freeze", "overlay"}
)
STAND_INS: dict[str, Plain] = {"cutaway": 1, "title": "untitled"}


@dataclass
class Shape:
    """Collects findings. ``unread`` and ``strangers`` are names of segments and people that could not be read."""

    findings: list[Finding]
    unread: set[str] = field(default_factory=set)
    strangers: set[str] = field(default_factory=set)
    bad: set[int] = field(default_factory=set)  # numbers of segments that no model can look at

    def looked_at(self, top: Node) -> Node:
        """The project with the kinds of its segments settled."""
        values = top.value if isinstance(top.value, dict) else {}
        segments = values.get("segments")
        if segments is None or not isinstance(segments.value, list):
            return top
        lines: dict[str, int] = {}
        settled = [self._segment(index, node, lines) for index, node in enumerate(segments.value)]
        return top._replace(value={**values, "segments": segments._replace(value=settled)})

    def _segment(self, index: int, node: Node, lines: dict[str, int]) -> Node:
        if not isinstance(node.value, dict):
            self.bad.add(index)
            message = "this segment is not made of keys and values"
            self.findings.append(VALUE_WRONG.at(node.place, message, "Write it as in: - talk: hello"))
            return node
        kinds = [key for key in node.value if key in KINDS]
        if len(kinds) > 1:
            self.bad.add(index)
            self.unread.update(node.value[kind].raw for kind in kinds)
            message = f"this segment is both {' and '.join(kinds)}"
            self.findings.append(TWO_KINDS.at(node.place, message))
            return node
        if not kinds:
            return self._without_kind(index, node, node.value, lines)
        self._identity(node.value[kinds[0]], lines)
        return node

    def _without_kind(self, index: int, node: Node, keys: dict[str, Node], lines: dict[str, int]) -> Node:
        guesses = ((key, guess) for key in keys if (guess := nearest(key, KINDS)))
        key, guess = next(guesses, ("", ""))
        written = ", ".join(list(keys)[:6]) or "nothing"
        message = f"no key of this segment says its kind; it has {written}"
        if not guess:
            self.bad.add(index)
            self.findings.append(KIND_UNKNOWN.at(node.place, message))
            return node
        message = f'"{key}" is not a kind of segment'
        self.findings.append(KIND_UNKNOWN.at(keys[key].place, message, f'Did you mean "{guess}"?'))
        self._identity(keys[key], lines)
        return node._replace(value={guess if each == key else each: value for each, value in keys.items()})

    def _identity(self, name: Node, lines: dict[str, int]) -> None:
        if name.raw in lines:
            message = f'"{name.raw}" is already the name of the segment in line {lines[name.raw]}'
            self.findings.append(ID_TWICE.at(name.place, message))
        elif name.raw:
            lines[name.raw] = name.place.line

    def validated(self, top: Node) -> Project | None:
        """The project, or what can be read of it; None when that is nothing."""
        data = plain(top)
        if not isinstance(data, dict):
            return None
        for attempt in range(4):
            try:
                return Project.model_validate(data)
            except ValidationError as error:
                errors = error.errors(include_url=False, include_input=False)
            if attempt == 0:
                inside = any(len(each["loc"]) > 1 and each["loc"][0] == "segments" for each in errors)
                errors = [each for each in errors if not self._in_bad(each["loc"], inside)]
                explained = explain(errors, top)
                self.findings += explained.findings
                _respell(data, explained.keys)
                self._set_aside(data, [("segments", index) for index in self.bad])
            else:
                self._set_aside(data, [steps_of(each["loc"]) for each in errors])
        return None

    def _in_bad(self, loc: tuple[int | str, ...], inside: bool) -> bool:
        if loc == ("segments",):
            return bool(self.bad) or inside  # too short only because nothing of it could be read
        return loc[0] == "segments" and loc[1] in self.bad

    def _set_aside(self, data: dict[str, Plain], steps: list[Steps]) -> None:
        """Take out what the models refuse, remembering its names."""
        entries: set[int] = set()
        for each in steps:
            first, rest = str(each[0]), each[1:]
            if len(rest) > 1 and rest[1] in HARMLESS:
                _take_out(data, each[:3])
            elif first == "segments" and rest:
                entries.add(int(rest[0]))
            elif first == "cast" and rest:
                self.strangers.add(str(rest[0]))
                _take_out(data, each[:2])
            elif first in STAND_INS:
                data[first] = STAND_INS[first]
            else:
                data.pop(first, None)
        segments = data.get("segments")
        if entries and isinstance(segments, list):
            for entry in (segments[index] for index in entries):
                if isinstance(entry, dict):
                    self.unread.update(str(entry[kind]) for kind in KINDS if kind in entry)
            data["segments"] = [each for index, each in enumerate(segments) if index not in entries]


def _take_out(data: Plain, steps: Steps) -> None:
    *above, last = steps
    holder = _inside(data, tuple(above))
    if isinstance(holder, dict):
        holder.pop(str(last), None)


def _inside(data: Plain, steps: Steps) -> Plain:
    for step in steps:
        if isinstance(data, dict):
            data = data.get(str(step))
        elif isinstance(data, list) and isinstance(step, int):
            data = data[step]
    return data


def _respell(data: dict[str, Plain], keys: dict[Steps, dict[str, str | None]]) -> None:
    """Read misspelt keys as they were likely meant, so that nothing is said to be missing because of them."""
    for steps, respelt in keys.items():
        holder = _inside(data, steps)
        if isinstance(holder, dict):
            for written, likely in respelt.items():
                value = holder.pop(written, None)
                if likely and likely not in holder:
                    holder[likely] = value
