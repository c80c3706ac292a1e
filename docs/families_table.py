"""Writes the two tables of docs/diffusion.md from the rows of the families."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from engines.diffusion.rig.families import FAMILIES, Family

PAGE = Path(__file__).parent.parent / "docs" / "diffusion.md"
START, END = "<!-- {}: written by python -m docs.families_table -->", "<!-- end of {} -->"


def families() -> str:
    head = ("family", "weights on the hub", "size (multiple)", "frames", "rate", "steps, guidance", "stable", "memory",
            "licence of the weights", "commercial use")  # fmt: skip
    return _table(head, (_facts(row) for row in FAMILIES.values()))


def controls() -> str:
    head = ("family", "prompt, camera", "negative", "motion", "hold", "last frame", "brush", "takes in one call",
            "step caches", "tiles", "cancel")  # fmt: skip
    return _table(head, (_controls(row) for row in FAMILIES.values()))


def _facts(row: Family) -> tuple[str, ...]:
    free = "only" if row.one_size else f"({row.multiple})"
    stride = f"{row.temporal.stride}k+1, " if row.temporal.stride > 1 else ""
    return (
        f"`{row.name}`",
        f"`{row.hub}`",
        f"{row.width}x{row.height} {free}",
        f"{stride}up to {row.temporal.most}",
        str(row.fps),
        f"{row.steps}, {row.guidance:g}",
        f"{float(row.stable):.1f} s",
        f"{row.memory:g} GiB",
        row.terms.name,
        row.terms.commercial,
    )


def _controls(row: Family) -> tuple[str, ...]:
    motion = {None: "-", "shift": "schedule shift, half to double"}.get(
        row.motion.keyword if row.motion else None,
        f"`{row.motion.keyword}` {row.motion.zero:g} to {row.motion.one:g}" if row.motion else "",
    )
    if row.hold and row.hold.keyword == "strength":
        hold = f"key frame's strength {row.hold.zero:g} to {row.hold.half:g}, at .5"
    else:
        hold = f"`{row.hold.keyword}` {row.hold.zero:g} to {row.hold.one:g}" if row.hold else "-"
    return (
        f"`{row.name}`",
        "yes" if row.speaks else "-",
        "yes" if row.negative else "-",
        motion,
        hold,
        "yes" if row.last else "-",
        "latents and pixels" if row.locks else "pixels",
        "one by one" if row.batching == "single" else "yes",
        ", ".join(sorted(row.caches)) or "-",
        "yes" if row.tiles else "-",
        "within a step",
    )


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, tuple("---" for _ in head), *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def page(text: str) -> str:
    """The page's text with its tables as the rows say."""
    for name, table in (("families", families()), ("controls", controls())):
        start, end = START.format(name), END.format(name)
        before, _, rest = text.partition(start)
        _, _, after = rest.partition(end)
        text = f"{before}{start}\n{table}\n{end}{after}"
    return text


if __name__ == "__main__":
    PAGE.write_text(page(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
