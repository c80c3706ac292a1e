"""Sound played slower at the same pitch, by FFmpeg's ``atempo`` (WSOLA: pieces of the waveform, laid where they
agree)."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Samples = NDArray[np.float32]

RANGE = (0.5, 2.0)  # of the factor; beyond it the filter leaves pieces out


def slower(samples: Samples, rate: int, factor: float) -> Samples:
    """Mono samples, shape (n,), stretched to about n x factor; what stood at sample s stands near s x factor: in
    speech to about 10 ms, with a click in silence to 40 ms.

    :param factor: .5 to 2; above 1 the sound becomes longer
    :raises ValueError: when the factor is none of these
    """
    import av
    import numpy as np

    if not RANGE[0] <= factor <= RANGE[1]:
        raise ValueError(f"a tempo of 1/{factor:g} is not possible")
    graph = av.filter.Graph()
    given = graph.add_abuffer(sample_rate=rate, format="flt", layout="mono", time_base=Fraction(1, rate))
    tempo, taken = graph.add("atempo", f"{1 / factor:.6f}"), graph.add("abuffersink")
    given.link_to(tempo)
    tempo.link_to(taken)
    graph.configure()
    frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples[None], np.float32), format="flt", layout="mono")
    frame.sample_rate, frame.pts = rate, 0
    graph.push(frame)
    graph.push(None)
    pieces = [np.zeros(0, np.float32)]
    while True:
        try:
            pieces.append(np.asarray(cast(av.AudioFrame, taken.pull()).to_ndarray()[0], np.float32))
        except (av.error.BlockingIOError, av.error.EOFError):
            return np.concatenate(pieces)
