"""High dynamic range and wide colour, mapped to standard: PQ, HLG and plain BT.2020 to BT.709.

Luminance follows ITU-R BT.2446-1, method C, for a display of 1000 cd/m2 (100 cd/m2 become 73 % of white, the reference
white of 203 cd/m2 becomes 91 %), with a soft shoulder above, where that method goes beyond white. Colours keep their
hue: one that the smaller gamut cannot show is mixed with grey of the same luminance until it can.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from av import VideoFrame
    from numpy.typing import NDArray

    Values = NDArray[np.float64]
    Table = NDArray[np.float32]

PQ, HLG = 16, 18  # transfer characteristics as files number them
BT2020 = 9  # primaries
DEEP = "rgb48le"
STEPS = 4096  # of the tables over the fourth root of light
WHITE = 100.0  # cd/m2 of standard range
PEAK, MOST = 1000.0, 1e4  # cd/m2 of an HLG display, and the most that PQ can say
GAMMA = 2.4  # BT.1886


@dataclass(frozen=True)
class Curves:
    """Tables for one transfer. ``light``: linear light, 0 to 1, for each signal of 16 bit. ``gain``: what that light is
    multiplied by, over the fourth root of its luminance. ``signal``: 16 bit for light of the delivery, over the fourth
    root of it."""

    light: Table
    gain: Table
    signal: Table


def is_wide(frame: VideoFrame) -> bool:
    """Whether a frame holds more than BT.709 shows."""
    return int(frame.color_trc) in (PQ, HLG) or int(frame.color_primaries) == BT2020


def narrowed(picture: VideoFrame, transfer: int) -> VideoFrame:
    """A picture in BT.709.

    :param picture: ``rgb48le``, full range, BT.2020 colours
    :param transfer: of the file; any but PQ and HLG counts as standard range
    """
    from av import VideoFrame

    from engines.media._tone import mapped

    curves = curves_of(transfer)
    return VideoFrame.from_ndarray(
        mapped(np.ascontiguousarray(picture.to_ndarray()), curves.light, curves.gain, curves.signal), format=DEEP
    )


@cache
def curves_of(transfer: int) -> Curves:
    """The tables of a transfer."""
    light, most = _light(np.arange(65_536) / 65_535, transfer)
    luminance = np.linspace(0, 1, STEPS) ** 4
    shown = most * luminance if transfer != HLG else PEAK * luminance**1.2  # HLG says scene light, system gamma 1.2
    wanted = toned(shown) if transfer in (PQ, HLG) else shown
    gain = np.divide(wanted / WHITE, luminance, out=np.zeros(STEPS), where=luminance > 0)
    gain[0] = gain[1]
    signal = np.linspace(0, 1, STEPS) ** (4 / GAMMA) * 65_535
    return Curves(light.astype(np.float32), gain.astype(np.float32), signal.astype(np.float32))


def toned(luminance: Values) -> Values:
    """Luminance of standard range for luminance of high range, both in cd/m2."""
    bend, knee = 58.5 / 0.83802, 90.66
    curve = 15.09968 * np.log(np.maximum(luminance / bend - 0.74204, 1e-9)) + 78.99439
    found = np.where(luminance < bend, 0.83802 * luminance, curve)
    room = WHITE - knee
    return np.asarray(np.where(found < knee, found, knee + room * (1 - np.exp(-np.maximum(found - knee, 0) / room))))


def _light(signal: Values, transfer: int) -> tuple[Values, float]:
    """Linear light, 0 to 1, and how many cd/m2 1 is."""
    if transfer == PQ:  # SMPTE ST 2084
        root = signal ** (1 / 78.84375)
        return (np.maximum(root - 0.8359375, 0) / (18.8515625 - 18.6875 * root)) ** (1 / 0.1593017578125), MOST
    if transfer == HLG:  # ITU-R BT.2100
        high = (np.exp((np.maximum(signal, 0.5) - 0.55991073) / 0.17883277) + 0.28466892) / 12
        return np.where(signal <= 0.5, signal**2 / 3, high), PEAK
    return signal**GAMMA, WHITE
