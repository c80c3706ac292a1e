"""When the beats and onsets of a piece of music are: librosa's beat tracker (Ellis 2007), each beat moved to the
moment at which the sound really rises."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from edl.facts import BeatFacts
from engines.kernels import one_compiles
from engines.media.sound import read_sound, resample, to_mono

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Samples = NDArray[np.float32]
    Curve = NDArray[np.float64]

RATE = 22_050
HOP = 512
FINE = 64
NEAR = 0.06  # seconds round a beat in which its rise is looked for
CLEAR = 2.7  # times stronger than on average the sound rises on the beats: music 3.3 and more, speech 2.1, noise 1.1
FEWEST = 4


def measure_beats(path: Path) -> BeatFacts:
    """The beats and onsets of a sound file, in seconds. Without beats where it has no pulse: speech, noise, drones.

    :raises Broken: when the file holds no sound that can be read
    """
    import numpy as np

    samples, rate = read_sound(path)
    music = resample(to_mono(samples), rate, RATE)
    seconds = len(samples) / rate
    if len(music) < RATE or not np.abs(music).max() > 0:
        return BeatFacts(seconds=seconds)
    with one_compiles():
        import librosa

        rises = librosa.onset.onset_strength(y=music, sr=RATE, hop_length=HOP)
        tempo, frames = librosa.beat.beat_track(onset_envelope=rises, sr=RATE, hop_length=HOP)
        onsets = librosa.onset.onset_detect(onset_envelope=rises, sr=RATE, hop_length=HOP, units="time")
    fine = _fine_rises(music)
    beats = _risen(librosa.frames_to_time(frames, sr=RATE, hop_length=HOP), fine)
    clear = len(beats) >= FEWEST and _strength(rises, frames) >= CLEAR
    return BeatFacts(
        seconds=seconds,
        tempo=round(float(np.atleast_1d(tempo)[0]), 2) if clear else 0.0,
        beats=tuple(beats) if clear else (),
        onsets=tuple(_risen(onsets, fine)),
    )


def _strength(rises: Curve, frames: NDArray[np.int64]) -> float:
    """How many times stronger the sound rises on the beats than on average."""
    import numpy as np

    highest = np.maximum(rises, np.maximum(np.roll(rises, 1), np.roll(rises, -1)))
    return float(highest[frames].mean() / max(float(highest.mean()), 1e-9))


def _fine_rises(music: Samples) -> Curve:
    """How much louder the sound gets, in steps of 3 ms: the rise of its logarithmic energy."""
    import numpy as np

    steps = np.square(music[: len(music) // FINE * FINE].astype(np.float64)).reshape(-1, FINE).mean(axis=1)
    level = np.log(np.convolve(steps, np.ones(4) / 4, mode="full")[: len(steps)] + 1e-5 * float(steps.max()) + 1e-12)
    return np.asarray(np.maximum(0.0, np.diff(level, prepend=level[0])))


def _risen(times: Curve, fine: Curve) -> list[float]:
    """Moments moved to the steepest rise near them."""
    reach, found = round(NEAR * RATE / FINE), []
    for time in times:
        at = round(float(time) * RATE / FINE)
        first = max(0, at - reach)
        around = fine[first : at + reach + 1]
        best = first + int(around.argmax()) if len(around) and around.max() > 0 else at
        found.append(round(best * FINE / RATE, 4))
    return sorted(set(found))
