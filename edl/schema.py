"""The JSON Schema of the project file as it is written, for editors that complete and check while one types."""

from __future__ import annotations

from typing import cast

from pydantic import JsonValue

from edl.project import SEGMENTS, Project

Schema = dict[str, JsonValue]

DIALECT = "https://json-schema.org/draft/2020-12/schema"
_VARIABLE: Schema = {
    "type": "string",
    "pattern": r"\$\{[A-Za-z_][A-Za-z0-9_-]*\}",
    "description": "A value that uses a variable of vars:, such as ${name}.",
}
_NARROW = {"pattern", "enum", "const", "oneOf"}
_REFERENCE: JsonValue = {"$ref": "#/$defs/Variable"}


def json_schema() -> Schema:
    """JSON Schema 2020-12 of a project file, with a description of every key."""
    schema = cast(Schema, Project.model_json_schema(by_alias=True, mode="validation"))
    kinds = {kind.value: model.__name__ for kind, model in SEGMENTS.items()}
    defs = cast(dict[str, Schema], schema.pop("$defs"))
    properties = cast(dict[str, Schema], schema.pop("properties"))
    version = properties.pop("cutaway")
    defaults: dict[str, JsonValue] = {kind: _partial(defs[name], kind) for kind, name in kinds.items()}
    properties["segments"] = _segments(properties["segments"], kinds)
    properties = {name: _open(value) for name, value in properties.items()}
    defs = {name: _opened(value) for name, value in defs.items()}
    return {
        "$schema": DIALECT,
        "title": "cutaway project",
        "description": "One film: who speaks, what is shown, in which order.",
        "type": "object",
        "properties": {
            "cutaway": version,
            "include": _include(),
            "vars": _vars(),
            "defaults": {
                "description": "Keys that every segment of a kind has unless it says otherwise.",
                "type": "object",
                "properties": {kind: _opened(cast(Schema, part)) for kind, part in defaults.items()},
                "additionalProperties": False,
            },
            **properties,
        },
        "required": ["cutaway"],
        "anyOf": [{"required": ["title", "segments"]}, {"required": ["include"]}],
        "additionalProperties": False,
        "$defs": {**defs, "Variable": _VARIABLE},
    }


def _segments(written: Schema, kinds: dict[str, str]) -> Schema:
    references: list[JsonValue] = [{"$ref": f"#/$defs/{name}"} for name in kinds.values()]
    return {**written, "items": {"anyOf": references}}


def _partial(model: Schema, kind: str) -> Schema:
    """A kind's keys for ``defaults:``: none is required, and the name is not among them."""
    properties = cast(dict[str, JsonValue], model["properties"])
    return {
        "description": f"For every {kind}.",
        "type": "object",
        "properties": {key: value for key, value in properties.items() if key != kind},
        "additionalProperties": False,
    }


def _include() -> Schema:
    name: Schema = {"type": "string", "minLength": 1}
    return {
        "description": "Further files of this form, relative to this one. This file wins over them.",
        "anyOf": [name, {"type": "array", "items": name}],
    }


def _vars() -> Schema:
    return {
        "description": "Values that ${name} stands for in any text; $${ writes the characters themselves.",
        "type": "object",
        "additionalProperties": {"type": ["string", "number", "boolean"]},
    }


def _opened(model: Schema) -> Schema:
    """A mapping whose values may also be written with variables."""
    if "properties" not in model:
        return model
    properties = cast(dict[str, Schema], model["properties"])
    return {**model, "properties": {name: _open(value) for name, value in properties.items()}}


def _open(value: Schema) -> Schema:
    """A value that may also be text with a variable in it, where plain text would not do."""
    if "anyOf" in value:
        branches = cast(list[JsonValue], value["anyOf"])
        return {**value, "anyOf": [*branches, _REFERENCE]} if _strict(branches) else value
    if not _strict([value]):
        return value
    about: Schema = {key: value[key] for key in ("description", "default", "title") if key in value}
    rest: JsonValue = {key: each for key, each in value.items() if key not in about}
    return {**about, "anyOf": [rest, _REFERENCE]}


def _strict(branches: list[JsonValue]) -> bool:
    """Whether a scalar is asked for that text with a variable would not satisfy."""
    return any(
        isinstance(branch, dict) and (branch.get("type") in ("integer", "number", "boolean") or _NARROW & branch.keys())
        for branch in branches
    )
