"""What pydantic found wrong with a project, in the words of a person who makes films."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from pydantic import BaseModel
from pydantic_core import ErrorDetails

from edl.caption import Captions, CaptionStyle
from edl.codes import KEY_MISSING, KEY_UNKNOWN, SPEECH_NEEDS_ANIMATOR, VALUE_WRONG
from edl.delivery import PosterOf
from edl.explain_shapes import entries, explain_shape, shape_of
from edl.fields import COLOUR_PATTERN, ENGINE_PATTERN, ID_PATTERN
from edl.findings import Finding, Place
from edl.join import Fade, Freeze, Transition
from edl.layout import Layout
from edl.logo import Logo
from edl.music import Music
from edl.nodes import Node
from edl.output import Label, Output, Variant
from edl.project import SEGMENTS, Draft, From, Kind, Member, Project, Role
from edl.region import Region
from edl.sounding import Room, Sounding
from edl.suggest import codec_meant, meant, nearest

Steps = tuple[str | int, ...]

FILLED_IN = ("include", "vars", "defaults")  # keys of a project that are gone when it reaches the model
_SPOKEN_ONLY = frozenset({"say", "audio", "who", "before", "after"})
# Names of the members of unions, which stand in a location although nobody wrote them: by key, and made by pydantic.
_TAGS: dict[int | str, tuple[str, ...]] = {
    "from": ("word", "time", "mark"),
    "until": ("mark", "time"),
    "seed": ("one", "list"),
    "over": ("one", "list"),
    "sound": ("switch", "settings"),
    "poster": ("any", "time", "segment"),
}
_MEMBER = re.compile(r"^(literal\[|constrained-|function-)")
_MODELS: dict[tuple[str, ...], type[BaseModel]] = {
    (): Project,
    ("output",): Output,
    ("output", "label"): Label,
    ("output", "variants"): Variant,
    ("output", "poster"): PosterOf,
    ("cast",): Member,
    ("music",): Music,
    ("draft",): Draft,
    ("overlay",): Logo,
    ("fade",): Fade,
    ("room",): Room,
    ("captions",): Captions,
    ("captions", "style"): CaptionStyle,
}
_INSIDE: dict[str, type[BaseModel]] = {  # of a segment
    "from": From,
    "transition": Transition,
    "transition_out": Transition,
    "layout": Layout,
    "freeze": Freeze,
    "overlay": Logo,
    "regions": Region,
    "sound": Sounding,
}
_EXPECTED = {
    "string_type": "text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "int_parsing_size": "a smaller number",
    "float_type": "a number",
    "float_parsing": "a number",
    "finite_number": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "tuple_type": "a list",
    "list_type": "a list",
    "dict_type": "keys and values",
    "model_type": "keys and values",
    "model_attributes_type": "keys and values",
}
_LIMITS = {
    "greater_than": ("gt", "more than"),
    "greater_than_equal": ("ge", "at least"),
    "less_than": ("lt", "less than"),
    "less_than_equal": ("le", "at most"),
    "multiple_of": ("multiple_of", "a multiple of"),
}
_EXAMPLES = {
    "who": "Add who: with a name of the cast, such as who: host.",
    "image": "Add image: with the file of the still, such as image: assets/coast.jpg.",
    "file": "Add file: with the name of the file, such as file: assets/shot.mp4.",
    "text": 'Add text: with what is written, such as text: "The end".',
    "word": "Add word: with a word of the text, such as word: coastline.",
    "cutaway": "Add the line cutaway: 1, the version of this format, at the top.",
    "title": "Add the line title: with the film's title.",
    "segments": "Add segments: with the film, entry by entry, each starting with a dash.",
    "name": "Add name:, such as name: vertical.",
}


@dataclass
class Explained:
    """Findings, and how to read the misspelt keys: path of the mapping -> written key -> likely key (or None)."""

    findings: list[Finding] = field(default_factory=list)
    keys: dict[Steps, dict[str, str | None]] = field(default_factory=dict)


def explain(errors: Sequence[ErrorDetails], top: Node) -> Explained:
    """Findings for the errors of a project that was read from ``top``."""
    explained = Explained()
    located = _located(errors)
    for steps, error in located:
        if error["type"] == "extra_forbidden":
            _unknown_key(explained, top, steps)
    shapes: set[Steps] = set()
    for steps, error in located:
        if (shape := shape_of(steps)) in shapes:
            continue  # said for the shape as a whole
        shapes |= {shape} if shape else set()
        if error["type"] in ("extra_forbidden", "union_tag_not_found", "union_tag_invalid"):
            continue  # said above; said when the kinds were looked at
        if error["type"] == "missing":
            _missing_key(explained, top, steps)
        elif shape and (finding := explain_shape(find(top, shape), _name(shape), str(shape[-1]))):
            explained.findings.append(finding)
        else:
            explained.findings.append(_wrong_value(top, steps, error))
    return explained


def _located(errors: Sequence[ErrorDetails]) -> list[tuple[Steps, ErrorDetails]]:
    """Every error with its steps; of the members of one union only the first that complains."""
    found: list[tuple[Steps, ErrorDetails]] = []
    told: set[Steps] = set()
    for error in errors:
        steps = steps_of(error["loc"])
        in_union = any(isinstance(step, str) and _MEMBER.match(step) for step in error["loc"])
        if in_union and steps in told:
            continue
        told |= {steps} if in_union else set()
        found.append((steps, error))
    return found


def steps_of(loc: tuple[int | str, ...]) -> Steps:
    """A location of pydantic as steps through what was written, without the tags of unions."""
    steps = list(loc)
    if len(steps) > 2 and steps[0] == "segments":
        del steps[2]
    before = [None, *steps]
    return tuple(step for last, step in zip(before, steps, strict=False) if not _is_member(last, step))


def _is_member(key: int | str | None, step: int | str) -> bool:
    """Whether a step only names which member of a union was tried."""
    return isinstance(step, str) and (step in _TAGS.get(key or "", ()) or bool(_MEMBER.match(step)))


def find(top: Node, steps: Steps) -> Node:
    """The node at the end of the steps, or the last one on the way."""
    node = top
    for step in steps:
        if isinstance(node.value, dict) and step in node.value:
            node = node.value[str(step)]
        elif isinstance(node.value, list) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
        else:
            break
    return node


def _unknown_key(explained: Explained, top: Node, steps: Steps) -> None:
    *holder_steps, key = steps
    holder = find(top, tuple(holder_steps))
    present = holder.value if isinstance(holder.value, dict) else {}
    place = find(top, steps).place
    kind = _kind(holder) if steps[0] == "segments" and len(steps) == 3 else None
    if kind and key in _SPOKEN_ONLY and present.keys() & {"say", "audio"}:
        if key in ("say", "audio"):
            article = "The loop" if kind is Kind.LOOP else f"The {kind.value}"
            message = f'{article} "{present[kind.value].raw}" has {key}:, but a {kind.value} cannot speak'
            explained.findings.append(SPEECH_NEEDS_ANIMATOR.at(place, message))
        explained.keys.setdefault(tuple(holder_steps), {})[str(key)] = None
        return
    keys = _keys_at(tuple(holder_steps), kind)
    if kind and (others := _kinds_with(str(key))):
        explained.keys.setdefault(tuple(holder_steps), {})[str(key)] = None
        explained.findings.append(_elsewhere(place, str(key), kind, others, find(top, steps)))
        return
    likely = nearest(str(key), [each for each in keys if each not in present])
    explained.keys.setdefault(tuple(holder_steps), {})[str(key)] = likely
    where = f"a {kind.value}" if kind else (_name(tuple(holder_steps)) or "a project")
    message = f'"{key}" is not a key of {where}'
    remedy = f'Did you mean "{likely}"?' if likely else meant(str(key), keys)
    explained.findings.append(KEY_UNKNOWN.at(place, message, remedy))


def _kinds_with(key: str) -> list[str]:
    return [kind.value for kind in Kind if key in _keys_at((), kind)] if key not in tuple(Kind) else []


def _elsewhere(place: Place, key: str, kind: Kind, others: list[str], node: Node) -> Finding:
    """A key that is spelt well and belongs to segments of other kinds."""
    message = f'"{key}" is not a key of a {kind.value}, but of: {", ".join(others)}'
    remedy = f"Take it out, or make the segment a {' or a '.join(others)}."
    if kind is Kind.LOOP and key == "camera":
        remedy = f"In a loop the move is a setting of the engine, where that has one: params: {{camera: {node.raw}}}."
    return KEY_UNKNOWN.at(place, message, remedy)


def _missing_key(explained: Explained, top: Node, steps: Steps) -> None:
    *holder_steps, key = steps
    if key in explained.keys.get(tuple(holder_steps), {}).values():
        return  # it is there, misspelt
    holder = find(top, tuple(holder_steps))
    kind = _kind(holder) if steps[0] == "segments" and len(steps) == 3 else None
    subject = f'{kind.value} "{_id(holder, kind)}"' if kind else (_name(tuple(holder_steps)) or "the project")
    message = f"{subject} has no {key}:"
    explained.findings.append(KEY_MISSING.at(holder.place, message, _EXAMPLES.get(str(key), "")))


def _wrong_value(top: Node, steps: Steps, error: ErrorDetails) -> Finding:
    if steps[-1] == "[key]":
        return _wrong_key(find(top, steps[:-1]).place, steps)
    node, name = find(top, steps), _name(steps)
    if error["type"] in _EXPECTED:
        return _wrong_type(node, name, _EXPECTED[error["type"]])
    return VALUE_WRONG.at(node.place, *_refused_value(node, name, error))


def _refused_value(node: Node, name: str, error: ErrorDetails) -> tuple[str, str]:
    """Message and remedy for a value of the right type that is refused all the same."""
    kind, context = error["type"], error.get("ctx", {})
    remedy = ""
    if kind in ("literal_error", "enum"):
        choices = str(context.get("expected", "")).replace("'", "").replace(" or ", ", ").split(", ")
        codec = codec_meant(node.raw) if name.rpartition(".")[2] == "codec" else ""
        message, remedy = f"{name} cannot be {_shown(node)}", codec or meant(node.raw, choices)
    elif kind == "string_pattern_mismatch":
        words, remedy = _PATTERNS.get(str(context.get("pattern")), ("is not written as it must be", ""))
        message = f"{name}: {_shown(node)} {words}"
    elif kind == "value_error":
        words, _, rest = str(context.get("error")).partition("; ")
        message, remedy = f"{name}: {words}", rest and f"{rest[0].upper()}{rest[1:]}."
    elif kind in _LIMITS:
        limit, words = _LIMITS[kind]
        bound = "an even number" if context == {"multiple_of": 2} else f"{words} {context.get(limit)}"
        message, remedy = f"{name} is {_shown(node)}, but must be {bound}", f"Write {bound}."
    elif isinstance(node.value, list) and node.value and kind in ("too_short", "too_long"):
        message = entries(name, context)
    elif kind in ("string_too_short", "too_short"):
        message = f"{name} is empty"
    elif kind in ("string_too_long", "too_long"):
        message = f"{name} is longer than {context.get('max_length')} characters"
    else:
        message = f"{name}: {error['msg']}"
    return message, remedy


def _wrong_type(node: Node, name: str, expected: str) -> Finding:
    message = f"{name} must be {expected}, but is {_shown(node)}"
    key = name.rpartition(".")[2]
    remedy = f"Write {expected} after {key}:."
    scalar = not isinstance(node.value, (dict, list)) and node.value is not None
    if expected == "text" and scalar:
        remedy = f'Put it in quotes: {key}: "{node.raw}".'
    elif expected == "a list" and scalar:
        remedy = f"Put it in brackets: {key}: [{node.raw}]."
    elif expected == "text" and isinstance(node.value, dict):
        remedy = 'Text that holds ": " or { must stand in quotes.'
    return VALUE_WRONG.at(node.place, message, remedy)


def _wrong_key(place: Place, steps: Steps) -> Finding:
    key = str(steps[-2])
    if "engines" in steps:
        roles = [role.value for role in Role]
        return KEY_UNKNOWN.at(place, f'"{key}" is nothing that engines are chosen for', meant(key, roles))
    return VALUE_WRONG.at(place, f'"{key}" cannot be a name', _ID_REMEDY)


_ID_REMEDY = "Use letters, digits, - and _, without blanks, starting with a letter or digit; at most 64."
_PATTERNS: dict[str, tuple[str, str]] = {
    ID_PATTERN: ("cannot be a name", _ID_REMEDY),
    ENGINE_PATTERN: (
        "is not the name of an engine",
        "Engine names are folder/name, such as voice/hibari; cutaway engines lists all.",
    ),
    COLOUR_PATTERN: ("is not a colour", 'Write red, green and blue in hexadecimal, such as "#e2a04a".'),
}


def _keys_at(steps: Steps, kind: Kind | None) -> list[str]:
    """The keys that a mapping may have."""
    if kind:
        model: type[BaseModel] | None = SEGMENTS[kind]
    elif steps[:1] == ("segments",):
        model = _INSIDE.get(str(steps[2])) if len(steps) > 2 else None
    else:
        names = tuple(step for step in steps if isinstance(step, str))
        model = _MODELS.get(names[:1] if names[:1] == ("cast",) else names)
    fields = model.model_fields if model else {}
    return [info.alias or name for name, info in fields.items()] + list(FILLED_IN if model is Project else ())


def _kind(holder: Node) -> Kind | None:
    value = holder.value if isinstance(holder.value, dict) else {}
    return next((kind for kind in Kind if kind.value in value), None)


def _id(holder: Node, kind: Kind) -> str:
    return holder.value[kind.value].raw if isinstance(holder.value, dict) else ""


def _name(steps: Steps) -> str:
    """How a place inside a project is called; inside a segment, without the segment's number."""
    steps = steps[2:] if steps[:1] == ("segments",) and len(steps) > 2 else steps
    return Place().inside(*steps).path


def _shown(node: Node) -> str:
    value = node.value
    if isinstance(value, dict):
        return "keys and values"
    if isinstance(value, list):
        return "a list"
    if value is None:
        return "empty"
    text = value if isinstance(value, str) else node.raw
    text = text if len(text) <= 60 else text[:57] + "..."
    return f'"{text}"' if isinstance(value, str) else text
