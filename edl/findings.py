"""Findings: what is wrong with a project, where, why it matters and what to do.

A :class:`Code` is a documented kind of finding; ``code.at(place, message)`` makes a finding of it. The codes
of the project file and of the decision guide stand in :mod:`edl.codes`; an engine may bring codes of its own
(``Engine.codes``), so that a new engine stays one new file.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, replace
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding weighs."""

    ERROR = "error"  # nothing is rendered
    REFUSED = "refused"  # nothing is rendered unless the segment says ``allow: [code]``
    WARNING = "warning"  # rendered, but look
    NOTE = "note"  # a choice that was made, with its reason


@dataclass(frozen=True)
class Place:
    """A place in the project: file (relative to its folder), line from 1, path inside the YAML."""

    file: str = ""
    line: int = 0
    path: str = ""

    def inside(self, *steps: str | int) -> Place:
        """The same place, further inside the YAML."""
        path = self.path
        for step in steps:
            path += f"[{step}]" if isinstance(step, int) else (f".{step}" if path else step)
        return replace(self, path=path)

    def __str__(self) -> str:
        line = f":{self.line}" if self.line else ""
        return f"{self.file}{line}" + (f" ({self.path})" if self.path else "")


@dataclass(frozen=True)
class Code:
    """One documented kind of finding. ``name`` is kebab-case and never reused for something else."""

    name: str
    severity: Severity
    why: str
    remedy: str

    def at(self, place: Place, message: str, remedy: str = "") -> Finding:
        """A finding of this kind; ``remedy`` replaces the general one where something exact can be said."""
        return Finding(self.name, self.severity, place, message, self.why, remedy or self.remedy)


@dataclass(frozen=True)
class Finding:
    """One finding, complete in itself."""

    code: str
    severity: Severity
    place: Place
    message: str
    why: str
    remedy: str

    @property
    def blocks(self) -> bool:
        """Whether nothing may be rendered while this stands."""
        return self.severity in (Severity.ERROR, Severity.REFUSED)

    def allowed_by(self, codes: Collection[str]) -> Finding:
        """The finding as it stands where these refused codes may pass: as a warning that says so."""
        if self.severity is not Severity.REFUSED or self.code not in codes:
            return self
        return replace(self, severity=Severity.WARNING, message=f"allowed: {self.message}")

    def headline(self) -> str:
        """One line for people and logs."""
        return f"{self.place}: {self.severity.value} {self.code}: {self.message}"

    def as_json(self) -> dict[str, str | int]:
        """The document that ``--json`` prints."""
        return {
            "code": self.code,
            "severity": self.severity.value,
            "file": self.place.file,
            "line": self.place.line,
            "path": self.place.path,
            "message": self.message,
            "why": self.why,
            "remedy": self.remedy,
        }
