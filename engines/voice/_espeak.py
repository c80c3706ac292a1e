"""eSpeak NG's library in a process of its own: lines on standard input, sound and events on standard output.

Run as ``python -m engines.voice._espeak``. It needs nothing but the standard library, so that it starts at once; the
library (GPL) is loaded in this process only. The program ``espeak-ng`` itself tells no timings, the library does: for
each word its place in the text, for each phoneme when it begins.
"""

from __future__ import annotations

import ctypes
import json
import sys
from collections.abc import Sequence
from typing import Any

LIBRARIES = ("libespeak-ng.so.1", "libespeak-ng.so", "libespeak-ng.dylib", "libespeak-ng.1.dylib")
_RETRIEVAL, _PHONEME_EVENTS, _IPA = 1, 1, 2
_UTF8, _SSML, _PHONEMES = 1, 0x10, 0x100
_END, _WORD, _PHONEME = 0, 1, 7
_RATE, _PITCH = 1, 3


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("identifier", ctypes.c_uint),
        ("place", ctypes.c_int),
        ("length", ctypes.c_int),
        ("milliseconds", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user", ctypes.c_void_p),
        ("name", ctypes.c_char * 8),
    )


def main() -> None:
    """Speak what is asked for: ``{"voice": "en-us+f2", "rate": 175, "pitch": 50, "lines": [...]}``, each line
    SSML. Answers one JSON document: ``rate``, and for each line ``samples`` (16 bit, hexadecimal) and ``events``
    (``["word", place]`` and ``["phone", name, sample]``)."""
    asked = json.load(sys.stdin)
    library, rate = _library()
    if library.espeak_SetVoiceByName(asked["voice"].encode()):
        raise SystemExit(f"eSpeak NG has no voice {asked['voice']}")
    library.espeak_SetParameter(_RATE, asked["rate"], 0)
    library.espeak_SetParameter(_PITCH, asked["pitch"], 0)
    json.dump({"rate": rate, "lines": [_spoken(library, line) for line in asked["lines"]]}, sys.stdout)


def _library() -> tuple[Any, int]:
    for name in LIBRARIES:
        try:
            library = ctypes.CDLL(name)
        except OSError:
            continue
        rate = library.espeak_Initialize(_RETRIEVAL, 0, None, _PHONEME_EVENTS | _IPA)
        if rate > 0:
            return library, rate
    raise SystemExit("the library of eSpeak NG cannot be loaded")


def _spoken(library: Any, line: str) -> dict[str, object]:
    sound = bytearray()
    events: list[Sequence[object]] = []

    def heard(samples: Any, count: int, found: Any) -> int:
        if samples:
            sound.extend(ctypes.string_at(samples, 2 * count))
        at = 0
        while found[at].type != _END:
            event = found[at]
            if event.type == _WORD:
                events.append(("word", event.place - 1))
            elif event.type == _PHONEME:
                events.append(("phone", event.name.decode("utf-8", "ignore"), event.sample))
            at += 1
        return 0

    listener = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_int, ctypes.POINTER(_Event))(heard)
    library.espeak_SetSynthCallback(listener)
    text = line.encode()
    library.espeak_Synth(text, len(text) + 1, 0, 1, 0, _UTF8 | _SSML | _PHONEMES, None, None)
    library.espeak_Synchronize()
    return {"samples": sound.hex(), "events": events}


if __name__ == "__main__":
    main()
