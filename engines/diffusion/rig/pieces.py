"""Reading sentencepiece vocabularies beside an old protobuf.

mediapipe 0.10.14 holds protobuf at 4.25; the description of sentencepiece files that transformers reads vocabularies
with was generated for a newer one and refuses to load, for want of a version check that 4.25 does not have. The
description itself loads. T5 vocabularies of LTX and CogVideoX come in no other form.
"""

from __future__ import annotations

import sys
from types import ModuleType, SimpleNamespace


def let_old_protobuf_read_vocabularies() -> None:
    """Where protobuf has no version check, give it one that passes."""
    from google import protobuf

    name = "google.protobuf.runtime_version"
    if hasattr(protobuf, "runtime_version") or not protobuf.__version__.startswith("4."):
        return
    check = ModuleType(name)
    vars(check).update(Domain=SimpleNamespace(PUBLIC=1), ValidateProtobufRuntimeVersion=lambda *numbers: None)
    sys.modules[name] = check
    vars(protobuf)["runtime_version"] = check
