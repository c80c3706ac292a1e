"""The grid on which the programme's sound is cut into pieces, and what its planner and its engines agree on. All in
samples at 48 kHz. See docs/conformer.md."""

from __future__ import annotations

RATE = 48_000
UNIT = 1024  # samples of one AAC packet
PIECE = 600 * UNIT  # samples of a piece: 12.8 s, 128 steps of the loudness meter
BEFORE, AFTER = 66 * UNIT, 6 * UNIT  # samples beside a piece that its limiter and its encoder want to know
HOP = 480  # 10 ms, the grid on which music steps back
ATTACK, RELEASE, PAUSE = 15, 40, 40  # hops: ramps, and the pauses through which music stays down
SHORTEST_BED = 24_000  # samples; less is nothing to repeat
ROOM_FADE = 2_400  # samples in which room tone comes up and goes
PEAK = -1.0  # dBTP of what is delivered
HEADROOM = 0.3  # dB left for the codec, whose output peaks a little higher than its input


def ceiling(peak: float = PEAK) -> float:
    """The true peak that the limiter allows, as a factor of full scale."""
    return float(10 ** ((peak - HEADROOM) / 20))
