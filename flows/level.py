"""How loud the programme is, and what gain brings it to its target: a pure decision from the facts of its pieces.

Integrated loudness after ITU-R BS.1770-4: blocks of 400 ms every 100 ms, gates at -70 LUFS and 10 LU below what passes
it. Pieces bring their energies in steps of 100 ms, so blocks reach across the borders of pieces as if there were none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import floor, fsum, log10

from pydantic import JsonValue

STEP = 4_800  # samples
GAIN_STEP = 0.5  # dB: so coarse that a small change of one piece rarely moves all others
MOST_GAIN = 40.0  # dB; what is quieter than that is noise
NEAR = 0.25  # LU by which the steps of gain may miss the target
MOST_RAISES = 4
ABSOLUTE_GATE = 10 ** ((-70.0 + 0.691) / 10)


@dataclass(frozen=True)
class Measured:
    """What is known of a piece: K-weighted energy of each 100 ms, and the true peak of it and its surroundings."""

    energies: tuple[float, ...]
    peak: float

    @classmethod
    def of(cls, facts: dict[str, JsonValue]) -> Measured:
        """From the facts of a part.

        :raises KeyError: when they are not those of a piece of sound
        """
        energies = facts["energies"]
        assert isinstance(energies, list)
        return cls(tuple(map(float, energies)), float(str(facts["peak"])))  # type: ignore[arg-type]


def loudness(energies: Sequence[float], samples: int) -> float | None:
    """Integrated loudness in LUFS; None for silence. Less than 400 ms count as one block.

    :param energies: of the whole programme, one for each 100 ms; the last may stand for less
    :param samples: length of the programme
    """
    whole = energies[: samples // STEP]
    if len(whole) < 4:
        blocks = [fsum(energies) / max(1, samples)]
    else:
        blocks = [
            (a + b + c + d) / (4 * STEP) for a, b, c, d in zip(whole, whole[1:], whole[2:], whole[3:], strict=False)
        ]
    loud = [block for block in blocks if block > ABSOLUTE_GATE]
    if not loud:
        return None
    gate = fsum(loud) / len(loud) / 10
    loud = [block for block in loud if block > gate]
    return -0.691 + 10 * log10(fsum(loud) / len(loud))


def first_gain(measured: float | None, target: float) -> float:
    """The programme's gain in dB, as if no limiter took anything away."""
    return 0.0 if measured is None else min(MOST_GAIN, in_steps(target - measured))


def raised(gain: float, reached: float | None, target: float) -> float:
    """The gain after what the limiter took away was measured; the same where that is near enough."""
    if reached is None or abs(target - reached) <= NEAR:
        return gain
    short = target - reached
    return min(MOST_GAIN, gain + max(GAIN_STEP, in_steps(short))) if short > 0 else gain


def in_steps(decibels: float) -> float:
    """To the nearest step of gain."""
    return floor(decibels / GAIN_STEP + 0.5) * GAIN_STEP
