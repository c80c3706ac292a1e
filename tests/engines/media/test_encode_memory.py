"""The delivery encode does not depend on what lay in memory before it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

SCRIPT = """
import hashlib, sys
from fractions import Fraction
from pathlib import Path
import numpy as np
from engines.media.encode import RunEncoder

width, height = 320, 180
still = np.random.default_rng(1).integers(30, 220, (height * 3, width * 2), dtype=np.uint8)
with RunEncoder(Path(sys.argv[1]), width, height, Fraction(25)) as encoder:
    for number in range(15):
        encoder.write(np.ascontiguousarray(still[number : number + height * 3 // 2, number * 2 : number * 2 + width]))
print(hashlib.sha256(Path(sys.argv[1]).read_bytes()).hexdigest())
"""


def test_the_same_bytes_whatever_lay_in_memory(tmp_path: Path) -> None:
    """glibc fills what it hands out with a pattern; an encoder that reads what it never wrote gives itself away."""
    root = str(Path(__file__).resolve().parents[3])
    digests = set()
    for pattern in ("0", "85", "200"):
        env = {**os.environ, "MALLOC_PERTURB_": pattern, "PYTHONPATH": root, "OPENBLAS_NUM_THREADS": "1"}
        command = [sys.executable, "-c", SCRIPT, str(tmp_path / f"{pattern}.mp4")]
        digests.add(subprocess.run(command, env=env, capture_output=True, text=True, check=True).stdout)
    assert len(digests) == 1
