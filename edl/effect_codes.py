"""The code of settings without effect. Part of :data:`edl.codes.CODES`."""

from __future__ import annotations

from edl.findings import Code, Severity

NO_EFFECT = Code(
    "no-effect",
    Severity.WARNING,
    "A setting that cannot be heard or seen in this film was perhaps meant for another place.",
    "Take it out, or set what it needs.",
)
