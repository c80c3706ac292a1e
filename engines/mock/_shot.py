"""What the mock shots have in common."""

from __future__ import annotations

from engines.mock._faults import MockParams

CAMERAS = frozenset({"push_in", "pull_out", "pan_left", "pan_right", "tilt_up", "tilt_down"})


class ShotParams(MockParams):
    """What a shot is asked for; it decides the look."""

    prompt: str = ""
    camera: str | None = None
