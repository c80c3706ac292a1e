"""Writes docs/findings.md: every code of the project file, of the decision guide, and of each engine."""

from __future__ import annotations

from pathlib import Path

from edl.codes import CODES
from edl.findings import Code
from engines.registry import engine, names

PAGE = Path(__file__).parent.parent / "docs" / "findings.md"
HEAD = """# Findings

Everything that `cutaway check` can say, by code. This page is written by `python -m docs.findings_page`.

| severity | what it does |
|---|---|
| error | nothing is rendered until it is corrected |
| refused | nothing is rendered, unless the segment says `allow: [code]` |
| warning | it is rendered, but look |
| note | a choice that was made, and why |
"""


def page() -> str:
    """The page as it should be."""
    parts = [HEAD, "\n## The project and its film\n", *map(_entry, CODES.values())]
    for name in names():
        if found := engine(name).codes:
            parts += [f"\n## Engine {name}\n", *map(_entry, found)]
    return "".join(parts)


def _entry(code: Code) -> str:
    return f"\n### `{code.name}` ({code.severity.value})\n\n{code.why}\n\n**What to do:** {code.remedy}\n"


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
