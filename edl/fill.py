"""Fills a project in: variables into all text, defaults into the segments."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from edl.codes import KEY_UNKNOWN, KIND_UNKNOWN, VALUE_WRONG, VAR_UNKNOWN, VAR_WRONG, YAML_TOO_LARGE
from edl.errors import ProjectInvalid
from edl.findings import Finding, Place
from edl.include import merge
from edl.nodes import Node
from edl.project import SEGMENTS, Kind
from edl.suggest import meant

MOST_TEXT = 8_000_000  # characters of all text that variables made

_REFERENCE = re.compile(r"\$\$\{|\$\{([^{}]*)\}|\$\{")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*$")


def fill(top: Node) -> tuple[Node, tuple[Finding, ...]]:
    """The project without ``vars`` and ``defaults``, and what is wrong with those.

    :raises ProjectInvalid: when variables grow without end
    """
    values = dict(top.value) if isinstance(top.value, dict) else {}
    filler = _Filler()
    filler.learn(values.pop("vars", None))
    values = {key: filler.fill(value) for key, value in values.items()}
    defaults = _defaults(values.pop("defaults", None), filler.findings)
    segments = values.get("segments")
    if segments is not None and isinstance(segments.value, list):
        values["segments"] = segments._replace(value=[_with_defaults(each, defaults) for each in segments.value])
    return top._replace(value=values), tuple(filler.findings)


@dataclass
class _Filler:
    """Replaces ``${name}``. A variable may use those that stand above it, so there are no cycles."""

    known: dict[str, str] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    made: int = 0

    def learn(self, node: Node | None) -> None:
        if node is None or node.value is None:
            return
        if not isinstance(node.value, dict):
            self.findings.append(VAR_WRONG.at(node.place, "vars: must hold names and values"))
            return
        for name, value in node.value.items():
            if not _NAME.match(name):
                message = f'"{name}" cannot be a variable: letters, digits, - and _, starting with a letter'
                self.findings.append(VAR_WRONG.at(value.place, message))
            elif isinstance(value.value, (dict, list)) or value.value is None:
                self.findings.append(VAR_WRONG.at(value.place, f"{name} must be one piece of text or one number"))
                self.known[name] = f"${{{name}}}"  # said once, here
            else:
                self.known[name] = self._text(value.raw, value.place)

    def fill(self, node: Node) -> Node:
        value = node.value
        if isinstance(value, str):
            return node._replace(value=self._text(value, node.place)) if "${" in value else node
        if isinstance(value, list):
            return node._replace(value=[self.fill(child) for child in value])
        if isinstance(value, dict):
            return node._replace(value={key: self.fill(child) for key, child in value.items()})
        return node

    def _text(self, text: str, place: Place) -> str:
        def replaced(match: re.Match[str]) -> str:
            if match.group() == "$${":
                return "${"
            name = (match[1] or "").strip()
            if name in self.known:
                self.made += len(self.known[name])
                if self.made > MOST_TEXT:
                    message = f"variables make more than {MOST_TEXT:,} characters of text up to here"
                    raise ProjectInvalid((*self.findings, YAML_TOO_LARGE.at(place, message)))
                return self.known[name]
            if not _NAME.match(name):
                message = f'"{match.group()}" is not the use of a variable'
                self.findings.append(VAR_WRONG.at(place, message, "Write ${name}, or $${ for the characters ${."))
            else:
                message = f'there is no variable "{name}"'
                self.findings.append(VAR_UNKNOWN.at(place, message, _var_remedy(name, self.known)))
            return match.group()

        return _REFERENCE.sub(replaced, text)


def _var_remedy(name: str, known: dict[str, str]) -> str:
    return f"{meant(name, known)} {VAR_UNKNOWN.remedy}".strip()


def _defaults(node: Node | None, findings: list[Finding]) -> dict[str, Node]:
    """Defaults by kind; keys that no segment of the kind has are said once and left out."""
    if node is None or node.value is None:
        return {}
    if not isinstance(node.value, dict):
        findings.append(VALUE_WRONG.at(node.place, "defaults: must hold kinds, such as cutaway: {takes: 3}"))
        return {}
    defaults: dict[str, Node] = {}
    for kind, wish in node.value.items():
        if kind not in SEGMENTS:
            kinds = [each.value for each in Kind]
            findings.append(KIND_UNKNOWN.at(wish.place, f'"{kind}" is not a kind of segment', meant(kind, kinds)))
        elif isinstance(wish.value, dict):
            defaults[kind] = _known_keys(Kind(kind), wish, wish.value, findings)
        elif wish.value is not None:
            findings.append(VALUE_WRONG.at(wish.place, f"defaults for {kind} must hold keys, such as takes: 3"))
    return defaults


def _known_keys(kind: Kind, node: Node, wish: dict[str, Node], findings: list[Finding]) -> Node:
    fields = SEGMENTS[kind].model_fields
    keys = {info.alias or name for name, info in fields.items()} - {kind.value}
    for key in (key for key in wish if key not in keys):
        message = f'"{key}" is not a key that a {kind.value} can have a default for'
        findings.append(KEY_UNKNOWN.at(wish[key].place, message, meant(key, keys)))
    return node._replace(value={key: value for key, value in wish.items() if key in keys})


def _with_defaults(segment: Node, defaults: dict[str, Node]) -> Node:
    if not isinstance(segment.value, dict):
        return segment
    kinds = [kind for kind in defaults if kind in segment.value]
    return merge(defaults[kinds[0]], segment) if len(kinds) == 1 else segment
