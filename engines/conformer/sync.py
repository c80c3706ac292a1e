"""Measures how a clip lies against a clean recording: offset, clock skew, and how sure that is. See docs/sync.md.

It only measures and always says something; what is sure enough is decided by who reads the facts, so that another
threshold measures nothing again.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from engines.contract import Does, Engine, Made, Order, Params, Plain

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Samples = NDArray[np.float32]


class SyncParams(Params):
    """There is nothing to set."""


def _render(order: Order) -> Made:
    from edl.sync import SyncFacts
    from engines.media.drift import match
    from engines.media.offset import RATE
    from engines.media.sound import read_mono

    clip = _camera_sound(order.inputs["file"])
    order.stop_if_cancelled()
    clean = read_mono(order.inputs["clean"], RATE)
    order.progress(0.2, "read")
    order.stop_if_cancelled()
    found = match(clip, clean)
    facts = SyncFacts(
        offset=round(found.offset, 6),
        ppm=round(found.ppm, 2),
        confidence=round(found.confidence, 3),
        windows=found.windows,
        spread=round(found.spread, 6),
        clip=round(len(clip) / RATE, 3),
        clean=round(len(clean) / RATE, 3),
    )
    (order.folder / "sync.json").write_text(facts.model_dump_json(), encoding="utf-8")
    return Made("sync.json", {"sync": facts.model_dump(mode="json")})


def _camera_sound(path: Path) -> Samples:
    """The sound of a clip in mono, its first sample at the first frame of the picture, as long as the picture."""
    from engines.media.offset import RATE
    from engines.media.probe import measure_tempo
    from engines.media.range import sound_range
    from engines.media.sound import to_mono

    tempo = measure_tempo(path)
    return to_mono(sound_range(path, tempo.start, int(tempo.seconds * RATE), RATE))


ENGINE = Engine(
    name="conformer/sync",
    pixels=1,
    does=frozenset({Does.TOOL}),
    params=SyncParams,
    open=lambda device: Plain(_render),
    says="Measures how a clip lies against a clean recording",
    requires=("av", "scipy", "soundfile", "soxr"),
    pace=5.0,
    patience=1800.0,
)
