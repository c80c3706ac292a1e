"""To be removed with the merge of branch ``sound``: a mix in one WAV becomes one piece of sound, so that projects
render until the planner hands over pieces."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import soundfile

from engines.media.container import create_media
from engines.media.encode import SOUND_BITS, SOUND_RATE

UNIT = 1024


def encoded(mix: Path, target: Path) -> Path:
    """Encode a mix as AAC in one go."""
    with create_media(target) as out, soundfile.SoundFile(mix) as file:
        stream: Any = out.add_stream("aac", rate=SOUND_RATE, layout="stereo", bit_rate=SOUND_BITS)
        stream.codec_context.flags |= 1 << 23  # AV_CODEC_FLAG_BITEXACT
        at = 0
        for block in file.blocks(UNIT, dtype="float32", always_2d=True):
            frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(block.T), format="fltp", layout="stereo")
            frame.sample_rate, frame.pts, frame.time_base = SOUND_RATE, at, Fraction(1, SOUND_RATE)
            at += len(block)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return target
