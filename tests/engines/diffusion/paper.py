"""Folders that look like models from outside, for tests that load nothing."""

from __future__ import annotations

import json
import struct
from pathlib import Path


def paper(folder: Path, pipeline: str, size: int = 8, **more: object) -> str:
    """A folder that looks like a model's from outside."""
    place = folder / "transformer"
    place.mkdir(parents=True, exist_ok=True)
    index = {"_class_name": pipeline, "transformer": ["diffusers", "X"], "vae": [None, None], **more}
    (folder / "model_index.json").write_text(json.dumps(index))
    header = json.dumps({"a": {"dtype": "U8", "shape": [size], "data_offsets": [0, size]}}).encode()
    (place / "model.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + bytes(size))
    return str(folder)
