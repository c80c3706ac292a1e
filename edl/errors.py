"""Everything that cutaway raises, as one tree.

    CutawayError
    ├── ProjectInvalid        the project file is wrong; carries every finding (exit code 1)
    ├── EnvironmentLacks      a program, package, device or folder is missing (exit code 4)
    ├── StoreTrouble          the store cannot be read or written: full disk, read-only folder (exit code 4)
    └── Failure               a step did not succeed; ``flows`` retries by class alone (exit code 3)
        ├── Transient         worth trying again, after ``after`` seconds
        ├── Refused           the engine or provider declined this content; never tried again
        ├── ProviderDown      nobody answers; tried again later, the job id is kept
        ├── OutOfMemory       did not fit; tried again only by a permitted fallback
        ├── Cancelled         the user or a deadline asked to stop
        └── Broken            a defect or a damaged result; tried once more

A user's mistake is a :class:`edl.findings.Finding`, never one of the failures.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from edl.findings import Finding
    from edl.loader import Loaded


class CutawayError(Exception):
    """Base of all errors that cutaway raises on purpose."""


class ProjectInvalid(CutawayError):
    """The project file cannot be used; ``findings`` says where and why. ``readable`` is what can be read of it all the
    same, where anything can."""

    def __init__(self, findings: tuple[Finding, ...], readable: Loaded | None = None) -> None:
        super().__init__("; ".join(finding.headline() for finding in findings))
        self.findings = findings
        self.readable = readable


class EnvironmentLacks(CutawayError):
    """Something outside the project is missing; ``remedy`` says what to do."""

    def __init__(self, message: str, remedy: str = "run: cutaway doctor") -> None:
        super().__init__(message)
        self.remedy = remedy


class StoreTrouble(EnvironmentLacks):
    """The store cannot be read or written."""


class Failure(CutawayError):
    """A step failed. Subclasses decide whether and when it is tried again."""


class Transient(Failure):
    """Worth trying again after ``after`` seconds."""

    def __init__(self, message: str, after: float = 0.0) -> None:
        super().__init__(message)
        self.after = after


class Refused(Failure):
    """The engine or the provider declined this content; the words are theirs."""


class ProviderDown(Failure):
    """The provider does not answer."""


class OutOfMemory(Failure):
    """The work did not fit into memory."""


class Cancelled(Failure):
    """Stopped on request."""


class Broken(Failure):
    """A defect: a crashed engine, a wrong number of frames, a damaged file."""


FAILURES: dict[str, type[Failure]] = {
    cls.__name__: cls for cls in (Transient, Refused, ProviderDown, OutOfMemory, Cancelled, Broken)
}
