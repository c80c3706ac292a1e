"""What is wrong with a drawn shape, said once for the whole shape and not for each of its numbers."""

from __future__ import annotations

from collections.abc import Mapping

from edl.codes import VALUE_WRONG
from edl.findings import Finding
from edl.nodes import Node, Plain, plain

Steps = tuple[str | int, ...]

SHAPES = frozenset({"polygon", "ellipse", "strokes"})


def shape_of(steps: Steps) -> Steps | None:
    """The steps to the drawn shape that a location lies in: ``segments, 0, regions, 0, polygon``."""
    at = next((at for at, step in enumerate(steps) if step in SHAPES), None)
    return steps[: at + 1] if at is not None and "regions" in steps[:at] else None


def explain_shape(node: Node, name: str, kind: str) -> Finding | None:
    """What is likely meant by a shape that cannot be read, or None where the first error says enough.

    :param name: of the shape inside its segment, as ``regions[0].polygon``
    :param kind: polygon, ellipse or strokes
    """
    value = plain(node)
    if kind == "strokes" and isinstance(value, list) and value and all(map(_is_point, value)):
        words = "a stroke is a list of points, and strokes a list of those; a pair of brackets is missing"
        return VALUE_WRONG.at(node.place, f"{name}: {words}", f"Write strokes: [{_written(value)}].")
    beyond = [number for number in _numbers(value) if not 0 <= number <= 1]
    if not beyond:
        return None
    if max(beyond) > 2:
        words = f"{_short(max(beyond))} looks like pixels; places are shares of the still, 0 to 1"
        return VALUE_WRONG.at(
            node.place, f"{name}: {words}", "Divide by the width (across) and height (down) in pixels."
        )
    words = f"{_short(beyond[0])} lies outside of the still, which goes from 0 to 1"
    return VALUE_WRONG.at(node.place, f"{name}: {words}", "Write numbers from 0 to 1.")


def entries(name: str, context: Mapping[str, object]) -> str:
    """Words for a list that is too short or too long."""
    last = name.rpartition(".")[2]
    what = "points" if last == "polygon" or last.startswith("strokes[") else "entries"
    least, has = context.get("min_length"), context.get("actual_length")
    limit = f"at least {least}" if least is not None else f"at most {context.get('max_length')}"
    many = "more" if has is None else has
    return f"{name} takes {limit} {what}, but has {many}"


def _is_point(value: Plain) -> bool:
    return isinstance(value, list) and len(value) == 2 and all(isinstance(each, (int, float)) for each in value)


def _numbers(value: Plain) -> list[float]:
    if isinstance(value, list):
        return [number for each in value for number in _numbers(each)]
    return [float(value)] if isinstance(value, (int, float)) and not isinstance(value, bool) else []


def _short(number: float) -> str:
    return f"{number:g}"


def _written(value: Plain) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_written, value))}]"
    return f"{value:g}" if isinstance(value, (int, float)) else str(value)
