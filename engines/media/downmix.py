"""Two channels out of any number, with the coefficients of ITU-R BS.775: the front stays as it is, centre and surround
go to both sides (or their own) 3 dB lower, so that what comes from one loudspeaker is as loud from two. The channel of
low effects is left out, and nothing is turned down to make room: sound is float until it is limited."""

from __future__ import annotations

from math import sqrt
from typing import TYPE_CHECKING

from edl.errors import Broken

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Samples = NDArray[np.float32]

HALF = sqrt(0.5)
SIDES: dict[str, tuple[float, float]] = {
    **{"FL": (1.0, 0.0), "FR": (0.0, 1.0), "FC": (HALF, HALF), "LFE": (0.0, 0.0), "LFE2": (0.0, 0.0)},
    **{"BL": (HALF, 0.0), "BR": (0.0, HALF), "SL": (HALF, 0.0), "SR": (0.0, HALF), "BC": (0.5, 0.5)},
    **{"FLC": (1.0, 0.0), "FRC": (0.0, 1.0), "WL": (HALF, 0.0), "WR": (0.0, HALF), "DL": (1.0, 0.0), "DR": (0.0, 1.0)},
    **{"TFL": (HALF, 0.0), "TFR": (0.0, HALF), "TBL": (HALF, 0.0), "TBR": (0.0, HALF)},
}
# The usual order of channels in WAV and FLAC, where a file only says how many there are.
USUAL: dict[int, tuple[str, ...]] = {
    3: ("FL", "FR", "FC"),
    4: ("FL", "FR", "BL", "BR"),
    5: ("FL", "FR", "FC", "BL", "BR"),
    6: ("FL", "FR", "FC", "LFE", "BL", "BR"),
    7: ("FL", "FR", "FC", "LFE", "BC", "SL", "SR"),
    8: ("FL", "FR", "FC", "LFE", "BL", "BR", "SL", "SR"),
}


def to_stereo(samples: Samples, channels: tuple[str, ...] = ()) -> Samples:
    """Two channels, shape (n, 2); one channel is heard from both sides.

    :param samples: shape (n, number of channels)
    :param channels: what each channel is, as FFmpeg names them; left out, as is usual for their number
    :raises Broken: for a number of channels that no layout of loudspeakers has
    """
    import numpy as np

    count = samples.shape[1]
    if count <= 2:
        return np.repeat(samples, 2, axis=1) if count == 1 else samples
    known = len(channels) == count and all(name in SIDES for name in channels)
    names = channels if known else USUAL.get(count)
    if names is None:
        raise Broken(f"sound of {count} channels cannot be brought to two; mix it down first")
    return np.asarray(samples @ np.array([SIDES[name] for name in names], np.float32), dtype=np.float32)
